"""A step to the order that carries it out: to which device, and how long it may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyros.actors.observation.steps import Channel, exposure_of
from pyros.domain.execution import PlanStep, StepKind
from pyros.messages.device_commands import DeviceCommand, Expose, SelectFilter, Slew

SLEW_LIMIT_S = 180.0
FILTER_LIMIT_S = 60.0
EXPOSE_MARGIN_S = 60.0
"""What an exposure may take beyond its own time and read-out, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOrder:
    """Tell `device` to do `command`; given up after `limit_s`."""

    device: str
    command: DeviceCommand
    limit_s: float


def device_of(step: PlanStep, telescope: str, channels: Mapping[str, Channel]) -> str:
    """Return the device that a step keeps busy."""
    if step.kind is StepKind.SLEW:
        return telescope
    channel = channels[step.lane]
    return channel.wheel if step.kind is StepKind.FILTER else channel.camera


def order_of(
    step: PlanStep, telescope: str, channels: Mapping[str, Channel], now: datetime
) -> DeviceOrder:
    """Return the order of a step that a device carries out.

    Raises:
        ValueError: the step is done without a device's order (SAVE).
    """
    device = device_of(step, telescope, channels)
    args = step.args
    match step.kind:
        case StepKind.SLEW | StepKind.DITHER:
            command: DeviceCommand = Slew(
                at=now,
                key=step.key,
                ra_deg=float(str(args["ra_deg"])),
                dec_deg=float(str(args["dec_deg"])),
            )
            return DeviceOrder(device=device, command=command, limit_s=SLEW_LIMIT_S)
        case StepKind.FILTER:
            command = SelectFilter(at=now, key=step.key, name=str(args["name"]))
            return DeviceOrder(device=device, command=command, limit_s=FILTER_LIMIT_S)
        case StepKind.EXPOSE:
            command = Expose(at=now, key=step.key, exposure=exposure_of(step))
            limit_s = step.cost_s + EXPOSE_MARGIN_S
            return DeviceOrder(device=device, command=command, limit_s=limit_s)
        case _:
            raise ValueError(f"{step.kind} is no device's work")
