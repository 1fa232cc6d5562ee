"""The lines of a schedule, made again from its slots alone."""

from __future__ import annotations

from dataclasses import dataclass

from pyros.scheduling.accounts import Purse
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.held import pinned
from pyros.scheduling.model import Tier
from pyros.scheduling.starts import Line, stand
from pyros.scheduling.timetable import Schedule, Slot


@dataclass(frozen=True, slots=True, eq=False)
class Rebuilt:
    """The line of one tier, what is above it pinned, and what its accounts have paid."""

    line: Line
    used: dict[str, float]
    groups: dict[str, str]
    """Who is done of each group of alternatives."""


def rebuilt(grid: Grid, schedule: Schedule) -> dict[Tier, Rebuilt]:
    """Return the lines of each tier.

    Raises:
        ValueError: the slots do not stand where they are.
    """
    members = {member for series in grid.problem.series.values() for member in series.members}
    fixed = grid.fixed()
    placed = [(node.first, node) for node in fixed]
    purse = Purse(grid.problem, fixed)
    found = {}
    for tier in (Tier.ALERT, Tier.ROUTINE, Tier.FILLER):
        placed = [(on, _held(grid, node, on)) for on, node in placed]
        for slot in _of_tier(grid, schedule, tier):
            node = grid.job(grid.requests[slot.id])
            if node is None:
                raise ValueError(f"{slot.id} has a slot and no feasible start")
            if tier is not Tier.FILLER:
                purse.pay(node)
            held = slot.id in members and tier is not Tier.FILLER
            placed.append((slot.step, pinned(grid, node, slot.step) if held else node))
        placed.sort(key=lambda pair: (pair[0], pair[0] + pair[1].length))
        nodes = [node for _, node in placed]
        line = stand(grid.transitions, nodes, [on for on, _ in placed])
        if line is None:
            raise ValueError("its slots do not follow one another")
        found[tier] = Rebuilt(line, dict(purse.used), dict(purse.groups))
    return found


def _held(grid: Grid, node: Node, on: int) -> Node:
    return node if node.fixed and not node.held else grid.pinned(node, on)


def _of_tier(grid: Grid, schedule: Schedule, tier: Tier) -> list[Slot]:
    found = []
    for slot in schedule.slots:
        own = Tier.FILLER if slot.filler else grid.requests[slot.id].tier
        if not slot.frozen and own is tier:
            found.append(slot)
    return found
