"""Monitoring in a house: verdicts in time, rows in the store, alarms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyros.actors.monitoring.actor import FLUSH_S
from pyros.domain.devices.device import DeviceState
from pyros.messages.device_commands import Announce
from pyros.store import alarms as alarm_book
from pyros.store import telemetry

Make = Callable[[], Any]


def causes(house: Any) -> set[str]:
    return {cause.cause for cause in house.conditions.causes}


def safe_house(house: Make) -> Any:
    made = house()
    made.weather()
    made.plc()
    made.fine_for(65.0)
    assert made.conditions.safe
    return made


def test_it_waits_until_every_configured_device_has_announced_itself(house: Make) -> None:
    """P57."""
    made = house()
    made.weather()
    assert made.system.bus.latest("conditions") is None

    made.plc()

    assert causes(made) == {"start"}


def test_a_station_that_is_ready_before_its_first_sample_is_heard_is_waited_for(
    house: Make,
) -> None:
    """P57: its change of life runs ahead of its status; no source is missing yet."""
    made = house()
    made.plc()
    made.weather_without_sample()
    made.weather_becomes(DeviceState.READY)
    made.sim.run_until_idle()
    assert made.system.bus.latest("conditions") is None

    made.weather()

    assert causes(made) == {"start"}
    assert not [key for key in made.alarms if key.startswith("stale:")]


def test_after_the_wait_a_missing_device_is_told_and_nothing_is_safe(house: Make) -> None:
    """P57, P01: it does not wait for ever."""
    made = house()
    made.weather()
    made.sim.run_for(13.5)

    assert made.conditions.interlocks == ("PLC silent",)
    assert "device-lost:plc" in made.alarms


def test_a_bad_sample_is_judged_without_waiting(house: Make) -> None:
    """B6, P62: in the handler of the sample, no time passes."""
    made = safe_house(house)
    when = made.now

    made.weather(rain=True)

    assert causes(made) == {"rain"}
    assert made.conditions.at == when


def test_a_silent_station_is_stale_when_its_samples_are_too_old(house: Make) -> None:
    """B6: nobody has to say anything for it."""
    made = safe_house(house)
    for _ in range(3):
        made.sim.run_for(4.9)
        made.plc()
    assert made.conditions.safe

    made.sim.run_for(0.5)

    assert causes(made) == {"stale"}


def test_a_dead_weather_actor_is_a_veto_within_a_second(house: Make) -> None:
    """B6."""
    made = safe_house(house)
    made.system.kill("/devices/weather")
    made.sim.run_until_idle()
    assert made.conditions.safe

    made.sim.run_for(1.0)

    assert "stale" in causes(made)


def test_a_weather_actor_that_is_back_in_time_costs_nothing(house: Make) -> None:
    """B3: a restart is no bad weather."""
    made = safe_house(house)
    made.system.kill("/devices/weather")
    made.sim.run_for(0.2)
    made.weather()
    made.sim.run_for(4.0)

    assert made.conditions.safe


def test_a_disabled_station_counts_no_more(house: Make) -> None:
    """P16, P17."""
    made = safe_house(house)

    made.weather(life=DeviceState.DISABLED)

    assert causes(made) == {"stale"}


def test_the_controllers_interlock_is_told_at_once_and_its_rain_is_rain(house: Make) -> None:
    """P48, P56."""
    made = safe_house(house)

    made.plc(interlocks=("emergency stop",))

    assert made.conditions.interlocks == ("emergency stop",)


def test_conditions_are_published_at_least_every_5_s(house: Make) -> None:
    """P62: older than 15 s closes the dome, so they must keep coming."""
    made = safe_house(house)
    for _ in range(20):
        made.weather()
        made.plc()
        made.sim.run_for(5.0)
        assert made.now - made.conditions.at <= timedelta(seconds=5.1)


def test_a_restarted_monitoring_goes_on_with_the_delays_and_forgets_no_rain(house: Make) -> None:
    """4.2, S85: from the store, and from the bus's snapshot."""
    made = safe_house(house)
    made.weather(rain=True)
    made.sim.run_for(1.0)

    made.system.kill("/always_on/monitoring")
    made.sim.run_until_idle()
    made.weather()
    made.plc()

    assert causes(made) == {"rain"}
    made.fine_for(1190.0)
    assert causes(made) == {"rain"}
    made.fine_for(20.0)
    assert made.conditions.safe


def test_a_restarted_monitoring_costs_no_exposure(house: Make) -> None:
    """3.5: no memory of its former self is needed."""
    made = safe_house(house)
    made.weather()
    made.plc()

    made.system.kill("/always_on/monitoring")
    made.sim.run_for(0.5)

    assert made.conditions.safe


def test_a_silent_device_is_asked_to_announce_itself(house: Make) -> None:
    """P12, P58: monitoring never talks to a driver."""
    made = safe_house(house)
    made.sim.run_for(30.0)

    assert 2 <= len(made.told.of(Announce)) <= 4
    assert made.told_plc.of(Announce)


def test_readings_statuses_and_conditions_are_in_the_store(house: Make) -> None:
    """P12, P13, P59, P61."""
    made = safe_house(house)
    start = made.now - timedelta(seconds=300)
    made.weather(wind_m_s=9.0)
    made.sim.run_for(1.0)
    made.fine_for(FLUSH_S)

    def read(session: Any) -> tuple[Any, Any, Any]:
        wind = telemetry.series(session, "weather", "wind_m_s", start, made.now)
        told = telemetry.statuses(session, "weather", start, made.now)
        return wind, told, telemetry.conditions(session, start, made.now)

    wind, told, verdicts = made.store.read(read)
    assert max(point.high for point in wind) == pytest.approx(9.0)
    assert told[-1].state == "READY"
    assert verdicts[0].safe


def test_an_alarm_that_is_over_at_once_is_not_left_open(house: Make) -> None:
    """8: its end is written behind its beginning, whatever comes in between."""
    made = safe_house(house)
    made.weather_becomes(DeviceState.DISABLED)
    made.weather()
    made.sim.run_for(1.0)

    assert "device-lost:weather" in made.alarms
    assert made.store.read(alarm_book.alarms) == ()


def test_a_lost_source_is_an_alarm_that_clears(house: Make) -> None:
    """8: source stale (WARNING), device lost (SERIOUS); written down."""
    made = safe_house(house)
    made.weather(life=DeviceState.DISABLED)
    made.sim.run_for(1.0)
    open_keys = {alarm.key for alarm in made.store.read(alarm_book.alarms)}
    assert {"device-lost:weather", "stale:rain"} <= open_keys

    made.fine_for(5.0)
    made.sim.run_for(1.0)

    assert made.store.read(alarm_book.alarms) == ()
