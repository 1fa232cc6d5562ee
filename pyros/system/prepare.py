"""What must stand in the database before the first actor starts."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pyros import __version__
from pyros.actors.devices.settings import device_of
from pyros.config.document import read
from pyros.config.model import Config
from pyros.domain.estimate import ChannelTimings, Timings
from pyros.domain.exchange import from_map
from pyros.errors import ConfigError, Refused, StartError, StoreUnavailable
from pyros.store import devices, house, seed
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


def prepare(config: Config, store: Store, at: datetime) -> Prepared:
    """Write what this start needs into a database of the right schema, and the boot itself.

    Raises:
        StartError: the database cannot be written; one line with the reason.
    """
    try:
        return store.write(partial(_first_rows, config=config, at=at))
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


def _requests(session: Session, config: Config, at: datetime) -> int:
    """Hand in the example requests of a simulated house, once each; return how many were new."""
    folder = config.simulation.requests if config.simulation is not None else None
    if folder is None:
        return 0
    window, timings = (at, at + REQUESTS_WINDOW), timings_of(config)
    new = 0
    for file in sorted(folder.glob("*.yaml")):
        try:
            wanted = from_map(read(file).data, owner=config.web.first_admin, window=window)
        except (ConfigError, Refused) as wrong:
            log.warning("request %s is left out: %s", file, " ".join(str(wrong).split()))
            continue
        new += seed.example(session, wanted, at, timings=timings) is not None
    return new


def timings_of(config: Config) -> Timings:
    """Return how long the house's channels need beside their exposures."""
    channels = {}
    for name, channel in config.channels.items():
        camera = config.devices[channel.camera]
        readout_s = camera.detector.readout_s if camera.kind == "camera" else 0.0
        channels[name] = ChannelTimings(readout_s=readout_s)
    return Timings(channels=channels)
