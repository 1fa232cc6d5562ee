"""The figures of the kernel beside plain Pykka."""

from __future__ import annotations

from pyros.kernel.bench import determinism, lives, speed
from pyros.kernel.bench.measure import FULL, QUICK, Figures, in_silence

PARTS = (speed.figures, lives.figures, determinism.figures)


def figures(quick: bool = False) -> Figures:  # noqa: FBT001, FBT002 agreed
    """Measure: key -> value, unit, bound, whether it holds, and what it was measured against."""
    effort = QUICK if quick else FULL
    with in_silence():
        return {key: one for part in PARTS for key, one in part(effort).items()}
