"""`pyros night`: a whole simulated night in virtual time, and what must hold after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

import pyros
from pyros.actors.scheduler.settings import site_of
from pyros.cli.rehearse import BEFORE, rehearse
from pyros.cli.summary import print_summary
from pyros.config import rehearsal
from pyros.config.load import load
from pyros.config.model import Config
from pyros.errors import StartError
from pyros.sky.night import night_of

DATE = "2026-11-25"
QUICK_POLL_S = 9.0
"""Devices at rest are read so often; monitoring asks after those that say nothing for 10 s."""


@click.command()
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option("--seed", type=int, default=1, help="Same seed, same night.")
@click.option("--speed", default="max", help="max: as fast as it goes; others: pyros run.")
@click.option("--date", default=DATE, help="Evening of the night.")
@click.option("--hours", type=click.FloatRange(min=0.1), help="Only the last so many of it.")
@click.option("--alerts", type=click.IntRange(0, 50), default=3, help="Bursts in the night.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder that keeps the data.")
def night(  # noqa: PLR0913  one parameter an option
    config: Path | None,
    *,
    seed: int,
    speed: str,
    date: str,
    hours: float | None,
    alerts: int,
    as_json: bool,
    keep: Path | None,
) -> None:
    """Run a whole night of CONFIG (by default the simulation) and judge it."""
    if speed != "max":
        raise StartError("pyros night knows --speed max; for others: pyros run --speed X")
    played = wanted(load(config or shipped()), seed, date, hours)
    with tempfile.TemporaryDirectory(prefix="pyros-night-") as folder:
        root = keep.absolute() if keep is not None else Path(folder)
        summary = rehearse(
            rehearsal.in_folder(played, root),
            alerts=alerts,
            tell=lambda line: click.echo(line, err=True),
        )
    for line in _in_words(summary):
        click.echo(line)
    if as_json:
        print_summary(summary)
    held = summary["invariants"]
    raise SystemExit(0 if isinstance(held, dict) and all(held.values()) else 1)


def shipped() -> Path:
    """Return the configuration of the simulation that comes with PyROS."""
    return Path(pyros.__file__).resolve().parents[1] / "config" / "simulation.yaml"


def wanted(config: Config, seed: int, date: str, hours: float | None = None) -> Config:
    """Return the configuration for a rehearsal: all simulated, small frames, calm polling."""
    config = rehearsal.with_seed(rehearsal.simulated(config), seed)
    start = _start(config, date, hours)
    return rehearsal.quick(rehearsal.with_clock(config, factor=1.0, start=start), QUICK_POLL_S)


def _start(config: Config, date: str, hours: float | None) -> datetime:
    """Return when the rehearsal starts: before the night, or before the last `hours` of it."""
    try:
        evening = datetime.fromisoformat(date).replace(tzinfo=UTC)
    except ValueError:
        raise StartError(f"--date {date}: should be a day, as {DATE}") from None
    noon = evening + timedelta(hours=12) - timedelta(hours=config.site.longitude_deg / 15.0)
    limits = night_of(site_of(config), noon + timedelta(minutes=1), config.night.twilight)
    if limits.start is None or limits.end is None:
        raise StartError(f"no night on {date}: {limits.why}")
    begins = limits.start
    if hours is not None:
        begins = max(begins, limits.end - timedelta(hours=hours))
    return (begins - BEFORE).replace(microsecond=0)


def _in_words(summary: dict[str, object]) -> Iterator[str]:
    yield (
        f"night of {summary['night_hours']} h in {summary['wall_s']} s: "
        f"{summary['sequences_executed']} sequences executed, "
        f"{summary['sequences_refused']} refused, {summary['images']} images, "
        f"{summary['alerts']} alerts, {summary['restarts']} restarts"
    )
    violations = summary["violations"]
    yield from (f"VIOLATED {one}" for one in violations) if isinstance(violations, list) else ()
