"""Snapshots: what a device says of itself at one instant; None means unknown, never NaN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation


class Link(StrEnum):
    """How the line to a device stands; orders are allowed while CONNECTED only."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    STALE = "stale"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who answers at the other end."""

    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    driver: str = ""
    driver_version: str = ""
    boot_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One reading of a sensor, with its own time; `good` False counts as unknown."""

    value: float | bool | str | None
    at: datetime
    unit: str = ""
    good: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The head that every kind shares; a snapshot is replaced whole.

    `boot_id` is new at each start of the device side; `seq` rises by one a sample; `sampled_at` is
    the device's own time; `ended` holds its last 8 operations.
    """

    kind: ClassVar[Kind]

    device: str
    link: Link = Link.CONNECTED
    boot_id: str = ""
    seq: int = 0
    sampled_at: datetime
    phase: str = ""
    op: Operation | None = None
    ended: tuple[Operation, ...] = ()
    faults: tuple[str, ...] = ()
    interlocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TelescopeState(State):
    """Degrees, ICRS; altitude and azimuth (north 0, east 90) as pointed now.

    Phases: initialising parked unparking idle slewing settling tracking parking homing aborting
    error.
    """

    kind = Kind.TELESCOPE

    ra_deg: float | None = None
    dec_deg: float | None = None
    altitude_deg: float | None = None
    azimuth_deg: float | None = None
    target_ra_deg: float | None = None
    target_dec_deg: float | None = None
    tracking: bool | None = None
    at_park: bool | None = None
    at_home: bool | None = None
    pier_side: str = ""
    tracking_error_arcsec: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraState(State):
    """Phases: idle waiting exposing reading downloading aborting error; `frames` are held keys."""

    kind = Kind.CAMERA

    remaining_s: float | None = None
    frames: tuple[str, ...] = ()
    temperature_C: float | None = None
    setpoint_C: float | None = None
    cooler_on: bool | None = None
    power_pct: float | None = None
    cooler_stable: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterWheelState(State):
    """Phases: idle moving homing error; `slot` and `name` are None while it moves."""

    kind = Kind.FILTER_WHEEL

    slot: int | None = None
    name: str | None = None
    moving: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomeState(State):
    """Phases follow from the switches: open closed opening closing partly error unknown."""

    kind = Kind.DOME

    open_switch: bool | None = None
    closed_switch: bool | None = None
    motor: bool | None = None
    azimuth_deg: float | None = None
    slaved: bool | None = None
    at_park: bool | None = None
    kick_age_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlcState(State):
    """Phases: ok alarm local stopped; `is_safe` True alone opens nothing, all else counts."""

    kind = Kind.PLC

    is_safe: bool | None = None
    reasons: tuple[str, ...] = ()
    heartbeat: int | None = None
    inputs: Mapping[str, Sample] = field(default_factory=dict)
    outputs: Mapping[str, Sample] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherState(State):
    """Phases: ok partial error; sensors are named as in `domain/conditions.py`."""

    kind = Kind.WEATHER

    sensors: Mapping[str, Sample] = field(default_factory=dict)


STATES: Mapping[Kind, type[State]] = {
    Kind.TELESCOPE: TelescopeState,
    Kind.CAMERA: CameraState,
    Kind.FILTER_WHEEL: FilterWheelState,
    Kind.DOME: DomeState,
    Kind.PLC: PlcState,
    Kind.WEATHER: WeatherState,
}


def dome_phase(
    *,
    open_switch: bool | None,
    closed_switch: bool | None,
    motor: bool | None,
    opening: bool | None = None,
) -> str:
    """Return the word for a dome's shutter: what the switches say, never what was ordered.

    `opening` only names the direction of a motor that runs between the switches.
    """
    if open_switch is None or closed_switch is None:
        return "unknown"
    if open_switch and closed_switch:
        return "error"
    if open_switch:
        return "open"
    if closed_switch:
        return "closed"
    if motor:
        return "opening" if opening else "closing"
    return "partly"
