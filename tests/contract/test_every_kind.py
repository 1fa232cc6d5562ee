"""What holds of the driver of every kind, whatever line leads to its box."""

from __future__ import annotations

import pytest

from pyros.domain.devices.operation import ENDED, OpState
from pyros.domain.devices.state import STATES, Link
from pyros.errors import (
    BadPeer,
    CommandRefused,
    DeviceUnreachable,
    InvalidValue,
    NotSupported,
    Restarted,
)
from pyros.kernel.fence import Epoch, Fenced
from simulators.faults import Fault

NAMES = ("telescope", "camera-vis", "wheel-vis", "dome", "plc", "weather")
HARMLESS = {
    "telescope": ("unpark", {}),
    "camera-vis": ("cooler", {"on": True, "setpoint_C": -60.0}),
    "wheel-vis": ("home", {}),
    "dome": ("slave", {"on": True}),
    "plc": ("kick", {}),
    "weather": ("refresh", {}),
}
"""By device: an order that it always takes."""

every_device = pytest.mark.parametrize("name", NAMES)


@every_device
def test_it_says_who_it_is_and_what_it_can(rig, name: str) -> None:
    """P55: versions are told."""
    driver = rig.made(name)

    identity = driver.connect(5.0)

    assert identity.model
    assert identity.serial
    assert identity.driver_version
    assert len(identity.boot_id) == 16
    assert {"abort", "reset", HARMLESS[name][0]} <= driver.capabilities().verbs


@every_device
def test_a_sample_is_a_whole_snapshot_of_its_kind(rig, name: str) -> None:
    driver = rig.driver(name)

    first = driver.sample(5.0)
    rig.run(5.0)
    second = driver.sample(5.0)

    assert type(first) is STATES[driver.kind]
    assert first.device == name
    assert first.link is Link.CONNECTED
    assert first.phase
    assert second.seq > first.seq
    assert second.sampled_at > first.sampled_at
    assert "garbled" not in second.faults
    assert driver.state().seq >= second.seq


@every_device
def test_an_order_is_accepted_at_once_and_its_end_is_read_later(rig, name: str) -> None:
    driver = rig.driver(name)
    verb, args = HARMLESS[name]
    key = rig.key()

    operation = driver.order(verb, args, key=key)

    assert (operation.key, operation.verb) == (key, verb)
    rig.run(10.0)
    if verb != "kick":
        assert rig.end_of(driver, operation).state is OpState.DONE


@every_device
def test_the_same_order_twice_is_done_once(rig, name: str) -> None:
    driver = rig.driver(name)
    verb, args = HARMLESS[name]
    key = rig.key()

    first, second = (driver.order(verb, args, key=key) for _ in range(2))

    assert first == second
    rig.run(10.0)
    assert [each.key for each in driver.sample(5.0).ended].count(key) <= 1


@every_device
def test_a_key_that_named_another_order_is_refused(rig, name: str) -> None:
    driver = rig.driver(name)
    verb, args = HARMLESS[name]
    key = rig.key()
    driver.order(verb, args, key=key)

    with pytest.raises(InvalidValue):
        driver.order(verb, {**args, "other": 1}, key=key)


@every_device
def test_a_verb_that_it_does_not_know_is_refused(rig, name: str) -> None:
    with pytest.raises(NotSupported):
        rig.driver(name).order("fly", {}, key=rig.key())


@every_device
def test_a_refusal_leaves_it_as_it_was(rig, name: str) -> None:
    driver = rig.driver(name)
    rig.world.inject(Fault(device=name, kind="refuse"))
    verb, args = HARMLESS[name]

    with pytest.raises(CommandRefused):
        driver.order(verb, args, key=rig.key())

    assert driver.sample(5.0).op is None


@every_device
def test_an_incarnation_that_was_followed_is_fenced(rig, name: str) -> None:
    """S75: an order of a lower epoch is refused by the device itself."""
    old = rig.driver(name, Epoch(1, 1))
    rig.driver(name, Epoch(1, 2))
    verb, args = HARMLESS[name]

    with pytest.raises(Fenced):
        old.order(verb, args, key=rig.key())


@every_device
def test_a_fenced_incarnation_may_still_abort(rig, name: str) -> None:
    old = rig.driver(name, Epoch(1, 1))
    rig.driver(name, Epoch(1, 2))

    assert old.abort().state in ENDED | {OpState.ACCEPTED}


@every_device
def test_an_abort_is_taken_in_every_state_as_often_as_one_likes(rig, name: str) -> None:
    driver = rig.driver(name)

    for _ in range(3):
        assert driver.abort().state in ENDED | {OpState.ACCEPTED}


@every_device
def test_a_silent_restart_shows_as_another_boot_and_orders_wait_for_a_new_connection(
    rig, name: str
) -> None:
    """P18: it is connected and initialised anew before it is used."""
    driver = rig.driver(name)
    before = driver.sample(5.0).boot_id
    rig.world.inject(Fault(device=name, kind="restart_silent", duration_s=1.0))
    rig.run(2.0)

    assert driver.sample(5.0).boot_id != before
    verb, args = HARMLESS[name]
    with pytest.raises(Restarted):
        driver.order(verb, args, key=rig.key())
    driver.connect(5.0)
    driver.order(verb, args, key=rig.key())


@every_device
def test_bad_numbers_are_unknown_and_the_snapshot_says_so(rig, name: str) -> None:
    driver = rig.driver(name)
    rig.world.inject(Fault(device=name, kind="number_bad"))

    sample = driver.sample(5.0)

    bad = {"telescope": "altitude_deg", "camera-vis": "temperature_C", "dome": "azimuth_deg"}
    if name in bad:
        assert getattr(sample, bad[name]) is None
        assert "garbled" in sample.faults


@every_device
def test_a_reported_error_is_a_fault_and_a_reset_waits_for_its_cause(rig, name: str) -> None:
    driver = rig.driver(name)
    rig.world.inject(Fault(device=name, kind="error"))
    assert driver.sample(5.0).faults
    with pytest.raises(CommandRefused):
        driver.reset()

    rig.world.clear(name)

    driver.reset()
    assert driver.sample(5.0).faults == ()


@every_device
def test_a_device_whose_time_runs_otherwise_is_not_ours(rig, name: str) -> None:
    driver = rig.made(name)
    driver._factor = 30.0

    with pytest.raises(BadPeer, match="time"):
        driver.connect(5.0)


@every_device
def test_before_the_first_connection_nothing_is_known_and_nothing_is_ordered(
    rig, name: str
) -> None:
    driver = rig.made(name)

    assert driver.state() is None
    with pytest.raises(DeviceUnreachable):
        driver.capabilities()
    with pytest.raises(DeviceUnreachable):
        driver.order(*HARMLESS[name], key=rig.key())


@every_device
def test_letting_go_never_raises_and_a_new_driver_takes_over(rig, name: str) -> None:
    driver = rig.driver(name)
    driver.disconnect()
    driver.disconnect()

    assert rig.driver(name, Epoch(1, 2)).sample(5.0).device == name
