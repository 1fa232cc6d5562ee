"""Best start times for a given order: how early, how late, and where in between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pyros.scheduling.grid import NEVER, Node
from pyros.scheduling.transition import Transitions

TRIES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Nodes in order with starts that hold, how far each could go, and what they are worth."""

    nodes: tuple[Node, ...]
    on: tuple[int, ...]
    earliest: tuple[int, ...]
    latest: tuple[int, ...]
    value: float


def earliest_after(transitions: Transitions, one: Node, one_on: int, two: Node) -> int:
    """Return the earliest start of `two` behind `one`; NEVER or more: there is none."""
    end = one_on + one.length
    ready = max(end, two.floor)
    on = two.next_start(ready + 1)
    for _ in range(TRIES):
        if on >= NEVER:
            return NEVER
        needed = ready + transitions.steps(one.pointing, one_on, end, two.pointing, on)
        if on >= needed:
            return on
        on = two.next_start(needed)
    return NEVER


def latest_before(transitions: Transitions, one: Node, two: Node, two_on: int) -> int:
    """Return the latest start of `one` that leaves `two` its start; negative: there is none."""
    on = one.last_start(two_on - one.length - 1)
    for _ in range(TRIES):
        if on < 0:
            return -1
        end = on + one.length
        needed = transitions.steps(one.pointing, on, end, two.pointing, two_on)
        if max(end, two.floor) + needed <= two_on:
            return on
        on = one.last_start(min(on - 1, two_on - needed - one.length))
    return -1


def reach(transitions: Transitions, nodes: Sequence[Node]) -> tuple[list[int], list[int]] | None:
    """Return how early and how late each may start in this order; None: they cannot follow."""
    earliest = _forward(transitions, nodes)
    return None if earliest is None else (earliest, _backward(transitions, nodes, earliest))


def arrange(transitions: Transitions, nodes: Sequence[Node]) -> Line | None:
    """Return the nodes in this order at their best starts, or None where they cannot follow."""
    found = reach(transitions, nodes)
    if found is None:
        return None
    earliest, latest = found
    starts = _best(transitions, nodes, earliest, latest)
    if starts is None:
        starts = earliest
    value = sum(node.value_at(on) for node, on in zip(nodes, starts, strict=True))
    return Line(tuple(nodes), tuple(starts), tuple(earliest), tuple(latest), value)


def stand(transitions: Transitions, nodes: Sequence[Node], starts: Sequence[int]) -> Line | None:
    """Return the nodes at the starts given, or None where these do not hold."""
    earliest = _forward(transitions, nodes)
    if earliest is None or not _holds(transitions, nodes, starts):
        return None
    latest = _backward(transitions, nodes, earliest)
    value = sum(node.value_at(on) for node, on in zip(nodes, starts, strict=True))
    if not math.isfinite(value):
        return None
    low = [min(pair) for pair in zip(earliest, starts, strict=True)]
    high = [max(pair) for pair in zip(latest, starts, strict=True)]
    return Line(tuple(nodes), tuple(starts), tuple(low), tuple(high), value)


def _forward(transitions: Transitions, nodes: Sequence[Node]) -> list[int] | None:
    starts = [nodes[0].first]
    for one, two in pairwise(nodes):
        on = _fixed_or_earliest(transitions, one, starts[-1], two)
        if on >= NEVER:
            return None
        starts.append(on)
    return starts


def _fixed_or_earliest(transitions: Transitions, one: Node, one_on: int, two: Node) -> int:
    """What is fixed follows what is fixed as it is: it was not us who put it there."""
    if one.fixed and two.fixed:
        return two.first
    return earliest_after(transitions, one, one_on, two)


def _backward(
    transitions: Transitions, nodes: Sequence[Node], earliest: Sequence[int]
) -> list[int]:
    """Return how late each may start; never before `earliest`, which is known to hold."""
    latest = [nodes[-1].last_start(NEVER)]
    for place in range(len(nodes) - 2, -1, -1):
        one, two = nodes[place], nodes[place + 1]
        on = one.first if one.fixed else latest_before(transitions, one, two, latest[0])
        latest.insert(0, max(on, earliest[place]))
    return latest


def _best(
    transitions: Transitions,
    nodes: Sequence[Node],
    earliest: Sequence[int],
    latest: Sequence[int],
) -> list[int] | None:
    """Return starts of the highest sum; None where moves that depend on when did not settle."""
    waits = [
        _wait(transitions, one, on, two, then)
        for one, on, two, then in zip(nodes, earliest, nodes[1:], earliest[1:], strict=False)
    ]
    for _ in range(TRIES):
        starts = _dynamic(nodes, earliest, latest, waits)
        if starts is None:
            return None
        real = [
            _wait(transitions, one, on, two, then)
            for one, on, two, then in zip(nodes, starts, nodes[1:], starts[1:], strict=False)
        ]
        if _holds(transitions, nodes, starts):
            return starts
        waits = [max(pair) for pair in zip(waits, real, strict=True)]
    return None


def _wait(transitions: Transitions, one: Node, on: int, two: Node, then: int) -> int:
    """Return the steps between the end of one and the start of two that follows it."""
    if one.fixed and two.fixed:
        return -NEVER
    return transitions.steps(one.pointing, on, on + one.length, two.pointing, then)


def _holds(transitions: Transitions, nodes: Sequence[Node], starts: Sequence[int]) -> bool:
    for one, on, two, then in zip(nodes, starts, nodes[1:], starts[1:], strict=False):
        if one.fixed and two.fixed:
            continue
        wait = _wait(transitions, one, on, two, then)
        if max(on + one.length, two.floor) + wait > then:
            return False
    return True


def _dynamic(
    nodes: Sequence[Node],
    earliest: Sequence[int],
    latest: Sequence[int],
    waits: Sequence[int],
) -> list[int] | None:
    """f_k(t) = max(f_k(t + 1), v_k(t) + f_k+1(t + length + wait)), then walk forward."""
    gains: list[np.ndarray] = [np.zeros(0)] * len(nodes)
    suffix = np.zeros(0)
    for place in range(len(nodes) - 1, -1, -1):
        node, low, high = nodes[place], earliest[place], latest[place]
        gain = node.values[low - node.first : high + 1 - node.first].copy()
        if place + 1 < len(nodes):
            begin = low + node.length + max(waits[place], -NEVER) - earliest[place + 1]
            index = np.clip(np.arange(begin, begin + gain.size), 0, suffix.size)
            gain += np.append(suffix, -np.inf)[index]
        gains[place] = gain
        suffix = np.maximum.accumulate(gain[::-1])[::-1]
    return _walk(nodes, earliest, gains, waits)


def _walk(
    nodes: Sequence[Node],
    earliest: Sequence[int],
    gains: Sequence[np.ndarray],
    waits: Sequence[int],
) -> list[int] | None:
    starts: list[int] = []
    step = earliest[0]
    for place, (node, gain) in enumerate(zip(nodes, gains, strict=True)):
        behind = max(0, step - earliest[place])
        if behind >= gain.size:
            return None
        best = behind + int(np.argmax(gain[behind:]))
        if not math.isfinite(gain[best]):
            return None
        starts.append(best + earliest[place])
        if place < len(waits):
            step = starts[-1] + node.length + waits[place]
    return starts
