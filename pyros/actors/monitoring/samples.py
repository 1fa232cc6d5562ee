"""Which samples count, and which of them is the worst."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pyros.domain.devices.state import Sample

AHEAD_S = 2.0
"""A sample may be stamped so much ahead of us, seconds."""
RANGES: Mapping[str, tuple[float, float]] = {
    "rain_mm_h": (0.0, 500.0),
    "wind_m_s": (0.0, 120.0),
    "gust_m_s": (0.0, 150.0),
    "humidity_pct": (0.0, 105.0),
    "temperature_C": (-60.0, 60.0),
    "mirror_C": (-60.0, 60.0),
    "dew_point_C": (-90.0, 45.0),
    "pressure_hPa": (300.0, 1100.0),
    "sky_temperature_C": (-120.0, 60.0),
    "sky_mag_arcsec2": (0.0, 30.0),
    "seeing_arcsec": (0.05, 30.0),
}
"""What can be, by quantity; outside of it a sensor lies."""
SWITCHES = frozenset({"rain", "mains", "battery_low"})
"""Quantities that are true or false."""
NOISY = frozenset({"humidity_pct", "temperature_C", "dew_point_C", "sky_temperature_C"})
"""Quantities that are never identical for long."""
LOW_IS_WORSE = frozenset({"temperature_C", "mirror_C", "sky_mag_arcsec2", "mains"})
"""Of several counting sources the lowest decides; of all others the highest."""
TOLERANCE: Mapping[str, float] = {
    "wind_m_s": 6.0,
    "humidity_pct": 15.0,
    "temperature_C": 3.0,
    "dew_point_C": 4.0,
    "pressure_hPa": 5.0,
    "sky_temperature_C": 8.0,
}
"""How far sources may be apart before a person should know."""

Value = float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The newest sample of one quantity from one source, and how old it may be."""

    source: str
    quantity: str
    sample: Sample
    max_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What counts now, by quantity and source."""

    by_quantity: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def worst(self, quantity: str) -> Value | None:
        """Return the worst counting value, None if no source counts."""
        values = self.by_quantity.get(quantity, {}).values()
        if not values:
            return None
        return min(values) if quantity in LOW_IS_WORSE else max(values)

    def margin(self, over: str, under: str) -> float | None:
        """Return the least difference of two quantities, by source where one has both."""
        overs, unders = self.by_quantity.get(over, {}), self.by_quantity.get(under, {})
        same = [overs[source] - unders[source] for source in overs if source in unders]
        if same:
            return min(same)
        high, low = self.worst(over), self.worst(under)
        return None if high is None or low is None else high - low

    def spread(self, quantity: str) -> float:
        """Return how far the sources of a quantity are apart; 0 with less than two."""
        values = self.by_quantity.get(quantity, {}).values()
        return float(max(values) - min(values)) if len(values) > 1 else 0.0


Unmoved = Mapping[tuple[str, str], tuple[Value, datetime]]
"""Since when a source's quantity has had exactly this value."""


def max_age_s(poll_s: float, at_least_s: float) -> float:
    """Return how old a sample may be: 3 polls, at least 15 s (or the given), at most 60 s."""
    return min(60.0, max(3.0 * poll_s, at_least_s, 15.0))


def counting(
    readings: Iterable[Reading], unmoved: Unmoved, now: datetime, frozen_s: float
) -> tuple[Counting, Unmoved]:
    """Return what counts now, and since when each value has not moved."""
    found: dict[str, dict[str, Value]] = {}
    kept: dict[tuple[str, str], tuple[Value, datetime]] = {}
    for each in readings:
        value = _plausible(each, now)
        if value is None:
            continue
        key = each.source, each.quantity
        since = unmoved[key][1] if key in unmoved and unmoved[key][0] == value else now
        kept[key] = value, since
        if each.quantity in NOISY and now - since >= timedelta(seconds=frozen_s):
            continue
        found.setdefault(each.quantity, {})[each.source] = value
    return Counting(by_quantity=found), kept


def _plausible(reading: Reading, now: datetime) -> Value | None:
    sample, value = reading.sample, reading.sample.value
    age_s = (now - sample.at).total_seconds()
    if not sample.good or not -AHEAD_S <= age_s <= reading.max_age_s:
        return None
    if reading.quantity in SWITCHES:
        return value if isinstance(value, bool) else None
    if isinstance(value, bool | str) or value is None or not math.isfinite(value):
        return None
    low, high = RANGES.get(reading.quantity, (-math.inf, math.inf))
    return float(value) if low <= value <= high else None
