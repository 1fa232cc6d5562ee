"""Each prerequisite of a start: does it hold, what was measured, what to do."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyros.actors.alerts.strategy import strategy_of
from pyros.cli.host import clock_is_synchronised, user_of_port
from pyros.config.alerts import InletSource, VtpSource
from pyros.config.devices import FilterWheel
from pyros.config.document import read
from pyros.config.model import Config
from pyros.domain.exchange import from_map
from pyros.errors import ConfigError, Refused
from pyros.kernel.clock import SystemClock
from pyros.sky.tables import stale
from pyros.store.engine import sqlite_version
from pyros.store.verdict import Verdict

GB = 1e9
ALWAYS = datetime(2100, 1, 1, tzinfo=UTC)
ANSWER_S = 2.0
TABLES_AHEAD = timedelta(days=30)
FAULTY_SQLITE = ((3, 7, 0), (3, 51, 2))
"""First and last version in which two connections may spoil a file in WAL mode."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One prerequisite; a blocking one that does not hold stops the start."""

    name: str
    holds: bool
    text: str
    remedy: str = ""
    blocking: bool = False

    @property
    def stops(self) -> bool:
        """Whether the start is stopped by it."""
        return self.blocking and not self.holds

    def __str__(self) -> str:
        """Return it as one line: ok, warn or FAIL; what; what was measured; the remedy."""
        word = "ok" if self.holds else "FAIL" if self.blocking else "warn"
        remedy = f"; {self.remedy}" if self.remedy and not self.holds else ""
        return f"{word:4}  {self.name}: {self.text}{remedy}"


def examine(
    config: Config, *, at: datetime | None = None, without: Collection[str] = ()
) -> Iterator[Finding]:
    """Return every prerequisite of `config`; nothing is changed.  `at` is now, if not given.

    `without` names what a start sees to by itself: `database` and `requests`.
    """
    yield _python()
    yield _sqlite()
    yield _data_folder(config.data.root)
    yield _disk(config)
    if "database" not in without:
        yield _database(config)
    yield from _ports(config)
    yield _synchronised()
    yield from _tables(at or SystemClock().utc())
    yield from _strategy(config)
    if "requests" not in without:
        yield from _requests(config)
    yield from _devices(config)
    yield from _sources(config)


def _python() -> Finding:
    return Finding("python", holds=True, text=".".join(map(str, sys.version_info[:3])))


def _sqlite() -> Finding:
    version = sqlite_version()
    first, last = FAULTY_SQLITE
    return Finding(
        "sqlite",
        holds=not first <= tuple(map(int, version.split("."))) <= last,
        text=version,
        remedy="this version may spoil a file that two write at once: pip install pysqlite3",
    )


def _data_folder(root: Path) -> Finding:
    there = _nearest_folder(root)
    trouble = _cannot_write(there) if there.is_dir() else f"{there} is no folder"
    made = "" if there == root else ", will be made"
    return Finding(
        "data folder",
        holds=not trouble,
        text=trouble or f"{root} writable{made}",
        remedy=f"make {root} a folder that this account may write, or change data.root",
        blocking=True,
    )


def _nearest_folder(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())


def _cannot_write(folder: Path) -> str:
    """Return why `folder` cannot be written, or nothing."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"pyros")
    except OSError as trouble:
        return f"{folder} cannot be written ({os.strerror(trouble.errno or 0)})"
    return ""


def _disk(config: Config) -> Finding:
    free = shutil.disk_usage(_nearest_folder(config.data.root)).free / GB
    needed = config.data.nights_of_disk * config.data.night_gb
    return Finding(
        "disk",
        holds=free >= needed,
        text=f"{free:.1f} GB free, {config.data.nights_of_disk} nights need {needed:.0f}",
        remedy=f"free {max(0.0, needed - free):.0f} GB",
    )


def _database(config: Config) -> Finding:
    from pyros.store.schema import verdict  # noqa: PLC0415  Alembic is large

    return as_judged(verdict(config.data.database_url), by_itself=config.simulation is not None)


def as_judged(found: Verdict, *, by_itself: bool) -> Finding:
    """Return what a verdict means for a start, which makes a database and may upgrade one."""
    if found.missing:
        return Finding("database", holds=True, text=f"{found.text}: will be made")
    if found.older and by_itself:
        return Finding("database", holds=True, text=f"{found.text}: will be upgraded")
    return Finding("database", found.good, found.text, found.remedy, blocking=True)


def _ports(config: Config) -> Iterator[Finding]:
    yield _port("web port", config.web.host, config.web.port)
    for source in config.alerts.sources:
        if isinstance(source, InletSource):
            yield _port(f"port of alerts '{source.name}'", source.host, source.port)


def _port(name: str, host: str, port: int) -> Finding:
    """Try to listen at `port` as the server will."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
            trial.listen(1)
    except OSError as trouble:
        user = user_of_port(port)
        text = f"port {port} of {host} is used by {user}" if user else f"{host}:{port}: {trouble}"
        return Finding(
            name, holds=False, text=text, remedy="stop that or take another port", blocking=True
        )
    return Finding(name, holds=True, text=f"{host}:{port} free")


