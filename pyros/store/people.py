"""Programmes, members, periods and allocations."""

from __future__ import annotations

from datetime import date

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import RowMapping

from pyros.domain.programme import Allocation, Member, Part, Period, Programme
from pyros.errors import Refused
from pyros.store.engine import Session
from pyros.store.tables.people import (
    AccountRow,
    AllocationRow,
    MemberRow,
    PeriodRow,
    ProgrammeRow,
)


def programme(session: Session, code: str) -> Programme:
    """Return the programme of that code; one that nobody has set up has no time and no limits."""
    row = session.execute(_PROGRAMME, {"code": code}).mappings().one_or_none()
    return Programme(code=code, title=code) if row is None else Programme(**row)


def programmes(session: Session) -> tuple[Programme, ...]:
    """Return every programme, by code."""
    rows = session.execute(_PROGRAMMES.order_by(ProgrammeRow.code)).mappings()
    return tuple(Programme(**row) for row in rows)


def save_programme(session: Session, wanted: Programme) -> Programme:
    """Make the programme of that code, or make it as `wanted`; return it with its id."""
    row = {name: getattr(wanted, name) for name in Programme.__dataclass_fields__ if name != "id"}
    made = upsert(ProgrammeRow).values(**row)
    session.execute(made.on_conflict_do_update(index_elements=[ProgrammeRow.code], set_=row))
    return programme(session, wanted.code)


def periods(session: Session) -> tuple[Period, ...]:
    """Return every period, the oldest first."""
    rows = session.execute(_PERIODS.order_by(PeriodRow.first_night)).mappings()
    return tuple(_period(row) for row in rows)


def period_of(session: Session, night: date) -> Period | None:
    """Return the period that a night lies in."""
    row = session.execute(_PERIOD_OF, {"night": night}).mappings().first()
    return None if row is None else _period(row)


def save_period(session: Session, wanted: Period) -> None:
    """Make the period of that code, or make it as `wanted`.

    Raises:
        Refused: another period has some of its nights.
    """
    for other in periods(session):
        apart = other.last_night < wanted.first_night or wanted.last_night < other.first_night
        if other.code != wanted.code and not apart:
            raise Refused(f"period {wanted.code} has nights of period {other.code}")
    row = {name: getattr(wanted, name) for name in Period.__dataclass_fields__}
    made = upsert(PeriodRow).values(**row)
    session.execute(made.on_conflict_do_update(index_elements=[PeriodRow.code], set_=row))


def allocation(session: Session, programme_code: str, period_code: str) -> Allocation | None:
    """Return what a programme may use of a period, None if nothing was decided."""
    which = {"programme_code": programme_code, "period_code": period_code}
    row = session.execute(_ALLOCATION, which).mappings().one_or_none()
    return None if row is None else Allocation(**row)


def allocations(session: Session) -> tuple[Allocation, ...]:
    """Return every allocation, by programme and period."""
    rows = session.execute(_ALLOCATIONS.order_by(ProgrammeRow.code, PeriodRow.code)).mappings()
    return tuple(Allocation(**row) for row in rows)


def save_allocation(session: Session, wanted: Allocation) -> None:
    """Give a programme so much of a period; both must be there.

    Raises:
        Refused: no such programme or period.
    """
    programme_id = _id(session, ProgrammeRow, wanted.programme)
    period_id = _id(session, PeriodRow, wanted.period)
    row = {"quota_s": wanted.quota_s, "quota_night_s": wanted.quota_night_s}
    made = upsert(AllocationRow).values(programme_id=programme_id, period_id=period_id, **row)
    session.execute(
        made.on_conflict_do_update(
            index_elements=[AllocationRow.programme_id, AllocationRow.period_id], set_=row
        )
    )


def members(session: Session, programme_code: str) -> tuple[Member, ...]:
    """Return who belongs to a programme, by e-mail."""
    rows = session.execute(
        _MEMBERS.where(ProgrammeRow.code == programme_code).order_by(AccountRow.email)
    ).mappings()
    return tuple(Member(**row) for row in rows)


def memberships(session: Session, email: str) -> tuple[Member, ...]:
    """Return the programmes that somebody belongs to, by code."""
    rows = session.execute(
        _MEMBERS.where(AccountRow.email == email).order_by(ProgrammeRow.code)
    ).mappings()
    return tuple(Member(**row) for row in rows)


def max_share(session: Session, programme_code: str, email: str) -> float | None:
    """Return which share of a programme somebody may use at most, None for all of it."""
    which = {"programme_code": programme_code, "email_": email}
    row = session.execute(_MEMBER, which).mappings().one_or_none()
    return None if row is None else row["max_share"]


def save_member(session: Session, wanted: Member) -> None:
    """Take somebody into a programme, or change their part in it.

    Raises:
        Refused: no such programme or account.
    """
    programme_id = _id(session, ProgrammeRow, wanted.programme)
    account_id = session.execute(
        select(AccountRow.id).where(AccountRow.email == wanted.email)
    ).scalar()
    if account_id is None:
        raise Refused(f"no account of {wanted.email}")
    there = (MemberRow.programme_id == programme_id, MemberRow.account_id == account_id)
    row = {"part": Part(wanted.part), "max_share": wanted.max_share}
    if session.execute(update(MemberRow).where(*there).values(**row)).rowcount == 0:
        session.execute(
            insert(MemberRow).values(programme_id=programme_id, account_id=account_id, **row)
        )


_PROGRAMMES = select(ProgrammeRow.__table__)
_PERIODS = select(PeriodRow.__table__)
_ALLOCATIONS = (
    select(
        ProgrammeRow.code.label("programme"),
        PeriodRow.code.label("period"),
        AllocationRow.quota_s,
        AllocationRow.quota_night_s,
    )
    .join(ProgrammeRow, ProgrammeRow.id == AllocationRow.programme_id)
    .join(PeriodRow, PeriodRow.id == AllocationRow.period_id)
)
_PROGRAMME = _PROGRAMMES.where(ProgrammeRow.code == bindparam("code"))
_PERIOD_OF = _PERIODS.where(
    PeriodRow.first_night <= bindparam("night"), PeriodRow.last_night >= bindparam("night")
)
_ALLOCATION = _ALLOCATIONS.where(
    ProgrammeRow.code == bindparam("programme_code"), PeriodRow.code == bindparam("period_code")
)
_MEMBERS = (
    select(
        ProgrammeRow.code.label("programme"), AccountRow.email, MemberRow.part, MemberRow.max_share
    )
    .join(ProgrammeRow, ProgrammeRow.id == MemberRow.programme_id)
    .join(AccountRow, AccountRow.id == MemberRow.account_id)
)
_MEMBER = _MEMBERS.where(
    ProgrammeRow.code == bindparam("programme_code"), AccountRow.email == bindparam("email_")
)


def _period(row: RowMapping) -> Period:
    return Period(**{name: row[name] for name in Period.__dataclass_fields__})


def _id(session: Session, table: type[ProgrammeRow] | type[PeriodRow], code: str) -> int:
    found = session.execute(select(table.id).where(table.code == code)).scalar()
    if found is None:
        raise Refused(f"no {table.__tablename__} {code}")
    return found
