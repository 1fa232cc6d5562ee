"""Tables of many rows: readings, status, conditions, log lines; append-only but for pruning."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pyros.domain.conditions import Sky
from pyros.store.tables.columns import Table, UtcMicros, one_of


class SeriesRow(Table):
    """A quantity of a device that is followed over time."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("device", "quantity"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[str]
    quantity: Mapped[str]
    unit: Mapped[str]


class ReadingRow(Table):
    """One value of a series."""

    __tablename__ = "reading"
    __table_args__ = ({"sqlite_with_rowid": False},)

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMicros, primary_key=True)
    value: Mapped[float | None]
    good: Mapped[bool]


class DeviceStatusRow(Table):
    """What a device said of itself."""

    __tablename__ = "device_status"
    __table_args__ = (Index(None, "device", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    device: Mapped[str]
    at: Mapped[datetime]
    state: Mapped[str]
    values: Mapped[dict[str, object]]


class ConditionsRow(Table):
    """The weather's verdict: at each change and every 60 s."""

    __tablename__ = "conditions"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    complete: Mapped[bool]
    safe: Mapped[bool]
    sky: Mapped[Sky] = mapped_column(one_of(Sky, "sky"))
    seeing_arcsec: Mapped[float | None]
    causes: Mapped[list[object]]
    values: Mapped[dict[str, object]]
    sources: Mapped[dict[str, object]]
    interlocks: Mapped[list[object]]


class CauseClockRow(Table):
    """When a cause was last bad: outlives restarts, so that no delay begins anew."""

    __tablename__ = "cause_clock"

    cause: Mapped[str] = mapped_column(primary_key=True)
    last_bad_at: Mapped[datetime]


class LogLineRow(Table):
    """One line of the log."""

    __tablename__ = "log_line"
    __table_args__ = (Index(None, "actor", "id"), Index(None, "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    level: Mapped[str]
    actor: Mapped[str]
    text: Mapped[str]
    fields: Mapped[dict[str, object]]
    correlation: Mapped[str]


class PruneLimitRow(Table):
    """Rows older than this may leave their table; `pyros db prune` alone writes here."""

    __tablename__ = "prune_limit"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[datetime]
    before_micros: Mapped[datetime] = mapped_column(UtcMicros)
