"""The ramp of a set point, and when a detector is stable."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pyros.actors.devices import cooling
from pyros.actors.devices.cooling import Cooling
from pyros.config.devices import Cooler
from pyros.domain.devices.state import CameraState

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
COOLER = Cooler(setpoints_C=(-70.0, -60.0))
WARM = CameraState(device="c", sampled_at=AT, temperature_C=12.0, cooler_on=False, power_pct=0.0)


class Camera:
    """A detector that follows its set point, second by second."""

    def __init__(self, state: CameraState = WARM, goal: Cooling | None = None) -> None:
        self.state, self.cooling = state, goal or cooling.first(COOLER)
        self.setpoints: list[tuple[float, float]] = []
        self.notes: list[str] = []
        self.s = 0.0

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.s += 1.0
            self.cooling, setting, note = cooling.step(self.cooling, self.state, COOLER, self.s)
            self.notes += [note] if note else []
            if setting is not None:
                self.setpoints.append((self.s, setting.setpoint_C))
                self.state = replace(
                    self.state, cooler_on=setting.on, setpoint_C=setting.setpoint_C
                )
            if self.state.cooler_on:
                self.state = replace(
                    self.state, temperature_C=self.state.setpoint_C, power_pct=60.0
                )


@settings(max_examples=10)
@given(start_C=st.floats(-80.0, 30.0))
def test_a_detector_is_never_cooled_faster_than_its_ramp(start_C: float) -> None:
    """P18: 5 C a minute down, in steps of half a degree."""
    camera = Camera(replace(WARM, temperature_C=start_C))
    camera.run(1500)

    for (s0, high), (s1, low) in pairwise(camera.setpoints):
        assert high - low <= 5.0 / 60.0 * (s1 - s0) + 0.06
    assert camera.state.setpoint_C == -70.0
    assert camera.cooling.stable


def test_stable_means_near_the_set_point_for_a_minute() -> None:
    """P18: within 0.5 C for 60 s."""
    cold = replace(WARM, temperature_C=-70.4, setpoint_C=-70.0, cooler_on=True, power_pct=60.0)
    held = cooling.first(COOLER)
    for s in range(60):
        held, setting, _ = cooling.step(held, cold, COOLER, float(s))
        assert setting is None
        assert not held.stable

    held, _, _ = cooling.step(held, cold, COOLER, 60.0)
    assert held.stable
    held, _, _ = cooling.step(held, replace(cold, temperature_C=-69.0), COOLER, 61.0)
    assert not held.stable


def test_a_box_that_knows_it_is_stable_is_believed_at_its_set_point_only() -> None:
    """B3: a restarted actor need not wait a minute anew."""
    cold = replace(WARM, temperature_C=-70.1, setpoint_C=-70.0, cooler_on=True, cooler_stable=True)
    held, _, _ = cooling.step(cooling.first(COOLER), cold, COOLER, 0.0)
    assert held.stable

    other, _, _ = cooling.step(cooling.first(COOLER), replace(cold, setpoint_C=-40.0), COOLER, 0.0)
    assert not other.stable


def test_a_strained_cooler_takes_the_next_set_point() -> None:
    """5.6: at 95 % for 300 s, with a warning."""
    state = replace(WARM, temperature_C=-64.0, setpoint_C=-70.0, cooler_on=True, power_pct=100.0)
    held, notes, orders = cooling.first(COOLER), [], []
    for s in range(400):
        held, setting, note = cooling.step(held, state, COOLER, float(s))
        notes += [note] if note else []
        orders += [setting.setpoint_C] if setting else []

    assert held.goal_C == -60.0
    assert notes == ["cooler at 100 % for 300 s; now to -60 C"]
    assert orders[0] > -70.0


def test_a_cooler_that_went_off_is_switched_on_again() -> None:
    """cooler_off W."""
    camera = Camera()
    camera.run(1200)
    camera.state = replace(camera.state, cooler_on=False)
    camera.run(1)

    assert camera.state.cooler_on


def test_warming_goes_up_by_its_ramp_and_ends_switched_off() -> None:
    """5.6: 3 C a minute."""
    camera = Camera()
    camera.run(1200)
    camera.cooling = cooling.towards(camera.cooling, None)
    began = camera.s
    camera.setpoints.clear()
    camera.run(2000)

    assert camera.state.cooler_on is False
    assert camera.s - began > 1400
    rises = [later - earlier for (_, earlier), (_, later) in pairwise(camera.setpoints)]
    assert max(rises) <= 0.6


def test_an_unknown_temperature_orders_nothing() -> None:
    """Rule 4: unknown is not cold."""
    unknown = replace(WARM, temperature_C=None)
    held, setting, _ = cooling.step(cooling.first(COOLER), unknown, COOLER, 0.0)

    assert setting is None
    assert not held.stable
