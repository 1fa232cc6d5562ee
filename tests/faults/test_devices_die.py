"""A device's actor dies in the midst of an observation."""

from __future__ import annotations

from builders.house import WHOLE

from pyros.domain.devices.device import DeviceState
from pyros.domain.execution import Outcome
from pyros.domain.schedule import Cause
from pyros.kernel.lifecycle import ChildDown, SystemPauseRequested
from pyros.messages import events

TELESCOPE = "/devices/unit-mount/telescope"
VIS = "/devices/unit-vis/camera-vis"
NIR = "/devices/unit-nir/camera-nir"
DOME = "/devices/unit-dome/dome"
OUT_OF_SIGHT_S = 1.0


def back_at(house, device, since):
    """Return when a device was READY or BUSY again after `since`."""
    for one in house.of(events.DeviceChanged, device=device):
        if one.at >= since and one.new in {DeviceState.READY, DeviceState.BUSY}:
            return one.at
    return None


def interrupted_and_done(house, name, since):
    """The running sequence is interrupted once, then observed to its end after a scheduling."""
    house.until_ended(name)
    outcomes = [one.outcome for one in house.executions(name)]
    assert outcomes == [Outcome.INTERRUPTED, Outcome.DONE]
    assert house.frames(name) == WHOLE
    again = [one for one in house.of(events.ScheduleReady) if one.at > since]
    assert again[0].schedule.cause is Cause.RESUME


def steady_before_resuming(house, key, since):
    """The hold of a lost device lasts until the device was steady for 10 s."""
    held = [one for one in house.of(events.HoldsChanged) if one.at >= since]
    placed = next(one for one in held if key in {hold.key for hold in one.holds})
    lifted = next(
        one for one in held if one.at > placed.at and key not in {hold.key for hold in one.holds}
    )
    assert (lifted.at - placed.at).total_seconds() >= 10.0


def test_a_telescope_killed_in_mid_slew_pauses_and_comes_back(a_house):
    """P16, S33, S34, B3: hold, interrupted, back within a second, resumed after 10 steady s."""
    house = a_house()
    house.run_until(lambda: bool(house.of(events.SlewStarted)))
    house.run_for(0.5)
    assert house.snapshot("telescope").phase == "slewing"
    struck = house.now
    house.kill(TELESCOPE)
    house.run_until(lambda: back_at(house, "telescope", struck) is not None, 60.0)
    assert (back_at(house, "telescope", struck) - struck).total_seconds() <= OUT_OF_SIGHT_S
    assert house.of(SystemPauseRequested, path=TELESCOPE)
    house.until_ended("first")
    steady_before_resuming(house, "device:telescope", struck)
    interrupted_and_done(house, "first", struck)
    house.assert_sound()


def test_a_telescope_killed_while_cameras_expose_interrupts_and_resumes(house):
    """P16, S33, S34, B3: the sequence goes on where it stopped, nothing is exposed twice."""
    struck = house.now
    house.kill(TELESCOPE)
    house.run_for(1.0)
    assert back_at(house, "telescope", struck) is not None
    assert "device:telescope" in house.holds
    interrupted_and_done(house, "first", struck)
    steady_before_resuming(house, "device:telescope", struck)
    house.assert_sound()


def test_a_dead_nir_camera_actor_costs_no_exposure(house):
    """P16, P65, S35, B3: no hold; its successor takes over the exposure; the other goes on."""
    house.run_until(lambda: house.exposing("camera-nir"))
    struck, frames = house.now, house.snapshot("camera-nir").op.key
    house.kill(NIR)
    house.run_until(lambda: back_at(house, "camera-nir", struck) is not None, 60.0)
    assert (back_at(house, "camera-nir", struck) - struck).total_seconds() <= OUT_OF_SIGHT_S
    assert house.snapshot("camera-nir").op.key == frames
    assert house.holds == set()
    house.until_ended("first")
    assert [one.outcome for one in house.executions("first")] == [Outcome.DONE]
    assert house.frames("first") == WHOLE
    assert frames in {image.exposure_key for image in house.raw("first")}
    house.assert_sound()


def test_a_dead_vis_camera_actor_pauses_with_the_dome_open(house):
    """P16, S33, S34: a blocking camera pauses the house, but does not close it at once."""
    struck = house.now
    house.kill(VIS)
    house.run_for(1.0)
    assert house.holds == {"device:camera-vis"}
    interrupted_and_done(house, "first", struck)
    steady_before_resuming(house, "device:camera-vis", struck)
    shut = [one for one in house.of(events.OperationEnded, device="dome") if one.at > struck]
    assert shut == []
    house.assert_sound()


def test_a_dead_dome_actor_is_held_and_the_dome_reopens(house):
    """P16, P49, S33, B6: no permit outlives the actor; after 10 steady s the house opens again."""
    struck = house.now
    house.kill(DOME)
    house.run_for(1.0)
    assert "device:dome" in house.holds
    house.run_until(lambda: house.dome == "closed", 120.0)
    interrupted_and_done(house, "first", struck)
    assert house.dome == "open"
    house.assert_sound()


def test_every_device_actor_dies_and_the_night_goes_on(house):
    """P16, S35, B13: one after the other; the dome is never open under bad conditions."""
    paths = [TELESCOPE, VIS, "/devices/unit-vis/wheel-vis", NIR, DOME]
    paths += ["/devices/unit-plc/plc", "/devices/unit-weather/weather"]
    for path in paths:
        house.kill(path)
        house.run_for(40.0)
        assert house.incarnation(path) == 2
    assert {one.path for one in house.of(ChildDown)} >= set(paths)
    house.until_ended("second")
    assert house.frames("first") == WHOLE
    house.assert_sound()
