"""Every device of the shipped configuration, reached by a call, in process and over TCP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pyros.config.load import load
from pyros.domain.devices.operation import Operation
from pyros.drivers.registry import driver_maker
from pyros.kernel.clock import VirtualClock
from pyros.kernel.fence import Epoch
from pyros.link.address import PORTS
from pyros.link.ports import free_ports
from simulators.serve import Served, addresses
from simulators.world import World

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
CONFIG = Path(__file__).resolve().parents[2] / "config" / "simulation.yaml"


@dataclass
class Speaker:
    """An incarnation of a device's actor, as far as a driver sees one."""

    clock: VirtualClock
    epoch: Epoch
    path: str = "/devices/one"


@dataclass
class Rig:
    """A world, and drivers to its devices; time is moved by hand, whatever the line."""

    world: World
    clock: VirtualClock
    transport: Callable[[str], Any]
    keys: int = 0
    drivers: dict[str, Any] = field(default_factory=dict)

    def driver(self, name: str, epoch: Epoch = Epoch(1, 1)) -> Any:  # noqa: B008  a number
        """Return a connected driver of an incarnation."""
        made = self.made(name, epoch)
        made.connect(5.0)
        return made

    def made(self, name: str, epoch: Epoch = Epoch(1, 1)) -> Any:  # noqa: B008  a number
        """Return a driver that was never connected."""
        entry = self.world._config.devices[name]
        make = driver_maker(name, entry, self.transport(name))
        driver = make(Speaker(self.clock, epoch))
        self.drivers[f"{name}{epoch}{len(self.drivers)}"] = driver
        return driver

    def key(self) -> str:
        self.keys += 1
        return f"{self.keys:032x}"

    def run(self, seconds: float, step_s: float = 1.0, *kicked: Any) -> None:
        """Let time pass; domes are kicked meanwhile."""
        for _ in range(round(seconds / step_s)):
            self.clock.advance(step_s)
            for dome in kicked:
                dome.kick()

    def end_of(self, driver: Any, operation: Operation) -> Operation:
        """Return how an operation ended, as the newest sample tells."""
        sample = driver.sample(5.0)
        return next(each for each in sample.ended if each.key == operation.key)


@pytest.fixture(params=["direct", "inproc", "tcp"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Give a world in virtual time, by each transport; link limits stay virtual, too."""
    config = load(CONFIG)
    clock = VirtualClock(START)
    world = World(config, clock=clock)
    if request.param == "direct":
        yield Rig(world, clock, world.transport)
        return
    at = addresses(config, scheme=request.param)
    if request.param == "tcp":
        first = free_ports(PORTS * len(at))
        at = {name: f"tcp://127.0.0.1:{first + PORTS * n}" for n, name in enumerate(at)}
    else:
        at = {name: f"{address}.{id(world)}" for name, address in at.items()}
    with Served(world, at) as served:
        made = Rig(world, clock, served.transport)
        yield made
        for driver in made.drivers.values():
            driver.disconnect()
