"""The observatory and its simulators in one process, under one clock."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from pyros.actors.analyzer.pool import SpawnedPool
from pyros.config.devices import AnyDevice
from pyros.config.model import Config
from pyros.drivers.interface import Driver
from pyros.drivers.registry import make_driver
from pyros.kernel.clock import Clock, SystemClock
from pyros.kernel.context import Context
from pyros.kernel.services import Faults
from pyros.sky.night import night_of
from pyros.store.engine import Store
from pyros.store.house import last_instant
from pyros.system.assembly import site_of
from pyros.system.outside import Outside
from simulators.world import World

BEFORE_DUSK = timedelta(seconds=60)
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
    faults: Faults | None = None,
) -> Iterator[Outside]:
    """Give the house its simulators (for the devices that ask for one), workers and ports."""
    world = World(config, clock=clock, nonce=clock.utc().isoformat())
    workers = partial(SpawnedPool, config.analyzer.workers)
    yield Outside(
        clock=clock,
        driver=partial(_driver, world),
        image_workers=workers,
        scheduling_worker=partial(SpawnedPool, 1),
        listener=listener,
        faults=faults,
        seed=world.seed,
    )


def _driver(world: World, name: str, entry: AnyDevice, context: Context) -> Driver:
    return make_driver(name, entry, world.transport(name), context)
