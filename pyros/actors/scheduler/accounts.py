"""Quotas as the planner takes them: with the debits of its own sequences given back."""

from __future__ import annotations

from pyros.actors.scheduler.facts import Facts, Wanted
from pyros.domain.quota import FLOW, Account
from pyros.scheduling.model import Account as Purse
from pyros.scheduling.model import AccountKind


def names(one: Wanted, facts: Facts) -> tuple[str, ...]:
    """Return the accounts that a sequence draws on."""
    account = facts.accounts.get((one.programme, one.owner))
    if account is None or not account.enforced:
        return ()
    shared = (f"period:{one.programme}", f"night:{one.programme}")
    if account.max_share is None:
        return shared
    return (*shared, f"member:{one.programme}:{one.owner}")


def of(facts: Facts) -> dict[str, Purse]:
    """Return every account that one of the sequences draws on, by name."""
    found: dict[str, Purse] = {}
    running = None if facts.running is None else facts.running.sequence.id
    movable = [one for one in facts.wanted if one.sequence.id != running]
    for (programme, owner), account in sorted(facts.accounts.items()):
        if not account.enforced:
            continue
        mine = [one for one in movable if one.programme == programme]
        back = sum(one.booked_s for one in mine)
        tonight = sum(one.booked_tonight_s for one in mine)
        own = sum(one.booked_s for one in mine if one.owner == owner)
        found[f"period:{programme}"] = Purse(
            kind=AccountKind.PERIOD, left_s=account.quota_s - account.used_s + back
        )
        found[f"night:{programme}"] = Purse(
            kind=AccountKind.NIGHT, left_s=night_s(account) - account.tonight_s + tonight
        )
        if account.max_share is not None:
            found[f"member:{programme}:{owner}"] = Purse(
                kind=AccountKind.MEMBER,
                left_s=account.max_share * account.quota_s - account.user_s + own,
            )
    return found


def night_s(account: Account) -> float:
    """Return what a programme may use in this night, seconds."""
    at_dusk = account.quota_s - (account.used_s - account.tonight_s)
    return min(account.quota_night_s, FLOW * max(0.0, at_dusk) / max(1, account.nights_left))
