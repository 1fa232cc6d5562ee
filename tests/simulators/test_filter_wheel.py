"""The simulated filter wheel: half a second a slot, and between two slots it is nowhere."""

from __future__ import annotations

import pytest

from pyros.errors import InvalidValue, NotNow
from simulators.faults import Fault

WHEEL = "wheel-vis"


def test_it_turns_half_a_second_a_slot_and_is_nowhere_meanwhile(night) -> None:
    key = night.order(WHEEL, "select", name="r")
    seen = night.seen(WHEEL)
    assert (seen["phase"], seen["slot"], seen["name"], seen["moving"]) == (
        "moving",
        None,
        None,
        True,
    )
    night.run(0.9, 0.1)
    assert night.seen(WHEEL)["moving"] is True
    night.run(0.2, 0.1)
    seen = night.seen(WHEEL)
    assert (seen["phase"], seen["slot"], seen["name"], seen["moving"]) == ("idle", 2, "r", False)
    assert night.ended(WHEEL, key) == "done"


def test_it_takes_the_shorter_way_round(night) -> None:
    night.order(WHEEL, "select", name="z")
    night.run(0.6, 0.1)
    assert night.seen(WHEEL)["name"] == "z"


def test_a_filter_that_stands_there_already_is_done_at_once(night) -> None:
    key = night.order(WHEEL, "select", name="clear")
    assert night.ended(WHEEL, key) == "done"


def test_a_filter_it_does_not_hold_and_a_second_order_are_refused(night) -> None:
    with pytest.raises(InvalidValue, match="clear, g, r, i, z"):
        night.order(WHEEL, "select", name="u")
    night.order(WHEEL, "select", name="r")
    with pytest.raises(NotNow, match="busy"):
        night.order(WHEEL, "select", name="g")


def test_a_stuck_wheel_says_that_it_failed(night) -> None:
    night.world.inject(Fault(device=WHEEL, kind="stuck"))
    key = night.order(WHEEL, "select", name="r")
    night.run(3.0)
    operation = night.box(WHEEL).operation(key)
    assert operation["state"] == "failed"
    assert "HardwareFault" in operation["error"]


def test_a_wheel_that_lost_its_place_finds_it_by_homing(night) -> None:
    night.world.inject(Fault(device=WHEEL, kind="position_lost"))
    night.run(1.0)
    assert night.seen(WHEEL)["slot"] is None
    with pytest.raises(NotNow, match="home"):
        night.order(WHEEL, "select", name="r")

    night.order(WHEEL, "home")
    night.run(3.0)

    assert night.seen(WHEEL)["name"] == "clear"


def test_an_aborted_turn_leaves_it_nowhere(night) -> None:
    key = night.order(WHEEL, "select", name="r")
    night.order(WHEEL, "abort")
    assert night.ended(WHEEL, key) == "aborted"
    assert night.seen(WHEEL)["slot"] is None


def test_a_wrong_filter_is_told_by_the_sensor(night) -> None:
    night.world.inject(Fault(device=WHEEL, kind="wrong_filter"))
    night.order(WHEEL, "select", name="r")
    night.run(3.0)
    assert night.seen(WHEEL)["name"] == "i"
