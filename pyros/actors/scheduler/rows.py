"""What the store knows for a planning."""

from __future__ import annotations

from datetime import datetime

from pyros.actors.scheduler import jobs
from pyros.actors.scheduler.facts import Facts, Running, Wanted
from pyros.domain.quota import Account
from pyros.domain.request import PLANNABLE, Request
from pyros.domain.schedule import Night, Schedule
from pyros.domain.user import AccountState
from pyros.messages.commands import Reschedule
from pyros.store import ledger, observations, people, requests, users
from pyros.store.engine import Session


def in_force(session: Session) -> tuple[Night | None, Schedule | None]:
    """Return the schedule in force and the night it is for."""
    schedule = observations.current_schedule(session)
    if schedule is None:
        return None, None
    return observations.night(session, schedule.night), schedule


def facts(session: Session, *, order: Reschedule, night: Night, now: datetime) -> Facts:
    """Return what the store knows for an order; limits once fixed are read, not taken (P24)."""
    known = observations.night(session, night.date)
    fixed = known is not None and known.first_schedule_at is not None
    limits = known if known is not None and fixed else night
    asking = requests.asking(session, PLANNABLE)
    wanted = _wanted(session, asking, night)
    programmes = {one.code: one for one in people.programmes(session)}
    return Facts(
        now=now,
        night=limits,
        wanted=wanted,
        programmes=programmes,
        accounts=_accounts(session, wanted, night),
        running=_running(session, order, now),
        previous=observations.current_schedule(session),
    )


def _wanted(session: Session, asking: tuple[Request, ...], night: Night) -> tuple[Wanted, ...]:
    """Return what may be planned of these requests, asking once for what all of them share."""
    states = {owner: _state(session, owner) for owner in {one.owner for one in asking}}
    booked = ledger.booked_by_sequence(session)
    found = []
    for request in asking:
        for sequence in request.sequences:
            if sequence.state not in PLANNABLE:
                continue
            spent = booked.get(sequence.id, {})
            found.append(
                Wanted(
                    sequence=sequence,
                    kind=request.kind,
                    name=f"{request.short_name}/{sequence.name}",
                    owner=request.owner,
                    programme=request.programme,
                    owner_state=states[request.owner],
                    booked_s=sum(spent.values()),
                    booked_tonight_s=spent.get(night.date, 0.0),
                )
            )
    return tuple(found)


def _state(session: Session, owner: str) -> AccountState:
    user = users.by_email(session, owner)
    return AccountState.ACTIVE if user is None else user.state


def _accounts(
    session: Session, wanted: tuple[Wanted, ...], night: Night
) -> dict[tuple[str, str], Account]:
    pairs = sorted({(one.programme, one.owner) for one in wanted})
    return {
        (code, owner): ledger.account(session, people.programme(session, code), owner, night.date)
        for code, owner in pairs
    }


def _running(session: Session, order: Reschedule, now: datetime) -> Running | None:
    """Return what the telescope works on, or has been told to begin with a moment ago.

    What begins takes the telescope from what executes: that is about to end.
    """
    begins = [requests.sequence(session, one) for one in order.armed]
    begins = [one for one in begins if one.state in PLANNABLE]
    if begins:
        return Running(sequence=begins[0], until=jobs.until(now, now, begins[0]))
    execution = observations.open_execution(session)
    told = order.running_id if execution is None else execution.sequence_id
    if told is None:
        return None
    sequence = requests.sequence(session, told)
    if execution is None and sequence.state not in PLANNABLE:
        return None
    start = now if execution is None else execution.start
    return Running(sequence=sequence, until=order.running_until or jobs.until(now, start, sequence))
