"""Places for one job in a line: with pushing, and with taking out what stands there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pyros.scheduling.accounts import Purse, Rules
from pyros.scheduling.grid import NEVER, Node
from pyros.scheduling.starts import Line, arrange, earliest_after, latest_before

GAIN = 1e-9
"""A gain below this is none (weighted minutes)."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Between nodes `before` - 1 and `before` + `removing`; `promise` bounds what it may gain."""

    before: int
    removing: int
    promise: float


def places(rules: Rules, line: Line, job: Node, *, most: int, ask: float) -> Iterator[Place]:
    """Yield the places where a job could stand, taking out up to `most` in a row.

    Only those that may gain more than `ask`: the best value of the job in the room that is there,
    less the value of what is taken out.  What is pushed may cost more, it is not counted.
    """
    nodes, last = line.nodes, job.last_start(NEVER)
    for before in range(1, len(nodes) + 1):
        ready = line.earliest[before - 1] + nodes[before - 1].length
        if ready > last:
            return
        if job.next_start(ready + 1) + job.length >= _end(line, before, most):
            continue
        low = earliest_after(rules.transitions, nodes[before - 1], line.earliest[before - 1], job)
        if low >= NEVER:
            continue
        lost = 0.0
        for removing in range(min(most, len(nodes) - before) + 1):
            if removing:
                if nodes[before + removing - 1].fixed:
                    break
                lost += _value(line, before + removing - 1)
            if job.best - lost <= ask:
                break
            promise = _peak(rules, line, job, low, before + removing) - lost
            if promise > ask:
                yield Place(before, removing, promise)


def _end(line: Line, before: int, most: int) -> int:
    """Return the latest start of the first node behind `before` that cannot be taken out."""
    for behind in range(before, min(before + most, len(line.nodes))):
        if line.nodes[behind].fixed:
            return line.latest[behind]
    behind = before + most
    return line.latest[behind] if behind < len(line.nodes) else 2 * NEVER


def _value(line: Line, place: int) -> float:
    return line.nodes[place].value_at(line.on[place])


def _peak(rules: Rules, line: Line, job: Node, low: int, behind: int) -> float:
    """Return the best value of a job from `low` on that leaves node `behind` its latest start."""
    high = job.last_start(NEVER)
    if behind < len(line.nodes):
        if line.latest[behind] - job.length <= low:
            return -math.inf
        high = latest_before(rules.transitions, job, line.nodes[behind], line.latest[behind])
    return job.peak(low, high)[0] if low <= high else -math.inf


def insert(rules: Rules, line: Line, job: Node, *, most: int, ask: float = GAIN) -> Line | None:
    """Return the line with a job at the place where the sum gains most, more than `ask`; or None.

    Quotas and alternatives hold; the purse is not changed.
    """
    best: Line | None = None
    found = sorted(
        places(rules, line, job, most=most, ask=ask),
        key=lambda place: (-place.promise, place.before, place.removing),
    )
    for place in found:
        if best is not None and place.promise <= best.value - line.value:
            break
        behind = place.before + place.removing
        out = line.nodes[place.before : behind]
        if not rules.purse.admits(job, out):
            continue
        new = arrange(rules.transitions, [*line.nodes[: place.before], job, *line.nodes[behind:]])
        floor = line.value + ask if best is None else best.value
        if new is not None and new.value > floor:
            best = new
    return best


def fill(rules: Rules, line: Line, jobs: list[Node], *, most: int = 0) -> Line:
    """Return the line with every job added that gains anything, in the order given."""
    for job in jobs:
        if job in line.nodes:
            continue
        new = insert(rules, line, job, most=most)
        if new is not None:
            exchange(rules.purse, line, new)
            line = new
    return line


def exchange(purse: Purse, old: Line, new: Line) -> None:
    """Let the purse follow from one line to another."""
    before = {node.id: node for node in old.nodes}
    after = {node.id: node for node in new.nodes}
    for name, node in before.items():
        if name not in after:
            purse.give_back(node)
    for name, node in after.items():
        if name not in before:
            purse.pay(node)
