"""May this be ordered of the device now, and every reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyros.actors.devices.beat import Life
from pyros.actors.devices.manner import Manner, Now
from pyros.domain.devices.device import AT_WORK, DeviceState
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import Link, State
from pyros.messages import device_commands as orders
from pyros.messages.commands import Command

VERBS: Mapping[type[Command], str] = {
    orders.Slew: "slew",
    orders.Track: "track",
    orders.Park: "park",
    orders.Unpark: "unpark",
    orders.SelectFilter: "select",
    orders.Expose: "expose",
    orders.FetchFrame: "fetch",
    orders.DropFrame: "drop",
    orders.SetCooler: "cooler",
    orders.OpenDome: "open_shutter",
    orders.CloseDome: "close_shutter",
    orders.Abort: "abort",
    orders.ResetFault: "reset",
    orders.TakeOut: "take_out",
    orders.PutBack: "put_back",
}
"""The word for each order, as drivers and pages use it."""

ALWAYS = frozenset({"abort", "close_shutter"})
"""Never refused, in no state and to nobody."""
ALL_KINDS = frozenset({"abort", "reset", "take_out", "put_back"})
READING = frozenset({"fetch", "drop"})
"""Allowed whenever the line stands."""
SETTING = frozenset({"cooler"})
"""Allowed while it is being initialised, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Where a device stands when an order comes in."""

    device: str
    life: Life
    sample: State | None
    manner: Manner[Any, Any]  # the state and driver of its kind, whichever it is
    running: Operation | None
    """The operation that keeps others out."""
    now: Now


def refusals(here: Situation) -> dict[str, tuple[str, ...]]:
    """Return for each verb of the device why it may not be ordered now; empty: it may."""
    verbs = sorted(here.manner.verbs | ALL_KINDS)
    return {verb: reasons for verb in verbs if (reasons := why_not(here, verb))}


def objections(here: Situation, command: orders.DeviceCommand) -> tuple[str, ...]:
    """Return every reason why this order may not be given now; empty: it may."""
    verb = VERBS.get(type(command), "")
    if verb not in here.manner.verbs | ALL_KINDS:
        return (f"{here.device} knows no {verb or type(command).__name__}",)
    return (*why_not(here, verb), *here.manner.objections(command, here.now))


def why_not(here: Situation, verb: str) -> tuple[str, ...]:
    """Return why `verb` may not be ordered now, whatever its arguments."""
    state = here.life.state
    match verb:
        case "reset":
            return (
                () if state is DeviceState.FAULT else (f"{here.device} is {state}, not in FAULT",)
            )
        case "take_out":
            return _not_while(here, DeviceState.BUSY, DeviceState.OUT)
        case "put_back":
            return () if state is DeviceState.OUT else (f"{here.device} is not out of service",)
    if verb in ALWAYS:
        return () if verb != "abort" else here.manner.refusals(verb, here.sample, here.now)
    return (*_state_of(here, verb), *_moves(here, verb))


def _not_while(here: Situation, *states: DeviceState) -> tuple[str, ...]:
    state = here.life.state
    return (f"{here.device} is {state}",) if state in states else ()


def _state_of(here: Situation, verb: str) -> tuple[str, ...]:
    state, sample = here.life.state, here.sample
    because = f": {here.life.reason}" if here.life.reason else ""
    if sample is None or not here.life.connected:
        return (f"{here.device} is {state}{because}",)
    if verb in READING:
        return ()
    if state not in AT_WORK and not (verb in SETTING and state is DeviceState.INITIALISING):
        return (f"{here.device} is {state}{because}",)
    if sample.link is not Link.CONNECTED or here.life.silent:
        return (f"{here.device} did not answer the last call",)
    return ()


def _moves(here: Situation, verb: str) -> tuple[str, ...]:
    if verb in READING or here.sample is None:
        return ()
    reasons = list(here.manner.refusals(verb, here.sample, here.now))
    if here.running is not None and verb not in here.manner.background | here.manner.urgent:
        reasons.append(_busy(here.device, here.running))
    if verb not in SETTING:
        interlocks = here.manner.interlocks(here.sample, here.now)
        reasons.extend(f"interlock: {each}" for each in interlocks)
    return tuple(reasons)


def _busy(device: str, running: Operation) -> str:
    left = f", {running.eta_s:.0f} s to go" if running.eta_s is not None else ""
    return f"{device} is busy: {running.verb}{left}"
