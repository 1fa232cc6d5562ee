"""The simulated dome has a heart of its own: it closes whoever says what."""

from __future__ import annotations

import pytest

from pyros.errors import Interlocked
from simulators.faults import Fault


def test_it_refuses_to_open_without_kicks(night) -> None:
    """P11: the box itself refuses."""
    with pytest.raises(Interlocked, match="no kick within 10 s"):
        night.order("dome", "open_shutter")


def test_it_takes_its_time_to_open_and_its_switches_say_so(night) -> None:
    """P11: motors take time, ten seconds as configured."""
    night.order("dome", "kick")
    key = night.order("dome", "open_shutter")
    night.run(9.0)
    seen = night.seen("dome")
    assert (seen["phase"], seen["open_switch"], seen["closed_switch"]) == ("opening", False, False)
    night.run(2.0)
    seen = night.seen("dome")
    assert (seen["phase"], seen["open_switch"], seen["closed_switch"]) == ("open", True, False)
    assert night.ended("dome", key) == "done"


def test_ten_seconds_after_the_last_kick_it_closes_by_itself(night) -> None:
    """Kill whom you like: the dome is closed."""
    night.observing()
    night.run(9.0, kick=False)
    assert night.seen("dome")["phase"] == "open"

    night.run(2.0, kick=False)
    assert night.seen("dome")["phase"] == "closing"
    night.run(30.0, kick=False)

    assert night.seen("dome")["phase"] == "closed"


def test_it_closes_in_time_even_if_nobody_looks_at_it_meanwhile(night) -> None:
    night.observing()

    night.clock.advance(60.0)

    assert night.seen("dome")["phase"] == "closed"


def test_its_own_rain_sensor_closes_it_though_it_is_kicked(a_night) -> None:
    night = a_night(weather=[{"at_s": 100, "for_s": 600, "quantity": "rain", "to": 1}])
    night.observing()
    assert night.seen("dome")["phase"] == "open"

    night.run(80.0)

    assert night.seen("dome")["phase"] == "closed"
    with pytest.raises(Interlocked, match="rain"):
        night.order("dome", "open_shutter")


def test_an_abort_does_not_stop_a_closing_that_its_own_heart_ordered(night) -> None:
    night.observing()
    night.run(15.0, kick=False)

    night.order("dome", "abort")
    night.run(40.0, kick=False)

    assert night.seen("dome")["phase"] == "closed"


def test_an_abort_leaves_an_ordered_motion_partly(night) -> None:
    night.order("dome", "kick")
    key = night.order("dome", "open_shutter")
    night.run(10.0)

    night.order("dome", "abort")
    night.run(2.0)

    assert night.seen("dome")["phase"] == "partly"
    assert night.ended("dome", key) == "aborted"


def test_closing_interrupts_opening_and_every_closing_order_ends_at_the_switch(night) -> None:
    night.order("dome", "kick")
    opening = night.order("dome", "open_shutter")
    night.run(10.0)

    first, second = night.order("dome", "close_shutter"), night.order("dome", "close_shutter")
    night.run(12.0)

    assert night.ended("dome", opening) == "aborted"
    assert night.ended("dome", first) == "done"
    assert night.ended("dome", second) == "done"


def test_its_slit_follows_the_telescope_within_its_speed(night) -> None:
    night.observing()
    assert abs(night.seen("dome")["azimuth_deg"] - night.seen("telescope")["azimuth_deg"]) < 3.0

    night.order("telescope", "slew", **night.place(50.0, 250.0))
    before = night.seen("dome")["azimuth_deg"]
    for _ in range(60):
        night.run(0.5, 0.5)
        after = night.seen("dome")["azimuth_deg"]
        assert abs((after - before + 180.0) % 360.0 - 180.0) <= 3.0 + 1e-6
        before = after
    assert abs(before - night.seen("telescope")["azimuth_deg"]) < 3.0


@pytest.mark.parametrize(
    ("kind", "phase"),
    [
        ("shutter_stuck", "open"),
        ("close_fails", "open"),
        ("shutter_partly", "closing"),
        ("limit_switch_both", "error"),
        ("limit_switch_none", "partly"),
    ],
)
def test_a_dome_that_cannot_close_never_says_closed(night, kind: str, phase: str) -> None:
    night.observing()
    night.world.inject(Fault(device="dome", kind=kind))

    key = night.order("dome", "close_shutter")
    night.run(200.0)

    assert night.seen("dome")["phase"] == phase
    assert night.ended("dome", key) == "running"


def test_a_controller_that_trips_closes_it_over_its_owners_head(night) -> None:
    night.observing()

    night.world.inject(Fault(device="plc", kind="interlock_trips"))
    night.run(40.0)

    assert night.seen("dome")["phase"] == "closed"
