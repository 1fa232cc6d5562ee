"""One step of a sequence's life in one transaction: state, event and ledger together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import BindParameter, bindparam, insert, select, update

from pyros.domain.facts import DAY, SequenceFacts, words_about
from pyros.domain.quota import OWNER
from pyros.domain.request import RequestKind, Sequence, SequenceState
from pyros.domain.transitions import Effect, Machine, step
from pyros.errors import NoSuchRow, StaleVersion
from pyros.store import ledger, people
from pyros.store.engine import Session
from pyros.store.rows import SEQUENCES, sequences_from
from pyros.store.tables.columns import table_of
from pyros.store.tables.requests import RequestRow, SequenceEventRow, SequenceRow

WAIT_S = {RequestKind.ROUTINE: 600.0, RequestKind.ALERT: 30.0}
"""How long a failed sequence waits before its next try, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why a step is made: the event, who brings it about, and what they know besides.

    `free` (place): whether it fills a gap at nobody's cost; `night`: whose account a debit goes
    to; `version`: refuse if the row is not at it any more; `facts` words as in `domain/facts.py`.
    """

    event: str
    at: datetime
    by: str
    reason: str = ""
    night: date | None = None
    free: bool | None = None
    execution_id: int | None = None
    served_s: float | None = None
    version: int | None = None
    facts: dict[str, object] = field(default_factory=dict)


def load(session: Session, sequence_id: int) -> Sequence:
    """Return the sequence.

    Raises:
        NoSuchRow: there is none of that id.
    """
    rows = session.execute(_LOAD, {"sequence_id": sequence_id}).mappings().all()
    if not rows:
        raise NoSuchRow(f"no sequence {sequence_id}")
    return sequences_from(session, rows)[0]


def move(session: Session, before: Sequence, cause: Cause) -> tuple[Sequence, tuple[Effect, ...]]:
    """Take one step; return the sequence as it is now, and the effects left to the caller.

    Raises:
        IllegalTransition: there is no such step; nothing was written.
        StaleVersion: somebody changed it since `cause.version`; nothing was written.
    """
    if cause.version is not None and cause.version != before.version:
        raise StaleVersion(f"sequence {before.id} is at version {before.version} now")
    served = replace(before, served_s=before.served_s + (cause.served_s or 0.0))
    facts = _facts(session, served, cause)
    row = step(Machine.SEQUENCE, before.state, cause.event, words_about(served, facts))
    after = _after(served, row.target, row.effects, cause, facts)
    _write(session, before, after, cause)
    n = _record(session, before, after, cause)
    why = ledger.Booking(
        n=n, at=cause.at, by=cause.by, night=cause.night, execution_id=cause.execution_id
    )
    ledger.book(session, after, row.effects, why)
    return after, tuple(effect for effect in row.effects if effect not in ledger.KINDS)


def events(session: Session, sequence_id: int) -> tuple[tuple[str, str, str], ...]:
    """Return (event, from, to) of every step, the first one first: replaying them is its life."""
    rows = session.execute(
        select(SequenceEventRow.event, SequenceEventRow.from_state, SequenceEventRow.to_state)
        .where(SequenceEventRow.sequence_id == sequence_id)
        .order_by(SequenceEventRow.n)
    )
    return tuple((event, source, target) for event, source, target in rows)


def _facts(session: Session, sequence: Sequence, cause: Cause) -> SequenceFacts:
    kind, programme, excluded = session.execute(_ABOUT, {"sequence_id": sequence.id}).one()
    accept = cause.facts.get("accept_fraction")
    if accept is None:
        accept = people.programme(session, programme).accept_fraction
    known = {"kind": kind, "excluded": excluded, "reason": cause.reason, **cause.facts}
    return SequenceFacts(at=cause.at, **{**known, "accept_fraction": accept})  # type: ignore[arg-type]


def _after(
    sequence: Sequence,
    target: str,
    effects: Iterable[Effect],
    cause: Cause,
    facts: SequenceFacts,
) -> Sequence:
    state = SequenceState(target)
    reason = cause.reason
    if state is SequenceState.CANCELLED and facts.by_owner:
        reason = f"{OWNER} {cause.reason}".strip()
    after = replace(sequence, state=state, state_reason=reason, version=sequence.version + 1)
    if cause.free is not None and after.served_s == 0.0:  # once begun so, it stays so
        after = replace(after, free=cause.free)
    for effect in effects:
        after = _changed(after, effect, cause.at, facts.kind)
    return after


def _changed(sequence: Sequence, effect: Effect, at: datetime, kind: RequestKind) -> Sequence:
    match effect:
        case Effect.CARRY:
            return replace(
                sequence,
                window_start=sequence.window_start + DAY,
                window_end=sequence.window_end + DAY,
                carried=sequence.carried + 1,
            )
        case Effect.COUNT_INTERRUPTION:
            return replace(sequence, interruptions=sequence.interruptions + 1)
        case Effect.COUNT_FAILURE:
            wait = timedelta(seconds=WAIT_S[kind])
            return replace(sequence, failures=sequence.failures + 1, not_before=at + wait)
        case _:
            return sequence


_WRITTEN = (
    "state",
    "state_reason",
    "served_s",
    "free",
    "failures",
    "interruptions",
    "not_before",
    "window_start",
    "window_end",
    "carried",
    "estimate_s",
    "version",
)


_THIS: BindParameter[int] = bindparam("sequence_id")
_LOAD = SEQUENCES.where(SequenceRow.id == _THIS)
_ABOUT = (
    select(RequestRow.kind, RequestRow.programme, SequenceRow.excluded)
    .join(RequestRow, RequestRow.id == SequenceRow.request_id)
    .where(SequenceRow.id == _THIS)
)
_CHANGE = (
    update(table_of(SequenceRow))
    .where(SequenceRow.id == bindparam("this"), SequenceRow.version == bindparam("at_version"))
    .values({name: bindparam(name) for name in (*_WRITTEN, "excluded")})
)
_ADD_EVENT = insert(table_of(SequenceEventRow))


def _write(session: Session, before: Sequence, after: Sequence, cause: Cause) -> None:
    columns = {name: getattr(after, name) for name in _WRITTEN}
    columns["excluded"] = cause.event == "exclude"
    this = {"this": before.id, "at_version": before.version}
    changed = session.execute(_CHANGE, columns | this)
    if changed.rowcount != 1:
        raise StaleVersion(f"sequence {before.id} is not at version {before.version} any more")


def _record(session: Session, before: Sequence, after: Sequence, cause: Cause) -> int:
    """Append the event; return its number.  The version counts the events."""
    row = {
        "sequence_id": before.id,
        "n": after.version,
        "at": cause.at,
        "event": cause.event,
        "from_state": before.state.value,
        "to_state": after.state.value,
        "by": cause.by,
        "reason": cause.reason,
        "numbers": {name: held for name, held in cause.facts.items() if held is not None},
    }
    session.execute(_ADD_EVENT, row)
    return after.version
