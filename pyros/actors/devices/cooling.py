"""The ramp of a camera's set point, and when its detector is stable."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyros.config.devices import Cooler
from pyros.domain.devices.state import CameraState

STEP_C = 0.5
"""The set point moves in steps of at least this, degrees."""
SAME_C = 0.05
"""Nearer than this, two set points are the same, degrees."""
STRAINED_PCT = 95.0
STRAINED_S = 300.0
"""So long at that power, and the next set point is taken, seconds."""
EASY_PCT = 5.0
WARM_C = 5.0
"""Warmed up: the cooler has next to nothing to do, or the set point has risen to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooling:
    """Where the detector shall be held, and how far the ramp has come.

    `goal_C` None: warmed up, then switched off.  Times are monotonic observatory seconds.
    """

    goal_C: float | None
    place: int = 0
    """Which of the configured set points the goal is."""
    ordered_C: float | None = None
    ordered_s: float = 0.0
    near_since_s: float | None = None
    strained_since_s: float | None = None
    stable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What to order of the cooler now."""

    on: bool
    setpoint_C: float


def first(cooler: Cooler) -> Cooling:
    """Return the cooling to the preferred set point, nothing ordered yet."""
    return Cooling(goal_C=cooler.setpoints_C[0])


def towards(cooling: Cooling, goal_C: float | None) -> Cooling:
    """Return the cooling with another goal; the ramp goes on from where it is."""
    return replace(cooling, goal_C=goal_C, near_since_s=None, strained_since_s=None, stable=False)


def step(
    cooling: Cooling, sample: CameraState, cooler: Cooler, now_s: float
) -> tuple[Cooling, Setting | None, str]:
    """Return the cooling after a sample, what to order now if anything, and a note for the log."""
    if sample.temperature_C is None:
        return replace(cooling, near_since_s=None, stable=False), None, ""
    if cooling.goal_C is None:
        return _warm(cooling, sample, cooler, now_s)
    cooling, note = _strain(cooling, sample, cooler, now_s)
    cooling = _nearness(cooling, sample, cooler, now_s)
    cooling, setting = _ramp(cooling, sample, cooler.cool_C_min, now_s)
    return cooling, setting, note


def _ramp(
    cooling: Cooling, sample: CameraState, rate_C_min: float, now_s: float
) -> tuple[Cooling, Setting | None]:
    goal = cooling.goal_C
    if goal is None or sample.temperature_C is None:
        return cooling, None
    if sample.cooler_on and _same(sample.setpoint_C, goal):
        return replace(cooling, ordered_C=goal, ordered_s=now_s), None
    running = cooling.ordered_C if sample.cooler_on else None
    if running is None:
        start = max(goal, sample.temperature_C)
        return _order(cooling, start, now_s)
    wanted = _moved(running, goal, rate_C_min / 60.0 * (now_s - cooling.ordered_s))
    if _same(wanted, goal):
        return _order(cooling, goal, now_s)
    return _order(cooling, wanted, now_s) if abs(wanted - running) >= STEP_C else (cooling, None)


def _order(cooling: Cooling, setpoint_C: float, now_s: float) -> tuple[Cooling, Setting]:
    setpoint_C = round(setpoint_C, 3)
    ordered = replace(cooling, ordered_C=setpoint_C, ordered_s=now_s)
    return ordered, Setting(on=True, setpoint_C=setpoint_C)


def _nearness(cooling: Cooling, sample: CameraState, cooler: Cooler, now_s: float) -> Cooling:
    goal, temperature = cooling.goal_C, sample.temperature_C
    near = (
        goal is not None
        and temperature is not None
        and abs(temperature - goal) <= cooler.stable_C
        and sample.cooler_on is True
        and _same(sample.setpoint_C, goal)
    )
    if not near:
        return replace(cooling, near_since_s=None, stable=False)
    since = cooling.near_since_s if cooling.near_since_s is not None else now_s
    easy = sample.power_pct is None or sample.power_pct < STRAINED_PCT
    seen = sample.cooler_stable is True or now_s - since >= cooler.stable_s
    return replace(cooling, near_since_s=since, stable=cooling.stable or (seen and easy))


def _strain(
    cooling: Cooling, sample: CameraState, cooler: Cooler, now_s: float
) -> tuple[Cooling, str]:
    if sample.power_pct is None or sample.power_pct < STRAINED_PCT:
        return replace(cooling, strained_since_s=None), ""
    since = cooling.strained_since_s if cooling.strained_since_s is not None else now_s
    cooling = replace(cooling, strained_since_s=since)
    if now_s - since < STRAINED_S or cooling.place + 1 >= len(cooler.setpoints_C):
        return cooling, ""
    place = cooling.place + 1
    goal = cooler.setpoints_C[place]
    note = f"cooler at {sample.power_pct:.0f} % for {STRAINED_S:.0f} s; now to {goal:g} C"
    return replace(towards(cooling, goal), place=place), note


def _warm(
    cooling: Cooling, sample: CameraState, cooler: Cooler, now_s: float
) -> tuple[Cooling, Setting | None, str]:
    if not sample.cooler_on:
        return replace(cooling, ordered_C=None, stable=False), None, ""
    running = cooling.ordered_C if cooling.ordered_C is not None else sample.setpoint_C
    easy = sample.power_pct is not None and sample.power_pct <= EASY_PCT
    if running is None or running >= WARM_C or easy:
        off = replace(cooling, ordered_C=None, ordered_s=now_s)
        return off, Setting(on=False, setpoint_C=WARM_C), ""
    since_s = now_s - cooling.ordered_s if cooling.ordered_C is not None else 0.0
    wanted = _moved(running, WARM_C, cooler.warm_C_min / 60.0 * since_s)
    if cooling.ordered_C is not None and abs(wanted - running) < STEP_C:
        return cooling, None, ""
    cooling, setting = _order(cooling, wanted, now_s)
    return cooling, setting, ""


def _moved(start: float, goal: float, by: float) -> float:
    return max(goal, start - by) if goal < start else min(goal, start + by)


def _same(setpoint_C: float | None, goal_C: float | None) -> bool:
    return setpoint_C is not None and goal_C is not None and abs(setpoint_C - goal_C) <= SAME_C
