"""The order of it all under a budget: first, polished, full."""

from __future__ import annotations

from collections.abc import Iterator

from pyros.scheduling.lines import Lines, add_fillers, better, first
from pyros.scheduling.model import Problem
from pyros.scheduling.summary import summarise
from pyros.scheduling.timetable import Budget, Schedule

MOVES_FOR_EVER = 1_000_000
WHOLE_SEARCH_MOVES = 2_000
"""What a search cools down over when seconds, not moves, end it."""
SOLVER = "plain-1"


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

    lines = first(problem, previous)
    add_fillers(lines)
    yield "first", lines
    better(lines, 0, seed=budget.seed, go_on=go_on)
    add_fillers(lines)
    yield "polished", lines
    moves = WHOLE_SEARCH_MOVES if budget.moves is None else budget.moves
    better(lines, moves, seed=budget.seed, go_on=go_on)
    add_fillers(lines)
    yield "full", lines


def _schedule(lines: Lines, stage: str, previous: Schedule | None, budget: Budget) -> Schedule:
    return summarise(lines, stage=stage, previous=previous, solver=SOLVER, seed=budget.seed)
