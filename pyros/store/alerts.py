"""Alerts, every packet of theirs, tombstones, strategies and switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import RowMapping

from pyros.domain.alert import Alert, AlertState, Stamps
from pyros.store import ids
from pyros.store.engine import Session
from pyros.store.notices import (
    StoredNotice,
    add_notice,
    buried,
    bury,
    forget_tombstones,
    notice,
    notices,
    tombstones,
)
from pyros.store.strategies import (
    StrategyText,
    add_strategy,
    default_strategy,
    make_default,
    switch,
    turn,
)
from pyros.store.tables.alerts import (
    AlertMemberRow,
    AlertRevisionRow,
    AlertRow,
)

__all__ = [
    "StoredNotice",
    "StrategyText",
    "add_notice",
    "add_strategy",
    "alert",
    "alert_of_member",
    "alerts",
    "buried",
    "bury",
    "by_name",
    "default_strategy",
    "forget_tombstones",
    "load",
    "make_default",
    "merge",
    "notice",
    "notices",
    "revisions",
    "save_alert",
    "switch",
    "tombstones",
    "turn",
    "withdraw",
    "withdrawn",
]


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


def revisions(session: Session, alert_id: int) -> tuple[Mapping[str, Any], ...]:
    """Return what changed of an alert: n, at, changed, notice, by; the first one first."""
    wanted = (
        select(AlertRevisionRow.__table__)
        .where(AlertRevisionRow.alert_id == alert_id)
        .order_by(AlertRevisionRow.n)
    )
    return tuple(dict(row) for row in session.execute(wanted).mappings())


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
