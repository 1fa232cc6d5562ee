"""The ledger of telescope time: what each step of a sequence books, and how accounts stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import BindParameter, bindparam, func, insert, select

from pyros.domain.programme import Programme
from pyros.domain.quota import (
    Account,
    EntryKind,
    LedgerEntry,
    Left,
    debited,
    due,
    entries,
    left_tonight,
)
from pyros.domain.request import Sequence, SequenceState
from pyros.domain.transitions import Effect
from pyros.store import people
from pyros.store.engine import Session
from pyros.store.rows import SEQUENCES, sequences_from
from pyros.store.tables.columns import table_of
from pyros.store.tables.nights import ExecutionRow
from pyros.store.tables.requests import LedgerEntryRow, RequestRow, SequenceRow

KINDS = {
    Effect.DEBIT: EntryKind.DEBIT,
    Effect.REBOOK: EntryKind.DEBIT,
    Effect.REFUND: EntryKind.REFUND,
    Effect.SETTLE: EntryKind.SETTLE,
}
"""Effects of a transition that touch the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a transition knows when it books; `n` is its number in the sequence's events."""

    n: int
    at: datetime
    by: str
    night: date | None = None
    execution_id: int | None = None


def book(session: Session, sequence: Sequence, effects: Iterable[Effect], why: Booking) -> None:
    """Write the entries that these effects ask for.

    `sequence` is as it will be: its state, and whether it is free, decide what is due.
    """
    for effect in effects:
        if effect in KINDS:
            _bring_to(
                session, sequence, KINDS[effect], _wanted(session, sequence, effect, why), why
            )


def booked(session: Session, sequence_id: int) -> dict[date, float]:
    """Return what is booked for a sequence, seconds by night."""
    rows = session.execute(_BOOKED, {"sequence_id": sequence_id})
    return {night: amount for night, amount in rows}  # noqa: C416  a row is no pair


def booked_by_sequence(session: Session) -> dict[int, dict[date, float]]:
    """Return what is booked for each sequence that is PLANNED, seconds by night."""
    found: dict[int, dict[date, float]] = defaultdict(dict)
    for sequence_id, night, amount in session.execute(_ALL_BOOKED):
        found[sequence_id][night] = amount
    return found


def served(session: Session, sequence_id: int) -> dict[date, float]:
    """Return what the attempts at a sequence served, seconds by night."""
    rows = session.execute(_SERVED, {"sequence_id": sequence_id})
    return {night: amount for night, amount in rows}  # noqa: C416  a row is no pair


def payer(session: Session, sequence: Sequence) -> tuple[str, str]:
    """Return programme and owner whose account a sequence is booked to."""
    programme, owner = session.execute(_PAYER, {"request_id": sequence.request_id}).one()
    return programme, owner


def entries_of(session: Session, sequence_id: int) -> tuple[LedgerEntry, ...]:
    """Return every entry of a sequence, in order."""
    rows = session.execute(
        select(LedgerEntryRow.__table__)
        .where(LedgerEntryRow.sequence_id == sequence_id)
        .order_by(LedgerEntryRow.id)
    ).mappings()
    return tuple(
        LedgerEntry(**{name: row[name] for name in LedgerEntry.__dataclass_fields__})
        for row in rows
    )


def adjust(session: Session, entry: LedgerEntry) -> None:
    """Write an entry that a person decided on; nothing if its key is there already."""
    there = select(LedgerEntryRow.id).where(LedgerEntryRow.entry_key == entry.entry_key)
    if session.execute(there).scalar() is None:
        session.execute(_ADD, _row(entry))


def account(session: Session, programme: Programme, owner: str, night: date) -> Account:
    """Return how a programme and one of its users stand that night, seconds."""
    period = people.period_of(session, night)
    allocation = people.allocation(session, programme.code, period.code) if period else None
    if period is None or allocation is None:
        return Account(quota_s=0.0, quota_night_s=0.0, enforced=programme.enforce_quota)
    whose = {"programme": programme.code, "period": period.code, "owner": owner, "night": night}
    used_s, tonight_s, user_s = session.execute(_USED, whose).one()
    return Account(
        quota_s=allocation.quota_s,
        quota_night_s=allocation.quota_night_s,
        used_s=used_s,
        tonight_s=tonight_s,
        user_s=user_s,
        max_share=people.max_share(session, programme.code, owner),
        nights_left=(period.last_night - night).days + 1,
        enforced=programme.enforce_quota,
    )


