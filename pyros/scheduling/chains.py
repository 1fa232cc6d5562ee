"""Where a series can stand beside what is there: the best chain of starts in its limits.

g_1(t) = v_1(t), g_k(t) = v_k(t) + max of g_k-1(s) over t - max <= s <= t - min; then walked back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.instants import steps_down, steps_up
from pyros.scheduling.model import Floats, Series
from pyros.scheduling.relaxed import lowest_over
from pyros.scheduling.starts import Line, stand
from pyros.scheduling.waits import Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Steps from the start of one to the start of the next."""

    least: int
    most: int


def limits_of(series: Series, step_s: float) -> Limits:
    """Return the limits of a series, inward."""
    return Limits(least=steps_up(series.min_s, step_s), most=steps_down(series.max_s, step_s))


def chain(grid: Grid, line: Line, members: Sequence[Node], limits: Limits) -> list[int] | None:
    """Return the best starts of all members beside a line that stays as it is; None: none.

    Moves that depend on when are taken at their longest; what is found holds.
    """
    rows = [_free(grid, line, member) for member in members]
    gaps = [max(limits.least, one.length + _wait(grid, one, two)) for one, two in pairwise(members)]
    best = rows[0]
    reached = [best]
    for row, gap in zip(rows[1:], gaps, strict=True):
        best = row + _highest_before(best, gap, limits.most)
        reached.append(best)
    if not np.isfinite(best).any():
        return None
    starts = [int(np.argmax(best))]
    for row, gap in zip(reached[-2::-1], gaps[::-1], strict=True):
        low, high = starts[0] - limits.most, starts[0] - gap
        begin = max(0, low)
        starts.insert(0, begin + int(np.argmax(row[begin : high + 1])))
    return starts if with_chain(grid, line, members, starts) is not None else None


def with_chain(
    grid: Grid, line: Line, members: Sequence[Node], starts: Sequence[int]
) -> Line | None:
    """Return the line with all members at these starts; None: they do not stand."""
    placed = [*zip(line.on, line.nodes, strict=True), *zip(starts, members, strict=True)]
    placed.sort(key=lambda pair: (pair[0], pair[0] + pair[1].length))
    return stand(grid.transitions, [node for _, node in placed], [on for on, _ in placed])


def _free(grid: Grid, line: Line, job: Node) -> Floats:
    """Return the values of a job over the steps, -inf where it does not fit beside the line."""
    waits = Waits(grid, Line(line.nodes, line.on, line.on, line.on, line.value))
    on = np.array(line.on, dtype=np.int64)
    ends = on + np.array([node.length for node in line.nodes])
    low = np.maximum(ends, job.floor) + waits.to(job)
    high = np.append((on - waits.back(job) - job.length)[1:], grid.view.steps)
    values = np.full(grid.view.steps + 1, -np.inf)
    for first, last in zip(low, high, strict=True):
        begin, end = max(int(first), job.first), min(int(last) + 1, job.first + job.values.size)
        if begin < end:
            values[begin:end] = job.values[begin - job.first : end - job.first]
    return values


def _wait(grid: Grid, one: Node, two: Node) -> int:
    """Return the longest move between two members, at the ends of their freedoms."""
    ends = {one.first, one.first + one.values.size - 1}
    begins = {two.first, two.first + two.values.size - 1}
    return max(
        grid.transitions.steps(one.pointing, on, on + one.length, two.pointing, then)
        for on in ends
        for then in begins
    )


def _highest_before(row: Floats, least: int, most: int) -> Floats:
    """Return for each t the highest row[s] with t - most <= s <= t - least."""
    found = np.full(row.size, -np.inf)
    if most < least or least >= row.size:
        return found
    padded = np.concatenate([np.full(most - least, -np.inf), row])
    highest = -lowest_over(-padded, most - least)
    found[least:] = highest[: row.size - least]
    return found
