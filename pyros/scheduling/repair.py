"""A plan mended at once after an event: what stands is kept, a few jobs are tried, then polished.

The jobs tried are what is planned and the best few hundred others by the prices of the last full
plan.  So it takes as long for ten thousand requests as for one thousand.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pyros.scheduling.cells import Answer, Cells, Floats, Longs, only
from pyros.scheduling.memory import Memory
from pyros.scheduling.solve import Solver
from pyros.scheduling.timetable import Budget

SHORTLIST = 600
FIRST_WINDOWS, MOST_WINDOWS = 30, 300
UNTIL = 0.9
"""Of the seconds given, for polishing."""


def repair(
    cells: Cells, budget: Budget, previous: Answer, memory: Memory | None = None
) -> Iterator[Answer]:
    """Yield what is left of a plan with what fits beside it, then the same polished.

    Each holds and none is worth less than what stands of `previous`.  Nothing is proven: the
    bounds are infinite.
    """
    begun = budget.counter()
    kept = memory or Memory()
    jobs = shortlist(cells, previous, kept)
    place = np.full(cells.jobs, -1)
    place[jobs] = np.arange(jobs.size)
    stands = place[previous.order] >= 0
    solver = Solver(only(cells, jobs), seed=budget.seed, threads=budget.threads)
    solver.recall(kept)
    solver.begin(place[previous.order[stands]], previous.starts[stands])
    solver.fill(1)
    yield _answer(solver, jobs)
    if budget.moves is not None:
        solver.search(budget.moves)
    windows = FIRST_WINDOWS
    while budget.moves is None:
        since = budget.counter()
        left_s = UNTIL * budget.seconds - (since - begun)
        if left_s <= 0.0:
            break
        solver.search(windows)
        took_s = budget.counter() - since
        windows = _next(windows, left_s - took_s, took_s)
    solver.fill(1)
    yield _answer(solver, jobs)


def shortlist(cells: Cells, previous: Answer, memory: Memory) -> Longs:
    """Return the jobs of a plan and those worth most a step above their prices, ascending."""
    jobs = cells.jobs
    open_ = np.diff(cells.stretch_of[: jobs + 1]) > 0
    above = _peaks(cells) - (_prices(cells, memory) if memory.knows(cells) else 0.0)
    wish = np.where(open_, above / (cells.duration[:jobs] + 1.0), -np.inf)
    best = np.argsort(-wish, kind="stable")[:SHORTLIST]
    standing = previous.order[open_[previous.order]].astype(np.int64)
    chosen: Longs = np.unique(np.concatenate([best[open_[best]], standing]))
    return chosen


def _peaks(cells: Cells) -> Floats:
    """Return (jobs,): the highest value of each; 0 where it has no start."""
    peaks = np.zeros(cells.jobs)
    stretches = int(cells.stretch_of[cells.jobs])
    if stretches:
        highest = np.maximum.reduceat(cells.value, cells.cell_of[:stretches])
        owner = np.repeat(np.arange(cells.jobs), np.diff(cells.stretch_of[: cells.jobs + 1]))
        np.maximum.at(peaks, owner, highest)
    return peaks


def _prices(cells: Cells, memory: Memory) -> Floats:
    """Return (jobs,): what each pays for itself and to its accounts; new ones to these alone."""
    units, accounts = memory.recall(cells)
    owner = np.repeat(np.arange(cells.jobs), np.diff(cells.account_of[: cells.jobs + 1]))
    paid = accounts[cells.account[: owner.size]] * cells.cost[: owner.size]
    return np.nan_to_num(units)[cells.unit] + np.bincount(owner, paid, minlength=cells.jobs)


def _answer(solver: Solver, jobs: Longs) -> Answer:
    none = np.zeros(0)
    return Answer(
        order=jobs[solver.best.rows].astype(np.int32),
        starts=solver.best.starts,
        value=solver.best.value,
        bound=np.inf,
        unit_price=none,
        account_price=none,
        reduced=none,
        moves=solver.moves,
    )


def _next(windows: int, left_s: float, took_s: float) -> int:
    """Return how many windows the next round may make: half of what is left, about."""
    wished = windows * 0.5 * left_s / max(took_s, 1e-4)
    return max(5, min(MOST_WINDOWS, round(wished)))
