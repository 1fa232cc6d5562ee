"""The whole benchmark in one run: ours and the peers on the same files, before the same judge."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import gmtime, strftime
from typing import Any

from benchmarks.scheduling import measures
from benchmarks.scheduling.desk import Desk
from benchmarks.scheduling.goals import judged
from benchmarks.scheduling.instances import CLASSES
from benchmarks.scheduling.peers.table import asked

DEFAULT = ("A-100", "A-1000", "E-100", "F-100", "G-1000")
SKY = ("A-1000-1", "A-10000-1")
REASONS = "A-100"
START = "A-100-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be measured; nothing said: the default run, at most ten minutes."""

    names: tuple[str, ...] = ()
    """Class and size, such as A-1000; none: those of the default run."""
    seeds: tuple[int, ...] = (1, 2, 3)
    profiles: tuple[int, ...] = ()
    """Budgets, seconds; none: those of the goals."""
    peers: tuple[str, ...] = ("all",)
    files: tuple[Path, ...] = ()
    """Instance files of others: then these alone."""
    record: bool = False
    """Whether better bounds and values are kept."""


def names_of(classes: tuple[str, ...], sizes: tuple[int, ...]) -> tuple[str, ...]:
    """Return class and size of each instance that some classes or some sizes ask for.

    Raises:
        ValueError: there is no such class.
    """
    unknown = [letter for letter in classes if letter not in CLASSES]
    if unknown:
        raise ValueError(f"no class '{unknown[0]}'; there are: {', '.join(CLASSES)}")
    if not classes and not sizes:
        return ()
    letters = classes or ("A",)
    return tuple(f"{one}-{n}" for one in letters for n in sizes or CLASSES[one].sizes)


def measure(asked_for: Asked, say: Callable[[str], None]) -> dict[str, Any]:
    """Return everything that was measured: `ok`, `complaints`, `goals` among it.

    Raises:
        ForeignStream: this numpy draws other instances than the common ones.
        ValueError: nobody has such a name; OSError: a file cannot be read.
    """
    with TemporaryDirectory(prefix="pyros-bench-") as folder:
        desk = Desk(Path(folder), say)
        found = _others(desk, asked_for) if asked_for.files else _all(desk, asked_for)
        found = {key: block() if callable(block) else block for key, block in found.items()}
    found["solve"] = {name: block() for name, block in found["solve"].items()}
    found["goals"] = judged(found)
    found["complaints"] = [*desk.complaints, *desk.ledger.broken]
    found["recorded"] = desk.ledger.record() if asked_for.record else []
    found["ok"] = not found["complaints"]
    date = strftime("%Y-%m-%d", gmtime())
    return {"version": _version("pyros"), "date": date, "machine": machine(), **found}


def _others(desk: Desk, asked_for: Asked) -> dict[str, Any]:
    profiles = asked_for.profiles or (5,)
    names = [desk.take(path) for path in asked_for.files]
    return {"solve": {name: measures.block(desk, [name], (), profiles) for name in names}}


def _all(desk: Desk, asked_for: Asked) -> dict[str, Any]:
    names, seeds = asked_for.names or DEFAULT, asked_for.seeds
    whole = not asked_for.names
    nights = [name for name in names if CLASSES[name.split("-")[0]].events]
    sizes: dict[str, tuple[int, ...]] = {}
    for name in asked_for.names:
        letter, n = name.split("-")
        sizes[letter] = (*sizes.get(letter, ()), int(n))
    later, missing = measures.compared(desk, asked(asked_for.peers), seeds[0], sizes)
    solve = {
        name: measures.solves(desk, name, seeds, asked_for.profiles)
        for name in names
        if name not in nights
    }
    return {
        "solve": solve,
        "events": {name: measures.events(desk, name, seeds) for name in nights},
        "refusals": measures.reasons(desk, [f"{REASONS}-{seed}" for seed in seeds] * whole),
        "visibility_ms": measures.sky(desk, list(SKY) * whole),
        "start_s": measures.start(desk, START) if whole else {},
        "peers": later,
        "install": missing,
    }


def machine() -> dict[str, Any]:
    """Return on what it was measured."""
    return {
        "cores": len(_cpus()) or None,
        "cpu": next(iter(_cpus()), platform.processor() or platform.machine()),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("numpy", "numba", "scipy", "pyerfa")},
    }


def _cpus() -> list[str]:
    """Return the model of each processor."""
    path = Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [row.partition(":")[2].strip() for row in text.splitlines() if "model name" in row]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
