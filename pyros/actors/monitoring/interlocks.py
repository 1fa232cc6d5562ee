"""What the site's controller forbids: its word closes, it never opens anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyros.domain.devices.device import AT_WORK, DeviceState
from pyros.domain.devices.state import PlcState

SILENT, LOCAL, STOPPED = "PLC silent", "local mode", "PLC stopped"
EMERGENCY, PERSON = "emergency stop", "person inside"
BY_INPUT: Mapping[str, str] = {
    "emergency_stop": EMERGENCY,
    "person_inside": PERSON,
    "door_open": "door open",
    "local_key": LOCAL,
}
"""Inputs that forbid when they are on, by name; unknown is as bad as on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """A controller as last seen; `beat_at` is when its heartbeat was last seen to move."""

    life: DeviceState
    at: datetime
    beat_at: datetime
    state: PlcState | None


def heard(
    before: Controller | None, life: DeviceState, state: PlcState | None, at: datetime
) -> Controller:
    """Return the controller after its status; one without heartbeat lives by its status."""
    moved = (
        before is None
        or before.state is None
        or state is None
        or state.heartbeat is None
        or state.heartbeat != before.state.heartbeat
    )
    beat_at = at if moved or before is None else before.beat_at
    return Controller(life=life, at=at, beat_at=beat_at, state=state)


def forbidden(
    controllers: Iterable[Controller], now: datetime, max_age_s: float
) -> tuple[str, ...]:
    """Return the reasons of the site to keep still, each once."""
    reasons = [why for each in controllers for why in _reasons(each, now, max_age_s)]
    return tuple(dict.fromkeys(reasons))


def _reasons(controller: Controller, now: datetime, max_age_s: float) -> list[str]:
    state, age = controller.state, timedelta(seconds=max_age_s)
    silent = controller.life not in AT_WORK or state is None
    if silent or now - controller.at > age or now - controller.beat_at > age:
        return [SILENT]
    if state is None:
        return [SILENT]
    reasons = {"local": [LOCAL], "stopped": [STOPPED]}.get(state.phase, [])
    for name, why in BY_INPUT.items():
        sample = state.inputs.get(name)
        if sample is None or (sample.good and sample.value is False):
            continue
        reasons = [*reasons, why if sample.good and sample.value else f"{why}: unknown"]
    reasons = [*reasons, *state.interlocks]
    if state.is_safe is not True and not reasons:
        word = "says unsafe" if state.is_safe is False else "does not say that it is safe"
        reasons = list(state.reasons) or [f"PLC {word}"]
    return reasons
