"""What a device of the house is and in which state of life it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a device is for, whoever made it."""

    TELESCOPE = "telescope"
    CAMERA = "camera"
    FILTER_WHEEL = "filter_wheel"
    FOCUSER = "focuser"
    ROTATOR = "rotator"
    DOME = "dome"
    COVER = "cover"
    PLC = "plc"
    WEATHER = "weather"
    GUIDER = "guider"


class DeviceState(StrEnum):
    """A device's life, as its own actor sees it (table in `domain/transitions.py`)."""

    UNKNOWN = "UNKNOWN"
    CONNECTING = "CONNECTING"
    INITIALISING = "INITIALISING"
    READY = "READY"
    BUSY = "BUSY"
    FAULT = "FAULT"
    DISABLED = "DISABLED"
    OUT = "OUT"


AT_WORK = frozenset({DeviceState.READY, DeviceState.BUSY})
"""States in which a device counts as there."""
BORN = frozenset({DeviceState.UNKNOWN, DeviceState.CONNECTING, DeviceState.INITIALISING})
"""Not at work yet, but not lost either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device of the configuration."""

    name: str
    kind: Kind
    unit: str
    """Devices of one unit share a supervisor, and so their restarts."""
    blocking: bool = False
    """The observatory pauses without it."""
    channel: str = ""
    """The channel a camera stands for; empty for all other kinds."""
    attached_to: str = ""
    """A filter wheel: its camera, or the telescope."""
    simulated: bool = False
    driver: str = "pyros"
    address: str = ""
