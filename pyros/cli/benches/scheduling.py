"""How good and how soon the plans are, beside their bounds and what others make of the same nights.

The instances, the judge and the peers lie in `benchmarks/scheduling` of the source tree.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import click

import pyros
from pyros.cli.summary import print_summary
from pyros.errors import StartError

ROOT = Path(pyros.__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "scheduling-figures.md"


def figures() -> dict[str, dict[str, Any]]:
    """Return the figures of the default run."""
    run, shape = _part("run"), _part("figures")
    found: dict[str, dict[str, Any]] = shape.figures(run.measure(run.Asked(), click.echo))
    return found


def results_page() -> str:
    """Return the page of the results that are kept."""
    part = _part("page")
    text: str = part.page(json.loads(part.RESULTS.read_text(encoding="utf-8")))
    return text


@click.command()
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")
@click.option("--class", "classes", default="", metavar="A,B", help="Classes of instances.")
@click.option("--n", "sizes", default="", metavar="1000", help="Numbers of requests.")
@click.option("--seeds", default="1-3", metavar="1-5", show_default=True, help="Which nights.")
@click.option("--profile", "profiles", default="", metavar="1,5", help="Budgets, seconds.")
@click.option("--peers", default="all", show_default=True, help="all, none, or names of peers.")
@click.option(
    "--instance",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An instance file (kind `discrete`), instead of ours.",
)
@click.option(
    "--make",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write instance files there, and measure nothing.",
)
@click.option("--strict", is_flag=True, help="A goal that is not met is a failure.")
@click.option("--record", is_flag=True, help="Keep better bounds and values in bounds.json.")
@click.option("--page", is_flag=True, help="Write docs/reference/scheduling-figures.md.")
def scheduling(
    *,
    as_json: bool,
    folder: Path | None,
    page: bool,
    strict: bool,
    **options: Any,  # noqa: ANN401 - click's values
) -> None:
    """Measure plans against their bounds, and beside other schedulers.

    Without options: the default run, at most ten minutes.
    Exit code 0: every answer is valid, every refusal true, nothing above a bound.
    """
    run = _part("run")
    try:
        names = run.names_of(_words(options["classes"]), numbers(options["sizes"]))
        seeds = numbers(options["seeds"])
        if folder is not None:
            _make(folder, names or run.DEFAULT, seeds)
            return
        asked = run.Asked(
            names=names,
            seeds=seeds,
            profiles=numbers(options["profiles"]),
            peers=_words(options["peers"]),
            files=options["files"],
            record=options["record"],
        )
        measured = run.measure(asked, click.echo)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except _part("instances").ForeignStream as error:
        raise StartError(str(error)) from None
    shape = _part("figures").figures(measured)
    for key, figure in shape.items():
        click.echo(f"  {key:32} {_line(figure)}")
    if page:
        _part("page").keep(measured)
        PAGE.write_text(results_page(), encoding="utf-8")
    if as_json:
        print_summary({"bench": "scheduling", **measured, "figures": shape})
    missed = strict and not all(goal["met"] for goal in measured["goals"])
    raise SystemExit(0 if measured["ok"] and not missed else 1)


def numbers(text: str) -> tuple[int, ...]:
    """Return the numbers in a list such as 1-3,7.

    Raises:
        ValueError: what stands there is no such list.
    """
    found: list[int] = []
    for word in _words(text):
        first, dash, last = word.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise ValueError(f"'{word}' should be a number or a span such as 1-3")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def _make(folder: Path, names: tuple[str, ...], seeds: tuple[int, ...]) -> None:
    instances = _part("instances")
    for name in names:
        for seed in seeds:
            click.echo(str(instances.write(instances.instance(f"{name}-{seed}"), folder)))


def _line(figure: Mapping[str, Any]) -> str:
    should = "" if figure["bound"] is None else f"  (bound {figure['bound']:g})"
    word = {True: "  holds", False: "  MISSED", None: ""}[figure["holds"]]
    beside = f"  beside {figure['against']}" if figure["against"] else ""
    return f"{figure['value']:g} {figure['unit']}{should}{word}{beside}"


def _part(name: str) -> ModuleType:
    """Return a module of the benchmark, which is no part of the package."""
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    if find_spec("benchmarks") is None:
        raise StartError("bench scheduling needs the source tree: benchmarks/ is not here")
    return import_module(f"benchmarks.scheduling.{name}")
