"""The simulated weather is alive, stays physical, and is the same for the same seed."""

from __future__ import annotations

import pytest

from simulators.faults import Fault


def values(night) -> dict:
    return {name: each["value"] for name, each in night.seen("weather")["sensors"].items()}


def course(night, hours: float, step_s: float = 60.0) -> list[dict]:
    """Return the readings of some hours."""
    read = []
    for _ in range(round(hours * 3600.0 / step_s)):
        night.clock.advance(step_s)
        read.append(values(night))
    return read


def test_every_reading_drifts_and_none_leaves_its_physical_range(night) -> None:
    """P11: weather changes, day and night, for ever."""
    read = course(night, 30.0, 300.0)
    for name in ("temperature_C", "humidity_pct", "wind_m_s", "sky_temperature_C", "pressure_hPa"):
        assert len({each[name] for each in read}) > len(read) * 0.9
    assert all(each["dew_point_C"] < each["temperature_C"] for each in read)
    assert all(0.0 <= each["humidity_pct"] <= 100.0 for each in read)
    assert all(0.0 <= each["wind_m_s"] <= each["gust_m_s"] + 0.5 for each in read)
    assert all(each["sky_temperature_C"] < each["temperature_C"] for each in read)


def test_it_is_warmer_by_day_than_by_night(night) -> None:
    read = course(night, 24.0, 600.0)
    temperatures = [each["temperature_C"] for each in read]
    assert max(temperatures) - min(temperatures) > 4.0


@pytest.mark.parametrize("seed", range(4))
def test_calm_weather_breaks_no_limit_of_the_shipped_site(a_night, seed: int) -> None:
    night = a_night(seed)
    limits = night.config.site.limits
    for each in course(night, 14.0, 60.0):
        assert each["rain"] is False
        assert each["wind_m_s"] < limits.wind_m_s.good
        assert each["gust_m_s"] < limits.gust_m_s.good
        assert each["humidity_pct"] < limits.humidity_pct.good
        assert each["temperature_C"] - each["dew_point_C"] > limits.dew_margin_C.good
        assert each["sky_temperature_C"] < limits.cloud_C.good


def test_weather_that_is_not_calm_turns_bad_some_time(a_night) -> None:
    night = a_night(2, calm=False)
    read = course(night, 24.0 * 20.0, 300.0)
    assert any(each["rain"] for each in read)
    assert any(each["sky_temperature_C"] > -15.0 for each in read)
    assert not all(each["rain"] for each in read)


def test_the_same_seed_gives_the_same_weather_however_often_one_asks(a_night) -> None:
    often, seldom, other = a_night(5), a_night(5), a_night(6)
    course(often, 3.0, 7.0)
    for night in (often, seldom, other):
        night.clock.move_to(10800.0 + 5.0)
    assert values(often) == values(seldom)
    assert values(often) != values(other)


def test_a_script_is_laid_over_the_seeded_weather(a_night) -> None:
    night = a_night(
        weather=[
            {"at_s": 600, "for_s": 600, "quantity": "humidity_pct", "to": 96, "ramp_s": 300},
            {"at_s": 2000, "for_s": 100, "quantity": "rain", "to": 1},
        ]
    )
    night.clock.move_to(599.0)
    before = values(night)["humidity_pct"]
    night.clock.move_to(750.0)
    halfway = values(night)["humidity_pct"]
    night.clock.move_to(1000.0)
    there = values(night)

    assert before < 80.0 < there["humidity_pct"]
    assert before < halfway < there["humidity_pct"]
    assert there["temperature_C"] - there["dew_point_C"] < 2.0
    night.clock.move_to(2050.0)
    assert values(night)["rain"] is True
    night.clock.move_to(2150.0)
    assert values(night)["rain"] is False


def test_each_sample_is_stamped_with_its_own_time_and_old_ones_say_so(night) -> None:
    night.clock.advance(1000.0)
    fresh = night.seen("weather")["sensors"]["wind_m_s"]["at"]
    assert fresh == night.clock.utc().isoformat()

    night.world.inject(Fault(device="weather", kind="stale"))

    old = night.seen("weather")["sensors"]["wind_m_s"]["at"]
    assert old < fresh


@pytest.mark.parametrize(
    ("kind", "name", "test"),
    [
        ("rain_sudden", "rain", lambda value: value is True),
        ("wind_gust", "gust_m_s", lambda value: value > 22.0),
        ("clouds", "sky_temperature_C", lambda value: value > -12.0),
        ("dew", "humidity_pct", lambda value: value > 90.0),
        ("spike", "wind_m_s", lambda value: value > 15.0),
        ("out_of_range", "temperature_C", lambda value: value > 1000.0),
        ("sensor_nan", "wind_m_s", lambda value: value is None),
    ],
)
def test_each_fault_shows_in_its_reading_and_goes_when_it_is_cleared(
    night, kind: str, name: str, test
) -> None:
    night.clock.advance(100.0)
    assert not test(values(night)[name])
    night.world.inject(Fault(device="weather", kind=kind))
    night.clock.advance(1.0)
    assert test(values(night)[name])
    night.world.clear("weather")
    night.clock.advance(1.0)
    assert not test(values(night)[name])


def test_a_frozen_sensor_repeats_itself(night) -> None:
    night.world.inject(Fault(device="weather", kind="sensor_frozen"))
    first = values(night)
    night.clock.advance(100.0)
    assert values(night) == first
