"""Samples in, Conditions out: bad at once, good again late, unknown is unsafe."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.monitoring import verdict
from pyros.actors.monitoring.samples import Reading, max_age_s
from pyros.actors.monitoring.verdict import Memory
from pyros.config.site import Limits
from pyros.domain.conditions import Conditions, Sky
from pyros.domain.devices.state import Sample

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LIMITS = Limits()
FINE: dict[str, float | bool] = {
    "rain": False,
    "wind_m_s": 4.0,
    "gust_m_s": 6.0,
    "humidity_pct": 40.0,
    "temperature_C": 10.0,
    "dew_point_C": -3.0,
    "sky_temperature_C": -35.0,
}
BAD = {
    "rain": ("rain", True, False, 1200.0),
    "wind": ("wind_m_s", 15.0, 11.9, 300.0),
    "gust": ("gust_m_s", 22.0, 17.9, 600.0),
    "humidity": ("humidity_pct", 90.0, 84.9, 600.0),
    "dew": ("dew_point_C", 8.0, 6.9, 600.0),
    "cloud": ("sky_temperature_C", -11.9, -15.1, 300.0),
}
"""Cause: quantity, a bad value, a good one, the delay."""


def at(s: float) -> datetime:
    return AT + timedelta(seconds=s)


def station(when: datetime, source: str = "weather", **values: object) -> tuple[Reading, ...]:
    """Return one set of readings, fine but for what is said; None leaves a quantity out."""
    return tuple(
        Reading(source=source, quantity=name, sample=Sample(value=value, at=when), max_age_s=15.0)
        for name, value in {**FINE, **values}.items()
        if value is not None
    )


class Watch:
    """Somebody who judges the sky again and again."""

    def __init__(self, clocks: dict[str, datetime] | None = None) -> None:
        self.memory = verdict.born({"start": at(-3600)} if clocks is None else clocks, at(0))

    def see(self, s: float, **values: object) -> Conditions:
        return self.judge(s, station(at(s), **values))

    def judge(self, s: float, read: tuple[Reading, ...]) -> Conditions:
        self.memory, conditions, _ = verdict.judge(self.memory, read, (), LIMITS, at(s))
        return conditions


def causes(conditions: Conditions) -> set[str]:
    return {cause.cause for cause in conditions.causes}


def test_a_fine_sky_is_safe_and_clear() -> None:
    """P61."""
    conditions = Watch().see(0)

    assert conditions.safe
    assert conditions.complete
    assert conditions.sky is Sky.CLEAR
    assert conditions.values["wind_m_s"] == 4.0
    assert conditions.sources["rain"] == ("weather",)


@pytest.mark.parametrize("cause", BAD)
def test_one_bad_sample_is_bad_at_once(cause: str) -> None:
    """P61, B6: bad at once on one counting sample."""
    quantity, bad, _, _ = BAD[cause]
    watch = Watch()
    watch.see(0)

    conditions = watch.see(1, **{quantity: bad})

    assert not conditions.safe
    assert cause in causes(conditions)
    assert next(each for each in conditions.causes if each.cause == cause).bad


@pytest.mark.parametrize("cause", BAD)
def test_it_is_good_again_only_after_the_whole_delay_beyond_the_second_number(cause: str) -> None:
    """4.2: counted from the last bad sample."""
    quantity, bad, good, delay_s = BAD[cause]
    watch = Watch()
    watch.see(0, **{quantity: bad})
    s = 0.0
    while s < delay_s - 5:
        s += 5.0
        conditions = watch.see(s, **{quantity: good})
        assert cause in causes(conditions)
        assert not next(each for each in conditions.causes if each.cause == cause).bad

    assert watch.see(delay_s, **{quantity: good}).safe


def test_between_its_two_numbers_a_cause_that_is_in_force_stays_bad() -> None:
    """4.2: hysteresis; and one that is not in force does not begin there."""
    watch = Watch()
    assert watch.see(0, wind_m_s=13.0).safe
    watch.see(1, wind_m_s=15.0)
    for s in range(2, 400, 5):
        conditions = watch.see(s, wind_m_s=13.0)
    assert conditions.causes[0].bad

    assert "wind" in causes(watch.see(500, wind_m_s=11.0))
    assert watch.see(800, wind_m_s=11.0).safe


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=60))
def test_the_dome_is_never_allowed_within_the_delay_of_a_bad_sample(winds: list[float]) -> None:
    """4.2: whatever the wind does."""
    watch, last_bad = Watch(), -math.inf
    for n, wind in enumerate(winds):
        s = 20.0 * n
        conditions = watch.see(s, wind_m_s=wind)
        last_bad = s if wind >= 15.0 else last_bad
        if s - last_bad < 300.0:
            assert not conditions.safe
        if conditions.safe:
            assert wind < 15.0


@given(
    value=st.one_of(
        st.none(),
        st.floats(allow_nan=True, allow_infinity=True),
        st.text(max_size=3),
        st.booleans(),
    ),
    good=st.booleans(),
    age_s=st.floats(-100.0, 200.0),
    quantity=st.sampled_from(sorted(FINE)),
)
def test_no_reading_whatever_makes_an_unknown_quantity_safe(
    *, value: object, good: bool, age_s: float, quantity: str
) -> None:
    """Rule 4: None, stale, not a number, not plausible: unknown, and unknown is unsafe."""
    sample = Sample(value=value, at=at(-age_s), good=good)  # type: ignore[arg-type]
    odd = Reading(source="weather", quantity=quantity, sample=sample, max_age_s=15.0)
    conditions = Watch().judge(0, (*station(at(0), **{quantity: None}), odd))

    if not good or not -2.0 <= age_s <= 15.0 or value is None:
        assert not conditions.safe
        assert "stale" in causes(conditions)
    if conditions.safe:
        assert isinstance(value, bool) == (quantity == "rain")


def test_a_needed_quantity_without_a_source_is_stale_and_named() -> None:
    """4.1, B6."""
    conditions = Watch().see(0, dew_point_C=None, rain=None)

    assert not conditions.complete
    assert causes(conditions) == {"stale"}
    assert conditions.causes[0].unit == "rain, dew_point_C"
    assert conditions.sources["rain"] == ()


def test_a_sample_counts_until_its_age_and_not_beyond() -> None:
    """4.1: not older than max_age_s, and back within the delay of stale."""
    watch = Watch()
    read = station(at(0))
    assert watch.judge(15.0, read).safe
    assert causes(watch.judge(15.1, read)) == {"stale"}

    assert "stale" in causes(watch.see(20))
    assert "stale" in causes(watch.see(74))
    assert watch.see(75.2).safe


def test_how_old_a_sample_may_be_follows_its_polls() -> None:
    """3 polls, at least 15 s, at most 60 s."""
    assert max_age_s(1.0, 15.0) == 15.0
    assert max_age_s(10.0, 15.0) == 30.0
    assert max_age_s(60.0, 15.0) == 60.0
    assert max_age_s(1.0, 40.0) == 40.0


def test_of_two_stations_the_worse_decides() -> None:
    """station_lies_dry: any one source of rain is rain; the worst of the others."""
    other = station(at(0), source="mast", rain=True, humidity_pct=95.0, wind_m_s=1.0)
    conditions = Watch().judge(0, (*station(at(0)), *other))

    assert causes(conditions) == {"rain", "humidity"}
    assert conditions.values["wind_m_s"] == 4.0
    assert conditions.sources["rain"] == ("mast", "weather")


def test_a_margin_is_taken_within_one_station() -> None:
    """4.2: air above the dew point where both were measured."""
    cold = station(at(0), source="mast", temperature_C=2.0, dew_point_C=-6.0)
    warm = station(at(0), source="weather", temperature_C=10.0, dew_point_C=1.0)

    assert Watch().judge(0, (*cold, *warm)).safe


def test_a_noisy_quantity_that_never_moves_does_not_count() -> None:
    """sensor_frozen: identical for 30 min is no measurement."""
    watch = Watch()
    for s in range(0, 1800, 10):
        assert watch.see(s).complete

    assert causes(watch.see(1800)) == {"stale"}
    assert not watch.see(1801).complete
    moved = {name: FINE[name] + 0.1 for name in ("temperature_C", "dew_point_C", "humidity_pct")}
    assert watch.see(1802, **moved, sky_temperature_C=-35.1).complete


def test_a_covered_sensor_shuts() -> None:
    """4.2: sky within 5 C of the air."""
    assert "covered" in causes(Watch().see(0, temperature_C=-14.0, sky_temperature_C=-18.0))


def test_the_mains_may_be_away_for_a_minute() -> None:
    """4.2: on battery for 60 s; back for 120 s."""
    watch = Watch()
    for s in range(0, 60, 5):
        assert watch.see(s, mains=False).safe
    assert causes(watch.see(60, mains=False)) == {"mains"}
    assert causes(watch.see(65, mains=True)) == {"mains"}
    assert watch.see(181, mains=True).safe
    assert causes(watch.see(190, battery_low=True)) == {"battery"}


def test_delays_go_on_over_a_restart() -> None:
    """4.2: the CauseClock outlives the process."""
    watch = Watch(clocks={"rain": at(-100)})

    assert causes(watch.see(0)) == {"rain"}
    assert watch.see(1101).safe


def test_a_start_without_any_clock_waits_a_minute() -> None:
    """4.2: cause start."""
    watch = Watch(clocks={})

    assert causes(watch.see(0)) == {"start"}
    assert watch.see(60).safe


@pytest.mark.parametrize(
    ("sky_C", "sky"),
    [(-30.0, Sky.CLEAR), (-25.0, Sky.THIN), (-18.0, Sky.CLOUDY), (None, Sky.UNKNOWN)],
)
def test_the_sky_has_a_class_by_its_temperature(sky_C: float | None, sky: Sky) -> None:
    """P51: it admits sequences, it shuts nothing."""
    assert Watch().see(0, sky_temperature_C=sky_C).sky is sky


def test_seeing_holds_for_20_minutes() -> None:
    """4.1."""
    watch = Watch()
    watch.see(0, seeing_arcsec=1.2)

    assert watch.see(1200).seeing_arcsec == 1.2
    assert watch.see(1201).seeing_arcsec is None


def test_only_what_somebody_acts_on_is_a_change() -> None:
    """P62: numbers alone are no news."""
    watch = Watch()
    before = watch.see(0)

    assert not verdict.differ(before, watch.see(5, wind_m_s=9.0))
    assert verdict.differ(before, watch.see(10, wind_m_s=16.0))
    assert verdict.next_change_s(watch.see(20, wind_m_s=3.0)) == pytest.approx(290.0)


def test_a_memory_is_a_value() -> None:
    """Judging changes nothing in place."""
    memory = Memory(clocks={"start": at(-3600)})
    verdict.judge(memory, station(at(0), rain=True), (), LIMITS, at(0))

    assert memory == Memory(clocks={"start": at(-3600)})
