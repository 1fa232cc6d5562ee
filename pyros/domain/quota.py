"""Telescope time as money: what is due for a sequence, how it is booked, what is left tonight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from pyros.domain.request import Sequence, SequenceState

OWNER = "OWNER"
"""Code in `state_reason` of a sequence that its owner cancelled: what was served stays paid."""

ROUND_S = 0.001
"""Differences below this are none, seconds."""


class EntryKind(StrEnum):
    """Why time was booked: DEBIT +, REFUND -, SETTLE and ADJUST either."""

    DEBIT = "DEBIT"
    REFUND = "REFUND"
    SETTLE = "SETTLE"
    ADJUST = "ADJUST"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """Seconds booked to a programme, a period and a user for one night.

    `entry_key` is unique, so that a repeat writes nothing; `sequence_id` is None for ADJUST.
    """

    entry_key: str
    at: datetime
    kind: EntryKind
    amount_s: float
    programme: str
    period: str
    owner: str
    night: date
    sequence_id: int | None = None
    execution_id: int | None = None
    reason: str = ""
    by: str = ""


def due(sequence: Sequence) -> float:
    """Return what the entries of a sequence must add up to, seconds."""
    if sequence.free:
        return 0.0
    match sequence.state:
        case SequenceState.PLANNED | SequenceState.EXECUTING:
            return sequence.estimate_s
        case SequenceState.EXECUTED:
            return sequence.served_s
        case SequenceState.CANCELLED if sequence.state_reason.startswith(OWNER):
            return sequence.served_s
    return 0.0


Nights = Mapping[date, float]
"""Seconds by the night they are booked to."""


def debited(served: Nights, tonight: date, estimate_s: float) -> dict[date, float]:
    """Return the nights of a debit: what each earlier attempt served, the rest tonight.

    Together they are `estimate_s`.
    """
    rest = max(0.0, estimate_s - sum(served.values()))
    nights = dict(served)
    nights[tonight] = nights.get(tonight, 0.0) + rest
    return nights


def differences(booked: Nights, wanted: Nights) -> dict[date, float]:
    """Return what must be added to each night to come from `booked` to `wanted`, in order."""
    nights = sorted(booked.keys() | wanted.keys())
    changes = {night: wanted.get(night, 0.0) - booked.get(night, 0.0) for night in nights}
    return {night: change for night, change in changes.items() if abs(change) > ROUND_S}


def entries(
    like: LedgerEntry, booked: Nights, wanted: Nights, periods: Mapping[date, str]
) -> tuple[LedgerEntry, ...]:
    """Return the entries that bring each night's sum to what is wanted, made after `like`.

    Its key is completed with the night; `periods` names the period of each night.
    """
    return tuple(
        replace(
            like,
            entry_key=f"{like.entry_key}:{night.isoformat()}",
            amount_s=amount,
            night=night,
            period=periods[night],
        )
        for night, amount in differences(booked, wanted).items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How a programme stands in a period, seconds; `used_s` includes `tonight_s`.

    `user_s` is what one member has used of it, `max_share` bounds it; `nights_left` counts
    tonight.
    """

    quota_s: float
    quota_night_s: float
    used_s: float = 0.0
    tonight_s: float = 0.0
    user_s: float = 0.0
    max_share: float | None = None
    nights_left: int = 1
    enforced: bool = True


class QuotaCode(StrEnum):
    """Which limit of an account is the least."""

    PERIOD = "QUOTA_PERIOD"
    NIGHT = "QUOTA_NIGHT"
    USER = "QUOTA_USER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left tonight, seconds, and the limit that says so; never refused if not enforced."""

    left_s: float
    code: QuotaCode
    enforced: bool = True

    def affords(self, needed_s: float) -> bool:
        """Return whether so many seconds may be booked."""
        return not self.enforced or needed_s <= self.left_s + ROUND_S


FLOW = 3.0
"""A night may use so many times its even share of what the period had left at dusk."""


def left_tonight(account: Account) -> Left:
    """Return the least of what period, night and member have left (P28)."""
    at_dusk = account.quota_s - (account.used_s - account.tonight_s)
    share = FLOW * max(0.0, at_dusk) / max(1, account.nights_left)
    limits = [
        (account.quota_s - account.used_s, QuotaCode.PERIOD),
        (min(account.quota_night_s, share) - account.tonight_s, QuotaCode.NIGHT),
    ]
    if account.max_share is not None:
        limits.append((account.max_share * account.quota_s - account.user_s, QuotaCode.USER))
    left, code = min(limits)
    return Left(left_s=left, code=code, enforced=account.enforced)
