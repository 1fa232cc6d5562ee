"""From a driver's name in the configuration to its classes, and a driver ready to connect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from pyros.config.devices import AnyDevice
from pyros.domain.devices.device import Kind
from pyros.drivers.interface import Driver
from pyros.drivers.port import PlannedFaults, Port
from pyros.drivers.pyros_link.camera import LinkCamera
from pyros.drivers.pyros_link.client import LinkDriver
from pyros.drivers.pyros_link.dome import LinkDome
from pyros.drivers.pyros_link.filter_wheel import LinkFilterWheel
from pyros.drivers.pyros_link.plc import LinkPlc
from pyros.drivers.pyros_link.telescope import LinkTelescope
from pyros.drivers.pyros_link.weather import LinkWeather
from pyros.errors import ConfigError
from pyros.kernel.fence import Epoch, EpochGate
from pyros.link.address import parse
from pyros.link.client import LinkClient
from pyros.link.dealer import over_sockets
from pyros.link.transport import Transport

PYROS: Final[Mapping[Kind, type[LinkDriver[Any]]]] = {
    each.kind: each
    for each in (LinkTelescope, LinkCamera, LinkFilterWheel, LinkDome, LinkPlc, LinkWeather)
}
"""Boxes that speak our own protocol; simulators do."""
FAMILIES: Final[Mapping[str, Mapping[Kind, type[LinkDriver[Any]]]]] = {
    "pyros": PYROS,
    "simulated": PYROS,
}


class Clock(Protocol):
    """What a driver wants of the kernel's clock."""

    @property
    def factor(self) -> float:
        """Observatory seconds in one real second."""

    def real_monotonic(self) -> float:
        """Return real seconds; virtual ones where all time is virtual."""


class Speaker(Protocol):
    """Who speaks to a device: an incarnation, as the kernel's Context is one."""

    @property
    def path(self) -> str:
        """Its address."""

    @property
    def epoch(self) -> Epoch:
        """Its epoch."""

    @property
    def clock(self) -> Clock:
        """Its clock."""


def transport_to(name: str, device: AnyDevice) -> Transport:
    """Return what makes lines to a box at the address that its configuration names.

    Raises:
        ConfigError: it names none, or one that nothing protects.
    """
    if device.address is None or device.address == "direct":
        raise ConfigError(f"devices.{name}.address: should be tcp://host:port")
    return over_sockets(parse(device.address, frames_port=device.frames_port))


def driver_maker(
    name: str, device: AnyDevice, transport: Transport, *, faults: PlannedFaults | None = None
) -> Callable[[Speaker], Driver]:
    """Return what makes a driver for each incarnation of a device's actor, behind one epoch gate.

    Raises:
        ConfigError: that family has no driver for this kind.
    """
    gate = EpochGate()
    _class_of(name, device)

    def make(speaker: Speaker) -> Driver:
        return make_driver(name, device, transport, speaker, gate=gate, faults=faults)

    return make


def make_driver(  # noqa: PLR0913  who, how, for whom
    name: str,
    device: AnyDevice,
    transport: Transport,
    speaker: Speaker,
    *,
    gate: EpochGate | None = None,
    faults: PlannedFaults | None = None,
) -> Driver:
    """Return a driver, not yet connected, for one incarnation of the device's actor.

    `gate` is shared by all incarnations (see `driver_maker`).  `faults` is the kernel's fault
    plan, which knows the device by the speaker's path.

    Raises:
        ConfigError: that family has no driver for this kind.
    """
    made = _class_of(name, device)
    clock, epoch = speaker.clock, speaker.epoch
    client = LinkClient(
        name,
        transport,
        epoch=epoch,
        real_s=clock.real_monotonic,
        answer_s=device.answers.answer_s,
    )
    port = Port(speaker.path, client, epoch=epoch, gate=gate or EpochGate(), faults=faults)
    return made(name, port, factor=clock.factor)


def _class_of(name: str, device: AnyDevice) -> type[LinkDriver[Any]]:
    made = FAMILIES.get(device.driver, {}).get(Kind(device.kind))
    if made is None:
        raise ConfigError(f"{name}: driver {device.driver} has no {device.kind}")
    return made
