"""Which readings are worth a row: out of the dead band, at a change of state, every 60 s."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

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
    return tuple(
        row
        for row in rows_of(status.device, status.snapshot)
        if _is_worth(last.get((row.device, row.quantity)), row)
    )


def after(last: Last, rows: tuple[Row, ...]) -> Last:
    """Return the last rows after these were written."""
    return {**last, **{(row.device, row.quantity): row for row in rows}}


def rows_of(device: str, snapshot: State) -> Iterator[Row]:
    """Yield each number of a snapshot as a row; sensors with their own time."""
    for field in fields(snapshot):
        value = getattr(snapshot, field.name)
        if field.name in NOT_A_SERIES:
            continue
        if isinstance(value, Mapping):
            yield from (_sensor(device, name, one) for name, one in sorted(value.items()))
        elif isinstance(value, bool | int | float):
            unit = UNITS.get(_suffix(field.name), "")
            at = snapshot.sampled_at
            yield Row(device=device, quantity=field.name, unit=unit, at=at, value=float(value))


def status_row(before: StatusRow | None, status: DeviceStatus) -> StatusRow | None:
    """Return the status as a row if it is worth one."""
    snapshot = status.snapshot
    phase = snapshot.phase if snapshot else ""
    values = {"phase": phase, "reason": status.reason}
    row = StatusRow(device=status.device, at=status.at, state=str(status.life), values=values)
    if before is None or (before.state, before.values) != (row.state, row.values):
        return row
    return row if (row.at - before.at).total_seconds() >= EVERY_S else None


def _sensor(device: str, name: str, sample: Sample) -> Row:
    value = sample.value
    number = float(value) if isinstance(value, bool | int | float) else None
    good = sample.good and number is not None and math.isfinite(number)
    unit = sample.unit or UNITS.get(_suffix(name), "")
    return Row(
        device=device,
        quantity=name,
        unit=unit,
        at=sample.at,
        value=number if good else None,
        good=good,
    )


def _is_worth(before: Row | None, row: Row) -> bool:
    if before is None or before.good != row.good:
        return True
    if row.at <= before.at:
        return False
    if (row.at - before.at).total_seconds() >= EVERY_S:
        return True
    if row.value is None or before.value is None:
        return row.value is not before.value
    if row.quantity in POINTING:
        return False
    return abs(row.value - before.value) >= DEAD_BANDS.get(_suffix(row.quantity), 0.5)


def _suffix(name: str) -> str:
    for suffix in ("m_s", "arcsec2", "arcsec"):
        if name.endswith(f"_{suffix}"):
            return suffix
    return name.rpartition("_")[2]
