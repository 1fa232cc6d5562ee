"""The world turns against the house: rain, boxes that hang, lose power or lie about their beat."""

from __future__ import annotations

import pytest
from builders.house import WHOLE

from pyros.domain.devices.device import DeviceState
from pyros.domain.execution import Outcome
from pyros.kernel.lifecycle import ChildDown
from pyros.messages import events

POLL_S = 5.0
DRY_S = 1200.0
CLOSED_S = 60.0


def first_hold(house, key, since):
    return next(
        one
        for one in house.of(events.HoldsChanged)
        if one.at >= since and key in {hold.key for hold in one.holds}
    )


def until_closed(house):
    house.run_until(lambda: house.dome == "closed", 120.0)
    return house.now


def reopened_and_resumed(house, timeout_s=3600.0):
    house.run_until(lambda: house.dome == "open", timeout_s)
    house.until_ended("first", timeout_s=timeout_s)
    assert house.frames("first") == WHOLE


def test_rain_closes_at_once_and_the_dome_opens_after_the_delay(house):
    """P13, P49, B6: one bad sample orders the close in the same instant; open after 20 dry min."""
    struck = house.now
    house.strike("weather", "rain_sudden", duration_s=60.0)
    house.run_until(lambda: "weather:rain" in house.holds, 2 * POLL_S)
    bad = next(
        one
        for one in house.of(events.ConditionsChanged)
        if one.at >= struck and any(cause.cause == "rain" for cause in one.conditions.causes)
    )
    assert first_hold(house, "weather:rain", struck).at == bad.at
    assert house.house.dome_order == "closing"
    assert (until_closed(house) - struck).total_seconds() <= CLOSED_S
    assert [one.outcome for one in house.executions("first")] == [Outcome.INTERRUPTED]
    wet = [
        one.at
        for one in house.of(events.ConditionsChanged)
        if any(cause.cause == "rain" and cause.bad for cause in one.conditions.causes)
    ]
    reopened_and_resumed(house)
    opened = next(
        one.at
        for one in house.of(events.OperationEnded, device="dome", verb="open_shutter")
        if one.at > struck
    )
    assert (opened - wet[-1]).total_seconds() >= DRY_S - POLL_S
    house.assert_sound()


@pytest.mark.parametrize(
    ("device", "fault"),
    [("plc", "hang"), ("weather", "hang"), ("telescope", "hang"), ("plc", "freeze")],
)
def test_a_box_that_hangs_holds_the_house_shut_until_it_is_cured(house, device, fault):
    """P16, P49, B5, B6: silence is a reason to close, seen at the switches; nobody is restarted."""
    struck = house.now
    house.strike(device, fault)
    house.run_until(lambda: f"device:{device}" in house.holds, 60.0)
    until_closed(house)
    assert house.status(device).life is DeviceState.DISABLED
    house.run_for(120.0)
    assert house.dome == "closed"
    house.cure(device)
    reopened_and_resumed(house)
    assert [one for one in house.of(ChildDown) if one.at > struck and "/devices" in one.path] == []
    house.assert_sound()


def test_a_plc_whose_heart_stands_still_shuts_the_house(house):
    """P13, P49, B6: an answer that never changes is no answer: site hold until it beats again."""
    house.strike("plc", "heartbeat_frozen")
    house.run_until(lambda: {key.partition(":")[0] for key in house.holds} & {"site", "device"}, 60)
    until_closed(house)
    house.cure("plc")
    reopened_and_resumed(house)
    house.assert_sound()


@pytest.mark.parametrize("fault", ["stale", "sensor_nan", "out_of_range"])
def test_a_weather_station_that_tells_nothing_is_bad_weather(house, fault):
    """P13, P49, B6: without a counting source the weather is unknown, and unknown is unsafe."""
    house.strike("weather", fault)
    house.run_until(lambda: "weather:stale" in house.holds, 120.0)
    until_closed(house)
    house.cure("weather")
    reopened_and_resumed(house)
    house.assert_sound()


@pytest.mark.parametrize("fault", ["restart_silent", "power_loss", "crash", "link_cut"])
def test_a_nir_camera_that_is_lost_in_an_exposure_costs_that_channel_at_most(house, fault):
    """P16, P65, S88: the other channel goes on; what is missing is exposed anew, nothing twice."""
    house.run_until(lambda: house.exposing("camera-nir"))
    house.strike("camera-nir", fault, duration_s=20.0)
    house.run_for(60.0)
    assert house.holds == set()
    vis = {kind: count for kind, count in WHOLE.items() if kind[0] == "vis"}
    house.until_ended("second", timeout_s=7200.0)
    assert vis.items() <= house.frames("first").items()
    assert house.dome == "open"
    house.assert_sound()


@pytest.mark.parametrize("fault", ["restart_silent", "power_loss"])
def test_a_vis_camera_that_is_lost_in_an_exposure_pauses_and_resumes(house, fault):
    """P16, S33, S34: hold, interrupted, initialised again (cooled), resumed."""
    house.strike("camera-vis", fault, duration_s=20.0)
    house.run_until(lambda: "device:camera-vis" in house.holds, 60.0)
    house.until_ended("first", timeout_s=7200.0)
    assert house.frames("first") == WHOLE
    assert Outcome.INTERRUPTED in {one.outcome for one in house.executions("first")}
    house.assert_sound()


@pytest.mark.parametrize("fault", ["slow", "lost_ack", "duplicate_reply", "garbage"])
def test_a_bad_line_to_every_device_never_leaves_the_dome_open_in_bad_weather(house, fault):
    """P13, B6, B13: partition and garbage on all lines at once, and rain in the midst of it."""
    for device in ("telescope", "camera-vis", "wheel-vis", "camera-nir", "dome", "plc", "weather"):
        house.strike(device, fault, duration_s=60.0)
    house.run_for(20.0)
    house.strike("weather", "rain_sudden", duration_s=120.0)
    house.run_for(180.0)
    assert house.dome == "closed"
    reopened_and_resumed(house, 7200.0)
    house.assert_sound()


def test_a_dome_that_does_not_close_is_ordered_again_and_a_person_called(house):
    """P49, B6: judged by the switches, repeated, escalated; opened again by nobody by itself."""
    house.strike("dome", "shutter_stuck")
    house.strike("weather", "rain_sudden", duration_s=30.0)
    house.run_until(lambda: "safety:unverified" in house.holds, 600.0)
    assert any(one.severity == "CRITICAL" for one in house.of(events.AlarmRaised))
    house.cure("dome")
    until_closed(house)
    house.run_for(DRY_S + 300.0)
    assert house.dome == "closed"
    assert "safety:unverified" in house.holds
