"""A tier's line and bound from the compiled solver, put back onto the nodes of the night.

Nothing here imports numba before a problem is large enough for it.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pyros.scheduling.accounts import Purse, Rules
from pyros.scheduling.bound import Bound
from pyros.scheduling.greedy import GAIN, insert
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.memory import Memory
from pyros.scheduling.model import Tier
from pyros.scheduling.starts import Line, arrange, stand
from pyros.scheduling.timetable import Budget

if TYPE_CHECKING:
    from pyros.scheduling.cells import Answer
    from pyros.scheduling.night_cells import NightCells

LARGE = 60
"""Jobs of a tier from which the compiled solver pays for the 0.3 s to load it, and 150 MiB."""
MOVES_EACH = 100
"""Compiled moves for one of the plain search, which takes as long."""


POLISH_S = 0.04
"""What a first line may take to be polished."""
_memories: dict[tuple[Tier, datetime], Memory] = {}
MOST_MEMORIES = 4


def _memory_of(tier: Tier, night: datetime) -> Memory:
    """Return the prices of this process's last plan of a night; they guide, and may be lost."""
    if (tier, night) not in _memories and len(_memories) >= MOST_MEMORIES:
        _memories.clear()
    return _memories.setdefault((tier, night), Memory())


@cache
def available() -> bool:
    """Return whether the compiled solver is there; the first call loads it."""
    try:
        importlib.import_module("pyros.scheduling.solve")
    except ImportError:  # numba is not installed, or not with this numpy
        return False
    return True


def loaded() -> bool:
    """Return whether the compiled solver is in this process already: it can be asked at once."""
    return "pyros.scheduling.solve" in sys.modules


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A line of a tier that holds, and what bounds it."""

    line: Line
    bound: Bound


def by_columns(  # noqa: PLR0913 - a tier, by name
    grid: Grid,
    tier: Tier,
    *,
    jobs: Sequence[Node],
    line: Line,
    bound: Bound,
    purse: Purse,
    budget: Budget | None,
) -> Found | None:
    """Return a line worth at least `line`, and a bound no higher; None: nothing to be had here.

    Without a budget the line is mended and polished for a moment, and not bounded.
    `purse` has paid for what is fixed in `line` alone, and is not changed.
    """
    from pyros.scheduling.night_cells import night_cells  # noqa: PLC0415 - with the solver
    from pyros.scheduling.repair import repair  # noqa: PLC0415 - numba, where asked for
    from pyros.scheduling.solve import solve  # noqa: PLC0415

    fixed = [node for node in line.nodes if node.fixed]
    columns = night_cells(grid, tier, jobs, fixed, purse)
    if columns is None:
        return None
    if not columns.jobs:
        return Found(line, dataclasses.replace(bound, value=0.0) if not len(jobs) else bound)
    known = _known(columns, line)
    memory = _memory_of(tier, grid.problem.night.start)
    if budget is not None:
        answer = solve(columns.cells, budget, known, memory)
    else:
        *_, answer = repair(columns.cells, Budget(seconds=POLISH_S), known, memory)
    new = _back(Rules(grid.transitions, purse.copied()), fixed, columns, answer)
    better = new if new is not None and new.value > line.value + GAIN else line
    if budget is None:
        return Found(better, bound)
    return Found(better, _tighter(bound, columns, answer, tuple(purse.rooms_s)))


def _known(columns: NightCells, line: Line) -> Answer:
    """Return a line as an answer to go on from."""
    from pyros.scheduling.cells import Answer  # noqa: PLC0415

    row_of = {job.id: row for row, job in enumerate(columns.jobs)}
    pairs = [
        (row_of[node.id], on)
        for node, on in zip(line.nodes, line.on, strict=True)
        if not node.fixed and node.id in row_of
    ]
    order = np.array([row for row, _ in pairs], dtype=np.int32)
    starts = np.array([on for _, on in pairs], dtype=np.int32)
    none = np.zeros(0)
    return Answer(
        order=order,
        starts=starts,
        value=0.0,
        bound=0.0,
        unit_price=none,
        account_price=none,
        reduced=none,
    )


def _back(rules: Rules, fixed: Sequence[Node], columns: NightCells, answer: Answer) -> Line | None:
    """Return the answer as a line of nodes; what does not hold to the second is left out."""
    pairs = []
    for row, on in zip(answer.order.tolist(), answer.starts.tolist(), strict=True):
        job = columns.jobs[row]
        if rules.purse.admits(job):
            rules.purse.pay(job)
            pairs.append((job, on))
    nodes, starts = _merged(fixed, pairs)
    line = stand(rules.transitions, nodes, starts)
    settled = arrange(rules.transitions, nodes)
    if line is not None and settled is not None:
        return max(line, settled, key=lambda one: one.value)
    return line or settled or _one_by_one(rules, fixed, [job for job, _ in pairs])


def _merged(
    fixed: Sequence[Node], pairs: Sequence[tuple[Node, int]]
) -> tuple[list[Node], list[int]]:
    """Return what is fixed, in its order, with the jobs where their starts put them."""
    nodes, starts, left = [], [], list(pairs)
    for node in fixed:
        while left and left[0][1] < node.first:
            job, on = left.pop(0)
            nodes.append(job)
            starts.append(on)
        nodes.append(node)
        starts.append(node.first)
    return nodes + [job for job, _ in left], starts + [on for _, on in left]


def _one_by_one(rules: Rules, fixed: Sequence[Node], jobs: Sequence[Node]) -> Line | None:
    """Return what is fixed with the jobs put in one after the other, wherever they fit."""
    line = arrange(rules.transitions, fixed)
    if line is None:
        return None
    for job in jobs:
        rules.purse.give_back(job)
    for job in jobs:
        new = insert(rules, line, job, most=0)
        if new is not None:
            rules.purse.pay(job)
            line = new
    return line


def _tighter(bound: Bound, columns: NightCells, answer: Answer, accounts: Sequence[str]) -> Bound:
    """Return the lower of two bounds; what either proves of a job is kept."""
    if not columns.exact:
        return bound
    value = min(bound.value, answer.bound)
    at_most = {name: bound.value + cost for name, cost in bound.reduced.items()}
    with_job = (answer.bound + answer.reduced).tolist()
    for job, most in zip(columns.jobs, with_job, strict=True):
        at_most[job.id] = min(most, at_most.get(job.id, most))
    prices = dict(zip(accounts, (answer.account_price * 3600.0).tolist(), strict=True))
    return Bound(
        value=value,
        price_per_h=prices if answer.bound < bound.value else bound.price_per_h,
        reduced={name: min(0.0, most - value) for name, most in at_most.items()},
    )
