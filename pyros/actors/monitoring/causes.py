"""Which reasons to be shut the weather gives: what is measured, its two limits, its delay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyros.actors.monitoring.samples import Counting, Value
from pyros.config.site import Limits, LowerLimit, UpperLimit
from pyros.domain.conditions import CauseStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One cause as measured now.

    `bad`: beyond the first number; `good`: beyond the second one, None if nobody knows, which is
    not good.  `delay_s`: how long it must stay good.
    """

    cause: str
    bad: bool
    good: bool | None
    delay_s: float
    value: Value | None = None
    unit: str = ""
    bad_limit: float | None = None
    good_limit: float | None = None


def measures(
    counting: Counting, limits: Limits, *, on_battery_s: float | None
) -> tuple[Measure, ...]:
    """Return every cause as measured now; `on_battery_s` is how long the mains is away."""
    worst = counting.worst
    air, mirror = "temperature_C", "mirror_C"
    dew = _least(counting.margin(air, "dew_point_C"), counting.margin(mirror, "dew_point_C"))
    covered = counting.margin(air, "sky_temperature_C")
    return (
        _rain(counting, limits),
        _upper("wind", worst("wind_m_s"), limits.wind_m_s, "m/s"),
        _upper("gust", worst("gust_m_s"), limits.gust_m_s, "m/s"),
        _upper("humidity", worst("humidity_pct"), limits.humidity_pct, "%"),
        _lower("dew", dew, limits.dew_margin_C, "C"),
        _upper("cloud", worst("sky_temperature_C"), limits.cloud_C, "C"),
        _lower("covered", covered, limits.covered_margin_C, "C"),
        _mains(counting, limits, on_battery_s),
        _battery(counting, limits),
        _stale(counting, limits),
    )


def missing(counting: Counting, limits: Limits) -> tuple[str, ...]:
    """Return the needed quantities that no source counts for."""
    return tuple(each for each in limits.needed if not counting.by_quantity.get(each))


def stand(
    measure: Measure, last_bad_at: datetime | None, now: datetime, *, needed: bool
) -> tuple[CauseStatus | None, datetime | None]:
    """Return how a cause stands, None if it forbids nothing, and when it was bad last.

    Bad at once; while it is in force, whatever is not known to be good again counts as bad (only
    for a quantity that is not `needed`, unknown does not).
    """
    delay = timedelta(seconds=measure.delay_s)
    in_force = last_bad_at is not None and now < last_bad_at + delay
    not_good = measure.good is False or (measure.good is None and needed)
    if measure.bad or (in_force and not_good):
        return _status(measure, bad=True, last_bad_at=now, good_at=None), now
    if in_force and last_bad_at is not None:
        good_at = last_bad_at + delay
        return _status(measure, bad=False, last_bad_at=last_bad_at, good_at=good_at), last_bad_at
    return None, last_bad_at


def _status(
    measure: Measure, *, bad: bool, last_bad_at: datetime, good_at: datetime | None
) -> CauseStatus:
    return CauseStatus(
        cause=measure.cause,
        value=measure.value,
        unit=measure.unit,
        bad_limit=measure.bad_limit,
        good_limit=measure.good_limit,
        bad=bad,
        last_bad_at=last_bad_at,
        good_at=good_at,
    )


def _upper(cause: str, value: Value | None, limit: UpperLimit, unit: str) -> Measure:
    return Measure(
        cause=cause,
        bad=value is not None and value >= limit.bad,
        good=None if value is None else value < limit.good,
        delay_s=limit.delay_s,
        value=value,
        unit=unit,
        bad_limit=limit.bad,
        good_limit=limit.good,
    )


def _lower(cause: str, value: float | None, limit: LowerLimit, unit: str) -> Measure:
    return Measure(
        cause=cause,
        bad=value is not None and value <= limit.bad,
        good=None if value is None else value >= limit.good,
        delay_s=limit.delay_s,
        value=value,
        unit=unit,
        bad_limit=limit.bad,
        good_limit=limit.good,
    )


def _rain(counting: Counting, limits: Limits) -> Measure:
    detector, rate = counting.worst("rain"), counting.worst("rain_mm_h")
    wet = bool(detector) or (rate is not None and rate > 0.0)
    known = detector is not None or rate is not None
    return Measure(
        cause="rain",
        bad=wet,
        good=not wet if known else None,
        delay_s=limits.rain.delay_s,
        value=rate or detector,
        unit="mm/h" if rate else "",
    )


def _mains(counting: Counting, limits: Limits, on_battery_s: float | None) -> Measure:
    mains = counting.worst("mains")
    return Measure(
        cause="mains",
        bad=on_battery_s is not None and on_battery_s >= limits.mains.on_battery_s,
        good=None if mains is None else bool(mains),
        delay_s=limits.mains.delay_s,
        value=mains,
    )


def _battery(counting: Counting, limits: Limits) -> Measure:
    low = counting.worst("battery_low")
    return Measure(
        cause="battery",
        bad=bool(low),
        good=None if low is None else not low,
        delay_s=limits.mains.battery_low_delay_s,
        value=low,
    )


def _stale(counting: Counting, limits: Limits) -> Measure:
    gone = missing(counting, limits)
    return Measure(
        cause="stale",
        bad=bool(gone),
        good=not gone,
        delay_s=limits.stale_delay_s,
        value=None,
        unit=", ".join(gone),
    )


def _least(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return min(known) if known else None
