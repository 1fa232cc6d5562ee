"""Tables of the house: boots, holds, alarms, audit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pyros.domain.holds import HoldKind
from pyros.store.tables.columns import Table, one_of


class BootRow(Table):
    """A start of the process; append-only."""

    __tablename__ = "boot"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    version: Mapped[str]
    config: Mapped[str]
    config_hash: Mapped[str]


class BootEndRow(Table):
    """How a boot ended, if in order; append-only."""

    __tablename__ = "boot_end"

    number: Mapped[int] = mapped_column(ForeignKey("boot.number"), primary_key=True)
    ended_at: Mapped[datetime]
    exit_code: Mapped[int]
    reason: Mapped[str]


class HoldRow(Table):
    """A reason to keep still; a new row each time, one in force a key."""

    __tablename__ = "hold"
    __table_args__ = (
        Index("uq_hold_key_in_force", "key", unique=True, sqlite_where=text("lifted_at IS NULL")),
        Index(None, "placed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    kind: Mapped[HoldKind] = mapped_column(one_of(HoldKind, "kind"))
    placed_at: Mapped[datetime]
    placed_by: Mapped[str]
    reason: Mapped[str]
    latched: Mapped[bool]
    closes: Mapped[bool]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str]


class AlarmRow(Table):
    """Something a person should know; one open row a key."""

    __tablename__ = "alarm"
    __table_args__ = (
        Index("uq_alarm_key_open", "key", unique=True, sqlite_where=text("cleared_at IS NULL")),
        Index(None, "last_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    severity: Mapped[str]
    text: Mapped[str]
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    count: Mapped[int]
    acknowledged_by: Mapped[str]
    acknowledged_at: Mapped[datetime | None]


class AlarmEventRow(Table):
    """What happened to an alarm; append-only."""

    __tablename__ = "alarm_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    alarm_id: Mapped[int] = mapped_column(ForeignKey("alarm.id"), index=True)
    at: Mapped[datetime]
    event: Mapped[str]
    by: Mapped[str]
    text: Mapped[str]


class AuditEntryRow(Table):
    """Who did what, from where, and whether it was allowed; append-only."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "who", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str]
    place: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, object]]
    after: Mapped[dict[str, object]]
    outcome: Mapped[str]
    reason: Mapped[str]
