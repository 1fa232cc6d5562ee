"""The contract of dome, filter wheel, controller and weather station, by every line."""

from __future__ import annotations

import pytest

from pyros.domain.devices.operation import OpState
from pyros.errors import Interlocked, InvalidValue, NotNow
from simulators.faults import Fault


def test_a_dome_opens_only_when_it_is_kicked_and_closes_when_it_is_not(rig) -> None:
    """P11: the box has a heart of its own."""
    dome = rig.driver("dome")
    with pytest.raises(Interlocked):
        dome.open_shutter(key=rig.key())
    dome.kick()
    opening = dome.open_shutter(key=rig.key())
    rig.run(32.0, 1.0, dome)
    assert rig.end_of(dome, opening).state is OpState.DONE
    assert dome.sample(5.0).phase == "open"

    rig.run(11.0)
    closing = dome.sample(5.0)
    assert closing.phase == "closing"
    assert closing.op is None
    rig.run(31.0)

    assert dome.sample(5.0).phase == "closed"


def test_a_dome_closes_in_every_state(rig) -> None:
    dome = rig.driver("dome")
    closed = dome.close_shutter(key=rig.key())
    assert closed.state is OpState.DONE
    dome.kick()
    opening = dome.open_shutter(key=rig.key())
    rig.run(10.0, 1.0, dome)

    closing = dome.close_shutter(key=rig.key())
    rig.run(12.0, 1.0, dome)

    assert rig.end_of(dome, opening).state is OpState.ABORTED
    assert rig.end_of(dome, closing).state is OpState.DONE
    assert dome.sample(5.0).phase == "closed"


def test_a_close_that_only_claims_to_be_done_is_a_wrong_result(rig) -> None:
    dome = rig.driver("dome")
    dome.kick()
    dome.open_shutter(key=rig.key())
    rig.run(32.0, 1.0, dome)
    rig.world.inject(Fault(device="dome", kind="limit_switch_none"))

    closing = dome.close_shutter(key=rig.key())
    rig.run(60.0, 1.0, dome)

    sample = dome.sample(5.0)
    assert sample.phase == "partly"
    assert closing.key not in [each.key for each in sample.ended if each.state is OpState.DONE]


def test_a_wheel_turns_to_the_filter_by_its_name(rig) -> None:
    wheel = rig.driver("wheel-vis")
    assert wheel.capabilities().limits["names"] == ["clear", "g", "r", "i", "z"]
    with pytest.raises(InvalidValue, match="clear, g, r, i, z"):
        wheel.select("u", key=rig.key())

    turn = wheel.select("r", key=rig.key())

    moving = wheel.sample(5.0)
    assert (moving.moving, moving.slot, moving.name) == (True, None, None)
    with pytest.raises(NotNow):
        wheel.select("g", key=rig.key())
    rig.run(3.0)
    assert rig.end_of(wheel, turn).state is OpState.DONE
    assert wheel.sample(5.0).name == "r"


def test_a_wheel_that_stops_elsewhere_is_a_wrong_result(rig) -> None:
    wheel = rig.driver("wheel-vis")
    rig.world.inject(Fault(device="wheel-vis", kind="wrong_filter"))

    turn = wheel.select("r", key=rig.key())
    rig.run(3.0)

    ended = rig.end_of(wheel, turn)
    assert ended.state is OpState.FAILED
    assert "WrongResult: filter i, ordered r" in ended.error


def test_a_controller_tells_its_inputs_each_with_its_time(rig) -> None:
    plc = rig.driver("plc")
    rig.run(5.0)

    sample = plc.sample(5.0)

    assert sample.is_safe is True
    assert {"emergency_stop", "rain", "mains", "dome_closed"} <= sample.inputs.keys()
    assert all(each.at == rig.clock.utc() for each in sample.inputs.values())
    with pytest.raises(InvalidValue):
        plc.set_output("light", value=True, key=rig.key())


def test_a_weather_station_tells_every_quantity_with_unit_and_time(rig) -> None:
    station = rig.driver("weather")
    rig.run(5.0)

    sensors = station.sample(5.0).sensors

    assert set(sensors) == set(rig.world._config.devices["weather"].quantities)
    assert all(each.good for each in sensors.values())
    assert sensors["wind_m_s"].unit == "m/s"
    assert sensors["rain"].value is False
    assert all(each.at == rig.clock.utc() for each in sensors.values())


def test_a_broken_sensor_is_unknown(rig) -> None:
    station = rig.driver("weather")
    rig.world.inject(Fault(device="weather", kind="sensor_nan"))

    sample = station.sample(5.0)

    assert sample.phase == "partial"
    assert all(each.value is None and not each.good for each in sample.sensors.values())
