"""The simulated controller: inputs, interlocks, alarms that latch, a heartbeat."""

from __future__ import annotations

import pytest

from pyros.errors import InvalidValue, NotNow
from simulators.faults import Fault


def test_its_heartbeat_counts_ten_a_second_and_can_freeze(night) -> None:
    first = night.seen("plc")["heartbeat"]
    night.run(5.0)
    second = night.seen("plc")["heartbeat"]
    assert second - first == 50
    night.world.inject(Fault(device="plc", kind="heartbeat_frozen"))
    frozen = night.seen("plc")["heartbeat"]
    night.run(5.0)
    assert night.seen("plc")["heartbeat"] == frozen


def test_a_well_controller_is_safe_and_its_readings_drift(night) -> None:
    """P11."""
    read = set()
    for _ in range(20):
        night.run(20.0, 20.0)
        seen = night.seen("plc")
        assert (seen["phase"], seen["is_safe"], seen["reasons"]) == ("ok", True, [])
        read.add(seen["inputs"]["mains_V"]["value"])
    assert len(read) > 5


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        ("emergency_stop", "emergency_stop", "emergency stop"),
        ("door_open", "door_open", "door open"),
        ("interlock_trips", None, "interlock tripped"),
    ],
)
def test_what_is_unsafe_is_told_with_its_reason(night, kind, name, reason) -> None:
    night.world.inject(Fault(device="plc", kind=kind))
    seen = night.seen("plc")
    assert (seen["phase"], seen["is_safe"]) == ("alarm", False)
    assert reason in seen["reasons"]
    if name:
        assert seen["inputs"][name]["value"] is True


def test_an_emergency_stop_latches_until_it_is_acknowledged(night) -> None:
    night.world.inject(Fault(device="plc", kind="emergency_stop"))
    night.run(1.0)
    night.seen("plc")
    with pytest.raises(NotNow, match="still on"):
        night.order("plc", "acknowledge", alarm="emergency_stop")
    night.world.clear("plc")
    night.run(10.0)
    assert night.seen("plc")["is_safe"] is False

    night.order("plc", "acknowledge", alarm="emergency_stop")

    assert night.seen("plc")["is_safe"] is True


def test_lost_mains_and_local_mode_show_in_its_inputs(night) -> None:
    night.world.inject(Fault(device="plc", kind="mains_lost"))
    night.world.inject(Fault(device="plc", kind="local_mode"))
    seen = night.seen("plc")
    assert seen["phase"] == "local"
    assert seen["inputs"]["mains"]["value"] is False
    assert seen["inputs"]["local_key"]["value"] is True


def test_broken_sensors_are_unknown_and_so_is_safety(night) -> None:
    night.world.inject(Fault(device="plc", kind="sensor_nan"))
    seen = night.seen("plc")
    assert seen["is_safe"] is None
    assert all(each["good"] is False for each in seen["inputs"].values())


def test_it_sees_the_dome_by_a_switch_of_its_own(night) -> None:
    assert night.seen("plc")["inputs"]["dome_closed"]["value"] is True
    night.observing()
    assert night.seen("plc")["inputs"]["dome_closed"]["value"] is False
    night.world.inject(Fault(device="plc", kind="contradicts_switch"))
    assert night.seen("plc")["inputs"]["dome_closed"]["value"] is True


def test_an_output_that_is_not_configured_is_refused(night) -> None:
    with pytest.raises(InvalidValue):
        night.order("plc", "set_output", name="light", value=True)