def left(session: Session, programme: str, owner: str, night: date) -> Left:
    """Return what a user may still book on a programme that night, seconds (P28)."""
    return left_tonight(account(session, people.programme(session, programme), owner, night))


def mismatches(session: Session) -> tuple[tuple[int, float, float], ...]:
    """Return (sequence, booked, due) where they differ; empty is as it should be (P28, P46)."""
    totals = session.execute(
        select(LedgerEntryRow.sequence_id, func.sum(LedgerEntryRow.amount_s))
        .where(LedgerEntryRow.sequence_id.is_not(None))
        .group_by(LedgerEntryRow.sequence_id)
    )
    sums = {sequence_id: amount for sequence_id, amount in totals}  # noqa: C416  no pairs
    every = sequences_from(session, session.execute(SEQUENCES).mappings())
    pairs = ((one.id, float(sums.get(one.id, 0.0)), due(one)) for one in every)
    return tuple(pair for pair in pairs if abs(pair[1] - pair[2]) > TOLERANCE_S)


_THIS: BindParameter[int] = bindparam("sequence_id")
_BOOKED = (
    select(LedgerEntryRow.night, func.sum(LedgerEntryRow.amount_s))
    .where(LedgerEntryRow.sequence_id == _THIS)
    .group_by(LedgerEntryRow.night)
)
_ALL_BOOKED = (
    select(SequenceRow.id, LedgerEntryRow.night, func.sum(LedgerEntryRow.amount_s))
    .join(LedgerEntryRow, LedgerEntryRow.sequence_id == SequenceRow.id)
    .where(SequenceRow.state == SequenceState.PLANNED)
    .group_by(SequenceRow.id, LedgerEntryRow.night)
)
_SERVED = (
    select(ExecutionRow.night, func.sum(ExecutionRow.served_s))
    .where(ExecutionRow.sequence_id == _THIS, ExecutionRow.served_s > 0)
    .group_by(ExecutionRow.night)
)
_PAYER = select(RequestRow.programme, RequestRow.owner).where(
    RequestRow.id == bindparam("request_id")
)
_USED = select(
    func.coalesce(func.sum(LedgerEntryRow.amount_s), 0.0),
    func.coalesce(
        func.sum(LedgerEntryRow.amount_s).filter(LedgerEntryRow.night == bindparam("night")), 0.0
    ),
    func.coalesce(
        func.sum(LedgerEntryRow.amount_s).filter(LedgerEntryRow.owner == bindparam("owner")), 0.0
    ),
).where(
    LedgerEntryRow.programme == bindparam("programme"),
    LedgerEntryRow.period == bindparam("period"),
)
_ADD = insert(table_of(LedgerEntryRow))

TOLERANCE_S = 0.01
"""Sums of seconds that differ by less are equal."""


def _wanted(
    session: Session, sequence: Sequence, effect: Effect, why: Booking
) -> dict[date, float]:
    if sequence.free or effect is Effect.REFUND:
        return {}
    spent = served(session, sequence.id)
    if effect is Effect.SETTLE:
        return spent
    if why.night is None:
        raise ValueError("a debit is for a night: name it")
    return debited(spent, why.night, sequence.estimate_s)


def _bring_to(
    session: Session,
    sequence: Sequence,
    kind: EntryKind,
    wanted: dict[date, float],
    why: Booking,
) -> None:
    there = booked(session, sequence.id)
    programme, owner = payer(session, sequence)
    nights = there.keys() | wanted.keys()
    found = {night: people.period_of(session, night) for night in nights}
    like = LedgerEntry(
        entry_key=f"{kind.lower()}:{sequence.id}:{why.n}",
        at=why.at,
        kind=kind,
        amount_s=0.0,
        programme=programme,
        period="",
        owner=owner,
        night=min(nights, default=date.min),
        sequence_id=sequence.id,
        execution_id=why.execution_id,
        by=why.by,
    )
    periods = {night: period.code if period else "" for night, period in found.items()}
    rows = [_row(_signed(entry)) for entry in entries(like, there, wanted, periods)]
    if rows:
        session.execute(_ADD, rows)


def _signed(entry: LedgerEntry) -> LedgerEntry:
    """Return a debit that gives back as the refund it is."""
    back = entry.kind is EntryKind.DEBIT and entry.amount_s < 0
    return replace(entry, kind=EntryKind.REFUND) if back else entry


def _row(entry: LedgerEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in LedgerEntry.__dataclass_fields__}
