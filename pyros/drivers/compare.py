"""Is a device where it was sent: "done" is a claim, and the sample is held against the goal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.state import (
    CameraState,
    DomeState,
    FilterWheelState,
    PlcState,
    State,
    TelescopeState,
)
from pyros.errors import WrongResult

POINTING_ARCSEC: Final = 30.0
TURN_DEG: Final = 2.0


def verified(operation: Operation, state: State) -> Operation:
    """Return a finished operation, failed with `WrongResult` if the sample shows another result.

    Anything but a DONE operation comes back as it is.  `state` is the sample that told of the end.
    """
    if operation.state is not OpState.DONE:
        return operation
    wrong = contradiction(operation.verb, operation.goal, state)
    if not wrong:
        return operation
    return replace(operation, state=OpState.FAILED, error=f"{WrongResult.__name__}: {wrong}")


def contradiction(verb: str, goal: Mapping[str, object], state: State) -> str:  # noqa: PLR0911
    """Return how a sample contradicts that `verb` has reached `goal`; empty if it does not."""
    match state:
        case TelescopeState():
            return _telescope(verb, goal, state)
        case FilterWheelState() if verb == "select" and state.name is not None:
            wanted = goal.get("name")
            return "" if state.name == wanted else f"filter {state.name}, ordered {wanted}"
        case DomeState() if verb == "open_shutter":
            good = state.open_switch is True and state.closed_switch is not True
            return "" if good else f"its switches say {state.phase}"
        case DomeState() if verb == "close_shutter":
            good = state.closed_switch is True and state.open_switch is not True
            return "" if good else f"its switches say {state.phase}"
        case CameraState() if verb == "cooler" and state.cooler_on is not None:
            wanted = goal.get("on")
            return "" if state.cooler_on == wanted else f"cooler on is {state.cooler_on}"
        case PlcState() if verb == "set_output":
            return _output(goal, state)
    return ""


def _telescope(verb: str, goal: Mapping[str, object], state: TelescopeState) -> str:
    if verb == "park":
        return "" if state.at_park else f"not at park: {state.phase}"
    if verb == "unpark":
        return "still parked" if state.at_park else ""
    if verb != "slew" or not goal.get("track", True) or state.phase not in ("tracking", "settling"):
        return ""
    off = _separation_arcsec(goal, state)
    return "" if off is None or off <= POINTING_ARCSEC else f"{off:.0f} arcsec from its goal"


def _separation_arcsec(goal: Mapping[str, object], state: TelescopeState) -> float | None:
    ra, dec = goal.get("ra_deg"), goal.get("dec_deg")
    if not isinstance(ra, int | float) or not isinstance(dec, int | float):
        return None
    if state.ra_deg is None or state.dec_deg is None:
        return None
    east = (state.ra_deg - ra + 180.0) % 360.0 - 180.0
    north = state.dec_deg - dec
    return math.hypot(east * math.cos(math.radians(dec)), north) * 3600.0


def _output(goal: Mapping[str, object], state: PlcState) -> str:
    sample = state.outputs.get(str(goal.get("name")))
    if sample is None or sample.value is None:
        return ""
    wanted = goal.get("value")
    return "" if sample.value == wanted else f"output is {sample.value}, ordered {wanted}"
