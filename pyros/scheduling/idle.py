"""Times in which nothing runs, and why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.lines import Lines
from pyros.scheduling.model import Tier
from pyros.scheduling.timetable import Idle, Refusal
from pyros.scheduling.words import clock, minutes, name_of


def idle_times(lines: Lines, refusals: Sequence[Refusal]) -> tuple[Idle, ...]:
    """Return the gaps of the routine night that set-ups, slots and blocks leave, in order."""
    begin, end = lines.grid.view.night_of(Tier.ROUTINE)
    waiting = _waiting(lines, {refusal.id for refusal in refusals})
    busy = [(begin, begin, ""), *busy_steps(lines), (end, end, "")]
    found = []
    until = begin
    for (_, _, _), (start, stop, name) in pairwise(busy):
        low, high = max(begin, until), min(end, start)
        if high > low:
            found.append(_idle(lines, waiting, low, high, name))
        until = max(until, stop)
    return tuple(found)


def busy_steps(lines: Lines) -> list[tuple[int, int, str]]:
    """Return (first step, end step, id) of all that takes the telescope, set-ups with it."""
    line, placed = lines.last, lines.placed()
    found = []
    for place in range(1, len(line.nodes)):
        node, on = line.nodes[place], line.on[place]
        one, one_on = line.nodes[place - 1], line.on[place - 1]
        start = on
        if not node.fixed or node.id in placed:
            start -= lines.rules.transitions.steps(
                one.pointing, one_on, one_on + one.length, node.pointing, on
            )
        elif node.frozen:
            armed = next(one for one in lines.grid.problem.armed if one.id == node.id)
            start = lines.grid.view.down(armed.start)
        found.append((start, on + node.length, node.id))
    return found


def _waiting(lines: Lines, refused: set[str]) -> list[Node]:
    return [job for tier in lines.tiers for job in tier.jobs if job.id in refused]


def _idle(lines: Lines, waiting: Sequence[Node], low: int, high: int, then: str) -> Idle:
    why, text = _why(lines, waiting, low, high, then)
    view = lines.grid.view
    return Idle(start=view.at(low), end=view.at(high), why=why, text=text)


def _why(lines: Lines, waiting: Sequence[Node], low: int, high: int, then: str) -> tuple[str, str]:
    grid, purse = lines.grid, lines.rules.purse
    fitting = [job for job in waiting if low < job.next_start(low + 1) <= high - job.length]
    poor = [job for job in fitting if purse.short(job)]
    if poor:
        account = max(purse.short(poor[0]))
        return "QUOTA", f"{name_of(grid, poor[0].id)} would fit, {account} is used up"
    up = [job for job in waiting if low <= job.next_start(low) < high]
    if up:
        step_s = grid.view.step_s
        shortest_s = min(job.length for job in up) * step_s
        longest_s = (high - low) * step_s
        return "TOO_SHORT", f"{minutes(longest_s)} free, {minutes(shortest_s)} needed"
    if then in lines.placed():
        return "WAITING", f"for {name_of(grid, then)}, {_until(grid, high)}"
    return "NOTHING_UP", "nothing that is asked for can be seen"


def _until(grid: Grid, step: int) -> str:
    return f"until {clock(grid.view.at(step))}"
