"""Done is a claim: it is held against what the sample shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.state import (
    CameraState,
    DomeState,
    FilterWheelState,
    PlcState,
    Sample,
    TelescopeState,
    WeatherState,
)
from pyros.drivers.compare import contradiction, verified

AT = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = {"device": "x", "sampled_at": AT}
GOAL = {"ra_deg": 359.999, "dec_deg": 60.0}


def mount(**fields: object) -> TelescopeState:
    return TelescopeState(**HEAD, **{"phase": "tracking", "at_park": False, **fields})


SWITCH = {"1": True, "0": False, "?": None}


def dome(switches: str) -> DomeState:
    """Return a dome whose open and closed switch read 1, 0 or ?."""
    opened, closed = (SWITCH[each] for each in switches)
    return DomeState(**HEAD, open_switch=opened, closed_switch=closed)


def output(value: str) -> PlcState:
    return PlcState(**HEAD, outputs={"light": Sample(value=SWITCH[value], at=AT)})


@pytest.mark.parametrize(
    ("verb", "goal", "state", "wrong"),
    [
        ("slew", GOAL, mount(ra_deg=359.999, dec_deg=60.0), False),
        ("slew", GOAL, mount(ra_deg=0.005, dec_deg=60.0), False),
        ("slew", GOAL, mount(ra_deg=0.05, dec_deg=60.0), True),
        ("slew", GOAL, mount(ra_deg=359.999, dec_deg=60.01), True),
        ("slew", GOAL, mount(ra_deg=None, dec_deg=None), False),
        ("slew", GOAL, mount(phase="idle", ra_deg=10.0, dec_deg=0.0), False),
        ("park", {}, mount(at_park=True), False),
        ("park", {}, mount(at_park=False), True),
        ("unpark", {}, mount(at_park=True), True),
        ("select", {"name": "r"}, FilterWheelState(**HEAD, name="r"), False),
        ("select", {"name": "r"}, FilterWheelState(**HEAD, name="i"), True),
        ("open_shutter", {}, dome("10"), False),
        ("open_shutter", {}, dome("00"), True),
        ("open_shutter", {}, dome("??"), True),
        ("close_shutter", {}, dome("01"), False),
        ("close_shutter", {}, dome("11"), True),
        ("close_shutter", {}, dome("?1"), False),
        ("cooler", {"on": True}, CameraState(**HEAD, cooler_on=False), True),
        ("cooler", {"on": True}, CameraState(**HEAD, cooler_on=None), False),
        ("set_output", {"name": "light", "value": True}, output("1"), False),
        ("set_output", {"name": "light", "value": True}, output("0"), True),
        ("set_output", {"name": "light", "value": True}, output("?"), False),
        ("refresh", {}, WeatherState(**HEAD), False),
    ],
)
def test_a_sample_contradicts_what_it_shows_otherwise(verb, goal, state, wrong) -> None:
    assert bool(contradiction(verb, goal, state)) is wrong


def test_a_done_operation_that_is_contradicted_has_failed_with_a_wrong_result() -> None:
    done = Operation(key="k", verb="park", state=OpState.DONE)

    judged = verified(done, mount(at_park=False))

    assert judged.state is OpState.FAILED
    assert judged.error.startswith("WrongResult: not at park")
    assert verified(done, mount(at_park=True)) is done


@pytest.mark.parametrize("state", [OpState.FAILED, OpState.ABORTED, OpState.UNKNOWN])
def test_other_ends_are_left_as_they_are(state: OpState) -> None:
    ended = Operation(key="k", verb="park", state=state)
    assert verified(ended, mount(at_park=False)) is ended
