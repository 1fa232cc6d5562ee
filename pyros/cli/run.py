"""`pyros run`: the observatory, real or simulated, until somebody stops it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from pyros.config import rehearsal
from pyros.config.load import load
from pyros.config.model import Config
from pyros.errors import StartError
from pyros.kernel.memory import give_back, grow
from pyros.store.schema_process import SchemaProcess


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
    grow()
    wanted = _wanted(load(config), choices)
    by_itself = wanted.simulation is not None
    with SchemaProcess(wanted.data.database_url, by_itself=by_itself) as schema:
        raise SystemExit(_run(wanted, schema))


def _run(config: Config, schema: SchemaProcess) -> int:
    from pyros.cli.start import check, run_until_stopped  # noqa: PLC0415  large: while it judges
    from pyros.system.logs import Log  # noqa: PLC0415

    check(config, schema)
    log = Log(config.log.level, config.log.file)
    try:
        return run_until_stopped(config, log, schema)
    finally:
        log.close()


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
