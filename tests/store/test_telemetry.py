"""Readings, status, conditions."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyros.domain.conditions import CauseStatus, Conditions, Sky
from pyros.domain.devices.device import Device, DeviceState, Kind
from pyros.messages.events import DeviceChanged
from pyros.store import devices, telemetry
from pyros.store.telemetry import Reading, Status

NUMBERS = itertools.count(1)
"""A quantity of its own for each example: they share one store."""


def test_a_series_is_thinned_to_what_a_page_can_show(store, dusk):
    """P13, P14: mean, least and greatest of each span; bad values are left out."""
    readings = [
        Reading(
            device="plc",
            quantity="wind_m_s",
            unit="m/s",
            at=dusk + timedelta(seconds=n),
            value=float(n),
            good=n != 55,
        )
        for n in range(100)
    ]
    store.write(lambda s: telemetry.add_readings(s, readings))

    until = dusk + timedelta(seconds=99)
    points = store.read(lambda s: telemetry.series(s, "plc", "wind_m_s", dusk, until, 10))

    assert len(points) == 10
    assert (points[0].low, points[0].high, points[0].mean) == (0.0, 9.0, 4.5)
    assert points[0].at == dusk
    assert points[5].mean == pytest.approx((545 - 55) / 9)
    assert store.read(telemetry.quantities) == (("plc", "wind_m_s", "m/s"),)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(0, 10**9), max_size=60, unique=True), st.integers(0, 30))
def test_no_question_gets_more_points_than_it_asked_for(store, dusk, micros, points):
    """P14: and none of the values lies outside the lows and highs."""
    quantity = f"quantity-{next(NUMBERS)}"
    readings = [
        Reading(
            device="d", quantity=quantity, at=dusk + timedelta(microseconds=at), value=float(at)
        )
        for at in micros
    ]
    store.write(lambda s: telemetry.add_readings(s, readings))

    until = dusk + timedelta(seconds=1001)
    found = store.read(lambda s: telemetry.series(s, "d", quantity, dusk, until, points))

    assert len(found) <= max(1, points)
    if micros:
        assert min(one.low for one in found) == min(micros)
        assert max(one.high for one in found) == max(micros)


def test_a_reading_written_again_stays_as_it_was(store, dusk):
    """P59: a retry after an outage makes no second one."""
    for value in (1.0, 2.0):
        reading = Reading(device="d", quantity="q", at=dusk, value=value)
        store.write(lambda s, r=reading: telemetry.add_readings(s, [r]))

    (point,) = store.read(lambda s: telemetry.series(s, "d", "q", dusk, dusk))
    assert point.mean == 1.0


def test_a_status_is_kept_with_its_values(store, dusk):
    """P13, P59."""
    status = Status(device="dome", at=dusk, state="READY", values={"open": True, "az": 12.5})

    store.write(lambda s: telemetry.add_status(s, [status]))

    assert store.read(lambda s: telemetry.statuses(s, "dome", dusk, dusk)) == (status,)


def test_conditions_are_found_as_they_were_and_delays_outlive_a_restart(store, dusk):
    """P61: the last bad instant of each cause is known to the next process."""
    rain = CauseStatus(
        cause="rain",
        value=True,
        unit="",
        bad_limit=None,
        good_limit=None,
        bad=False,
        last_bad_at=dusk,
        good_at=dusk + timedelta(seconds=1200),
    )
    conditions = Conditions(
        at=dusk,
        complete=True,
        safe=False,
        causes=(rain,),
        sky=Sky.THIN,
        values={"rain": False, "wind_m_s": 3.0},
        sources={"rain": ("plc", "mast")},
        interlocks=("person inside",),
    )

    store.write(lambda s: telemetry.add_conditions(s, conditions))

    assert store.read(lambda s: telemetry.conditions(s, dusk, dusk)) == (conditions,)
    assert store.read(telemetry.cause_clocks) == {"rain": dusk}


def test_a_device_is_known_by_its_last_change(store, dusk):
    """P17: DISABLED stands in the database, with its reason and since when."""
    telescope = Device(name="telescope", kind=Kind.TELESCOPE, unit="mount", blocking=True)
    store.write(lambda s: devices.register(s, [telescope], dusk))
    later = dusk + timedelta(seconds=5)
    change = DeviceChanged(
        at=later,
        device="telescope",
        kind=Kind.TELESCOPE,
        old=DeviceState.READY,
        new=DeviceState.DISABLED,
        blocking=True,
        reason="no answer in 1.0 s",
    )
    store.write(lambda s: devices.changed(s, change))
    store.write(lambda s: devices.set_version(s, "telescope", "2.1"))

    (stored,) = store.read(devices.devices)
    (changed,) = store.read(lambda s: devices.changes(s, "telescope", since=dusk))
    assert (stored.state, stored.state_since) == (DeviceState.DISABLED, later)
    assert (stored.reason, stored.software_version) == ("no answer in 1.0 s", "2.1")
    assert (changed.old, changed.new) == (DeviceState.READY, DeviceState.DISABLED)


def test_a_device_that_config_no_longer_has_stays_known(store, dusk):
    """P05: and one that nobody registered is written all the same."""
    camera = Device(name="cam", kind=Kind.CAMERA, unit="vis", channel="vis")
    store.write(lambda s: devices.register(s, [camera], dusk))
    store.write(lambda s: devices.register(s, [], dusk))
    change = DeviceChanged(
        at=dusk,
        device="new",
        kind=Kind.DOME,
        old=DeviceState.UNKNOWN,
        new=DeviceState.READY,
        blocking=True,
    )
    store.write(lambda s: devices.changed(s, change))

    found = {one.name: one.configured for one in store.read(devices.devices)}
    assert found == {"cam": False, "new": True}
