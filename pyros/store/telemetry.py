"""Readings, status and conditions: many rows, kept as series and thinned for who looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, bindparam, func, insert, select, tuple_, type_coerce
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import RowMapping

from pyros.domain.conditions import CauseStatus, Conditions
from pyros.store.engine import Session
from pyros.store.tables.columns import EPOCH, table_of
from pyros.store.tables.telemetry import (
    CauseClockRow,
    ConditionsRow,
    DeviceStatusRow,
    ReadingRow,
    SeriesRow,
)

MAX_POINTS = 2000
"""A series is never asked for more points than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value of one quantity of a device."""

    device: str
    quantity: str
    unit: str = ""
    at: datetime
    value: float | None
    good: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a device said of itself."""

    device: str
    at: datetime
    state: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A span of a series: when its first value is, its mean, least and greatest value."""

    at: datetime
    mean: float
    low: float
    high: float


def add_readings(session: Session, readings: Iterable[Reading]) -> None:
    """Keep readings; one of the same series and instant is there already and stays (P13, P59)."""
    wanted = tuple(readings)
    if not wanted:
        return
    series = _series_ids(session, wanted)
    rows = [
        {
            "series_id": series[one.device, one.quantity],
            "at": one.at,
            "value": None if one.value is None else float(one.value),
            "good": one.good,
        }
        for one in wanted
    ]
    session.execute(_ADD_READINGS, rows)


def add_status(session: Session, statuses: Iterable[Status]) -> None:
    """Keep what devices said of themselves (P13)."""
    rows = [
        {"device": one.device, "at": one.at, "state": one.state, "values": dict(one.values)}
        for one in statuses
    ]
    if rows:
        session.execute(_ADD_STATUS, rows)


def statuses(
    session: Session, device: str, since: datetime, until: datetime, *, limit: int = 500
) -> tuple[Status, ...]:
    """Return what a device said of itself in a span, the newest first."""
    wanted = (
        select(DeviceStatusRow.__table__)
        .where(
            DeviceStatusRow.device == device,
            DeviceStatusRow.at >= since,
            DeviceStatusRow.at <= until,
        )
        .order_by(DeviceStatusRow.at.desc())
        .limit(limit)
    )
    rows = session.execute(wanted).mappings()
    return tuple(
        Status(**{name: row[name] for name in Status.__dataclass_fields__}) for row in rows
    )


def series(  # noqa: PLR0913, PLR0917  which, from when, to when, how wide
    session: Session,
    device: str,
    quantity: str,
    since: datetime,
    until: datetime,
    points: int = 500,
) -> tuple[Point, ...]:
    """Return the good values of a series in a span, as at most `points` spans of equal length."""
    points = max(1, min(points, MAX_POINTS))
    first, last = _micros(since), _micros(until)
    width = max(1, (last - first) // points + 1)
    at = type_coerce(ReadingRow.at, BigInteger)
    slot = (at - first) // width
    wanted = (
        select(
            func.min(at),
            func.avg(ReadingRow.value),
            func.min(ReadingRow.value),
            func.max(ReadingRow.value),
        )
        .join(SeriesRow, SeriesRow.id == ReadingRow.series_id)
        .where(
            SeriesRow.device == device,
            SeriesRow.quantity == quantity,
            ReadingRow.at >= since,
            ReadingRow.at <= until,
            ReadingRow.good,
            ReadingRow.value.is_not(None),
        )
        .group_by(slot)
        .order_by(slot)
    )
    return tuple(
        Point(at=EPOCH + timedelta(microseconds=start), mean=mean, low=low, high=high)
        for start, mean, low, high in session.execute(wanted)
    )


def quantities(session: Session) -> tuple[tuple[str, str, str], ...]:
    """Return (device, quantity, unit) of every series."""
    wanted = select(SeriesRow.device, SeriesRow.quantity, SeriesRow.unit)
    rows = session.execute(wanted.order_by(SeriesRow.device, SeriesRow.quantity))
    return tuple((device, quantity, unit) for device, quantity, unit in rows)


def add_conditions(session: Session, conditions: Conditions) -> None:
    """Keep a verdict, and when each cause was last bad (P61)."""
    row = {
        name: getattr(conditions, name)
        for name in ("at", "complete", "safe", "sky", "seeing_arcsec")
    }
    row |= {
        "causes": list(conditions.causes),
        "values": dict(conditions.values),
        "sources": {name: list(names) for name, names in conditions.sources.items()},
        "interlocks": list(conditions.interlocks),
    }
    session.execute(_ADD_CONDITIONS, row)
    clocks = [
        {"cause": one.cause, "last_bad_at": one.last_bad_at}
        for one in conditions.causes
        if one.last_bad_at is not None
    ]
    for clock in clocks:
        made = upsert(CauseClockRow).values(**clock)
        session.execute(
            made.on_conflict_do_update(index_elements=[CauseClockRow.cause], set_=clock)
        )


def conditions(
    session: Session, since: datetime, until: datetime, *, limit: int = 2000
) -> tuple[Conditions, ...]:
    """Return the verdicts of a span, the newest first."""
    wanted = (
        select(ConditionsRow.__table__)
        .where(ConditionsRow.at >= since, ConditionsRow.at <= until)
        .order_by(ConditionsRow.at.desc())
        .limit(limit)
    )
    return tuple(_conditions(row) for row in session.execute(wanted).mappings())


def cause_clocks(session: Session) -> dict[str, datetime]:
    """Return when each cause was last bad: delays go on over a restart."""
    rows = session.execute(select(CauseClockRow.cause, CauseClockRow.last_bad_at))
    return {cause: at for cause, at in rows}  # noqa: C416  a row is no pair


def _series_ids(session: Session, wanted: Iterable[Reading]) -> dict[tuple[str, str], int]:
    wanted = tuple(wanted)
    known = _known(session, wanted)
    new = {
        (one.device, one.quantity): one.unit
        for one in wanted
        if (one.device, one.quantity) not in known
    }
    if not new:
        return known
    rows = [
        {"device": device, "quantity": quantity, "unit": unit}
        for (device, quantity), unit in new.items()
    ]
    session.execute(insert(SeriesRow), rows)
    return _known(session, wanted)


def _known(session: Session, wanted: Iterable[Reading]) -> dict[tuple[str, str], int]:
    names = sorted({(one.device, one.quantity) for one in wanted})
    rows = session.execute(_SERIES, {"names": names})
    return {(device, quantity): series_id for device, quantity, series_id in rows}


_ADD_READINGS = upsert(table_of(ReadingRow)).on_conflict_do_nothing()
_ADD_STATUS = insert(table_of(DeviceStatusRow))
_ADD_CONDITIONS = insert(table_of(ConditionsRow))
_SERIES = select(SeriesRow.device, SeriesRow.quantity, SeriesRow.id).where(
    tuple_(SeriesRow.device, SeriesRow.quantity).in_(bindparam("names", expanding=True))
)


def _micros(at: datetime) -> int:
    span = at - EPOCH
    return (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds


def _conditions(row: RowMapping) -> Conditions:
    columns = {name: row[name] for name in Conditions.__dataclass_fields__}
    columns["causes"] = tuple(CauseStatus(**cause) for cause in row["causes"])
    columns["sources"] = {name: tuple(names) for name, names in row["sources"].items()}
    columns["interlocks"] = tuple(row["interlocks"])
    return Conditions(**columns)
