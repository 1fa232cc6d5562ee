"""Series take their places before all else of their tier; then they stay where they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pyros.scheduling.accounts import Purse, Rules
from pyros.scheduling.chains import chain, limits_of, with_chain
from pyros.scheduling.greedy import fill
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.model import Series, Tier
from pyros.scheduling.starts import Line, arrange, stand
from pyros.scheduling.timetable import Schedule

COMPARED = 60
"""Densest jobs with which the line is tried with a series in it, and without."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What is fixed, series with it, and the jobs that are in none."""

    fixed: list[Node]
    jobs: list[Node]
    worth: float
    """Of the series."""


def hold(
    grid: Grid, purse: Purse, fixed: Sequence[Node], jobs: Sequence[Node], previous: Schedule | None
) -> Held:
    """Return the line before anything else of a tier is planned; the purse pays for its series.

    A series is taken as far as it gets, or whole, where the night is worth more with it.
    """
    by_id = {job.id: job for job in jobs}
    members = {name for series in grid.problem.series.values() for name in series.members}
    rest = [job for job in jobs if job.id not in members]
    if len(rest) == len(jobs):
        return Held(list(fixed), rest, 0.0)
    before = {slot.id: slot.step for slot in previous.slots} if previous is not None else {}
    held, worth = list(fixed), 0.0
    for series in _by_worth(grid, by_id):
        placed = _place(grid, purse, held, rest, series, by_id, before)
        for node in placed:
            purse.pay(by_id[node.id])
        worth += sum(float(node.values[0]) for node in placed)
        held = sorted([*held, *placed], key=lambda node: (node.first, node.first + node.length))
    return Held(held, rest, worth)


def _by_worth(grid: Grid, by_id: Mapping[str, Node]) -> list[Series]:
    def density(pair: tuple[str, Series]) -> tuple[float, str]:
        nodes = [by_id[name] for name in pair[1].members if name in by_id]
        steps = sum(node.length + 1 for node in nodes)
        return -sum(node.best for node in nodes) / max(1, steps), pair[0]

    return [series for _, series in sorted(grid.problem.series.items(), key=density)]


def _place(  # noqa: PLR0913, PLR0917 - one series against all that there is
    grid: Grid,
    purse: Purse,
    held: Sequence[Node],
    rest: Sequence[Node],
    series: Series,
    by_id: Mapping[str, Node],
    before: Mapping[str, int],
) -> list[Node]:
    line = arrange(grid.transitions, held)
    if line is None:
        return []
    nodes = _known(series, by_id)
    for count in range(len(nodes), 0, -1):
        if series.whole and count < len(series.members):
            return []
        part = nodes[:count]
        if not _affordable(purse, part):
            continue
        starts = _as_before(grid, line, part, before) or chain(
            grid, line, part, limits_of(series, grid.view.step_s)
        )
        if starts is not None:
            placed = [pinned(grid, node, on) for node, on in zip(part, starts, strict=True)]
            stays = all(node.id in before for node in part)
            return placed if stays or _pays(grid, purse, held, placed, rest) else []
    return []


def _known(series: Series, by_id: Mapping[str, Node]) -> list[Node]:
    """Return the members that have a feasible start, up to the first that has none."""
    found = []
    for name in series.members:
        if name not in by_id:
            break
        found.append(by_id[name])
    return found


def _affordable(purse: Purse, nodes: Sequence[Node]) -> bool:
    """Return whether the accounts have enough for all of them together."""
    own = purse.copied()
    for node in nodes:
        if not own.admits(node):
            return False
        own.pay(node)
    return True


def _as_before(
    grid: Grid, line: Line, nodes: Sequence[Node], before: Mapping[str, int]
) -> list[int] | None:
    starts = [before.get(node.id, -1) for node in nodes]
    if min(starts) < 0 or any(
        not math.isfinite(node.value_at(on)) for node, on in zip(nodes, starts, strict=True)
    ):
        return None
    return starts if with_chain(grid, line, nodes, starts) is not None else None


def pinned(grid: Grid, node: Node, on: int) -> Node:
    """Return a member where it stays, worth what it is worth there."""
    held = grid.pinned(node, on)
    held.values = np.array([node.value_at(on)])
    held.request, held.best, held.held = node.request, node.best, True
    return held


