"""The house: boots, holds that outlive a process, audit and log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from pyros.domain.audit import AuditEntry, LogLine
from pyros.domain.holds import Hold
from pyros.store.alarms import acknowledge, alarms, clear_alarm, raise_alarm
from pyros.store.engine import Session
from pyros.store.tables.house import AuditEntryRow, BootEndRow, BootRow, HoldRow
from pyros.store.tables.nights import PlanStepRow, ScheduleRow
from pyros.store.tables.telemetry import ConditionsRow, LogLineRow

__all__ = [
    "acknowledge",
    "alarms",
    "audit",
    "audit_entries",
    "boot",
    "boot_ended",
    "clear_alarm",
    "holds",
    "last_instant",
    "lift_hold",
    "log",
    "log_lines",
    "place_hold",
    "raise_alarm",
]


def boot(session: Session, at: datetime, version: str, config: str) -> int:
    """Write that the process starts; return its boot number, higher than any before (S75).

    It is the next one, or the UTC seconds if they are more, so that it rises even with a new
    database.
    """
    last = session.execute(select(func.max(BootRow.number))).scalar() or 0
    number = max(last + 1, int(at.timestamp()))
    row = {
        "number": number,
        "started_at": at,
        "version": version,
        "config": config,
        "config_hash": hashlib.sha256(config.encode()).hexdigest(),
    }
    session.execute(insert(BootRow), [row])
    return number


def boot_ended(session: Session, number: int, at: datetime, exit_code: int, reason: str) -> None:
    """Write that the process ends in order, and why."""
    row = {"number": number, "ended_at": at, "exit_code": exit_code, "reason": reason}
    session.execute(insert(BootEndRow), [row])


def ended_in_order(session: Session, number: int) -> bool:
    """Return whether a boot came to its end, and was not killed."""
    there = select(BootEndRow.number).where(BootEndRow.number == number)
    return session.execute(there).first() is not None


def place_hold(session: Session, hold: Hold, at: datetime | None = None) -> None:
    """Write a hold (operator, safety) that a restart must find again; once while it is in force."""
    row = {
        "key": hold.key,
        "kind": hold.kind,
        "placed_at": at or hold.since,
        "placed_by": hold.by,
        "reason": hold.reason,
        "latched": hold.latched,
        "closes": hold.closes,
        "lifted_at": None,
        "lifted_by": "",
    }
    if session.execute(_IN_FORCE.where(HoldRow.key == hold.key)).first() is None:
        session.execute(insert(HoldRow), [row])
    else:
        changed = {name: row[name] for name in ("placed_by", "reason", "latched", "closes")}
        in_force = (HoldRow.key == hold.key) & HoldRow.lifted_at.is_(None)
        session.execute(update(HoldRow).where(in_force).values(**changed))


def lift_hold(session: Session, hold: Hold | str, at: datetime, by: str = "") -> None:
    """Write that a hold is in force no more; nothing if it is not."""
    key = hold if isinstance(hold, str) else hold.key
    session.execute(
        update(HoldRow)
        .where(HoldRow.key == key, HoldRow.lifted_at.is_(None))
        .values(lifted_at=at, lifted_by=by)
    )


def holds(session: Session) -> tuple[Hold, ...]:
    """Return the stored holds in force, by key."""
    rows = session.execute(_IN_FORCE.order_by(HoldRow.key)).mappings()
    return tuple(
        Hold(
            key=row["key"],
            kind=row["kind"],
            since=row["placed_at"],
            by=row["placed_by"],
            reason=row["reason"],
            latched=row["latched"],
            closes=row["closes"],
        )
        for row in rows
    )


def audit(session: Session, entry: AuditEntry) -> AuditEntry:
    """Keep who did what, or was refused; return it with its id."""
    row = {name: getattr(entry, name) for name in AuditEntry.__dataclass_fields__}
    row |= {"before": dict(entry.before), "after": dict(entry.after)}
    del row["id"]
    added = insert(AuditEntryRow).values(**row).returning(AuditEntryRow.id)
    return replace(entry, id=session.execute(added).scalar_one())


def audit_entries(
    session: Session, *, who: str | None = None, before_id: int | None = None, limit: int = 200
) -> tuple[AuditEntry, ...]:
    """Return who did what, the newest first."""
    wanted = select(AuditEntryRow.__table__).order_by(AuditEntryRow.id.desc()).limit(limit)
    if who is not None:
        wanted = wanted.where(AuditEntryRow.who == who)
    if before_id is not None:
        wanted = wanted.where(AuditEntryRow.id < before_id)
    return tuple(AuditEntry(**row) for row in session.execute(wanted).mappings())


def log(session: Session, lines: Iterable[LogLine]) -> None:
    """Keep lines of the log."""
    rows: list[dict[str, Any]] = [
        {
            name: getattr(line, name)
            for name in LogLine.__dataclass_fields__
            if name not in {"id", "fields"}
        }
        | {"fields": dict(line.fields)}
        for line in lines
    ]
    if rows:
        session.execute(insert(LogLineRow), rows)


def log_lines(
    session: Session,
    actor: str | None = None,
    *,
    level: str | None = None,
    before_id: int | None = None,
    limit: int = 200,
) -> tuple[LogLine, ...]:
    """Return lines of the log, the newest first; `before_id` scrolls back (P90)."""
    wanted = select(LogLineRow.__table__).order_by(LogLineRow.id.desc()).limit(limit)
    if actor is not None:
        wanted = wanted.where(LogLineRow.actor == actor)
    if level is not None:
        wanted = wanted.where(LogLineRow.level == level)
    if before_id is not None:
        wanted = wanted.where(LogLineRow.id < before_id)
    return tuple(LogLine(**row) for row in session.execute(wanted).mappings())


_IN_FORCE = select(HoldRow.__table__).where(HoldRow.lifted_at.is_(None))


def last_instant(session: Session) -> datetime | None:
    """Return the newest instant that anything in the database speaks of, None in an empty one."""
    newest = (
        func.max(column)
        for column in (
            ScheduleRow.made_at,
            PlanStepRow.started_at,
            PlanStepRow.ended_at,
            ConditionsRow.at,
            LogLineRow.at,
        )
    )
    found = [session.execute(select(one)).scalar() for one in newest]
    return max((at for at in found if at is not None), default=None)
