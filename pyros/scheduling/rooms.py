"""Room for one more job in a line: at every place, whatever stands there taken out.

All others keep their order, are pushed as far as it pays, and stand at the best starts they can
have.  With f(k, t) the best value of nodes 0..k, the last not later than t, and b(k, t) that of
nodes k.., the first not earlier than t, a job at step t behind node i and before node k makes
    value(t) + f(i, t - wait - length of i) + b(k, t + length + wait)
of the line, and the least factor on its value with which it gains is found exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pyros.scheduling.grid import NEVER, Grid, Node
from pyros.scheduling.model import Floats
from pyros.scheduling.starts import Line
from pyros.scheduling.waits import Steps, Waits

GAIN = 1e-9
"""A gain below this is none (weighted minutes)."""
Pairs = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Room:
    """A place between nodes `before` and `behind`: all between them goes."""

    pair: int
    before: int
    behind: int
    at: int
    """The start at which the factor is least."""
    value: float
    """Of the job at that start."""
    lost: float
    """What goes with those taken out, and with those pushed."""
    factor: float
    """The job gains where it is worth more than this often its value."""


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """One job against the line."""

    job: Node
    to: Steps
    back: Steps
    low: Steps
    """Behind each node, its earliest start."""
    high: Steps
    """Before each node (and the end), its latest start."""


class Rooms:
    """Every place of a line; what is lost is counted from `reference`, its own value or more."""

    def __init__(self, grid: Grid, line: Line, *, reference: float | None = None) -> None:
        self.line, self._steps = line, grid.view.steps
        self.reference = line.value if reference is None else reference
        self._waits = Waits(grid, line)
        self._last: _Fit | None = None

    def is_open(self, job: Node) -> bool:
        """Return whether there is room for a job anywhere, nobody taken out, all pushed."""
        fit = self._fit(job)
        return bool((fit.low <= fit.high[1:]).any())

    # made when they are asked for

    @cached_property
    def _pairs(self) -> tuple[Steps, Steps]:
        """Return every (before, behind) with nothing fixed between."""
        count = len(self.line.nodes)
        found = []
        for before in range(count):
            for behind in range(before + 1, count + 1):
                found.append((before, behind))
                if behind < count and self.line.nodes[behind].fixed:
                    break
        pairs = np.array(found, dtype=np.int64)
        return pairs[:, 0], pairs[:, 1]

    @property
    def before(self) -> Steps:
        """Return of each pair the place of the node before."""
        return self._pairs[0]

    @property
    def behind(self) -> Steps:
        """Return of each pair the place of the node behind."""
        return self._pairs[1]

    @cached_property
    def loss(self) -> Floats:
        """Return of each pair the least that goes."""
        lost: Floats = self.reference - self._kept
        return lost

    @cached_property
    def _kept(self) -> Floats:
        forward, backward = self._tables
        kept: Floats = forward[:, -1][self.before] + backward[:, 0][self.behind]
        return kept

    @cached_property
    def _by_loss(self) -> Steps:
        """Return the pairs that can be, those that lose least first."""
        order = np.argsort(self.loss, kind="stable")
        return order[np.isfinite(self._kept[order])]

    @cached_property
    def _wait(self) -> list[int]:
        return self._waits.inside()

    @cached_property
    def _tables(self) -> tuple[Floats, Floats]:
        nodes, size = self.line.nodes, self._steps + 2
        forward = np.full((len(nodes), size), -np.inf)
        backward = np.full((len(nodes) + 1, size), -np.inf)
        for place, node in enumerate(nodes):
            gain = _spread(node, size)
            if place:
                gain += self._reached(place, forward[place - 1], size)
            forward[place] = np.maximum.accumulate(gain)
        backward[len(nodes)] = 0.0
        for place in range(len(nodes) - 1, -1, -1):
            gain = _spread(nodes[place], size)
            if place + 1 < len(nodes):
                gain += self._leads(place, backward[place + 1], size)
            backward[place] = np.maximum.accumulate(gain[::-1])[::-1]
        return forward, backward

    def _reached(self, place: int, before: Floats, size: int) -> Floats:
        """Return for each start of a node the best of those before it."""
        one, two = self.line.nodes[place - 1], self.line.nodes[place]
        if one.fixed and two.fixed:
            return np.full(size, before[-1])
        found = _shifted(before, -(one.length + self._wait[place - 1]))
        found[: min(size, max(0, two.floor + self._wait[place - 1]))] = -np.inf
        return found

    def _leads(self, place: int, behind: Floats, size: int) -> Floats:
        """Return for each start of a node the best of those behind it."""
        one, two = self.line.nodes[place], self.line.nodes[place + 1]
        if one.fixed and two.fixed:
            return np.full(size, behind[0])
        wait = self._wait[place]
        capped = behind.copy()
        floor = min(max(0, two.floor + wait), size - 1)
        capped[:floor] = capped[floor]
        return _shifted(capped, one.length + wait)

    # what goes

    def out(self, room: Room) -> list[Node]:
        """Return the nodes that would be taken out."""
        return list(self.line.nodes[room.before + 1 : room.behind])

    def count(self) -> Steps:
        """Return of each pair how many nodes go."""
        return self.behind - self.before - 1

    def freed(self, account: str) -> Floats:
        """Return of each pair the seconds that an account has back."""
        costs = [0.0]
        for node in self.line.nodes:
            pays = node.request is not None and account in node.request.accounts
            costs.append(node.cost() if pays and not node.fixed else 0.0)
        total = np.cumsum(costs)
        freed: Floats = total[self.behind] - total[self.before + 1]
        return freed

    # places

    def cheapest(self, job: Node, allowed: Pairs | None = None) -> Room | None:
        """Return the place at which a job gains with the least factor; None: there is none."""
        if job.best <= 0.0:
            return None
        fit = self._fit(job)
        best: Room | None = None
        for pair in self._order(fit, allowed=allowed):
            if best is not None and self.loss[pair] >= best.factor * job.best:
                break
            room = self._room(fit, pair, self.reference)
            if room is not None and (best is None or room.factor < best.factor):
                best = room
        return best

    def first(
        self, job: Node, key: Floats, *, factor: float = 1.0, allowed: Pairs | None = None
    ) -> Room | None:
        """Return the place of the least `key` (by pair) where it gains with a factor; or None."""
        if job.best <= 0.0:
            return None
        fit = self._fit(job)
        enough = self.loss < factor * job.best
        wanted = enough if allowed is None else enough & allowed
        for pair in self._order(fit, key, allowed=wanted):
            room = self._room(fit, pair, self.reference)
            if room is not None and room.factor < factor:
                return room
        return None

    def fits(self, job: Node, allowed: Pairs | None = None) -> Room | None:
        """Return the place where the fewest others go, and pushing costs less than it is worth.

        What goes with those that are taken out is not counted.
        """
        if job.best <= 0.0:
            return None
        fit = self._fit(job)
        for pair in self._order(fit, self.count(), allowed=allowed):
            room = self._room(fit, pair, float(self._kept[pair]))
            if room is not None and room.factor < 1.0:
                return room
        return None

    def _order(
        self, fit: _Fit, key: Floats | Steps | None = None, *, allowed: Pairs | None = None
    ) -> list[int]:
        """Return the pairs with room between them, by a key, then by what goes."""
        open_ = fit.low[self.before] <= fit.high[self.behind]
        if allowed is not None:
            open_ &= allowed
        if not open_.any():
            return []
        pairs = self._by_loss[open_[self._by_loss]]
        if key is not None:
            pairs = pairs[np.argsort(key[pairs], kind="stable")]
        ordered: list[int] = pairs.tolist()
        return ordered

    def _fit(self, job: Node) -> _Fit:
        if self._last is not None and self._last.job is job:
            return self._last
        nodes = self.line.nodes
        to, back = self._waits.to(job), self._waits.back(job)
        pairs = zip(self.line.earliest, nodes, strict=True)
        ends = np.array([on + node.length for on, node in pairs])
        low = job.next_starts(np.maximum(ends, job.floor) + to)
        leave = np.array(self.line.latest, dtype=np.int64) - back - job.length
        high = np.append(job.last_starts(leave), job.last_start(NEVER))
        self._last = _Fit(job, to, back, low, high)
        return self._last

    def _room(self, fit: _Fit, pair: int, reference: float) -> Room | None:
        before, behind = int(self.before[pair]), int(self.behind[pair])
        job, low, high = fit.job, int(fit.low[before]), int(fit.high[behind])
        values = job.values[low - job.first : high + 1 - job.first]
        begin = low - int(fit.to[before]) - self.line.nodes[before].length
        forward, backward = self._tables
        kept = forward[before, begin : begin + values.size].copy()
        if behind < len(self.line.nodes):
            wait = int(fit.back[behind])
            then = np.arange(low, low + values.size) + job.length + wait
            then = np.maximum(then, self.line.nodes[behind].floor + wait)
            kept += backward[behind, np.minimum(then, self._steps + 1)]
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = np.where(values > 0.0, (reference + GAIN - kept) / values, np.inf)
        place = int(np.argmin(factors))
        if not math.isfinite(factors[place]):
            return None
        return Room(
            pair=pair,
            before=before,
            behind=behind,
            at=low + place,
            value=float(values[place]),
            lost=reference - float(kept[place]),
            factor=max(0.0, float(factors[place])),
        )


def _spread(node: Node, size: int) -> Floats:
    """Return a node's values over every step, -inf where it may not start."""
    gain = np.full(size, -np.inf)
    first, last = max(0, node.first), min(size, node.first + node.values.size)
    if first < last:
        gain[first:last] = node.values[first - node.first : last - node.first]
    return gain


def _shifted(row: Floats, by: int) -> Floats:
    """Return row[t + by] for each t, -inf outside."""
    found = np.full(row.size, -np.inf)
    if by >= row.size or -by >= row.size:
        return found
    if by >= 0:
        found[: row.size - by] = row[by:]
    else:
        found[-by:] = row[:by]
    return found
