"""May the dome be open under this sky: samples in, Conditions out.

Bad at once on one counting sample; good again only beyond the second number for the whole delay,
counted from the last bad sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pyros.actors.monitoring.causes import Measure, measures, missing, stand
from pyros.actors.monitoring.samples import Counting, Reading, Unmoved, counting
from pyros.config.site import Limits
from pyros.domain.conditions import CauseStatus, Conditions, Sky

START = "start"
SEEING_HOLDS_S = 1200.0
"""A measured seeing counts for so long, seconds."""
QUANTITIES_OF: Mapping[str, tuple[str, ...]] = {
    "rain": ("rain", "rain_mm_h"),
    "wind": ("wind_m_s",),
    "gust": ("gust_m_s",),
    "humidity": ("humidity_pct",),
    "dew": ("temperature_C", "dew_point_C"),
    "cloud": ("sky_temperature_C",),
    "covered": ("temperature_C", "sky_temperature_C"),
    "mains": ("mains",),
    "battery": ("battery_low",),
}
"""What a cause is measured by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A value and when it was measured."""

    value: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What outlives one verdict; `clocks` (CauseClock) outlive the process, too."""

    clocks: Mapping[str, datetime] = field(default_factory=dict)
    unmoved: Unmoved = field(default_factory=dict)
    on_battery_since: datetime | None = None
    seeing: Measured | None = None


def born(clocks: Mapping[str, datetime], now: datetime) -> Memory:
    """Return the memory at the start of the process; without any clock it waits out `start`."""
    return Memory(clocks=dict(clocks) or {START: now})


def judge(
    memory: Memory,
    readings: Iterable[Reading],
    interlocks: tuple[str, ...],
    limits: Limits,
    now: datetime,
) -> tuple[Memory, Conditions, Counting]:
    """Return the verdict of now, the memory after it, and what counted.

    Conditions are `safe` only if every needed quantity has a counting source and no cause is bad
    or waiting out its delay.
    """
    counts, unmoved = counting(readings, memory.unmoved, now, limits.frozen_s)
    memory = _powered(replace(memory, unmoved=unmoved), counts, now)
    memory = _with_seeing(memory, counts, now)
    memory, causes = _causes(memory, counts, limits, now)
    complete = not missing(counts, limits)
    return (
        memory,
        Conditions(
            at=now,
            complete=complete,
            safe=complete and not causes,
            causes=causes,
            sky=sky_of(counts, limits),
            values={name: counts.worst(name) for name in _names(counts, limits)},
            sources={
                name: tuple(sorted(counts.by_quantity.get(name, {})))
                for name in _names(counts, limits)
            },
            seeing_arcsec=_held(memory.seeing, SEEING_HOLDS_S, now),
            interlocks=interlocks,
        ),
        counts,
    )


def sky_of(counts: Counting, limits: Limits) -> Sky:
    """Return how good the sky is; it never opens or closes, it admits sequences.

    Never PHOTOMETRIC: that takes an extinction, which no sensor of the site measures.
    """
    temperature = counts.worst("sky_temperature_C")
    if temperature is None:
        return Sky.UNKNOWN
    if temperature < limits.sky.clear_below_C:
        return Sky.CLEAR
    return Sky.THIN if temperature < limits.sky.thin_below_C else Sky.CLOUDY


def differ(before: Conditions | None, after: Conditions) -> bool:
    """Whether two verdicts differ in what anybody acts on, not in numbers alone."""
    return before is None or _substance(before) != _substance(after)


def next_change_s(conditions: Conditions) -> float | None:
    """Return in how many seconds a cause will have waited out its delay, None if none waits."""
    dues = [cause.good_at for cause in conditions.causes if cause.good_at is not None]
    return (min(dues) - conditions.at).total_seconds() if dues else None


def _causes(
    memory: Memory, counts: Counting, limits: Limits, now: datetime
) -> tuple[Memory, tuple[CauseStatus, ...]]:
    clocks, found = dict(memory.clocks), list[CauseStatus]()
    since = memory.on_battery_since
    on_battery_s = None if since is None else (now - since).total_seconds()
    for each in (*measures(counts, limits, on_battery_s=on_battery_s), _start(limits)):
        needed = any(name in limits.needed for name in QUANTITIES_OF.get(each.cause, ()))
        status, last_bad_at = stand(each, clocks.get(each.cause), now, needed=needed)
        if last_bad_at is not None:
            clocks[each.cause] = last_bad_at
        if status is not None:
            found.append(status)
    return replace(memory, clocks=clocks), tuple(found)


def _start(limits: Limits) -> Measure:
    """A start is a cause that was bad once and is good ever since."""
    return Measure(cause=START, bad=False, good=True, delay_s=limits.start_delay_s)


def _powered(memory: Memory, counts: Counting, now: datetime) -> Memory:
    mains = counts.worst("mains")
    if mains is None:
        return memory
    since = None if mains else memory.on_battery_since or now
    return replace(memory, on_battery_since=since)


def _with_seeing(memory: Memory, counts: Counting, now: datetime) -> Memory:
    seeing = counts.worst("seeing_arcsec")
    return memory if seeing is None else replace(memory, seeing=Measured(value=seeing, at=now))


def _held(measured: Measured | None, holds_s: float, now: datetime) -> float | None:
    if measured is None or now - measured.at > timedelta(seconds=holds_s):
        return None
    return measured.value


def _names(counts: Counting, limits: Limits) -> list[str]:
    return sorted({*counts.by_quantity, *limits.needed})


def _substance(conditions: Conditions) -> tuple[object, ...]:
    return (
        conditions.complete,
        conditions.safe,
        tuple((cause.cause, cause.bad) for cause in conditions.causes),
        conditions.sky,
        conditions.interlocks,
    )
