"""`pyros chaos`: nights with planned faults, and a crash at every point of a short one."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import perf_counter

import click

from pyros.cli.faults.points import crash_everywhere
from pyros.cli.faults.premises import inhabitants
from pyros.cli.faults.shrink import shrink
from pyros.cli.faults.strokes import PLAN, Stroke, draw
from pyros.cli.faults.trial import Trial, Verdict
from pyros.cli.night import DATE, shipped, wanted
from pyros.cli.summary import print_summary
from pyros.config.load import load
from pyros.config.model import Config

REST_S = 900.0
"""No fault comes in the last part of a trial, seconds."""
HOUR_S = 3600.0


@click.command()
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option("--faults", type=click.IntRange(min=0), default=100, help="How many.")
@click.option("--seed", type=int, default=1, help="Same seed, same faults, same night.")
@click.option("--hours", type=click.FloatRange(0.5, 9.0), default=8.0, help="Length of the trial.")
@click.option("--alerts", type=click.IntRange(0, 50), default=3, help="Bursts in the trial.")
@click.option("--only", help="Only these of the faults, by their numbers: 3,17.")
@click.option(
    "--shrink", "tries", type=int, default=40, help="Nights to find the fewest faults; 0: none."
)
@click.option("--crash-points", is_flag=True, help="A crash at every delivery of a short night.")
@click.option("--every", type=click.IntRange(min=1), default=1, help="At every so many only.")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
def chaos(  # noqa: PLR0913  one parameter an option
    config: Path | None,
    *,
    faults: int,
    seed: int,
    hours: float,
    alerts: int,
    only: str | None,
    tries: int,
    crash_points: bool,
    every: int,
    as_json: bool,
) -> None:
    """Have things go wrong in a simulated night of CONFIG, and judge what came of it."""
    with _silence():
        if crash_points:
            summary = crash_everywhere(seed=seed, every=every, tell=_to_people)
        else:
            night = wanted(load(config or shipped()), seed, DATE, hours)
            summary = _of_faults(night, faults, seed, hours, alerts, only, tries)
    if as_json:
        print_summary(summary)
    raise SystemExit(1 if summary["violations"] else 0)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Let actors whose failure is wished for say nothing of it in the log."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _to_people(line: str) -> None:
    click.echo(line, err=True)


def _of_faults(  # noqa: PLR0913, PLR0917  what the command was asked
    config: Config, count: int, seed: int, hours: float, alerts: int, only: str | None, tries: int
) -> dict[str, object]:
    began = perf_counter()
    strokes = _strokes(config, count, seed, hours * HOUR_S - REST_S)
    chosen = _chosen(strokes, only)
    play = partial(_play, config, seed=seed, span_s=hours * HOUR_S, alerts=alerts)
    verdict = play(chosen, tell=_to_people)
    fewest: tuple[Stroke, ...] = ()
    if verdict.violations and tries > 0:
        fewest = _fewest(chosen, verdict, play, tries)
    for line in _in_words(seed, verdict, fewest):
        click.echo(line)
    return {
        "seed": seed,
        "hours": hours,
        "faults": len(chosen),
        "wall_s": round(perf_counter() - began, 1),
        **asdict(verdict),
        "violated": len(verdict.violations),
        "fewest_faults": [str(one) for one in fewest],
    }


def _strokes(config: Config, count: int, seed: int, span_s: float) -> tuple[Stroke, ...]:
    with tempfile.TemporaryDirectory(prefix="pyros-chaos-") as folder:
        actors, devices = inhabitants(config, Path(folder))
    return draw(count, seed=seed, span_s=span_s, actors=(*actors, PLAN), devices=devices)


def _chosen(strokes: Sequence[Stroke], only: str | None) -> tuple[Stroke, ...]:
    if only is None:
        return tuple(strokes)
    try:
        numbers = {int(one) for one in only.split(",")}
    except ValueError:
        raise click.BadParameter("numbers with commas, as 3,17", param_hint="--only") from None
    return tuple(one for one in strokes if one.number in numbers)


def _play(  # noqa: PLR0913  what a trial is made of
    config: Config,
    strokes: Sequence[Stroke],
    *,
    seed: int,
    span_s: float,
    alerts: int,
    tell: Callable[[str], None] = lambda _: None,
) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="pyros-chaos-") as folder:
        trial = Trial(
            config=config, root=Path(folder), seed=seed, span_s=span_s, alerts=alerts, tell=tell
        )
        return trial.play(strokes)


def _fewest(
    strokes: Sequence[Stroke], verdict: Verdict, play: Callable[..., Verdict], tries: int
) -> tuple[Stroke, ...]:
    """Return the fewest faults after which one of the same invariants is violated."""
    broken = {name for name, held in verdict.invariants.items() if not held}

    def fails(part: tuple[Stroke, ...]) -> bool:
        found = play(part).invariants
        again = any(not found.get(name, True) for name in broken)
        _to_people(f"{len(part)} faults: {'violated' if again else 'all holds'}")
        return again

    return shrink(strokes, fails, tries=tries)


def _in_words(seed: int, verdict: Verdict, fewest: Sequence[Stroke]) -> list[str]:
    lines = [
        f"seed {seed}: {verdict.committed} faults committed, {verdict.missed} met nobody; "
        f"{verdict.downs} actors failed, {verdict.starts} starts, {verdict.alerts} alerts; "
        f"{len(verdict.violations)} violated"
    ]
    lines += [f"VIOLATED {one}" for one in verdict.violations]
    if fewest:
        lines.append(f"the fewest faults that still violate it ({len(fewest)}):")
        lines += [f"  {one}" for one in fewest]
        lines.append(f"  again: --seed {seed} --only {','.join(str(one.number) for one in fewest)}")
    return lines
