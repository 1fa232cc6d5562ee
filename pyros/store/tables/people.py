"""Tables of people: accounts, their tokens, programmes, members, periods, allocations."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pyros.domain.programme import Part, ProgrammeState
from pyros.domain.user import AccountState, Role, TokenPurpose
from pyros.store.tables.columns import Table, one_of


class AccountRow(Table):
    """A person who may log in."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    institute: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[Role] = mapped_column(one_of(Role, "role"))
    in_commission: Mapped[bool]
    state: Mapped[AccountState] = mapped_column(one_of(AccountState, "state"))
    must_change_password: Mapped[bool]
    created_at: Mapped[datetime]
    email_confirmed_at: Mapped[datetime | None]
    validated_by: Mapped[str]
    validated_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    tour_seen_at: Mapped[datetime | None]
    failed_logins: Mapped[int]
    locked_until: Mapped[datetime | None]
    version: Mapped[int]


class TokenRow(Table):
    """A secret that somebody holds; only its sha256 is kept."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[TokenPurpose] = mapped_column(one_of(TokenPurpose, "purpose"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ProgrammeRow(Table):
    """A scientific programme."""

    __tablename__ = "programme"
    __table_args__ = (CheckConstraint("rank BETWEEN 1 AND 5", name="rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str]
    state: Mapped[ProgrammeState] = mapped_column(one_of(ProgrammeState, "state"))
    rank: Mapped[int]
    needs_approval: Mapped[bool]
    enforce_quota: Mapped[bool]
    accept_fraction: Mapped[float]


class MemberRow(Table):
    """Who belongs to a programme, and how much of it is theirs at most."""

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("programme_id", "account_id"),
        CheckConstraint("max_share IS NULL OR max_share BETWEEN 0 AND 1", name="max_share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    part: Mapped[Part] = mapped_column(one_of(Part, "part"))
    max_share: Mapped[float | None]


class PeriodRow(Table):
    """A span for which time is allocated."""

    __tablename__ = "period"
    __table_args__ = (
        CheckConstraint("first_night <= last_night", name="order"),
        Index(None, "first_night", "last_night"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    first_night: Mapped[date]
    last_night: Mapped[date]


class AllocationRow(Table):
    """How much of a period a programme may use."""

    __tablename__ = "allocation"
    __table_args__ = (
        UniqueConstraint("programme_id", "period_id"),
        CheckConstraint("quota_s >= 0 AND quota_night_s >= 0", name="quota"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    quota_s: Mapped[float]
    quota_night_s: Mapped[float]