def add_late(grid: Grid, purse: Purse, line: Line, tier: Tier) -> Line:
    """Return a finished line with every series added, or carried on, that fits beside it.

    The purse pays.
    """
    for series in grid.problem.series.values():
        asked = [grid.requests[name] for name in series.members if name in grid.requests]
        if asked and asked[0].tier is tier:
            line = _carried_on(grid, purse, line, series)
    return line


def _carried_on(grid: Grid, purse: Purse, line: Line, series: Series) -> Line:
    """Return the line with more members of a series than it has, where that gains."""
    own = [node for node in line.nodes if node.held and node.id in series.members]
    asked = [grid.requests[name] for name in series.members if name in grid.requests]
    jobs = {request.id: job for request in asked if (job := grid.job(request)) is not None}
    nodes = _known(series, jobs)
    least = len(series.members) if series.whole else len(own) + 1
    if len(nodes) < least or len(own) == len(series.members):
        return line
    rest = _without(grid, line, own)
    other = purse.copied()
    for node in own:
        other.give_back(node)
    for count in range(len(nodes), least - 1, -1):
        part = nodes[:count]
        limits = limits_of(series, grid.view.step_s)
        starts = chain(grid, rest, part, limits) if _affordable(other, part) else None
        new = line if starts is None else _with_pinned(grid, rest, part, starts)
        if new.value > line.value:
            for node in own:
                purse.give_back(node)
            for node in part:
                purse.pay(node)
            return new
    return line


def _without(grid: Grid, line: Line, out: Sequence[Node]) -> Line:
    pairs = [pair for pair in zip(line.nodes, line.on, strict=True) if pair[0] not in out]
    rest = stand(grid.transitions, [node for node, _ in pairs], [on for _, on in pairs])
    if rest is None:
        raise RuntimeError("a line holds without some of its slots")
    return rest


def _with_pinned(grid: Grid, line: Line, part: Sequence[Node], starts: Sequence[int]) -> Line:
    held = [pinned(grid, node, on) for node, on in zip(part, starts, strict=True)]
    placed = [*zip(line.on, line.nodes, strict=True), *((node.first, node) for node in held)]
    placed.sort(key=lambda pair: (pair[0], pair[0] + pair[1].length))
    new = stand(grid.transitions, [node for _, node in placed], [on for on, _ in placed])
    if new is None:
        raise RuntimeError("a chain beside a line stands with it")
    return new


def still_held(grid: Grid, purse: Purse, base: Line, old: Line) -> Line:
    """Return a new base line with the series of an old line, as far as they still stand."""
    line = base
    for series in grid.problem.series.values():
        places = [
            (node, on)
            for node, on in zip(old.nodes, old.on, strict=True)
            if node.held and node.id in series.members
        ]
        jobs = [grid.job(node.request) for node, _ in places if node.request is not None]
        known = [job for job in jobs if job is not None]
        if places and with_chain(grid, line, known, [on for _, on in places]) is not None:
            nodes = [*line.nodes, *(node for node, _ in places)]
            nodes.sort(key=lambda node: (node.first, node.first + node.length))
            line = arrange(grid.transitions, nodes) or line
        else:
            for node, _ in places:
                purse.give_back(node)
    return line


def _pays(
    grid: Grid,
    purse: Purse,
    held: Sequence[Node],
    placed: Sequence[Node],
    rest: Sequence[Node],
) -> bool:
    """Return whether the night, quickly filled with the densest others, is worth more with it."""
    dense = sorted(rest, key=lambda job: (-job.best / (job.length + 1), job.id))[:COMPARED]
    with_it = sorted([*held, *placed], key=lambda node: (node.first, node.first + node.length))
    worths = []
    for nodes, paying in ((list(held), []), (with_it, list(placed))):
        own = purse.copied()
        for node in paying:
            own.pay(node)
        line = arrange(grid.transitions, nodes)
        if line is None:
            return False
        worths.append(fill(Rules(grid.transitions, own), line, dense).value)
    return worths[1] > worths[0]
