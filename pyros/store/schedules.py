"""Schedules: stored with the step of each sequence they place or refuse; found again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, insert, select

from pyros.domain.quota import left_tonight
from pyros.domain.request import PLANNABLE, Sequence, SequenceState
from pyros.domain.schedule import Changes, Idle, Refusal, Schedule, Slot, Spent
from pyros.errors import IllegalTransition, StaleVersion
from pyros.store import ledger, people
from pyros.store import transition as steps
from pyros.store.engine import Session
from pyros.store.rows import SEQUENCES, sequence_alone
from pyros.store.tables.columns import table_of
from pyros.store.tables.nights import RefusalRow, ScheduleRow, SlotRow
from pyros.store.tables.requests import SequenceRow

BY = "scheduler"


def add_schedule(session: Session, schedule: Schedule, *, by: str = BY) -> Schedule:
    """Put a schedule in force: each sequence placed or refused, with its ledger.

    A sequence that meanwhile went on by itself (it executes, was cancelled) loses its slot; one
    whose account would be overdrawn becomes a refusal.  Time is given back before any is booked.
    Returns what was stored.
    """
    known = _sequences(session, schedule)
    refusals = _refused(session, schedule, schedule.refusals, known, by)
    _release_others(session, schedule, known, by)
    slots, overdrawn = _placed(session, schedule, known, by)
    refusals += _refused(session, schedule, overdrawn, known, by)
    stored = replace(
        schedule, id=_add(session, schedule), slots=tuple(slots), refusals=tuple(refusals)
    )
    _add_rows(session, stored)
    return stored


def current_schedule(session: Session) -> Schedule | None:
    """Return the newest schedule, None before the first."""
    found = _schedules(session, _SCHEDULES.limit(1))
    return found[0] if found else None


def schedule(session: Session, schedule_id: int) -> Schedule | None:
    """Return one schedule."""
    found = _schedules(session, _SCHEDULES.where(ScheduleRow.id == schedule_id))
    return found[0] if found else None


def schedules(
    session: Session,
    night: date | None = None,
    *,
    before_id: int | None = None,
    limit: int = 50,
) -> tuple[Schedule, ...]:
    """Return schedules, the newest first: of one night, or of all (P30, P31)."""
    wanted = _SCHEDULES.limit(limit)
    if night is not None:
        wanted = wanted.where(ScheduleRow.night == night)
    if before_id is not None:
        wanted = wanted.where(ScheduleRow.id < before_id)
    return _schedules(session, wanted)


def refusals_of(session: Session, sequence_id: int, *, limit: int = 20) -> tuple[Refusal, ...]:
    """Return why a sequence was refused, the newest first."""
    wanted = (
        select(RefusalRow.__table__)
        .where(RefusalRow.sequence_id == sequence_id)
        .order_by(RefusalRow.id.desc())
        .limit(limit)
    )
    return tuple(_refusal(row) for row in session.execute(wanted).mappings())


def add_refusal(session: Session, refusal: Refusal, at: datetime) -> None:
    """Keep why a sequence was refused by the conditions, between schedules."""
    session.execute(insert(RefusalRow), [_refusal_row(refusal, None, at)])


_SCHEDULES = select(ScheduleRow.__table__).order_by(ScheduleRow.id.desc())
_OWN = ("slots", "refusals")


def _sequences(session: Session, schedule: Schedule) -> dict[int, Sequence]:
    named = {slot.sequence_id for slot in schedule.slots}
    named |= {refusal.sequence_id for refusal in schedule.refusals}
    planned = SequenceRow.state == SequenceState.PLANNED
    wanted = SEQUENCES.where(SequenceRow.id.in_(named) | planned)
    found = (sequence_alone(row) for row in session.execute(wanted).mappings())
    return {sequence.id: sequence for sequence in found}


def _placed(
    session: Session, schedule: Schedule, known: dict[int, Sequence], by: str
) -> tuple[list[Slot], list[Refusal]]:
    """Place the slots, those that pay nothing (any more) first: their time is there for others."""
    slots: list[Slot] = []
    overdrawn: list[Refusal] = []
    for slot in sorted(schedule.slots, key=lambda one: (not one.filler, one.start)):
        sequence = known.get(slot.sequence_id)
        if sequence is None:
            continue
        if sequence.state is SequenceState.EXECUTING:
            slots.append(slot)
            continue
        refusal = _overdrawn(session, slot, sequence, schedule.night)
        if refusal is not None:
            overdrawn.append(refusal)
            continue
        cause = steps.Cause(
            event="place", at=schedule.made_at, by=by, night=schedule.night, free=slot.filler
        )
        if _moved(session, sequence, cause):
            slots.append(slot)
    return sorted(slots, key=lambda one: one.start), overdrawn


def _overdrawn(session: Session, slot: Slot, sequence: Sequence, night: date) -> Refusal | None:
    """Return the refusal of a slot that its account cannot pay, None if it can."""
    if slot.filler or (sequence.free and sequence.served_s > 0):
        return None
    code, owner = ledger.payer(session, sequence)
    programme = people.programme(session, code)
    if not programme.enforce_quota:
        return None
    there = sum(ledger.booked(session, sequence.id).values())
    needed = sequence.estimate_s - there
    left = left_tonight(ledger.account(session, programme, owner, night))
    if left.affords(needed):
        return None
    return Refusal(
        sequence_id=sequence.id,
        request_id=sequence.request_id,
        name=slot.name,
        code=left.code,
        numbers={"needed_s": needed, "left_s": left.left_s},
        text=f"needs {needed:.0f} s, {max(0.0, left.left_s):.0f} s are left",
    )


def _refused(
    session: Session,
    schedule: Schedule,
    refusals: Iterable[Refusal],
    known: dict[int, Sequence],
    by: str,
) -> list[Refusal]:
    stored: list[Refusal] = []
    for refusal in refusals:
        sequence = known.get(refusal.sequence_id)
        if sequence is None or sequence.state not in PLANNABLE:
            continue
        reason = f"{refusal.code}: {refusal.text}" if refusal.text else refusal.code
        cause = steps.Cause(event="refuse", at=schedule.made_at, by=by, reason=reason)
        same = sequence.state is SequenceState.UNPLANNABLE and sequence.state_reason == reason
        if same or _moved(session, sequence, cause):
            stored.append(refusal)
    return stored


def _release_others(
    session: Session, schedule: Schedule, known: dict[int, Sequence], by: str
) -> None:
    """A sequence that is PLANNED, but not by this schedule, waits again and has its time back."""
    named = {slot.sequence_id for slot in schedule.slots}
    named |= {refusal.sequence_id for refusal in schedule.refusals}
    for sequence in known.values():
        if sequence.state is SequenceState.PLANNED and sequence.id not in named:
            cause = steps.Cause(event="release", at=schedule.made_at, by=by, reason="no slot now")
            _moved(session, sequence, cause)


def _moved(session: Session, sequence: Sequence, cause: steps.Cause) -> bool:
    """Take the step; False if the sequence went on by itself since the schedule was begun."""
    try:
        steps.move(session, sequence, cause)
    except (IllegalTransition, StaleVersion):
        return False
    return True


def _add(session: Session, schedule: Schedule) -> int:
    row = {
        name: getattr(schedule, name)
        for name in Schedule.__dataclass_fields__
        if name not in {*_OWN, "id"}
    }
    return session.execute(insert(ScheduleRow).values(**row).returning(ScheduleRow.id)).scalar_one()


def _add_rows(session: Session, schedule: Schedule) -> None:
    slots = [
        {name: getattr(slot, name) for name in Slot.__dataclass_fields__}
        | {"schedule_id": schedule.id}
        for slot in schedule.slots
    ]
    refusals = [_refusal_row(one, schedule.id, schedule.made_at) for one in schedule.refusals]
    if slots:
        session.execute(insert(table_of(SlotRow)), slots)
    if refusals:
        session.execute(insert(table_of(RefusalRow)), refusals)


def _refusal_row(refusal: Refusal, schedule_id: int | None, at: datetime) -> dict[str, object]:
    row = {name: getattr(refusal, name) for name in Refusal.__dataclass_fields__}
    return row | {"schedule_id": schedule_id, "at": at}


def _refusal(row: Any) -> Refusal:  # noqa: ANN401  a row's columns
    columns = {name: row[name] for name in Refusal.__dataclass_fields__}
    return Refusal(**columns | {"also": tuple(row["also"])})


def _schedules(session: Session, wanted: Select[Any]) -> tuple[Schedule, ...]:
    rows = session.execute(wanted).mappings().all()
    found = [row["id"] for row in rows]
    slots: dict[int, list[Slot]] = defaultdict(list)
    refusals: dict[int, list[Refusal]] = defaultdict(list)
    of_slots = select(SlotRow.__table__).where(SlotRow.schedule_id.in_(found))
    for row in session.execute(of_slots.order_by(SlotRow.start)).mappings():
        slot = Slot(**{name: row[name] for name in Slot.__dataclass_fields__})
        slots[row["schedule_id"]].append(slot)
    of_refusals = select(RefusalRow.__table__).where(RefusalRow.schedule_id.in_(found))
    for row in session.execute(of_refusals.order_by(RefusalRow.id)).mappings():
        refusals[row["schedule_id"]].append(_refusal(row))
    return tuple(
        Schedule(
            **{**row, **_plan(row)},
            slots=tuple(slots[row["id"]]),
            refusals=tuple(refusals[row["id"]]),
        )
        for row in rows
    )


def _plan(row: Any) -> dict[str, Any]:  # noqa: ANN401  a row's columns
    """Return what of a schedule was kept as JSON."""
    return {
        "accounts": {name: Spent(**one) for name, one in row["accounts"].items()},
        "idle": tuple(Idle(**one) for one in row["idle"]),
        "changes": Changes(**{name: tuple(ids) for name, ids in row["changes"].items()}),
    }
