"""The observatory and its simulators in one process, under one clock."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from pyros.actors.scheduler.pool import InlinePlanners, PlanningPool
from pyros.actors.scheduler.settings import site_of
from pyros.config.devices import AnyDevice
from pyros.config.model import Config
from pyros.drivers.interface import Driver
from pyros.drivers.registry import driver_maker
from pyros.kernel.clock import Clock, SystemClock
from pyros.kernel.context import Context
from pyros.kernel.pool import SpawnedPool
from pyros.kernel.runtime import InlineExecutor
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.sim import SimRuntime
from pyros.kernel.testing.workers import TimedWorkers
from pyros.link.address import PORTS, parse
from pyros.link.dealer import over_sockets
from pyros.link.ports import free_ports
from pyros.link.transport import Transport
from pyros.sky.night import night_of
from pyros.store.engine import Store
from pyros.store.house import last_instant
from pyros.system.outside import Outside
from simulators.serve import Served, addresses
from simulators.world import World

IMAGE_S = 30.0
"""An image of a rehearsal is reduced so long after it was handed in, virtual seconds."""
BEFORE_DUSK = timedelta(seconds=30)
"""A simulation that starts at dusk starts so long before the night."""


def starting_instant(config: Config) -> datetime | None:
    """Return where observatory time starts; None: now, as the machine has it.

    A simulated night that was killed goes on where it stood: what its database says comes later
    than dusk is past.
    """
    start = config.clock.start
    if isinstance(start, datetime):
        return start
    now = SystemClock().utc()
    if start == "now":
        return None if config.clock.factor == 1.0 else now
    last = _last_instant(config)
    dusk = _dusk(config, now)
    if last is None or last < dusk:
        return dusk
    night = night_of(site_of(config), last, config.night.twilight)
    if night.start is not None and night.end is not None and night.start <= last < night.end:
        return last + timedelta(seconds=1)
    return _dusk(config, last)


def _dusk(config: Config, instant: datetime) -> datetime:
    """Return when the night of `instant` begins, or the next one if it is over by then."""
    for days in range(3):
        night = night_of(site_of(config), instant + timedelta(days=days), config.night.twilight)
        if night.start is not None and night.end is not None and instant < night.end:
            return max(night.start - BEFORE_DUSK, night.noon_start)
    return instant


def _last_instant(config: Config) -> datetime | None:
    store = Store(config.data.database_url)
    if not store.path.exists():
        return None
    try:
        return store.read(last_instant)
    finally:
        store.close()


@contextmanager
def simulated_outside(
    config: Config,
    clock: Clock,
    *,
    listener: socket.socket | None = None,
    faults: FaultPlan | None = None,
) -> Iterator[Outside]:
    """Give the house its simulators (for the devices that ask for one), workers and ports.

    In development mode it gets a plan of faults, too, empty until an admin strikes.
    """
    world = World(config, clock=clock, nonce=clock.utc().isoformat())
    if faults is None and config.in_development:
        faults = FaultPlan(world.seed)
    with _served(config, world) as simulated:
        yield Outside(
            clock=clock,
            drivers=_drivers(config, simulated, faults),
            image_workers=partial(SpawnedPool, config.analyzer.workers),
            scheduling_worker=PlanningPool,
            listener=listener,
            faults=faults,
            seed=world.seed,
        )


@contextmanager
def _served(config: Config, world: World) -> Iterator[Mapping[str, Transport]]:
    """Serve the simulated devices as `simulation.transport` says; give what makes lines to them."""
    names = [name for name, entry in config.devices.items() if entry.driver == "simulated"]
    how = config.simulation.transport if config.simulation is not None else "direct"
    if how == "direct":
        yield {name: world.transport(name) for name in names}
        return
    at = {name: f"tcp://127.0.0.1:{free_ports(PORTS)}" for name in names if how == "tcp"}
    with Served(world, at or addresses(config, scheme="inproc"), only=names) as served:
        yield {name: served.transport(name) for name in names}


def _drivers(
    config: Config, simulated: Mapping[str, Transport], faults: FaultPlan | None
) -> Mapping[str, Callable[[Context], Driver]]:
    """Return what makes each device's driver, behind one epoch gate a device (P15)."""
    return {
        name: driver_maker(
            name, entry, transport=simulated.get(name) or _line_to(entry), faults=faults
        )
        for name, entry in config.devices.items()
    }


def _line_to(entry: AnyDevice) -> Transport:
    """Return what makes lines to a box of its own."""
    return over_sockets(parse(entry.address or "", frames_port=entry.frames_port))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What a rehearsed house takes from outside, and the virtual time that it lives in."""

    outside: Outside
    runtime: SimRuntime


@contextmanager
def rehearsed(config: Config, start: datetime) -> Iterator[Rehearsed]:
    """Give the house virtual time from `start`, simulators, and one worker process for images.

    Same seed, same night: the worker's answers come at virtual instants, too.
    """
    seed = config.simulation.seed if config.simulation is not None else 0
    runtime = SimRuntime(seed=seed, start=start)

    def workers() -> Executor:
        return TimedWorkers(SpawnedPool(1), runtime, IMAGE_S)

    with rehearsed_outside(config, runtime) as outside:
        yield Rehearsed(outside=replace(outside, image_workers=workers), runtime=runtime)


@contextmanager
def rehearsed_outside(
    config: Config,
    runtime: SimRuntime,
    *,
    world: World | None = None,
    faults: FaultPlan | None = None,
) -> Iterator[Outside]:
    """Give the house simulators, workers and time without a thread: same seed, same night.

    `world` and `faults` are given by whoever wants a hand in what happens to devices and actors.
    """
    world, faults = world or World(config, clock=runtime.clock), faults or FaultPlan()
    yield Outside(
        clock=runtime.clock,
        drivers=_drivers(config, {name: world.transport(name) for name in world.boxes}, faults),
        image_workers=InlineExecutor,
        scheduling_worker=InlinePlanners,
        ports=False,
        durable=False,
        runtime=runtime,
        faults=faults,
        seed=world.seed,
    )
