"""Nights, schedules and executions: what was planned and what the telescope did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from pyros.domain.estimate import exposures
from pyros.domain.execution import Execution, Outcome, PlanStep
from pyros.domain.request import Sequence, SequenceState
from pyros.domain.schedule import Night
from pyros.errors import IllegalTransition
from pyros.store import ids, journal, people, requests
from pyros.store import transition as steps
from pyros.store.engine import Session
from pyros.store.schedules import (
    add_refusal,
    add_schedule,
    current_schedule,
    refusals_of,
    schedule,
    schedules,
)
from pyros.store.tables.nights import ExecutionRow, NightRow
from pyros.store.tables.requests import RequestRow

__all__ = [
    "add_refusal",
    "add_schedule",
    "begin_execution",
    "current_schedule",
    "end_execution",
    "execution",
    "executions",
    "executions_of",
    "night",
    "nights",
    "open_execution",
    "refusals_of",
    "release",
    "save_night",
    "schedule",
    "schedules",
    "stamp",
]

BY = "observation"
EVENTS = {
    Outcome.DONE: "finish",
    Outcome.INTERRUPTED: "interrupt",
    Outcome.FAILED: "fail",
    Outcome.CANCELLED: "cancel",
}
"""Event of the sequence that an outcome of its execution brings about."""


def night(session: Session, date: date) -> Night | None:
    """Return the night of that evening, None before it was first written."""
    found = _nights(session, _NIGHTS.where(NightRow.date == date))
    return found[0] if found else None


def nights(session: Session, *, limit: int = 400) -> tuple[Night, ...]:
    """Return the nights that are known, the newest first."""
    return _nights(session, _NIGHTS.limit(limit))


def save_night(session: Session, night: Night) -> Night:
    """Write a night as it is now; limits once fixed by a first schedule are kept (P24).

    Stamps are set once: one that is there stays.
    """
    before = _of(session, night.date)
    kept = night if before is None else _kept(before, night)
    row = {name: getattr(kept, name) for name in Night.__dataclass_fields__ if name != "id"}
    made = upsert(NightRow).values(**row)
    session.execute(made.on_conflict_do_update(index_elements=[NightRow.date], set_=row))
    return _of(session, night.date) or kept


def stamp(session: Session, date: date, **stamps: datetime) -> Night | None:
    """Say that steps of a night are done (paused_at, safe_at, ...); those set stay as they are."""
    for name, at in stamps.items():
        column = NightRow.__table__.c[name]
        session.execute(
            update(NightRow).where(NightRow.date == date, column.is_(None)).values({name: at})
        )
    return _of(session, date)


def release(
    session: Session, night: date, at: datetime, *, by: str = "majordome"
) -> tuple[Sequence, ...]:
    """Let every PLANNED sequence wait for another night, its time given back; return them."""
    planned = requests.sequences(session, {SequenceState.PLANNED})
    reason = f"night of {night.isoformat()} is over"
    return tuple(
        requests.transition(session, one.id, "release", at=at, by=by, reason=reason)
        for one in planned
    )


def begin_execution(
    session: Session, execution: Execution, steps_: Iterable[PlanStep], *, by: str = BY
) -> tuple[Execution, tuple[PlanStep, ...]]:
    """Open an execution: its sequence starts, its whole journal is written first.

    Ids that are not 0 were reserved before and are kept; the attempt is counted here.

    Raises:
        IllegalTransition: the sequence may not start, or another execution is open.
    """
    running = open_execution(session)
    if running is not None:
        why = f"'{running.name}' (execution {running.id}) is open"
        raise IllegalTransition("execution", "EXECUTING", "start", why)
    sequence = requests.sequence(session, execution.sequence_id)
    opened = replace(
        execution,
        id=ids.given(session, "executions", execution.id),
        request_id=execution.request_id or sequence.request_id,
        attempt=_attempts(session, sequence.id) + 1,
    )
    session.execute(insert(ExecutionRow), [_row(opened)])
    cause = steps.Cause(
        event="start", at=opened.start, by=by, night=opened.night, execution_id=opened.id
    )
    steps.move(session, sequence, cause)
    return opened, journal.add(session, opened.id, steps_, at=opened.start)


def end_execution(
    session: Session, ended: Execution, *, by_owner: bool = False, by: str = BY
) -> Execution:
    """Close an execution and let its sequence finish, wait again or be rejected.

    `ended` has end and outcome; its `served_s`, `exposures_done` and `exposures_planned` are of
    this attempt, the last lower than at first where exposures are not asked for any more (a
    channel is lost).  A sequence that has enough is EXECUTED whatever the outcome; one that ends
    DONE without enough has failed.  An execution that has ended already is returned as it is.

    Raises:
        LookupError: no such execution.
        ValueError: `ended` has no end or no outcome.
    """
    if ended.end is None or ended.outcome is None:
        raise ValueError(f"execution {ended.id} has no end yet")
    before = execution(session, ended.id)
    if before.end is not None:
        return before
    sequence = requests.sequence(session, before.sequence_id)
    left_s = max(0.0, sequence.estimate_s - sequence.served_s)
    told = {name: getattr(ended, name) for name in _TOLD}
    after = replace(before, **told | {"served_s": min(max(0.0, ended.served_s), left_s)})
    session.execute(update(ExecutionRow).where(ExecutionRow.id == after.id).values(**_row(after)))
    fraction = _done_fraction(session, sequence, after)
    event, reason = EVENTS[ended.outcome], ended.reason
    if event == "finish" and fraction < _accepted(session, sequence):
        event, reason = "fail", reason or f"only {fraction:.0%} of its exposures are done"
    cause = steps.Cause(
        event=event,
        at=ended.end,
        by=by,
        reason=reason,
        execution_id=after.id,
        served_s=after.served_s,
        facts={"done_fraction": fraction, "by_owner": by_owner},
    )
    steps.move(session, sequence, cause)
    return after


_TOLD = ("end", "outcome", "reason", "exposures_done", "exposures_planned")


def execution(session: Session, execution_id: int) -> Execution:
    """Return one execution.

    Raises:
        LookupError: there is none of that id.
    """
    found = _executions(session, _EXECUTIONS.where(ExecutionRow.id == execution_id))
    if not found:
        raise LookupError(f"no execution {execution_id}")
    return found[0]


def open_execution(session: Session) -> Execution | None:
    """Return the execution that has no end: it runs, or a crash left it (then: reconcile)."""
    found = _executions(session, _EXECUTIONS.where(ExecutionRow.open == 1))
    return found[0] if found else None


def executions(session: Session, night: date) -> tuple[Execution, ...]:
    """Return the executions of a night, the first one first."""
    return _executions(session, _EXECUTIONS.where(ExecutionRow.night == night))


def executions_of(session: Session, sequence_id: int) -> tuple[Execution, ...]:
    """Return every attempt at a sequence, the first one first."""
    return _executions(session, _EXECUTIONS.where(ExecutionRow.sequence_id == sequence_id))


_NIGHTS = select(NightRow.__table__).order_by(NightRow.date.desc())
_EXECUTIONS = select(ExecutionRow.__table__).order_by(ExecutionRow.start, ExecutionRow.id)
_LIMITS = ("twilight", "sunset", "sunrise", "start", "end", "alert_start", "alert_end")
_STAMPS = ("first_schedule_at", "paused_at", "safe_at", "calibrated_at")


def _of(session: Session, evening: date) -> Night | None:
    return night(session, evening)


def _kept(before: Night, wanted: Night) -> Night:
    fixed = before.first_schedule_at is not None
    limits = {name: getattr(before, name) for name in _LIMITS} if fixed else {}
    stamps = {name: getattr(before, name) or getattr(wanted, name) for name in _STAMPS}
    return replace(wanted, id=before.id, **limits, **stamps)


def _nights(session: Session, wanted: Select[Any]) -> tuple[Night, ...]:
    return tuple(Night(**row) for row in session.execute(wanted).mappings())


def _row(execution: Execution) -> dict[str, object]:
    row = {name: getattr(execution, name) for name in Execution.__dataclass_fields__}
    return row | {"open": 1 if execution.end is None else None}


def _executions(session: Session, wanted: Select[Any]) -> tuple[Execution, ...]:
    rows = session.execute(wanted).mappings()
    names = Execution.__dataclass_fields__
    return tuple(Execution(**{name: row[name] for name in names}) for row in rows)


def _attempts(session: Session, sequence_id: int) -> int:
    last = select(func.max(ExecutionRow.attempt)).where(ExecutionRow.sequence_id == sequence_id)
    return session.execute(last).scalar() or 0


def _done_fraction(session: Session, sequence: Sequence, ended: Execution) -> float:
    """Return the share of the sequence's exposures that is done, over all attempts."""
    earlier = session.execute(
        select(func.coalesce(func.sum(ExecutionRow.exposures_done), 0)).where(
            ExecutionRow.sequence_id == sequence.id, ExecutionRow.id != ended.id
        )
    ).scalar_one()
    wanted = earlier + ended.exposures_planned if ended.exposures_planned else exposures(sequence)
    return 1.0 if wanted <= 0 else min(1.0, (earlier + ended.exposures_done) / wanted)


def _accepted(session: Session, sequence: Sequence) -> float:
    code = session.execute(
        select(RequestRow.programme).where(RequestRow.id == sequence.request_id)
    ).scalar_one()
    return people.programme(session, code).accept_fraction
