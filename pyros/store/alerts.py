"""Alerts, every packet of theirs, tombstones, strategies and switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import RowMapping

from pyros.domain.alert import Alert, AlertState, Stamps
from pyros.store import ids
from pyros.store.engine import Session
from pyros.store.tables.alerts import (
    AlertMemberRow,
    AlertRevisionRow,
    AlertRow,
    DefaultStrategyRow,
    NoticeRow,
    StrategyVersionRow,
    SwitchRow,
    TombstoneRow,
)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyText:
    """A version of a strategy; `version` names it as `name@n`."""

    id: int = 0
    name: str
    n: int = 0
    text: str
    author: str
    at: datetime
    comment: str = ""

    @property
    def version(self) -> str:
        """Name of this text for ever."""
        return f"{self.name}@{self.n}"


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


def save_alert(
    session: Session, alert: Alert, *, at: datetime | None = None, notice: str = "", by: str = ""
) -> Alert:
    """Write an alert as it is now, its members with it; a revision says what changed.

    A member withdrawn keeps its row (`withdraw`).  Returns the alert with its id.
    """
    before = load(session, alert.id) if alert.id else None
    stored = replace(alert, id=ids.given(session, "alerts", alert.id))
    row = _alert_row(stored)
    if before is None:
        session.execute(insert(AlertRow), [row | {"version": 1, "merged_into": None}])
    elif before != stored:
        session.execute(
            update(AlertRow)
            .where(AlertRow.id == stored.id)
            .values(**row, version=AlertRow.version + 1)
        )
    _save_members(session, stored)
    when = at or stored.stamps.decided or stored.stamps.received
    if when is not None and before != stored:
        _revise(session, stored, before, when, notice or stored.position_from, by)
    return stored


def withdraw(session: Session, mission: str, event_id: str, at: datetime) -> None:
    """Mark an event of a mission as retracted; it stays a member of its alert."""
    session.execute(
        update(AlertMemberRow)
        .where(AlertMemberRow.mission == mission, AlertMemberRow.event_id == event_id)
        .values(withdrawn_at=at)
    )


def withdrawn(session: Session, alert_id: int) -> frozenset[tuple[str, str]]:
    """Return the members of an alert that were retracted."""
    rows = session.execute(
        select(AlertMemberRow.mission, AlertMemberRow.event_id).where(
            AlertMemberRow.alert_id == alert_id, AlertMemberRow.withdrawn_at.is_not(None)
        )
    )
    return frozenset((mission, event) for mission, event in rows)


def merge(session: Session, younger_id: int, older_id: int) -> None:
    """Say that an alert was found to be the same burst as an older one."""
    session.execute(
        update(AlertRow)
        .where(AlertRow.id == younger_id)
        .values(state=AlertState.MERGED, merged_into=older_id, version=AlertRow.version + 1)
    )


def load(session: Session, alert_id: int) -> Alert | None:
    """Return one alert."""
    found = _alerts(session, _ALERTS.where(AlertRow.id == alert_id))
    return found[0] if found else None


def by_name(session: Session, name: str) -> Alert | None:
    """Return the alert of that name."""
    found = _alerts(session, _ALERTS.where(AlertRow.name == name))
    return found[0] if found else None


def alert(session: Session, alert_id: int) -> Alert | None:
    """Return one alert."""
    return load(session, alert_id)


def alerts(
    session: Session, since: datetime | None = None, *, limit: int = 500
) -> tuple[Alert, ...]:
    """Return the alerts received since then, the newest first."""
    wanted = _ALERTS.order_by(AlertRow.id.desc()).limit(limit)
    if since is not None:
        wanted = wanted.where(AlertRow.received_at >= since)
    return _alerts(session, wanted)


def alert_of_member(session: Session, mission: str, event_id: str) -> Alert | None:
    """Return the alert that an event of a mission belongs to."""
    wanted = _ALERTS.join(AlertMemberRow, AlertMemberRow.alert_id == AlertRow.id).where(
        AlertMemberRow.mission == mission, AlertMemberRow.event_id == event_id
    )
    found = _alerts(session, wanted)
    return found[0] if found else None


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


def revisions(session: Session, alert_id: int) -> tuple[Mapping[str, Any], ...]:
    """Return what changed of an alert: n, at, changed, notice, by; the first one first."""
    wanted = (
        select(AlertRevisionRow.__table__)
        .where(AlertRevisionRow.alert_id == alert_id)
        .order_by(AlertRevisionRow.n)
    )
    return tuple(dict(row) for row in session.execute(wanted).mappings())


def add_strategy(session: Session, strategy: StrategyText) -> StrategyText:
    """Keep a text of a strategy as its next version; the same text again makes none."""
    wanted = (
        select(StrategyVersionRow.__table__)
        .where(StrategyVersionRow.name == strategy.name)
        .order_by(StrategyVersionRow.n.desc())
    )
    newest = session.execute(wanted).mappings().first()
    if newest is not None and newest["text"] == strategy.text:
        return StrategyText(**newest)
    n = 1 if newest is None else newest["n"] + 1
    row = {name: getattr(strategy, name) for name in StrategyText.__dataclass_fields__}
    del row["id"]
    added = insert(StrategyVersionRow).values(**{**row, "n": n}).returning(StrategyVersionRow.id)
    return replace(strategy, id=session.execute(added).scalar_one(), n=n)


def make_default(session: Session, version_id: int, *, by: str, at: datetime) -> None:
    """Let this version be the strategy from now on."""
    session.execute(insert(DefaultStrategyRow), [{"version_id": version_id, "by": by, "at": at}])


def default_strategy(session: Session) -> StrategyText | None:
    """Return the strategy in force, None before the first."""
    wanted = (
        select(StrategyVersionRow.__table__)
        .join(DefaultStrategyRow, DefaultStrategyRow.version_id == StrategyVersionRow.id)
        .order_by(DefaultStrategyRow.id.desc())
    )
    row = session.execute(wanted).mappings().first()
    return None if row is None else StrategyText(**row)


def turn(session: Session, name: str, value: bool, *, by: str, at: datetime) -> None:  # noqa: FBT001
    """Turn a switch, as `accept_alerts`."""
    session.execute(insert(SwitchRow), [{"name": name, "value": value, "by": by, "at": at}])


def switch(session: Session, name: str, *, default: bool) -> bool:
    """Return how a switch stands."""
    wanted = select(SwitchRow.value).where(SwitchRow.name == name).order_by(SwitchRow.id.desc())
    found = session.execute(wanted).scalar()
    return default if found is None else found


_ALERTS = select(AlertRow.__table__)
_STAMPS = {
    "burst": "burst_at",
    "written": "written_at",
    "sent": "sent_at",
    "received": "received_at",
    "decided": "decided_at",
    "commanded": "commanded_at",
    "first_light": "first_light_at",
}
_PLAIN = tuple(
    name
    for name in Alert.__dataclass_fields__
    if name in AlertRow.__table__.columns and name not in {"reasons", "burst_at"}
)


def _alert_row(alert: Alert) -> dict[str, Any]:
    row = {name: getattr(alert, name) for name in _PLAIN}
    row |= {column: getattr(alert.stamps, name) for name, column in _STAMPS.items()}
    return row | {
        "reasons": list(alert.reasons),
        "burst_at": alert.burst_at or alert.stamps.burst,
    }


def _alerts(session: Session, wanted: Any) -> tuple[Alert, ...]:  # noqa: ANN401  a select of rows
    rows = session.execute(wanted).mappings().all()
    members: dict[int, list[tuple[str, str]]] = {row["id"]: [] for row in rows}
    found = session.execute(
        select(AlertMemberRow.alert_id, AlertMemberRow.mission, AlertMemberRow.event_id)
        .where(AlertMemberRow.alert_id.in_(members))
        .order_by(AlertMemberRow.id)
    )
    for alert_id, mission, event in found:
        members[alert_id].append((mission, event))
    return tuple(_alert(row, members[row["id"]]) for row in rows)


def _alert(row: RowMapping, members: list[tuple[str, str]]) -> Alert:
    stamps = Stamps(**{name: row[column] for name, column in _STAMPS.items()})
    return Alert(
        **{name: row[name] for name in _PLAIN},
        burst_at=row["burst_at"],
        reasons=tuple(row["reasons"]),
        members=tuple(members),
        stamps=stamps,
    )


def _notice(row: RowMapping) -> StoredNotice:
    columns = {name: row[name] for name in StoredNotice.__dataclass_fields__}
    columns["problems"] = tuple(row["problems"])
    columns["reasons"] = tuple(row["reasons"])
    return StoredNotice(**columns)


def _save_members(session: Session, alert: Alert) -> None:
    for mission, event in alert.members:
        row = {"mission": mission, "event_id": event, "alert_id": alert.id}
        made = upsert(AlertMemberRow).values(**row)
        session.execute(
            made.on_conflict_do_update(
                index_elements=[AlertMemberRow.mission, AlertMemberRow.event_id],
                set_={"alert_id": alert.id},
            )
        )


def _revise(  # noqa: PLR0913, PLR0917  one row
    session: Session, now: Alert, before: Alert | None, at: datetime, notice: str, by: str
) -> None:
    last = select(func.max(AlertRevisionRow.n)).where(AlertRevisionRow.alert_id == now.id)
    n = (session.execute(last).scalar() or 0) + 1
    changed = {
        name: getattr(now, name)
        for name in Alert.__dataclass_fields__
        if before is None or getattr(before, name) != getattr(now, name)
    }
    row = {"alert_id": now.id, "n": n, "at": at, "changed": changed, "notice": notice, "by": by}
    session.execute(insert(AlertRevisionRow), [row])
