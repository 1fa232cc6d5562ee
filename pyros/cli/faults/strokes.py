"""What goes wrong in a night of faults: drawn by a seed, each written down as plain values."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Harm(StrEnum):
    """A kind of fault."""

    KILL = "kill"
    RAISE = "raise"
    HANG = "hang"
    SLOW = "slow"
    START = "start"
    DROP = "drop"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    REORDER = "reorder"
    CORRUPT = "corrupt"
    DISCONNECT = "disconnect"
    STALE_EPOCH = "stale_epoch"
    CLOCK_STEP = "clock_step"
    FULL_DISK = "full_disk"
    LOCKED_DATABASE = "locked_database"
    RAIN = "rain"
    LINK_CUT = "link_cut"


AT_ACTORS: Final = (Harm.KILL, Harm.RAISE, Harm.HANG, Harm.SLOW, Harm.START)
AT_PORTS: Final = (
    Harm.DROP,
    Harm.DUPLICATE,
    Harm.DELAY,
    Harm.REORDER,
    Harm.CORRUPT,
    Harm.DISCONNECT,
    Harm.STALE_EPOCH,
)
AT_BOXES: Final = (Harm.LINK_CUT,)
PLAN: Final = "plan"
"""Stands for whichever plan is at work."""

AMOUNTS: Final = {
    Harm.HANG: (5.0, 120.0),
    Harm.SLOW: (0.2, 4.0),
    Harm.CLOCK_STEP: (-5.0, 5.0),
    Harm.FULL_DISK: (5.0, 60.0),
    Harm.LOCKED_DATABASE: (0.5, 5.0),
    Harm.RAIN: (60.0, 300.0),
    Harm.LINK_CUT: (2.0, 60.0),
}
"""Seconds, from which to which."""
RARE: Final = {Harm.FULL_DISK: 0.3, Harm.LOCKED_DATABASE: 0.3, Harm.RAIN: 0.15}
"""How often, beside the others' 1: what stops the whole house for long is rarer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One fault: when (seconds after the first could come), what, against whom, how much."""

    number: int
    at_s: float
    harm: Harm
    target: str = ""
    amount_s: float = 0.0

    def __str__(self) -> str:
        amount = f" {self.amount_s:g} s" if self.amount_s else ""
        return f"{self.number}: {self.at_s:.1f} s {self.harm} {self.target}{amount}".rstrip()


def draw(
    count: int, *, seed: int, span_s: float, actors: Sequence[str], devices: Sequence[str]
) -> tuple[Stroke, ...]:
    """Return `count` faults within `span_s`, in order of time; the same for the same seed.

    `actors` are paths, and `PLAN`; `devices` the paths of actors that have a box.
    """
    chance = random.Random(f"strokes:{seed}")  # noqa: S311
    times = sorted(round(chance.uniform(0.0, span_s), 1) for _ in range(count))
    weights = [RARE.get(harm, 1.0) for harm in Harm]
    return tuple(
        _stroke(number, at_s, chance.choices(list(Harm), weights)[0], chance, actors, devices)
        for number, at_s in enumerate(times, start=1)
    )


def _stroke(  # noqa: PLR0913, PLR0917  what a stroke is drawn from
    number: int,
    at_s: float,
    harm: Harm,
    chance: random.Random,
    actors: Sequence[str],
    devices: Sequence[str],
) -> Stroke:
    target = ""
    if harm in AT_ACTORS:
        target = chance.choice(actors)
    elif harm in AT_PORTS or harm in AT_BOXES:
        target = chance.choice(devices)
    least, most = AMOUNTS.get(harm, (0.0, 0.0))
    amount_s = round(chance.uniform(least, most), 1)
    return Stroke(number=number, at_s=at_s, harm=harm, target=target, amount_s=amount_s)
