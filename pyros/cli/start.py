"""From a good configuration to a running observatory, each step said when it is done."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace

import click

from pyros.actors.scheduler.settings import site_of
from pyros.cli.one_process import simulated_outside, starting_instant
from pyros.cli.prerequisites import as_judged, examine
from pyros.config.model import Config
from pyros.errors import StartError
from pyros.kernel.clock import SystemClock
from pyros.kernel.memory import settle
from pyros.sky.night import night_of
from pyros.store.schema_process import SchemaProcess
from pyros.system.logs import Log
from pyros.system.observatory import Observatory, build, listen

READY_PATIENCE_S = 30.0
"""How long a start waits for its devices before it names those that are not there, seconds."""
LOOK_S = 0.5
"""While it waits it looks so often whether it shall stop, seconds."""


def check(config: Config, schema: SchemaProcess) -> None:
    """Say which prerequisites do not hold (P02).

    Raises:
        StartError: one of them stops the start.
    """
    findings = list(examine(config, without=("database", "requests")))
    findings.append(as_judged(schema.verdict(), by_itself=config.simulation is not None))
    for finding in findings:
        if not finding.holds:
            click.echo(str(finding), err=finding.stops)
    if any(finding.stops for finding in findings):
        raise StartError("not started: see FAIL above")
    held = sum(finding.holds for finding in findings)
    click.echo(f"prerequisites checked: {held} of {len(findings)} hold")


def run_until_stopped(config: Config, log: Log, schema: SchemaProcess) -> int:
    """Start the observatory, wait for its end, and return the exit code."""
    schema.go_on()
    import pyros.system.pages  # noqa: F401, PLC0415  large: loaded while the schema is made

    schema.await_end()  # where simulated time goes on is read from the database
    with contextlib.closing(listen(config)) as listener:
        clock = SystemClock(config.clock.factor, starting_instant(config))
        with simulated_outside(config, clock, listener=listener) as outside:
            observatory = build(config, replace(outside, schema_ready=True))
            log.show_on(observatory.bus, clock)
            with observatory.system.signals():  # a house that half stands is closed down, too
                observatory.system.start()
                for line in _up(observatory, listener.getsockname()):
                    click.echo(line)
                settle(observatory.system.services.timers, clock)
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
