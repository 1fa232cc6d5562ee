"""Orders to device actors; each is answered by the accepted Operation, or refused with reasons."""

from __future__ import annotations

from dataclasses import dataclass

from pyros.domain.devices.orders import Exposure
from pyros.messages.commands import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCommand(Command):
    """An order to one device; `key` (32 hex digits) names the operation for ever."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slew(DeviceCommand):
    """Point the telescope at a place in the sky, ICRS, and track it there."""

    ra_deg: float
    dec_deg: float
    track: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Track(DeviceCommand):
    """Follow the sky, or stand still."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Park(DeviceCommand):
    """Bring the telescope to its park position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpark(DeviceCommand):
    """Make the telescope ready to move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectFilter(DeviceCommand):
    """Turn the wheel to a filter."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expose(DeviceCommand):
    """Begin an exposure; `key` is its exposure key."""

    exposure: Exposure


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFrame(DeviceCommand):
    """Ask a camera for the frame `key`; answered by the driver's FrameData."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFrame(DeviceCommand):
    """Let the camera forget the frame `key`: it is safe on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCooler(DeviceCommand):
    """Hold the detector at a temperature, or let it go."""

    on: bool
    setpoint_C: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDome(DeviceCommand):
    """Open the shutter; refused without a valid permit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDome(DeviceCommand):
    """Close the shutter; accepted in every state, and repeated until the switches say closed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewPermit(Command):
    """To the dome actor: it may be open until then; without renewal it closes by itself."""

    until_s: float
    """How long from now the permit holds, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawPermit(Command):
    """To the dome actor: no permit any more; close."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort(DeviceCommand):
    """Stop whatever the device does; `only` names one operation, else all."""

    only: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetFault(DeviceCommand):
    """Try a device in FAULT again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOut(Command):
    """Take a device out of service."""

    ordered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack(Command):
    """Put a device back into service."""

    ordered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce(Command):
    """Say your state again, as DeviceChanged with old equal to new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowKey(Command):
    """Tell `reply_to` the end of the operation `key`, at once if it has ended already.

    The answer is an OperationEnded message to that path.
    """

    key: str
    reply_to: str
