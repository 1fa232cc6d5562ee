"""How a camera behaves among us: cooled to its set point before it is ready."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from pyros.actors.devices.cooling import Cooling, first, step, towards
from pyros.actors.devices.manner import Manner, Now, Order, Tended, faults_of
from pyros.config.devices import Camera
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import CameraState
from pyros.drivers.interface import CameraDriver
from pyros.errors import NotSupported
from pyros.messages.commands import Command
from pyros.messages.device_commands import DeviceCommand, Expose, SetCooler


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraManner(Manner[CameraState, CameraDriver]):
    """Frames are fetched and dropped by whoever ordered them; `cooling` None: it has no cooler."""

    verbs: ClassVar[frozenset[str]] = frozenset({"expose", "fetch", "drop", "cooler"})
    resting: ClassVar[frozenset[str]] = frozenset({"idle"})
    calm: ClassVar[frozenset[str]] = frozenset({"waiting", "exposing"})
    background: ClassVar[frozenset[str]] = frozenset({"cooler", "drop"})
    drops_foreign: ClassVar[bool] = True

    entry: Camera
    cooling: Cooling | None = None

    def tend(self, sample: CameraState, now: Now) -> tuple[CameraManner, Tended]:
        faults = faults_of(sample)
        if self.cooling is None or self.entry.cooler is None:
            return self, Tended(faults=faults)
        cooling, setting, note = step(self.cooling, sample, self.entry.cooler, now.s)
        orders: tuple[Order, ...] = ()
        if setting is not None:
            setpoint = setting.setpoint_C
            orders = (SetCooler(at=now.at, key="", on=setting.on, setpoint_C=setpoint),)
        ready = cooling.stable or cooling.goal_C is None
        return replace(self, cooling=cooling), Tended(
            ready=ready,
            why="" if ready else _why(cooling, sample),
            faults=faults,
            orders=orders,
            notes=(note,) if note else (),
        )

    def told(self, command: Command, now: Now) -> CameraManner:
        if not isinstance(command, SetCooler) or self.cooling is None or not command.key:
            return self
        goal = command.setpoint_C if command.on else None
        if goal == self.cooling.goal_C:
            return self
        return replace(self, cooling=towards(self.cooling, goal))

    def objections(self, command: DeviceCommand, now: Now) -> tuple[str, ...]:
        match command:
            case Expose() if command.exposure.exposure_s < self.entry.min_exposure_s:
                given, least = command.exposure.exposure_s, self.entry.min_exposure_s
                if command.exposure.frame == "BIAS":
                    return ()
                return (f"exposure_s {given:g}: at least {least:g} is allowed",)
            case SetCooler() if self.cooling is None:
                return ("this camera has no cooler",)
        return ()

    def carry_out(self, driver: CameraDriver, command: Order) -> Operation | None:
        match command:
            case Expose():
                return driver.expose(command.exposure, key=command.key)
            case SetCooler():
                setpoint = command.setpoint_C
                return driver.cooler(on=command.on, setpoint_C=setpoint, key=command.key)
        raise NotSupported(f"a camera knows no {type(command).__name__}")

    def done_keys(self, sample: CameraState) -> frozenset[str]:
        """Keys of the frames it holds: each is an exposure that was read out."""
        return frozenset(sample.frames)


def camera_manner(entry: Camera) -> CameraManner:
    """Return the manner of a camera that shall be cooled, if it has a cooler."""
    return CameraManner(entry=entry, cooling=first(entry.cooler) if entry.cooler else None)


def _why(cooling: Cooling, sample: CameraState) -> str:
    if sample.temperature_C is None:
        return "its temperature is unknown"
    return f"cooling: {sample.temperature_C:.1f} C, wanted {cooling.goal_C:g} C and stable"
