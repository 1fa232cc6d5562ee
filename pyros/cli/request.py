"""`pyros request`: bring requests in from documents, and write them out again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
from ruamel.yaml import YAML

from pyros.config.asked import channel_limits, timings
from pyros.config.document import read
from pyros.config.load import load
from pyros.config.model import Config
from pyros.domain.checks import House, check
from pyros.domain.exchange import from_map, to_map
from pyros.domain.problem import Problem
from pyros.domain.request import Request
from pyros.errors import ConfigError, Refused
from pyros.kernel.clock import SystemClock
from pyros.store import requests, schema
from pyros.store.engine import Session, Store

CONFIG = click.Path(exists=True, dir_okay=False, path_type=Path)
WINDOW = timedelta(days=14)
"""How long a sequence without a window of its own may wait (P76)."""


@click.group()
def request() -> None:
    """Import, export and check requests."""


@request.command("import")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("config", type=CONFIG)
@click.option("--owner", default="", help="E-mail of whose they become; else the first admin.")
@click.option("--submit", is_flag=True, help="Hand them in at once.")
def bring_in(source: Path, config: Path, owner: str, *, submit: bool) -> None:
    """Read each document in SOURCE, a file or a folder; come in as drafts (P82)."""
    wanted = load(config)
    store = Store(wanted.data.database_url)
    schema.check(store)
    at = SystemClock().utc()
    bad = 0
    for found in documents(source, wanted, at, owner=owner or wanted.web.first_admin):
        if found.request is None or found.problems:
            bad += 1
            click.echo(found.complaint(), err=True)
            continue
        click.echo(f"{found.file}: {_bring_in(store, found.request, wanted, at, submit=submit)}")
    store.close()
    sys.exit(1 if bad else 0)


@request.command("check")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.argument("config", type=CONFIG)
def judge(source: Path, config: Path) -> None:
    """Say of each document in SOURCE whether it could be handed in; change nothing."""
    wanted = load(config)
    found = list(documents(source, wanted, SystemClock().utc(), owner=wanted.web.first_admin))
    for one in found:
        good = one.request is not None and not one.problems
        click.echo(f"{one.file}: good" if good else one.complaint(), err=not good)
    sys.exit(1 if any(one.request is None or one.problems for one in found) else 0)


@request.command()
@click.argument("name", metavar="PROGRAMME/NAME")
@click.argument("config", type=CONFIG)
def export(name: str, config: Path) -> None:
    """Write the request as a document: no ids, no states; it comes in again equal (P82)."""
    store = Store(load(config).data.database_url)
    schema.check(store)
    programme, _, short_name = name.partition("/")
    found = store.read(lambda session: requests.find(session, programme, short_name))
    store.close()
    if found is None:
        raise Refused(f"no request {name}: give PROGRAMME/NAME, as survey/Pleiades")
    YAML(typ="rt").dump(to_map(found), sys.stdout)


@dataclass(frozen=True, slots=True)
class Found:
    """A document: the request in it, and what is wrong with it."""

    file: Path
    request: Request | None
    problems: tuple[Problem, ...] = ()
    unreadable: str = ""

    def complaint(self) -> str:
        """Return everything that is wrong, a line each, with the file it is in."""
        lines = [self.unreadable] if self.unreadable else [str(one) for one in self.problems]
        return "\n".join(f"{self.file}: {line}" for line in lines)


def documents(source: Path, config: Config, at: datetime, *, owner: str) -> Iterator[Found]:
    """Return what stands in each document of a file or folder, by name."""
    house = House(
        now=at,
        channels=channel_limits(config),
        programmes=frozenset(one.code for one in config.programmes),
        timings=timings(config),
        lowest_deg=config.site.min_altitude_deg,
    )
    files = sorted(source.glob("*.yaml")) if source.is_dir() else [source]
    for file in files:
        try:
            found = from_map(read(file).data, owner=owner, window=(at, at + WINDOW))
        except (ConfigError, Refused) as wrong:
            yield Found(file, None, unreadable=str(wrong))
            continue
        yield Found(file, found, check(found, house))


def _bring_in(store: Store, found: Request, config: Config, at: datetime, *, submit: bool) -> str:
    def work(session: Session) -> str:
        if requests.find(session, found.programme, found.short_name) is not None:
            return f"'{found.short_name}' is there already"
        made = requests.create(session, found, at=at)
        if not submit:
            return f"'{made.short_name}' is a draft now"
        requests.submit(session, made.id, at, timings=timings(config))
        return f"'{made.short_name}' is submitted"

    return store.write(work)
