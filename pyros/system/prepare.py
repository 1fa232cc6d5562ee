"""What must stand in the database before the first actor starts."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from pyros import __version__
from pyros.actors.devices.settings import device_of
from pyros.config.document import read
from pyros.config.model import Config
from pyros.domain.estimate import ChannelTimings, Timings
from pyros.domain.exchange import from_map
from pyros.errors import StartError, StoreUnavailable
from pyros.store import devices, house, schema, seed
from pyros.store.engine import Session, Store

log = logging.getLogger(__name__)

REQUESTS_WINDOW = timedelta(days=365)
"""Requests of a simulated house that name no window may be observed for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What the start found or made: boot number, and the first admin's password if it is new."""

    boot: int
    admin: str
    password: str | None = None
    requests: int = 0
    upgraded: bool = False


def prepare(config: Config, store: Store, at: datetime) -> Prepared:
    """Bring the database to what this start needs, and write the boot down.

    Raises:
        StartError: the database is not fit, or cannot be written; one line with the remedy.
    """
    upgraded = bring_schema(config, store)
    try:
        return replace(store.write(partial(_first_rows, config=config, at=at)), upgraded=upgraded)
    except StoreUnavailable as gone:
        raise StartError(f"the database cannot be written: {gone}") from gone


def _first_rows(session: Session, *, config: Config, at: datetime) -> Prepared:
    seed.programmes(session, config.periods, config.programmes)
    known = [device_of(name, entry) for name, entry in config.devices.items()]
    devices.register(session, known, at)
    admin = seed.first_admin(session, config.web.first_admin, at)
    return Prepared(
        boot=house.boot(session, at, __version__, config.model_dump_json()),
        admin=config.web.first_admin,
        password=admin.password if admin is not None else None,
        requests=_requests(session, config, at),
    )


def bring_schema(config: Config, store: Store) -> bool:
    """Make or upgrade the database if need be; return whether that was done.

    A simulated house does so by itself; a real one makes a new one and refuses an old one.

    Raises:
        StartError: the database is not fit; one line with the remedy.
    """
    there = store.path.exists()
    if there and config.simulation is None:
        schema.check(store)
        return False
    if there and schema.judged(store).good:
        return False
    _refuse_newer(store, there=there)
    schema.upgrade(store)
    return True


def _refuse_newer(store: Store, *, there: bool) -> None:
    """A database of a newer program is left alone."""
    if there and "newer" in schema.judged(store).text:
        schema.check(store)


def _requests(session: Session, config: Config, at: datetime) -> int:
    """Hand in the example requests of a simulated house, once each; return how many were new."""
    folder = config.simulation.requests if config.simulation is not None else None
    if folder is None:
        return 0
    window, timings = (at, at + REQUESTS_WINDOW), timings_of(config)
    documents = (read(file).data for file in sorted(folder.glob("*.yaml")))
    wanted = [from_map(one, owner=config.web.first_admin, window=window) for one in documents]
    made = [seed.example(session, request, at, timings=timings) for request in wanted]
    return sum(request is not None for request in made)


def timings_of(config: Config) -> Timings:
    """Return how long the house's channels need beside their exposures."""
    channels = {}
    for name, channel in config.channels.items():
        camera = config.devices[channel.camera]
        readout_s = camera.detector.readout_s if camera.kind == "camera" else 0.0
        channels[name] = ChannelTimings(readout_s=readout_s)
    return Timings(channels=channels)
