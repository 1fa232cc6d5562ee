"""Every packet as it came, once; and retractions of what has not come yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.engine import RowMapping

from pyros.store import ids
from pyros.store.engine import Session
from pyros.store.tables.alerts import NoticeRow, TombstoneRow

TOMBSTONE_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """A packet as it came, with what was read from it and what became of it.

    `reasons` say why it moved nothing; `fields` is whatever its reader found.
    """

    id: int = 0
    source: str
    ivorn: str = ""
    sha256: str
    place: str = ""
    received_at: datetime
    raw: bytes
    kind: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    alert_id: int | None = None
    alert_name: str = ""


def add_notice(session: Session, notice: StoredNotice) -> StoredNotice | None:
    """Keep a packet; None if it was there already (same ivorn, else same bytes, of a source)."""
    there = select(NoticeRow.id).where(
        NoticeRow.source == notice.source, NoticeRow.ivorn == notice.ivorn
    )
    if not notice.ivorn:
        there = there.where(NoticeRow.sha256 == notice.sha256)
    if session.execute(there).first() is not None:
        return None
    stored = replace(notice, id=ids.given(session, "notices", notice.id))
    row = {name: getattr(stored, name) for name in StoredNotice.__dataclass_fields__}
    session.execute(insert(NoticeRow), [row])
    return stored


def notices(
    session: Session,
    *,
    alert_id: int | None = None,
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 200,
) -> tuple[StoredNotice, ...]:
    """Return packets, the newest first."""
    wanted = select(NoticeRow.__table__).order_by(NoticeRow.id.desc()).limit(limit)
    if alert_id is not None:
        wanted = wanted.where(NoticeRow.alert_id == alert_id)
    if since is not None:
        wanted = wanted.where(NoticeRow.received_at >= since)
    if before_id is not None:
        wanted = wanted.where(NoticeRow.id < before_id)
    return tuple(_notice(row) for row in session.execute(wanted).mappings())


def notice(session: Session, notice_id: int) -> StoredNotice | None:
    """Return one packet."""
    wanted = select(NoticeRow.__table__).where(NoticeRow.id == notice_id)
    row = session.execute(wanted).mappings().one_or_none()
    return None if row is None else _notice(row)


def bury(session: Session, *, ivorn: str, mission: str, event_id: str, at: datetime) -> None:
    """Remember a retraction of what was not seen yet."""
    row = {"ivorn": ivorn, "mission": mission, "event_id": event_id, "at": at}
    session.execute(insert(TombstoneRow), [row])


def buried(session: Session, *, ivorn: str, mission: str, event_id: str, at: datetime) -> bool:
    """Return whether a retraction of this came before it, at most seven days ago."""
    by_event = (
        (TombstoneRow.mission == mission)
        & (TombstoneRow.event_id == event_id)
        & (TombstoneRow.event_id != "")
    )
    by_ivorn = (TombstoneRow.ivorn == ivorn) & (TombstoneRow.ivorn != "")
    fresh = TombstoneRow.at >= at - timedelta(days=TOMBSTONE_DAYS)
    wanted = select(func.count()).select_from(TombstoneRow).where(fresh, or_(by_ivorn, by_event))
    return session.execute(wanted).scalar_one() > 0


def tombstones(session: Session, at: datetime) -> tuple[tuple[str, str, str], ...]:
    """Return (ivorn, mission, event) of every retraction still remembered."""
    fresh = TombstoneRow.at >= at - timedelta(days=TOMBSTONE_DAYS)
    wanted = select(TombstoneRow.ivorn, TombstoneRow.mission, TombstoneRow.event_id).where(fresh)
    return tuple((ivorn, mission, event) for ivorn, mission, event in session.execute(wanted))


def forget_tombstones(session: Session, before: datetime) -> None:
    """Drop the retractions remembered since before then."""
    session.execute(delete(TombstoneRow).where(TombstoneRow.at < before))


def _notice(row: RowMapping) -> StoredNotice:
    columns = {name: row[name] for name in StoredNotice.__dataclass_fields__}
    columns["problems"] = tuple(row["problems"])
    columns["reasons"] = tuple(row["reasons"])
    return StoredNotice(**columns)
