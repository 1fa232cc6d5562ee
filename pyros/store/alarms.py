"""Alarms: raised, counted while open, acknowledged, cleared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from pyros.store.engine import Session
from pyros.store.tables.house import AlarmEventRow, AlarmRow

SEVERITIES = ("NOTICE", "WARNING", "SERIOUS", "CRITICAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlarm:
    """An alarm; `count` says how often it was raised while open."""

    id: int
    key: str
    severity: str
    text: str
    raised_at: datetime
    last_at: datetime
    cleared_at: datetime | None
    count: int
    acknowledged_by: str
    acknowledged_at: datetime | None


def raise_alarm(session: Session, key: str, severity: str, text: str, at: datetime) -> None:
    """Raise an alarm; an open one of that key counts up and keeps its highest severity.

    A higher severity takes the acknowledgement away.
    """
    there = session.execute(_OPEN.where(AlarmRow.key == key)).mappings().one_or_none()
    if there is None:
        row = {
            "key": key,
            "severity": severity,
            "text": text,
            "raised_at": at,
            "last_at": at,
            "cleared_at": None,
            "count": 1,
            "acknowledged_by": "",
            "acknowledged_at": None,
        }
        added = insert(AlarmRow).values(**row).returning(AlarmRow.id)
        _event(session, session.execute(added).scalar_one(), at, "raised", "", text)
        return
    higher = SEVERITIES.index(severity) > SEVERITIES.index(there["severity"])
    changed: dict[str, object] = {"text": text, "last_at": at, "count": there["count"] + 1}
    if higher:
        changed |= {"severity": severity, "acknowledged_by": "", "acknowledged_at": None}
        _event(session, there["id"], at, "worse", "", text)
    session.execute(update(AlarmRow).where(AlarmRow.id == there["id"]).values(**changed))


def acknowledge(session: Session, key: str, *, by: str, at: datetime) -> None:
    """Write that somebody knows of an open alarm."""
    _close(session, key, at, "acknowledged", by, {"acknowledged_by": by, "acknowledged_at": at})


def clear_alarm(session: Session, key: str, at: datetime, by: str = "") -> None:
    """Write that the cause of an open alarm is gone; nothing if there is none."""
    _close(session, key, at, "cleared", by, {"cleared_at": at})


def alarms(
    session: Session, *, only_open: bool = True, limit: int = 200
) -> tuple[StoredAlarm, ...]:
    """Return alarms, the newest first."""
    wanted = _OPEN if only_open else select(AlarmRow.__table__)
    rows = session.execute(wanted.order_by(AlarmRow.last_at.desc()).limit(limit)).mappings()
    return tuple(StoredAlarm(**row) for row in rows)


_OPEN = select(AlarmRow.__table__).where(AlarmRow.cleared_at.is_(None))


def _close(  # noqa: PLR0913, PLR0917  one row
    session: Session, key: str, at: datetime, event: str, by: str, changed: dict[str, object]
) -> None:
    there = session.execute(_OPEN.where(AlarmRow.key == key)).mappings().one_or_none()
    if there is None:
        return
    session.execute(update(AlarmRow).where(AlarmRow.id == there["id"]).values(**changed))
    _event(session, there["id"], at, event, by, "")


def _event(  # noqa: PLR0913, PLR0917  one row
    session: Session, alarm_id: int, at: datetime, event: str, by: str, text: str
) -> None:
    row = {"alarm_id": alarm_id, "at": at, "event": event, "by": by, "text": text}
    session.execute(insert(AlarmEventRow), [row])
