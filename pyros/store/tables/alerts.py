"""Tables of alerts: every packet, the burst it belongs to, strategies, switches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pyros.domain.alert import AlertState
from pyros.store.tables.columns import Table, one_of


class AlertRow(Table):
    """One burst, whichever satellites saw it."""

    __tablename__ = "alert"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(unique=True)
    state: Mapped[AlertState] = mapped_column(one_of(AlertState, "state"), index=True)
    drill: Mapped[bool]
    burst_at: Mapped[datetime | None]
    burst_origin: Mapped[str]
    ra_deg: Mapped[float | None]
    dec_deg: Mapped[float | None]
    r90_deg: Mapped[float | None]
    position_from: Mapped[str]
    merged_into: Mapped[int | None]
    # No foreign key: the rows of an alert and of its request come in either order.
    request_id: Mapped[int | None]
    strategy_version: Mapped[str]
    rule: Mapped[str]
    reasons: Mapped[list[object]]
    written_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    commanded_at: Mapped[datetime | None]
    first_light_at: Mapped[datetime | None]
    version: Mapped[int]


class AlertMemberRow(Table):
    """An event of a mission that belongs to an alert."""

    __tablename__ = "alert_member"
    __table_args__ = (UniqueConstraint("mission", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mission: Mapped[str]
    event_id: Mapped[str]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), index=True)
    withdrawn_at: Mapped[datetime | None]


class NoticeRow(Table):
    """A packet as it came, and what was read from it; append-only."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("uq_notice_ivorn", "source", "ivorn", unique=True, sqlite_where=text("ivorn <> ''")),
        Index("uq_notice_sha256", "source", "sha256", unique=True, sqlite_where=text("ivorn = ''")),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    ivorn: Mapped[str]
    sha256: Mapped[str]
    place: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str]
    fields: Mapped[dict[str, object]]
    problems: Mapped[list[object]]
    reasons: Mapped[list[object]]
    alert_id: Mapped[int | None] = mapped_column(index=True)
    alert_name: Mapped[str]


class AlertRevisionRow(Table):
    """What changed of an alert, by which notice or person; append-only."""

    __tablename__ = "alert_revision"
    __table_args__ = (UniqueConstraint("alert_id", "n"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"))
    n: Mapped[int]
    at: Mapped[datetime]
    changed: Mapped[dict[str, object]]
    notice: Mapped[str]
    by: Mapped[str]


class TombstoneRow(Table):
    """A retraction of something not seen yet, by ivorn or by mission and event; kept 7 days."""

    __tablename__ = "tombstone"

    id: Mapped[int] = mapped_column(primary_key=True)
    ivorn: Mapped[str] = mapped_column(index=True)
    mission: Mapped[str]
    event_id: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class StrategyVersionRow(Table):
    """A text of a strategy; append-only."""

    __tablename__ = "strategy_version"
    __table_args__ = (
        UniqueConstraint("name", "n"),
        CheckConstraint("n >= 1", name="n"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    n: Mapped[int]
    text: Mapped[str]
    author: Mapped[str]
    at: Mapped[datetime]
    comment: Mapped[str]


class DefaultStrategyRow(Table):
    """Which strategy version is the default; append-only, the last row counts."""

    __tablename__ = "default_strategy"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("strategy_version.id"))
    by: Mapped[str]
    at: Mapped[datetime]


class SwitchRow(Table):
    """A switch that people turn (`accept_alerts`); append-only, the last row counts."""

    __tablename__ = "switch"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    value: Mapped[bool]
    by: Mapped[str]
    at: Mapped[datetime]
