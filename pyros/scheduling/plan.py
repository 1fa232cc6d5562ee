"""The order of it all under a budget: first, polished, full."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator

from pyros.scheduling.by_columns import MOVES_EACH
from pyros.scheduling.lines import Lines, add_fillers, better, first
from pyros.scheduling.model import Problem
from pyros.scheduling.summary import summarise
from pyros.scheduling.timetable import Budget, Schedule

MOVES_FOR_EVER = 1_000_000
WHOLE_SEARCH_MOVES = 2_000
"""What a search cools down over when seconds, not moves, end it."""
PLAIN, COMPILED = "plain-1", "compiled-1"
"""What a plan says made it."""
AT_ONCE = 40
"""So many reasons take a tenth of a second, which a first plan may take; a full one says all."""
SHARE = 0.8
"""Of the time left, for the compiled search; the rest is for what follows it."""


def plan(
    problem: Problem, previous: Schedule | None = None, budget: Budget | None = None
) -> Schedule:
    """Return the best schedule found within the budget (default: one second).

    With `previous`, it is never worth less than what still stands of that plan.
    """
    limits = budget or Budget()
    *_, (stage, lines) = _stages(problem, previous, limits)
    return _schedule(lines, stage, previous, limits)


def improve(
    problem: Problem, previous: Schedule | None = None, budget: Budget | None = None
) -> Iterator[Schedule]:
    """Yield schedules, each valid, none worth less than the one before; stages named in them."""
    limits = budget or Budget()
    for stage, lines in _stages(problem, previous, limits):
        yield _schedule(lines, stage, previous, limits)


def _stages(
    problem: Problem, previous: Schedule | None, budget: Budget
) -> Iterator[tuple[str, Lines]]:
    begun = budget.counter()

    def go_on() -> bool:
        return budget.moves is not None or budget.counter() - begun < budget.seconds

    def compiled() -> Budget:
        left_s = budget.seconds - (budget.counter() - begun)
        moves = None if budget.moves is None else budget.moves * MOVES_EACH
        return dataclasses.replace(budget, seconds=max(0.0, SHARE * left_s), moves=moves)

    lines = first(problem, previous, quick=budget.moves is None)
    yield "first", lines
    better(lines, 0, seed=budget.seed, go_on=go_on)
    yield "polished", lines
    moves = WHOLE_SEARCH_MOVES if budget.moves is None else budget.moves
    better(lines, moves, seed=budget.seed, go_on=go_on, compiled=compiled)
    yield "full", lines


def _schedule(lines: Lines, stage: str, previous: Schedule | None, budget: Budget) -> Schedule:
    add_fillers(lines)  # only where somebody looks: they change nothing else
    solver = COMPILED if any(tier.columns for tier in lines.tiers) else PLAIN
    at_once = sys.maxsize if stage == "full" else AT_ONCE
    return summarise(
        lines, stage=stage, previous=previous, solver=solver, seed=budget.seed, at_once=at_once
    )
