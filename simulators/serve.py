"""The devices of a world behind sockets, in this process, and the socket to spoil them by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

from pyros.config.devices import Dome, FilterWheel, Telescope
from pyros.config.model import Config
from pyros.errors import ConfigError, InvalidValue
from pyros.link.address import Address, parse
from pyros.link.admin import Admin
from pyros.link.dealer import Dealer, over_sockets
from pyros.link.news import News
from pyros.link.service import Service
from pyros.link.transport import Transport
from simulators.clock import Clock
from simulators.faults import Fault
from simulators.world import World

FIRST_PORT: Final = 7310
STEP: Final = 10
ADMIN_PORT: Final = 7300
SEEN: Final = (Telescope, Dome, FilterWheel)
"""Kinds that other devices look at."""


def addresses(config: Config, *, scheme: str = "tcp", host: str = "127.0.0.1") -> dict[str, str]:
    """Return where each device of a configuration is served: as it says, else one after another.

    `scheme` is tcp or inproc; TCP ports count from 7310 in steps of 10, in the order of the file.
    """
    found = {}
    for place, (name, device) in enumerate(config.devices.items()):
        if device.address is not None and device.address.startswith(f"{scheme}://"):
            found[name] = device.address
        elif scheme == "inproc":
            found[name] = f"inproc://{name}"
        else:
            found[name] = f"tcp://{host}:{FIRST_PORT + STEP * place}"
    return found


class Served:
    """Devices of a world at their addresses; used as a context manager."""

    def __init__(
        self, world: World, at: Mapping[str, str], *, only: Iterable[str] = (), admin: str = ""
    ) -> None:
        wanted = tuple(only) or tuple(at)
        strange = sorted(set(wanted) - world.servers.keys())
        if strange:
            known = ", ".join(at)
            raise ConfigError(f"no device {', '.join(strange)}: should be one of {known}")
        self.world = world
        self.addresses: dict[str, Address] = {name: parse(at[name]) for name in wanted}
        self._services = [
            Service(world.servers[name], address) for name, address in self.addresses.items()
        ]
        self._admin = Admin(admin, self._errand) if admin else None

    def transport(self, name: str) -> Transport:
        """Return what makes lines to a device over its sockets; raises KeyError."""
        return over_sockets(self.addresses[name])

    def __enter__(self) -> Self:
        """Serve; raises StartError if an address is taken."""
        for place, service in enumerate(self._services):
            try:
                service.start()
            except BaseException:
                for started in self._services[:place]:
                    started.stop()
                raise
        if self._admin is not None:
            self._admin.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Stop serving."""
        if self._admin is not None:
            self._admin.stop()
        for service in self._services:
            service.stop()

    def _errand(self, question: Mapping[str, object]) -> Mapping[str, object]:
        """Inject or clear a fault, or tell which are active."""
        device, kind = question.get("device"), question.get("kind")
        match question.get("op"):
            case "inject":
                self.world.inject(_fault(question))
            case "clear":
                self.world.clear(
                    device if isinstance(device, str) else None,
                    kind if isinstance(kind, str) else None,
                )
            case "list":
                pass
            case other:
                raise InvalidValue("op", other, allowed="inject, clear, list")
        active = {name: list(box.faults.active) for name, box in self.world.boxes.items()}
        return {"active": active, "now_s": self.world.now_s()}


def _fault(question: Mapping[str, object]) -> Fault:
    device, kind, when = question.get("device"), question.get("kind"), question.get("when", "now")
    duration, parameters = question.get("duration_s"), question.get("parameters", {})
    if not (isinstance(device, str) and isinstance(kind, str) and isinstance(when, str)):
        raise InvalidValue("device, kind, when", (device, kind, when), allowed="text")
    if not isinstance(parameters, dict) or not isinstance(duration, float | int | None):
        raise InvalidValue("parameters", parameters, allowed="numbers by name")
    return Fault(
        device=device,
        kind=kind,
        when=when,
        duration_s=duration,
        parameters={str(name): float(value) for name, value in parameters.items()},
    )


@contextmanager
def listening(
    config: Config, at: Mapping[str, str], *, only: Collection[str], clock: Clock
) -> Iterator[Mapping[str, News]]:
    """Give what the devices that others play tell of themselves; empty if `only` names none."""
    heard: dict[str, News] = {}
    lines: list[Dealer] = []
    seen = {name for name, device in config.devices.items() if isinstance(device, SEEN)}
    for name in sorted(seen - set(only)) if only else ():
        heard[name] = News(name, clock.real_monotonic)
        lines.append(Dealer(parse(at[name])))
        lines[-1].on_status(heard[name])
    try:
        yield heard
    finally:
        for line in lines:
            line.close()
