"""What a device actor may ask of any driver, whatever box stands behind it.

A call returns within its limit (1 s) or raises; nobody waits here for a motion: a verb returns an
accepted Operation, and what becomes of it is read from the next samples.  Raised are the leaves of
`CommandRefused` (nothing was begun) and `DeviceUnreachable` (nobody knows).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pyros.domain.devices.operation import Operation
from pyros.domain.devices.orders import Exposure
from pyros.domain.devices.state import Identity, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a device can: its verbs, and the ranges and names its arguments may take."""

    verbs: frozenset[str]
    limits: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameData:
    """A frame as fetched: pixels (rows, columns), unsigned 16 bit, and what the camera says."""

    key: str
    pixels: npt.NDArray[np.uint16]
    meta: Mapping[str, object]


class Driver(Protocol):
    """One per device, used by its actor alone."""

    def connect(self, timeout_s: float) -> Identity:
        """Reach the device; raises DeviceUnreachable (BadPeer: wrong version, identity or key)."""
        ...

    def capabilities(self) -> Capabilities:
        """What it can; read once a connection."""
        ...

    def sample(self, timeout_s: float) -> State:
        """Newest truth, at most one round trip; raises DeviceUnreachable."""
        ...

    def state(self) -> State | None:
        """Last snapshot, no input or output; None before the first."""
        ...

    def on_change(self, hook: Callable[[], None]) -> None:
        """Have `hook` called, from the reader thread, when a snapshot differs; it only tells."""
        ...

    def order(self, verb: str, args: Mapping[str, object], *, key: str) -> Operation:
        """Send any verb of devices 1.2 by name; the typed methods of each kind go through here."""
        ...

    def abort(self, key: str | None = None) -> Operation:
        """Stop that operation, or whatever moves; allowed in every state."""
        ...

    def reset(self) -> Operation:
        """Clear a latched fault whose cause is gone."""
        ...

    def disconnect(self) -> None:
        """Let go of the line; never raises."""
        ...


class TelescopeDriver(Driver, Protocol):
    """A mount."""

    def slew(self, ra_deg: float, dec_deg: float, *, track: bool = True, key: str) -> Operation:
        """Point at a place, ICRS degrees, and track it there."""
        ...

    def track(self, *, on: bool, key: str) -> Operation:
        """Follow the sky, or stand still."""
        ...

    def park(self, *, key: str) -> Operation:
        """Go to the park position and stay."""
        ...

    def unpark(self, *, key: str) -> Operation:
        """Be ready to move."""
        ...


class CameraDriver(Driver, Protocol):
    """A camera."""

    def expose(self, exposure: Exposure, *, key: str) -> Operation:
        """Begin an exposure; the frame is then held under `key` until dropped."""
        ...

    def cooler(self, *, on: bool, setpoint_C: float, key: str) -> Operation:
        """Hold the detector at a temperature, degrees Celsius."""
        ...

    def fetch(self, key: str, *, timeout_s: float) -> FrameData:
        """Return a held frame; raises NotNow if there is none, HardwareFault if it is corrupt."""
        ...

    def drop(self, key: str) -> None:
        """Let the camera forget a frame that is safe on disk."""
        ...


class FilterWheelDriver(Driver, Protocol):
    """A filter wheel."""

    def select(self, name: str, *, key: str) -> Operation:
        """Turn to the filter `name`; raises InvalidValue if the wheel holds no such filter."""
        ...

    def home(self, *, key: str) -> Operation:
        """Find the zero position again."""
        ...


class DomeDriver(Driver, Protocol):
    """A dome, clamshell or roof."""

    def open_shutter(self, *, key: str) -> Operation:
        """Open; refused by the box itself without kicks."""
        ...

    def close_shutter(self, *, key: str) -> Operation:
        """Close; accepted in every state."""
        ...

    def slew(self, azimuth_deg: float, *, key: str) -> Operation:
        """Turn the slit to an azimuth."""
        ...

    def slave(self, *, on: bool, key: str) -> Operation:
        """Follow the telescope, or stay."""
        ...

    def kick(self) -> None:
        """Tell the box that its owner lives; without kicks it closes by itself."""
        ...


class PlcDriver(Driver, Protocol):
    """The site's programmable controller."""

    def set_output(self, name: str, *, value: bool, key: str) -> Operation:
        """Switch an output that the configuration lists."""
        ...

    def acknowledge(self, alarm: str, *, key: str) -> Operation:
        """Acknowledge a latched alarm."""
        ...


class WeatherDriver(Driver, Protocol):
    """A weather station."""

    def refresh(self, *, key: str) -> Operation:
        """Read all sensors now."""
        ...
