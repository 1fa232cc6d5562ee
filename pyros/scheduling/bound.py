"""No schedule is worth more: a fractional knapsack in time and in each account.

For any price per step the sum below is an upper bound (Lagrangian duality): every job is taken
for what it is worth at its best instant less the price of its time, as far as its account goes,
and the time itself is paid for.  The cheapest price is searched; it need not be exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pyros.scheduling.grid import Node
from pyros.scheduling.model import Floats

SEARCHES = 60
SAFETY = 1.0 + 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The bound, and the price of an hour of each account at it."""

    value: float
    price_per_h: Mapping[str, float]
    reduced: Mapping[str, float] = field(default_factory=dict)
    """By job, at most 0: nothing with this job in it is worth more than value + reduced."""


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Jobs that draw on one account."""

    name: str
    ids: tuple[str, ...]
    left_s: float
    value: Floats
    steps: Floats
    cost_s: Floats


def bound(jobs: Sequence[Node], *, room: int, least: int, left_s: Mapping[str, float]) -> Bound:
    """Return an upper bound on what `jobs` are worth together.

    `room` is the steps that are free, `least` the shortest set-up, `left_s` the enforced accounts.
    """
    groups = _groups(jobs, least, left_s)
    if not groups or room <= 0:
        return Bound(value=0.0, price_per_h={})
    high = max(float((group.value / group.steps).max()) for group in groups)
    low = 0.0
    ratio = (5**0.5 - 1) / 2
    for _ in range(SEARCHES):
        one, two = high - ratio * (high - low), low + ratio * (high - low)
        if _dual(groups, room, one) <= _dual(groups, room, two):
            high = two
        else:
            low = one
    price = min((low, high, (low + high) / 2), key=lambda at: _dual(groups, room, at))
    return Bound(
        value=_dual(groups, room, price) * SAFETY,
        price_per_h={group.name: _margin(group, price) for group in groups if group.name},
        reduced={name: cost for group in groups for name, cost in _reduced(group, price)},
    )


def _groups(jobs: Sequence[Node], least: int, left_s: Mapping[str, float]) -> list[_Group]:
    """Return the jobs by the tightest of their accounts; the others are let go (still a bound)."""
    by_name: dict[str, list[Node]] = {}
    for job in jobs:
        names = [] if job.request is None else [n for n in job.request.accounts if n in left_s]
        name = min(names, key=lambda account: (left_s[account], account)) if names else ""
        by_name.setdefault(name, []).append(job)
    return [
        _Group(
            name,
            tuple(job.id for job in members),
            left_s.get(name, np.inf),
            np.array([job.best for job in members]),
            np.array([float(job.length + least) for job in members]),
            np.array([job.cost() for job in members]),
        )
        for name, members in sorted(by_name.items())
    ]


def _dual(groups: Sequence[_Group], room: int, price: float) -> float:
    return price * room + sum(_taken(group, price)[0] for group in groups)


def _taken(group: _Group, price: float) -> tuple[float, float]:
    """Return the most that a group yields at a price of time, and its last value per second."""
    worth = np.maximum(0.0, group.value - price * group.steps)
    if not np.isfinite(group.left_s):
        return float(worth.sum()), 0.0
    free = group.cost_s <= 0.0
    total = float(worth[free].sum())
    worth, cost = worth[~free], group.cost_s[~free]
    order = np.argsort(-worth / cost, kind="stable")
    spent = np.cumsum(cost[order])
    whole = int(np.searchsorted(spent, group.left_s, side="right"))
    total += float(worth[order[:whole]].sum())
    if whole >= order.size:
        return total, 0.0
    density = float(worth[order[whole]] / cost[order[whole]])
    rest = group.left_s - (float(spent[whole - 1]) if whole else 0.0)
    return total + max(0.0, rest) * density, density


def _reduced(group: _Group, price: float) -> Iterator[tuple[str, float]]:
    """Yield what each job is worth beyond the price of its time and its account, where less."""
    per_s = _taken(group, price)[1]
    worth = group.value - price * group.steps - per_s * group.cost_s
    yield from zip(group.ids, np.minimum(0.0, worth).tolist(), strict=True)


def _margin(group: _Group, price: float) -> float:
    return _taken(group, price)[1] * 3600.0
