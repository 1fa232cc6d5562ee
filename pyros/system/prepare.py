"""What must stand in the database before the first actor starts."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from argon2 import PasswordHasher

from pyros import __version__
from pyros.config.document import read
from pyros.config.model import Config
from pyros.domain.estimate import ChannelTimings, Timings
from pyros.domain.exchange import from_map
from pyros.domain.programme import Allocation, Period, Programme
from pyros.domain.user import Role
from pyros.errors import StartError, StoreUnavailable
from pyros.store import house, people, requests, schema, users
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

    A simulated house makes and upgrades its database by itself; a real one refuses an old one.

    Raises:
        StartError: the database is not fit, or cannot be written; one line with the remedy.
    """
    upgraded = _schema(config, store)
    try:
        store.write(partial(_people, config=config))
        password = store.write(partial(_first_admin, email=config.web.first_admin, at=at))
        boot = store.write(
            partial(house.boot, at=at, version=__version__, config=config.model_dump_json())
        )
        made = _requests(config, store, at)
    except StoreUnavailable as gone:
        raise StartError(f"the database cannot be written: {gone}") from gone
    return Prepared(
        boot=boot,
        admin=config.web.first_admin,
        password=password,
        requests=made,
        upgraded=upgraded,
    )


def _schema(config: Config, store: Store) -> bool:
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


def _people(session: Session, *, config: Config) -> None:
    """Programmes, periods and allocations as the configuration has them."""
    for period in config.periods:
        people.save_period(
            session, Period(code=period.code, first_night=period.start, last_night=period.end)
        )
    for entry in config.programmes:
        people.save_programme(
            session,
            Programme(
                code=entry.code,
                title=entry.title,
                description=entry.description,
                rank=entry.rank,
                needs_approval=entry.needs_approval,
                enforce_quota=entry.enforce_quota,
                accept_fraction=entry.accept_fraction,
            ),
        )
        for share in entry.allocations:
            people.save_allocation(
                session,
                Allocation(
                    programme=entry.code,
                    period=share.period,
                    quota_s=share.quota_s,
                    quota_night_s=share.quota_night_s,
                ),
            )


def _first_admin(session: Session, *, email: str, at: datetime) -> str | None:
    """Make the very first account; its password is shown once and changed at the first log-in."""
    if users.users(session):
        return None
    password = secrets.token_urlsafe(9)
    users.create_user(
        session,
        email,
        "First administrator",
        Role.ADMIN,
        PasswordHasher().hash(password),
        at=at,
        by_admin=True,
        must_change_password=True,
    )
    return password


def _requests(config: Config, store: Store, at: datetime) -> int:
    """Hand in the example requests of a simulated house, once each; return how many were new."""
    folder = config.simulation.requests if config.simulation is not None else None
    if folder is None:
        return 0
    add = partial(_add_request, config=config, at=at)
    return sum(store.write(partial(add, file=file)) for file in sorted(folder.glob("*.yaml")))


def _add_request(session: Session, *, config: Config, at: datetime, file: Path) -> bool:
    window = (at, at + REQUESTS_WINDOW)
    wanted = from_map(read(file).data, owner=config.web.first_admin, window=window)
    if requests.find(session, wanted.programme, wanted.short_name) is not None:
        return False
    made = requests.create(session, wanted, at=at)
    requests.submit(session, made.id, at, timings=timings_of(config))
    return True


def timings_of(config: Config) -> Timings:
    """Return how long the house's channels need beside their exposures."""
    channels = {}
    for name, channel in config.channels.items():
        camera = config.devices[channel.camera]
        readout_s = camera.detector.readout_s if camera.kind == "camera" else 0.0
        channels[name] = ChannelTimings(readout_s=readout_s)
    return Timings(channels=channels)
