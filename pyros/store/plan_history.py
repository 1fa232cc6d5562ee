"""What was planned, a line a plan, and whose requests are in it (P30, P31)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from pyros.domain.request import RequestKind, Sequence
from pyros.domain.schedule import Cause
from pyros.store.engine import Session
from pyros.store.rows import SEQUENCES, sequences_from
from pyros.store.tables.alerts import AlertRow
from pyros.store.tables.nights import RefusalRow, ScheduleRow, SlotRow
from pyros.store.tables.requests import RequestRow, SequenceRow

SLICE = 500
"""So many ids go into one question."""
RECENT = 200
"""Refusal codes are offered from so many plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A plan without what is in it: enough for a list."""

    id: int
    night: date
    made_at: datetime
    cause: Cause
    first_of_night: bool
    last_of_night: bool
    solver: str
    runtime_ms: float
    score: float
    bound: float | None
    idle_reason: str
    slots: int
    refusals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which plans are asked for; what is None or empty does not narrow."""

    first_night: date | None = None
    last_night: date | None = None
    last_of_night: bool = False
    """Only the plan with which each night ended."""
    code: str = ""
    """Only plans that refused something for this."""
    request_id: int | None = None
    """Only plans that place or refuse something of this request."""
    before_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose a request is; `alert_name` where a burst asked for it."""

    id: int
    short_name: str
    owner: str
    programme: str
    kind: RequestKind
    alert_name: str = ""


def plan_lines(session: Session, which: Which, *, limit: int = 50) -> tuple[PlanLine, ...]:
    """Return plans, the newest first."""
    names = [name for name in PlanLine.__dataclass_fields__ if name in ScheduleRow.__table__.c]
    last = ScheduleRow.id.in_(_last_ones())
    wanted = (
        select(
            *(getattr(ScheduleRow, name) for name in names),
            last.label("last_of_night"),
            _count(SlotRow).label("slots"),
            _count(RefusalRow).label("refusals"),
        )
        .where(*_conditions(which, last))
        .order_by(ScheduleRow.id.desc())
        .limit(limit)
    )
    return tuple(
        PlanLine(**{**row, "last_of_night": bool(row["last_of_night"])})
        for row in session.execute(wanted).mappings()
    )


def refusal_counts(session: Session, schedule_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return for each of these plans how many it refused, by code, the most frequent first."""
    wanted = (
        select(RefusalRow.schedule_id, RefusalRow.code, func.count().label("count"))
        .where(RefusalRow.schedule_id.in_(list(schedule_ids)))
        .group_by(RefusalRow.schedule_id, RefusalRow.code)
        .order_by(func.count().desc(), RefusalRow.code)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for schedule_id, code, count in session.execute(wanted):
        if schedule_id is not None:
            found[schedule_id][code] = count
    return dict(found)


def refusal_codes(session: Session) -> tuple[str, ...]:
    """Return the codes for which the latest plans refused something, by name."""
    recent = select(ScheduleRow.id).order_by(ScheduleRow.id.desc()).limit(RECENT)
    wanted = select(RefusalRow.code).distinct().where(RefusalRow.schedule_id.in_(recent))
    return tuple(sorted(session.execute(wanted).scalars()))


def plan_before(session: Session, schedule_id: int, night: date) -> int | None:
    """Return the id of the plan of the same night that was in force before this one."""
    wanted = select(func.max(ScheduleRow.id)).where(
        ScheduleRow.night == night, ScheduleRow.id < schedule_id
    )
    return session.execute(wanted).scalar()


def newest_plan(session: Session) -> int | None:
    """Return the id of the plan in force, None before the first."""
    return session.execute(select(func.max(ScheduleRow.id))).scalar()


def asked_by(session: Session, request_ids: Iterable[int]) -> dict[int, Asked]:
    """Return whose these requests are, by id; those that are not known are left out."""
    columns = [getattr(RequestRow, name) for name in _ASKED]
    found: dict[int, Asked] = {}
    for some in _slices(request_ids):
        wanted = (
            select(*columns, func.coalesce(AlertRow.name, "").label("alert_name"))
            .join(AlertRow, AlertRow.id == RequestRow.alert_id, isouter=True)
            .where(RequestRow.id.in_(some))
        )
        for row in session.execute(wanted).mappings():
            found[row["id"]] = Asked(**row)
    return found


def sequences_by_id(session: Session, sequence_ids: Iterable[int]) -> dict[int, Sequence]:
    """Return these sequences as they are now, by id, with albums; unknown ones are left out."""
    found: dict[int, Sequence] = {}
    for some in _slices(sequence_ids):
        rows = session.execute(SEQUENCES.where(SequenceRow.id.in_(some))).mappings()
        found |= {one.id: one for one in sequences_from(session, rows)}
    return found


_ASKED = ("id", "short_name", "owner", "programme", "kind")


def _conditions(which: Which, last: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if which.first_night is not None:
        found.append(ScheduleRow.night >= which.first_night)
    if which.last_night is not None:
        found.append(ScheduleRow.night <= which.last_night)
    if which.last_of_night:
        found.append(last)
    if which.code:
        found.append(_holds(RefusalRow, RefusalRow.code == which.code))
    if which.request_id is not None:
        placed = _holds(SlotRow, SlotRow.request_id == which.request_id)
        refused = _holds(RefusalRow, RefusalRow.request_id == which.request_id)
        found.append(or_(placed, refused))
    if which.before_id is not None:
        found.append(ScheduleRow.id < which.before_id)
    return found


def _last_ones() -> Select[Any]:
    """Return the question for the last plan of each night."""
    other = aliased(ScheduleRow)
    return select(func.max(other.id)).group_by(other.night)


def _count(table: type[SlotRow] | type[RefusalRow]) -> ScalarSelect[int]:
    mine = table.schedule_id == ScheduleRow.id
    return select(func.count()).where(mine).correlate(ScheduleRow).scalar_subquery()


def _holds(
    table: type[SlotRow] | type[RefusalRow], condition: ColumnElement[bool]
) -> ColumnElement[bool]:
    return exists().where(table.schedule_id == ScheduleRow.id, condition)


def _slices(ids: Iterable[int]) -> Iterable[list[int]]:
    wanted = sorted(set(ids))
    for first in range(0, len(wanted), SLICE):
        yield wanted[first : first + SLICE]
