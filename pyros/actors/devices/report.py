"""What a device actor says to the house."""

from __future__ import annotations

from pyros.actors.devices.beat import Life
from pyros.actors.devices.guard import Situation, refusals
from pyros.domain.devices.device import Device, DeviceState
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import Identity
from pyros.messages.events import DeviceChanged, DeviceStatus, OperationEnded


def status_of(
    here: Situation, device: Device, identity: Identity | None, next_beat_s: float
) -> DeviceStatus:
    """Return what the device says of itself now; a lost one's snapshot is its last word."""
    return DeviceStatus(
        at=here.now.at,
        device=device.name,
        kind=device.kind,
        life=here.life.state,
        since=here.life.since,
        blocking=device.blocking,
        simulated=device.simulated,
        unit=device.unit,
        channel=device.channel,
        reason=here.life.reason,
        snapshot=here.sample,
        identity=identity,
        refusals=refusals(here),
        next_try_s=next_beat_s if here.life.state is DeviceState.DISABLED else None,
        permit_s=here.manner.permit_s(here.now),
    )


def change_of(device: Device, before: Life, after: Life) -> DeviceChanged:
    """Return the fact that the device passed from one state to another, or stays in one."""
    return DeviceChanged(
        at=after.since,
        device=device.name,
        kind=device.kind,
        old=before.state,
        new=after.state,
        blocking=device.blocking,
        reason=after.reason,
    )


def end_of(here: Situation, operation: Operation) -> OperationEnded:
    """Return the fact that an operation ended."""
    told = here.manner.result_of(operation)
    return OperationEnded(
        at=here.now.at,
        device=here.device,
        key=told.key,
        verb=told.verb,
        state=told.state,
        error=told.error,
        result=told.result,
    )
