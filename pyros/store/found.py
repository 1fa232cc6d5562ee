"""Requests and sequences found: by id, by name, by owner, by state."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from pyros.domain.alert import Alert
from pyros.domain.request import Request, RequestKind, Sequence, SequenceState
from pyros.store import alerts
from pyros.store import transition as steps
from pyros.store.engine import Session
from pyros.store.rows import REQUESTS, SEQUENCES, request_from, sequences_from
from pyros.store.tables.requests import RequestRow, SequenceRow


def load(session: Session, request_id: int) -> Request:
    """Return the request with its sequences.

    Raises:
        LookupError: there is none of that id.
    """
    found = _requests(session, REQUESTS.where(RequestRow.id == request_id))
    if not found:
        raise LookupError(f"no request {request_id}")
    return found[0]


def find(session: Session, programme: str, short_name: str) -> Request | None:
    """Return the request of that name in that programme."""
    wanted = REQUESTS.where(RequestRow.programme == programme, RequestRow.short_name == short_name)
    found = _requests(session, wanted)
    return found[0] if found else None


def load_all(
    session: Session,
    *,
    owner: str | None = None,
    programme: str | None = None,
    kind: RequestKind | None = None,
    limit: int = 1000,
) -> tuple[Request, ...]:
    """Return requests with their sequences, the newest first."""
    wanted = REQUESTS.order_by(RequestRow.id.desc()).limit(limit)
    if owner is not None:
        wanted = wanted.where(RequestRow.owner == owner)
    if programme is not None:
        wanted = wanted.where(RequestRow.programme == programme)
    if kind is not None:
        wanted = wanted.where(RequestRow.kind == kind)
    return _requests(session, wanted)


def of_alert(session: Session, alert_id: int) -> Request | None:
    """Return the request that was made for an alert."""
    found = _requests(session, REQUESTS.where(RequestRow.alert_id == alert_id))
    return found[0] if found else None


def asking(session: Session, states: Collection[SequenceState]) -> tuple[Request, ...]:
    """Return every request that has a sequence in one of these states, by id, with all of them."""
    inside = select(SequenceRow.request_id).where(SequenceRow.state.in_(list(states)))
    return _requests(session, REQUESTS.where(RequestRow.id.in_(inside)).order_by(RequestRow.id))


def sequences(session: Session, states: Collection[SequenceState]) -> tuple[Sequence, ...]:
    """Return every sequence in one of these states, by id."""
    wanted = SEQUENCES.where(SequenceRow.state.in_(list(states))).order_by(SequenceRow.id)
    return sequences_from(session, session.execute(wanted).mappings())


def running_out(
    session: Session, states: Collection[SequenceState], at: datetime
) -> tuple[Sequence, ...]:
    """Return those in one of these states that could not be served in their window any more.

    All of them are in it, and some that have been served in part and still can.
    """
    within = SequenceRow.state.in_(list(states))
    longest_s = session.execute(select(func.max(SequenceRow.estimate_s)).where(within)).scalar()
    late = at + timedelta(seconds=longest_s or 0.0)
    wanted = SEQUENCES.where(within, SequenceRow.window_end < late).order_by(SequenceRow.id)
    return sequences_from(session, session.execute(wanted).mappings())


def sequence(session: Session, sequence_id: int) -> Sequence:
    """Return one sequence; LookupError if there is none of that id."""
    return steps.load(session, sequence_id)


def names(session: Session, sequence_ids: Iterable[int]) -> dict[int, str]:
    """Return "short name/name" of each sequence, as schedules show it."""
    rows = session.execute(
        select(SequenceRow.id, RequestRow.short_name, SequenceRow.name)
        .join(RequestRow, RequestRow.id == SequenceRow.request_id)
        .where(SequenceRow.id.in_(list(sequence_ids)))
    )
    return {sequence_id: f"{short_name}/{name}" for sequence_id, short_name, name in rows}


def alert_of(session: Session, sequence_id: int) -> Alert | None:
    """Return the alert that a sequence was made for, None for a routine one."""
    wanted = (
        select(RequestRow.alert_id)
        .join(SequenceRow, SequenceRow.request_id == RequestRow.id)
        .where(SequenceRow.id == sequence_id)
    )
    alert_id = session.execute(wanted).scalar()
    return None if alert_id is None else alerts.load(session, alert_id)


def _requests(session: Session, wanted: Select[Any]) -> tuple[Request, ...]:
    rows = session.execute(wanted).mappings().all()
    mine = SEQUENCES.where(SequenceRow.request_id.in_([row["id"] for row in rows])).order_by(
        SequenceRow.request_id, SequenceRow.position
    )
    by_request: dict[int, list[Sequence]] = {}
    for one in sequences_from(session, session.execute(mine).mappings()):
        by_request.setdefault(one.request_id, []).append(one)
    return tuple(request_from(row, tuple(by_request.get(row["id"], ()))) for row in rows)
