"""Could a finished plan be bettered: other starts, one request more, one exchanged.

Apart from `check`, since a first repair is valid and may still have regrets.  Tries every place
of every refused request, all others pushed, by the tables of `rooms`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyros.scheduling.cadence import part_of
from pyros.scheduling.crowded import Crowd
from pyros.scheduling.grid import Grid
from pyros.scheduling.model import Problem, Tier
from pyros.scheduling.rebuilt import Rebuilt, rebuilt
from pyros.scheduling.starts import arrange
from pyros.scheduling.timetable import Schedule, Violation

DUST = 1e-6
"""Gains below this are of rounding (weighted minutes)."""
PAYING = (Tier.ALERT, Tier.ROUTINE)


def regrets(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Return what would better a schedule: a slot later or earlier, one more, one instead.

    Rule `regret`; empty: there is nothing.  Series are looked at as they stand.
    """
    grid = Grid(problem)
    try:
        lines = rebuilt(grid, schedule)
    except ValueError as error:
        return [Violation(rule="regret", ids=(), text=f"does not stand: {error}")]
    refused = {refusal.id for refusal in schedule.refusals}
    found = []
    for tier in PAYING:
        found += list(_starts(grid, lines[tier]))
        found += list(_left_out(grid, lines[tier], tier, refused))
    return found


def _starts(grid: Grid, known: Rebuilt) -> Iterator[Violation]:
    best = arrange(grid.transitions, known.line.nodes)
    if best is not None and best.value > known.line.value + DUST:
        gain = best.value - known.line.value
        text = f"other starts in the same order gain {gain:.4f}"
        yield Violation(rule="regret", ids=(), text=text)


def _left_out(grid: Grid, known: Rebuilt, tier: Tier, refused: set[str]) -> Iterator[Violation]:
    crowd = Crowd(grid, known.line, known.used, known.groups)
    for request in grid.problem.requests:
        wanted = request.tier is tier and request.id in refused
        job = grid.job(request) if wanted and part_of(grid.problem, request) is None else None
        if job is None:
            continue
        case = crowd.case(job)
        if crowd.held(case.twin):
            continue
        few = case.short.none & (case.rooms.count() <= (0 if case.twin else 1))
        room = case.rooms.cheapest(job, few)
        if room is not None and room.value - room.lost > DUST:
            out = [node.id for node in case.rooms.out(room)] + ([case.twin] if case.twin else [])
            text = f"would gain {room.value - room.lost:.4f} at {grid.view.at(room.at)}"
            yield Violation(rule="regret", ids=(request.id, *out), text=text)
