"""Instance files: `python -m benchmarks.scheduling.instances --make DIR [NAME]...`.

A name is class, number of requests and seed: A-1000-3.  The classes differ in one thing each from
A, so that a figure says what is hard: see CLASSES.
"""

from __future__ import annotations

import hashlib
import json
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import erfa
import numpy as np

from benchmarks.scheduling.draws import columns, draw
from benchmarks.scheduling.events import events
from benchmarks.scheduling.night import STEP_S, STEPS, T0, the_night

FORMAT = "pyros-scheduling/1"
BOUNDS = Path(__file__).with_name("bounds.json")
SEEDS = range(1, 21)
QUOTA_NIGHTS = 1.3
SLEWS = {"fixed_s": 5.0, "rate_deg_s": 4.0, "filter_s": 10.0}
AIR = {"kind": "sinalt", "floor": 0.2, "power": 0.6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a class of instances is made of."""

    sizes: tuple[int, ...]
    median_min: float = 12.0
    crowded: bool = False
    per: str = "minute"
    plain: bool = False
    """Constant value, constant gap."""
    quotas: bool = True
    events: bool = False


CLASSES = {
    "A": Kind(sizes=(100, 300, 1000, 3000, 10000)),
    "B": Kind(sizes=(1000, 10000), median_min=3.0),
    "C": Kind(sizes=(1000,), crowded=True),
    "D": Kind(sizes=(1000,), per="count"),
    "E": Kind(sizes=(100, 300, 1000), plain=True, quotas=False),
    "Eq": Kind(sizes=(100, 300, 1000), plain=True),
    "F": Kind(sizes=(100, 300, 1000), quotas=False),
    "G": Kind(sizes=(1000, 10000), events=True),
}


class ForeignStream(Exception):
    """Another numpy draws other numbers: these instances are not the common ones."""


def names(classes: tuple[str, ...] = tuple(CLASSES), seeds: range = SEEDS) -> list[str]:
    """Return the names of the common instances."""
    return [f"{kind}-{n}-{seed}" for kind in classes for n in CLASSES[kind].sizes for seed in seeds]


def instance(name: str) -> dict[str, Any]:
    """Return an instance as it stands in its file.

    Raises:
        KeyError, ValueError: no such class; no number where one should be.
        ForeignStream: it is one of the common ones and not what it should be.
    """
    letter, n, seed = name.split("-")
    document = make(letter, int(n), int(seed))
    known = json.loads(BOUNDS.read_text(encoding="utf-8")) if BOUNDS.exists() else {}
    expected = known.get("instances", {}).get(name, {}).get("sha256")
    if expected not in (None, document["sha256"]):
        raise ForeignStream(
            f"{name} has hash {document['sha256'][:12]} here, {expected[:12]} in {BOUNDS.name}: "
            f"made with {known['made_with']}, here numpy {np.__version__}, "
            f"pyerfa {erfa.__version__}"
        )
    return document


def make(letter: str, n: int, seed: int) -> dict[str, Any]:
    """Return the instance of a class, a number of requests and a seed, as drawn here."""
    kind, night = CLASSES[letter], the_night()
    rng = np.random.default_rng([20260321, seed, n])
    drawn = draw(rng, night, n, median_min=kind.median_min, crowded=kind.crowded)
    length = night.dark[1] - night.dark[0]
    room = np.floor(rng.dirichlet(np.full(10, 5.0)) * QUOTA_NIGHTS * length)
    requests, sky = columns(night, drawn, per=kind.per, quotas=kind.quotas)
    document = {
        "format": FORMAT,
        "kind": "discrete",
        "name": f"{letter}-{n}-{seed}",
        "class": letter,
        "n": n,
        "seed": seed,
        "step_s": STEP_S,
        "steps": STEPS,
        "t0": T0,
        "night": list(night.dark),
        "phase": [night.theta0, night.rate],
        "gap": {"constant": 1} if kind.plain else dict(SLEWS),
        "value": {"kind": "constant"} if kind.plain else dict(AIR),
        "accounts": room.astype(int).tolist() if kind.quotas else [],
        "requests": requests,
        "sky": sky,
        "events": events(night, seed, n, median_min=kind.median_min) if kind.events else [],
    }
    return {**document, "sha256": digest(document)}


def digest(document: dict[str, Any]) -> str:
    """Return the hash of a document without its own `sha256`."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    return hashlib.sha256(canonical(rest).encode()).hexdigest()


def canonical(document: dict[str, Any]) -> str:
    """Return canonical JSON: keys sorted, no spaces, floats as repr."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def write(document: dict[str, Any], folder: Path) -> Path:
    """Write an instance into a folder, under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{document['name']}.json"
    path.write_text(canonical(document) + "\n", encoding="utf-8")
    return path


def record() -> None:
    """Write the hashes of all common instances; bounds and values stay where hashes agree."""
    known = json.loads(BOUNDS.read_text(encoding="utf-8")) if BOUNDS.exists() else {}
    rows = known.get("instances", {})
    kept = {}
    for name in names():
        letter, n, seed = name.split("-")
        found = make(letter, int(n), int(seed))["sha256"]
        same = rows.get(name, {}).get("sha256") == found
        kept[name] = rows[name] if same else {"sha256": found, "bound": None, "value": None}
    made_with = {"numpy": np.__version__, "pyerfa": erfa.__version__}
    save({"made_with": made_with, "instances": kept})


def save(bounds: dict[str, Any]) -> None:
    """Write `bounds.json`, one instance a line."""
    rows = bounds["instances"]
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    head = json.dumps(bounds["made_with"])
    text = f'{{"made_with": {head},\n "instances": {{\n{lines}\n}}}}\n'
    BOUNDS.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write instance files."""
    parser = ArgumentParser(prog="instances", description=__doc__)
    parser.add_argument("names", nargs="*", default=[], metavar="NAME", help="default: seeds 1-20")
    parser.add_argument("--make", type=Path, metavar="DIR", help="write the files there")
    parser.add_argument("--hashes", action="store_true", help="write the hashes of seeds 1-20")
    options = parser.parse_args(arguments)
    if options.hashes:
        record()
    for name in (options.names or names()) if options.make else []:
        try:
            sys.stdout.write(f"{write(instance(name), options.make)}\n")
        except (KeyError, ValueError, ForeignStream) as error:
            sys.stderr.write(f"{name}: {error}\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
