"""Which readings are worth a row: out of the dead band, at a change of state, every 60 s."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache

from pyros.domain.devices.state import Sample, State
from pyros.messages.events import DeviceStatus

EVERY_S = 60.0
"""A value at rest is written so often, seconds."""
DEAD_BANDS: Mapping[str, float] = {
    "C": 0.1,
    "deg": 1.0 / 3600.0,
    "pct": 1.0,
    "m_s": 0.5,
    "hPa": 0.2,
    "arcsec": 0.1,
    "arcsec2": 0.1,
    "h": 0.1,
    "s": 5.0,
}
"""By how much a value must change to be worth a row, by its unit."""
UNITS: Mapping[str, str] = {
    "C": "C",
    "deg": "deg",
    "pct": "%",
    "m_s": "m/s",
    "hPa": "hPa",
    "arcsec": "arcsec",
    "arcsec2": "mag/arcsec2",
    "h": "mm/h",
    "s": "s",
}
NOT_A_SERIES = frozenset({"seq", "heartbeat", "remaining_s", "kick_age_s", "slot"})
POINTING = frozenset({"altitude_deg", "azimuth_deg"})
"""Of a tracking telescope these move all the time: every 60 s is enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value of a series."""

    device: str
    quantity: str
    unit: str
    at: datetime
    value: float | None
    good: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """What a device said of itself, at a change of state or every 60 s."""

    device: str
    at: datetime
    state: str
    values: Mapping[str, object]


Last = Mapping[tuple[str, str], Row]
"""The last row of each (device, quantity)."""


def worth(last: Last, status: DeviceStatus) -> tuple[Row, ...]:
    """Return the readings of a status that are worth a row."""
    if status.snapshot is None:
        return ()
    device = status.device
    return tuple(
        _row(device, found)
        for found in _found(status.snapshot)
        if _is_worth(last.get((device, found[0])), found)
    )


def after(last: Last, rows: tuple[Row, ...]) -> Last:
    """Return the last rows after these were written."""
    return {**last, **{(row.device, row.quantity): row for row in rows}} if rows else last


def rows_of(device: str, snapshot: State) -> Iterator[Row]:
    """Yield each number of a snapshot as a row; sensors with their own time."""
    return (_row(device, found) for found in _found(snapshot))


Found = tuple[str, str, datetime, float | None, bool]
"""Quantity, unit, instant, value and whether it is good; most are not worth a row."""


def _row(device: str, found: Found) -> Row:
    quantity, unit, at, value, good = found
    return Row(device=device, quantity=quantity, unit=unit, at=at, value=value, good=good)


def _found(snapshot: State) -> Iterator[Found]:
    at = snapshot.sampled_at
    for name in _names(type(snapshot)):
        value = getattr(snapshot, name)
        if isinstance(value, bool | int | float):
            yield name, _unit(name), at, float(value), True
        elif isinstance(value, Mapping):
            yield from (_sensor(sensor, one) for sensor, one in sorted(value.items()))


def _names(kind: type[State]) -> tuple[str, ...]:
    names = _NAMES.get(kind)
    if names is None:
        names = tuple(each.name for each in fields(kind) if each.name not in NOT_A_SERIES)
        _NAMES[kind] = names
    return names


_NAMES: dict[type[State], tuple[str, ...]] = {}


def status_row(before: StatusRow | None, status: DeviceStatus) -> StatusRow | None:
    """Return the status as a row if it is worth one."""
    snapshot = status.snapshot
    phase = snapshot.phase if snapshot else ""
    state, values = str(status.life), {"phase": phase, "reason": status.reason}
    row = StatusRow(device=status.device, at=status.at, state=state, values=values)
    if before is None or (before.state, before.values) != (state, values):
        return row
    return row if (row.at - before.at).total_seconds() >= EVERY_S else None


def _sensor(name: str, sample: Sample) -> Found:
    value = sample.value
    number = float(value) if isinstance(value, bool | int | float) else None
    good = sample.good and number is not None and math.isfinite(number)
    return name, sample.unit or _unit(name), sample.at, number if good else None, good


def _is_worth(before: Row | None, found: Found) -> bool:
    quantity, _, at, value, good = found
    if before is None or before.good != good:
        return True
    if at <= before.at:
        return False
    if (at - before.at).total_seconds() >= EVERY_S:
        return True
    if value is None or before.value is None:
        return value is not before.value
    if quantity in POINTING:
        return False
    return abs(value - before.value) >= _dead_band(quantity)


@cache
def _unit(name: str) -> str:
    return UNITS.get(_suffix(name), "")


@cache
def _dead_band(name: str) -> float:
    return DEAD_BANDS.get(_suffix(name), 0.5)


def _suffix(name: str) -> str:
    for suffix in ("m_s", "arcsec2", "arcsec"):
        if name.endswith(f"_{suffix}"):
            return suffix
    return name.rpartition("_")[2]
