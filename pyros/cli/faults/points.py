"""A crash at every delivery of the reference night, one run each, on all processors."""

from __future__ import annotations

import logging
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter

from pyros.cli.faults.reference import play, reference
from pyros.kernel.testing.crash import crash_at, receivers
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.sim import SimRuntime

TOLD_EVERY = 100

Tell = Callable[[str], None]


def crash_everywhere(
    *, seed: int, every: int = 1, tell: Tell = lambda _: None
) -> dict[str, object]:
    """Return how many points of the reference night were crashed at, and which failed."""
    began = perf_counter()
    paths = receivers(_scenario, seed=seed)
    points = [n for n, path in enumerate(paths, start=1) if path and (n - 1) % every == 0]
    tell(f"{len(paths)} deliveries in the reference night; a crash at {len(points)} of them")
    failed: list[str] = []
    spawned = multiprocessing.get_context("spawn")
    quiet = partial(logging.disable, logging.CRITICAL)
    with ProcessPoolExecutor(_workers(), spawned, initializer=quiet) as pool:
        results = pool.map(partial(_crash, seed=seed), points)
        for count, (number, error) in enumerate(zip(points, results, strict=True), start=1):
            if error:
                failed.append(f"{number} ({paths[number - 1]}): {error}")
                tell(f"FAILED {failed[-1]}")
            if count % TOLD_EVERY == 0:
                tell(f"{count} of {len(points)} points, {len(failed)} failed")
    return _summary(seed, paths, points, failed, perf_counter() - began)


def _workers() -> int:
    return len(os.sched_getaffinity(0))


def _crash(number: int, *, seed: int) -> str:
    """Return what did not hold after a crash at this delivery, empty if all did."""
    error = crash_at(_scenario, number, seed=seed)
    return "" if error is None else f"{type(error).__name__}: {error}"


def _scenario(sim: SimRuntime, plan: FaultPlan) -> None:
    with tempfile.TemporaryDirectory(prefix="pyros-points-") as folder:
        play(reference(Path(folder)), sim, plan)


def _summary(
    seed: int, paths: Sequence[str], points: Sequence[int], failed: Sequence[str], wall_s: float
) -> dict[str, object]:
    return {
        "seed": seed,
        "wall_s": round(wall_s, 1),
        "deliveries": len(paths),
        "points": len(points),
        "failed": len(failed),
        "actors": len({paths[n - 1] for n in points}),
        "violations": list(failed),
    }
