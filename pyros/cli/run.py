"""`pyros run`: the observatory, real or simulated, until somebody stops it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from pyros.actors.scheduler.settings import site_of
from pyros.cli.one_process import simulated_outside, starting_instant
from pyros.cli.prerequisites import examine
from pyros.config import rehearsal
from pyros.config.load import load
from pyros.config.model import Config
from pyros.errors import StartError
from pyros.kernel.clock import SystemClock
from pyros.kernel.memory import give_back
from pyros.sky.night import night_of
from pyros.store.engine import Store
from pyros.system.logs import Log
from pyros.system.observatory import Observatory, build, listen
from pyros.system.prepare import bring_schema

READY_PATIENCE_S = 30.0
"""How long a start waits for its devices before it names those that are not there, seconds."""
LOOK_S = 0.5
"""While it waits it looks so often whether it shall stop, seconds."""


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--simulate", is_flag=True, help="Put a simulator in the place of every device.")
@click.option("--speed", type=click.FloatRange(0.1, 1000.0), help="Observatory seconds a second.")
@click.option("--start", help="Where simulated time starts: now, dusk, or an instant in UTC.")
@click.option("--seed", type=int, help="Another simulated night.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of database and images.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the dashboard.")
def run(config: Path, **choices: object) -> None:
    """Run the observatory of CONFIG until it is stopped by Ctrl-C or SIGTERM."""
    give_back()
    wanted = _wanted(load(config), choices)
    _check(wanted)
    log = Log(wanted.log.level, wanted.log.file)
    try:
        code = _run(wanted, log)
    finally:
        log.close()
    raise SystemExit(code)


def _wanted(config: Config, choices: dict[str, object]) -> Config:
    """Return the configuration with the command line's choices."""
    if choices.get("simulate"):
        config = rehearsal.simulated(config)
    speed, start, seed = choices.get("speed"), choices.get("start"), choices.get("seed")
    config = rehearsal.with_clock(
        config,
        factor=speed if isinstance(speed, float) else None,
        start=_instant(start) if isinstance(start, str) else None,
    )
    if isinstance(seed, int):
        config = rehearsal.with_seed(config, seed)
    data, port = choices.get("data"), choices.get("port")
    if isinstance(data, Path):
        config = rehearsal.in_folder(config, data.absolute())
    if isinstance(port, int):
        web = config.web.model_copy(update={"port": port})
        config = config.model_copy(update={"web": web})
    return rehearsal.patient(config)


def _instant(text: str) -> datetime | Literal["now", "dusk"]:
    if text == "dusk":
        return "dusk"
    if text == "now":
        return "now"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise StartError(f"--start {text}: should be now, dusk or 2026-11-25T03:00Z") from None
    if instant.tzinfo is None:
        raise StartError(f"--start {text}: write the zone, as 2026-11-25T03:00Z")
    return instant


def _check(config: Config) -> None:
    findings = list(examine(config))
    for finding in findings:
        if not finding.holds:
            click.echo(str(finding), err=finding.stops)
    if any(finding.stops for finding in findings):
        raise StartError("not started: see FAIL above")
    held = sum(finding.holds for finding in findings)
    click.echo(f"prerequisites checked: {held} of {len(findings)} hold")


def _run(config: Config, log: Log) -> int:
    with contextlib.closing(Store(config.data.database_url)) as store:
        bring_schema(config, store)  # first: where simulated time goes on is read from it
    with contextlib.closing(listen(config)) as listener:
        clock = SystemClock(config.clock.factor, starting_instant(config))
        with simulated_outside(config, clock, listener=listener) as outside:
            observatory = build(config, outside)
            log.show_on(observatory.bus, clock)
            with observatory.system.signals():  # a house that half stands is closed down, too
                observatory.system.start()
                for line in _up(observatory, listener.getsockname()):
                    click.echo(line)
                return observatory.wait()


def _up(observatory: Observatory, address: tuple[str, int]) -> Iterator[str]:
    """Say what stands, each thing when it stands."""
    config, system = observatory.config, observatory.system
    yield f"supervision tree up: {len(system.tree())} actors"
    missing = _await_devices(observatory)
    ready = len(config.devices) - len(missing)
    kind = "simulators" if config.simulation is not None else "devices"
    word = f"; not ready: {', '.join(missing)}" if missing else ""
    yield f"{kind} up: {ready} of {len(config.devices)} ready{word}"
    yield _night(observatory)
    prepared = observatory.prepared
    host = "localhost" if address[0] in {"127.0.0.1", "0.0.0.0", "::"} else address[0]  # noqa: S104
    password = f", one-time password {prepared.password}" if prepared.password else ""
    yield f"dashboard: http://{host}:{address[1]}  log in as {prepared.admin}{password}"


def _await_devices(observatory: Observatory) -> tuple[str, ...]:
    """Wait until every device is at work, but not for ever; return those that are not (B11).

    A wish to stop ends the waiting.
    """
    clock, changed = SystemClock(), threading.Event()
    news = observatory.bus.subscribe(["device/*"], changed.set)
    end, system = clock.monotonic() + READY_PATIENCE_S, observatory.system
    while observatory.not_ready() and not system.ending and clock.monotonic() < end:
        clock.wait(changed, min(LOOK_S, end - clock.monotonic()))
        changed.clear()
        news.take()
    news.close()
    return observatory.not_ready()


def _night(observatory: Observatory) -> str:
    config = observatory.config
    now = observatory.system.clock.utc()
    night = night_of(
        site_of(config), now, config.night.twilight, alert_sun_deg=config.night.alert_sun_deg
    )
    speed = f", time runs x{config.clock.factor:g}" if config.clock.factor != 1.0 else ""
    if night.start is None or night.end is None:
        return f"night of {night.date}: none ({night.why}){speed}"
    return (
        f"night computed: {night.date}, {night.start:%H:%M} to {night.end:%H:%M} UTC "
        f"({config.night.twilight}), now {now:%Y-%m-%d %H:%M:%S} UTC{speed}"
    )
