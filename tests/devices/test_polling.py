"""How often a device is called."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.devices.polling import Pace, next_beat_s
from pyros.config.devices import Answers, Poll
from pyros.domain.devices.device import DeviceState
from pyros.domain.devices.operation import Operation

READY = Pace(life=DeviceState.READY)


def beat_s(pace: Pace, factor: float = 1.0) -> float:
    return next_beat_s(pace, poll=Poll(), answers=Answers(), factor=factor)


@given(
    life=st.sampled_from(DeviceState),
    factor=st.floats(0.1, 1000.0),
    moving=st.booleans(),
    eta_s=st.one_of(st.none(), st.floats(0.0, 100.0)),
    due_s=st.one_of(st.none(), st.floats(0.0, 100.0)),
)
def test_never_more_than_20_calls_a_real_second(
    life: DeviceState, factor: float, *, moving: bool, eta_s: float | None, due_s: float | None
) -> None:
    """P03: however fast the observatory's time runs."""
    running = Operation(key="k", verb="slew", eta_s=eta_s)
    pace = Pace(life=life, moving=moving, running=running, due_s=due_s)

    assert beat_s(pace, factor) / factor >= 0.05 - 1e-12


@pytest.mark.parametrize(
    ("pace", "s"),
    [
        (READY, 1.0),
        (replace(READY, moving=True), 0.25),
        (replace(READY, parked=True), 5.0),
        (Pace(life=DeviceState.DISABLED), 5.0),
        (Pace(life=DeviceState.OUT), 5.0),
        (replace(READY, silent=True), 1.0),
        (replace(READY, due_s=0.4), 0.4),
        (replace(READY, running=Operation(key="k", verb="slew", eta_s=0.3)), 0.32),
        (replace(READY, running=Operation(key="k", verb="expose", eta_s=60.0)), 1.0),
    ],
)
def test_the_rates(pace: Pace, s: float) -> None:
    """P12, P18: rest 1 s, moving 0.25 s, parked and DISABLED 5 s; an announced end + 20 ms."""
    assert beat_s(pace) == pytest.approx(s)


def test_pings_of_a_silent_device_are_real_seconds() -> None:
    """Rule 6: limits of the link are real."""
    assert beat_s(replace(READY, silent=True), factor=3.0) == pytest.approx(3.0)


def test_whoever_wants_a_device_read_less_often_has_it_so() -> None:
    """P12: a key of the configuration does what it says."""
    slow = next_beat_s(READY, poll=Poll(ready_s=9.0), answers=Answers(), factor=1.0)

    assert slow == pytest.approx(9.0)
