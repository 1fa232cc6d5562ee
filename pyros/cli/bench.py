"""`pyros bench`: the figures of each part, each with what it should be."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType

import click

import pyros
from pyros.cli import benches
from pyros.cli.benches.scheduling import scheduling
from pyros.cli.summary import print_summary
from pyros.errors import StartError

PLACES = ("kernel", "link", "sky", "scheduling", "images")
"""Places that measure themselves; what needs a whole house is measured in `cli/benches`."""

UNITS = ("ms", "us", "s", "h", "MiB", "MB", "px", "arcsec", "ratio", "pct", "n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number; `holds` is None where nobody has said what it should be."""

    value: float
    unit: str
    bound: float | None = None
    holds: bool | None = None
    against: str = ""

    def __str__(self) -> str:
        """Return it as people read it."""
        should = "" if self.bound is None else f"  (bound {self.bound:g})"
        word = {True: "  holds", False: "  MISSED", None: ""}[self.holds]
        beside = f"  beside {self.against}" if self.against else ""
        return f"{self.value:g} {self.unit}{should}{word}{beside}"


class Benches(click.Group):
    """Measures parts by their names; a part with options of its own is a command of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take names of parts as arguments of `each`."""
        if args[:1] not in ([name] for name in (*self.commands, *ctx.help_option_names)):
            args = ["each", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the parts that have options of their own, and `each`."""
        return sorted(super().list_commands(ctx))


@click.group(cls=Benches)
def bench() -> None:
    """Measure a part: `pyros bench [NAME]... [--json]`, or everything.

    The parts with options of their own are the commands below.
    """


bench.add_command(scheduling)


@bench.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="End with one JSON object for each NAME.")
def each(names: tuple[str, ...], *, as_json: bool) -> None:
    """Measure each NAME, or everything, on this machine.

    The exit code says whether it ran, not whether it is fast.
    """
    modules = available()
    for name in names or sorted(modules):
        module = _module(name, modules)
        click.echo(f"{name}: {(module.__doc__ or '').splitlines()[0]}")
        figures = measured(module)
        for key, figure in figures.items():
            click.echo(f"  {key:32} {figure}")
        if as_json:
            plain = {key: asdict(figure) for key, figure in figures.items()}
            print_summary({"bench": name, "machine": machine(), "figures": plain})


def available() -> dict[str, str]:
    """Return the module of each name that can be measured."""
    own = {place: f"pyros.{place}.bench" for place in PLACES if find_spec(f"pyros.{place}.bench")}
    whole = {one.name: f"{benches.__name__}.{one.name}" for one in iter_modules(benches.__path__)}
    return own | whole


def measured(module: ModuleType) -> dict[str, Figure]:
    """Run a module's `figures()`; its AT_MOST, AT_LEAST and AGAINST say what each should be."""
    return dict(_judged(module))


def _judged(module: ModuleType) -> Iterator[tuple[str, Figure]]:
    upper, lower = getattr(module, "AT_MOST", {}), getattr(module, "AT_LEAST", {})
    against = getattr(module, "AGAINST", {})
    for key, value in module.figures().items():
        if isinstance(value, dict):  # the kernel judges its own
            yield key, Figure(**value)
            continue
        bound = upper.get(key, lower.get(key))
        holds = None
        if bound is not None:
            holds = bool(value <= bound) if key in upper else bool(value >= bound)
        yield (
            key,
            Figure(
                value=float(value),
                unit=_unit(key),
                bound=bound,
                holds=holds,
                against=against.get(key, ""),
            ),
        )


def _module(name: str, modules: dict[str, str]) -> ModuleType:
    if name not in modules:
        raise click.UsageError(f"no bench '{name}'; there are: {', '.join(sorted(modules))}")
    module = import_module(modules[name])
    if not hasattr(module, "figures"):
        raise StartError(f"bench {name} is not built yet")
    return module


def _unit(key: str) -> str:
    """Return the unit that a key ends in: altaz_single_ms is in ms."""
    last = key.rpartition("_")[2]
    return last if last in UNITS else ""


def machine() -> dict[str, object]:
    """Return on what it was measured."""
    return {
        "cpus": os.cpu_count(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "pyros": pyros.__version__,
    }