def _synchronised() -> Finding:
    good = clock_is_synchronised()
    text = "synchronised" if good else "not synchronised"
    return Finding("clock", holds=good, text=text, remedy="timedatectl set-ntp true")


def _tables(at: datetime) -> Iterator[Finding]:
    sentences = stale(at + TABLES_AHEAD)
    if not sentences:
        yield Finding("tables", holds=True, text="leap seconds and Earth rotation hold for 30 days")
    for sentence in sentences:
        yield Finding("tables", holds=False, text=sentence)


def _strategy(config: Config) -> Iterator[Finding]:
    if config.alerts.strategy is not None:
        channels = {name: _filters(config, name) for name in config.channels}
        yield _document(
            "strategy",
            config.alerts.strategy,
            lambda plain: strategy_of(plain, version="file", channels=channels),
            blocking=True,
        )


def _requests(config: Config) -> Iterator[Finding]:
    """Read the examples of a simulated house; say which are not good."""
    folder = config.simulation.requests if config.simulation else None
    for file in sorted(folder.glob("*.yaml")) if folder else ():
        finding = _document("request", file, _request, blocking=False)
        if not finding.holds:
            yield finding


def _document(
    name: str, file: Path, reader: Callable[[object], object], *, blocking: bool
) -> Finding:
    try:
        reader(read(file).data)
    except (ConfigError, Refused) as wrong:
        text = " ".join(str(wrong).split())
        return Finding(name, holds=False, text=f"{file}: {text}", blocking=blocking)
    return Finding(name, holds=True, text=f"{file} is good", blocking=blocking)


def _request(plain: object) -> None:
    """Read a request; sequences without a window get one when they are loaded."""
    from_map(plain, owner="pyros check", window=(ALWAYS, ALWAYS))


def _filters(config: Config, channel: str) -> tuple[str, ...]:
    wheel = config.devices.get(config.channels[channel].wheel or "")
    return tuple(one.name for one in wheel.filters) if isinstance(wheel, FilterWheel) else ()


def _devices(config: Config) -> Iterator[Finding]:
    simulated = [name for name, one in config.devices.items() if one.driver == "simulated"]
    if simulated:
        yield Finding("simulated devices", holds=True, text=", ".join(simulated))
    for name, device in config.devices.items():
        if device.driver != "simulated" and device.address:
            host, _, port = device.address.removeprefix("tcp://").rpartition(":")
            yield _answers(name, host, int(port), remedy="it starts DISABLED; is its box running?")


def _sources(config: Config) -> Iterator[Finding]:
    for source in config.alerts.sources:
        if isinstance(source, VtpSource):
            remedy = "it is tried again for ever; is the broker running?"
            yield _answers(f"alerts '{source.name}'", source.host, source.port, remedy=remedy)


def _answers(name: str, host: str, port: int, *, remedy: str) -> Finding:
    try:
        with socket.create_connection((host, port), timeout=ANSWER_S):
            return Finding(name, holds=True, text=f"answers at {host}:{port}")
    except OSError as trouble:
        return Finding(
            name, holds=False, text=f"no answer at {host}:{port} ({trouble})", remedy=remedy
        )
