"""All that the solver sees of a problem: jobs with their feasible starts and values, and nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pyros.scheduling.instants import elapsed_s, steps_up
from pyros.scheduling.masks import Many, plain
from pyros.scheduling.model import Floats, Initial, Problem, Request, Target, Tier
from pyros.scheduling.transition import Pointing, Transitions
from pyros.scheduling.visibility import Direction, Moving, View, icrs_vector, of_date, starts_of

NEVER = 1 << 40
"""A step that never comes."""
TOGETHER = 8
"""Requests from which they are looked at together."""


@dataclass(slots=True, eq=False)
class Node:
    """Something on the line of the night: a job, or what cannot be moved.

    `values` are over the starts `first` .. `first + len - 1`, -inf where it may not start.
    """

    id: str
    pointing: Pointing | None
    length: int
    first: int
    values: Floats
    fixed: bool = False
    floor: int = 0
    """Its set-up does not begin before this step."""
    request: Request | None = None
    frozen: bool = False
    filler: bool = False
    held: bool = False
    """Of a series: fixed in the line of its tier, and worth what it is worth."""
    best: float = 0.0
    _next: npt.NDArray[np.int64] = field(init=False)
    _last: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        ok = np.isfinite(self.values)
        places = np.arange(self.values.size)
        if ok.all():
            self._next = self._last = places + self.first
        else:
            self._next = np.minimum.accumulate(np.where(ok, places, NEVER)[::-1])[::-1] + self.first
            self._last = np.maximum.accumulate(np.where(ok, places, -NEVER)) + self.first
        if not self.fixed:
            self.best = float(self.values.max()) if self.values.size else -math.inf

    def next_start(self, step: int) -> int:
        """Return the first feasible start at or after a step, or beyond NEVER."""
        place = max(0, step - self.first)
        return int(self._next[place]) if place < self._next.size else NEVER

    def last_start(self, step: int) -> int:
        """Return the last feasible start at or before a step, or below -NEVER / 2."""
        place = min(step - self.first, self._last.size - 1)
        return int(self._last[place]) if place >= 0 else -NEVER

    def next_starts(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return `next_start` of each step."""
        places = np.maximum(0, steps - self.first)
        inside = places < self._next.size
        return np.where(inside, self._next[np.minimum(places, self._next.size - 1)], NEVER)

    def last_starts(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return `last_start` of each step."""
        places = np.minimum(steps - self.first, self._last.size - 1)
        return np.where(places >= 0, self._last[np.maximum(0, places)], -NEVER)

    def value_at(self, step: int) -> float:
        """Return the value of a start, -inf where it may not start."""
        place = step - self.first
        return float(self.values[place]) if 0 <= place < self.values.size else -math.inf

    def peak(self, low: int, high: int) -> tuple[float, int]:
        """Return the best value of the starts low..high, and where it is."""
        begin, end = max(0, low - self.first), min(self.values.size, high + 1 - self.first)
        if end <= begin:
            return -math.inf, low
        place = begin + int(np.argmax(self.values[begin:end]))
        return float(self.values[place]), place + self.first

    def cost(self) -> float:
        """Return the seconds it takes from each of its accounts."""
        return 0.0 if self.request is None else self.request.cost_s


class Grid:
    """A problem on its steps."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.view = View(problem)
        self.hour_deg = math.degrees(self.view.sky.theta_rate_rad_s) * problem.night.step_s
        self.transitions = Transitions(
            problem, step_s=problem.night.step_s, hour_deg_per_step=self.hour_deg
        )
        self.requests = {request.id: request for request in problem.requests}
        self._directions: dict[str, Direction] = {}
        self._jobs: dict[str, Node | None] = {}
        self._floors = {tier: self.view.night_of(tier)[0] for tier in Tier}

    def direction(self, request: Request) -> Direction:
        """Return where a request's target stands, computed once."""
        known = self._directions.get(request.id)
        if known is None:
            known = self._directions[request.id] = self.view.direction(request.target)
        return known

    def jobs(self, tier: Tier) -> list[Node]:
        """Return the jobs of a tier that may start at all, by id; what is fixed left out."""
        apart = self.frozen_ids()
        asked = sorted(
            (one for one in self.problem.requests if one.tier is tier and one.id not in apart),
            key=lambda request: request.id,
        )
        if len(asked) >= TOGETHER:
            self._look_at([one for one in asked if one.id not in self._jobs])
        return [job for request in asked if (job := self.job(request)) is not None]

    def _look_at(self, requests: Sequence[Request]) -> None:
        """Make the jobs of many requests together."""
        requests = [request for request in requests if plain(self.view, request)]
        if not requests:
            return
        seen = Many(self.view, self.problem.value, requests).starts()
        bounds = seen.cell_of.tolist()
        for row, request in enumerate(requests):
            low, high = bounds[row], bounds[row + 1]
            self._jobs[request.id] = None
            if low < high:
                pointing = _pointing(
                    request,
                    seen.icrs[row],
                    float(seen.hour_angle0_deg[row]),
                    float(seen.dec_deg[row]),
                )
                steps, worth = seen.step[low:high], seen.value[low:high]
                self._jobs[request.id] = self._node(
                    request, pointing, int(seen.length[row]), steps, worth
                )

    def frozen_ids(self) -> set[str]:
        """Return the ids of what runs or is armed."""
        running = self.problem.running
        armed = {armed.id for armed in self.problem.armed}
        return armed if running is None else armed | {running.id}

    def job(self, request: Request) -> Node | None:
        """Return a request as a job, or None where it has no feasible start."""
        if request.id in self._jobs and request is self.requests.get(request.id):
            return self._jobs[request.id]
        direction = self.direction(request)
        length = self.view.length(request)
        tests = self.view.tests(request, direction)
        feasible = np.flatnonzero(starts_of(tests, length, self.view.steps))
        if feasible.size == 0:
            return None
        worth = self.worth(request, direction, feasible)
        return self._node(request, self.pointing(request), length, feasible, worth)

    def _node(
        self,
        request: Request,
        pointing: Pointing,
        length: int,
        steps: npt.NDArray[np.int64],
        worth: Floats,
    ) -> Node:
        first, values = int(steps[0]), worth
        if steps[-1] - first + 1 > steps.size:
            values = np.full(int(steps[-1]) + 1 - first, -np.inf)
            values[steps - first] = worth
        return Node(
            id=request.id,
            pointing=pointing,
            length=length,
            first=first,
            values=values,
            floor=self._floors[request.tier],
            request=request,
        )

    def worth(
        self, request: Request, direction: Direction, starts: npt.NDArray[np.int64]
    ) -> Floats:
        """Return the value, weighted minutes, of starts on target."""
        rule, view = self.problem.value, self.view
        weight = request.weight * (request.priority / 100.0) ** rule.priority_power
        minutes = request.duration_s / 60.0 if rule.per == "minute" else 1.0
        middle = np.minimum(starts + view.length(request) // 2, view.steps)
        air = np.maximum(rule.air_floor, direction.sin_altitude[middle]) ** rule.air_power
        worth: Floats = weight * minutes * air
        if request.preferred is not None:
            wished = max(0, steps_up(elapsed_s(view.t0, request.preferred), view.step_s))
            away_s = np.abs(starts - wished) * view.step_s  # it may lie after the night
            share = np.minimum(1.0, away_s / rule.preferred_tolerance_s)
            worth = worth * (1.0 - rule.preferred_loss * share)
        if request.decay_s is not None:
            since = view.night_of(request.tier)[0]
            if request.not_before is not None:
                since = max(since, view.up(request.not_before))
            waited_s = np.maximum(0, starts - since) * view.step_s
            worth = worth * np.exp(-waited_s / request.decay_s)
        return worth

    # pointings

    def pointing(self, request: Request) -> Pointing:
        """Return where a request looks."""
        direction = self.direction(request)
        return _pointing(
            request,
            direction.icrs,
            direction.hour_angle0_deg,
            direction.dec_deg,
            direction.moving,
        )

    def place(self, ra_deg: float, dec_deg: float, filters: dict[str, str]) -> Pointing:
        """Return a pointing at a place on the sky."""
        target = Target(ra_deg=ra_deg, dec_deg=dec_deg)
        icrs = icrs_vector(target, self.view.t0)
        x, y, z = of_date(self.view.sky, icrs)
        angle = math.degrees(float(self.view.theta[0]) - math.atan2(y, x))
        return Pointing(
            vector=(float(icrs[0]), float(icrs[1]), float(icrs[2])),
            hour_angle0_deg=(angle + 180.0) % 360.0 - 180.0,
            dec_deg=math.degrees(math.asin(max(-1.0, min(1.0, z)))),
            first_filters=filters,
            last_filters=filters,
        )

    # what cannot be moved

    def fixed(self) -> list[Node]:
        """Return the line before anything is planned: its begin, what runs, blocks, armed slots."""
        problem, view = self.problem, self.view
        nodes = [self._standing("", self._at(problem.initial), view.first, 0)]
        running = problem.running
        if running is not None:
            nodes.append(self._running(view.first))
        nodes += [
            self._standing(
                f"block:{block.id}",
                self._at(block.position),
                max(view.first, view.down(block.start)),
                max(0, view.up(block.end) - max(view.first, view.down(block.start))),
            )
            for block in problem.blocks
            if view.up(block.end) > view.first
        ]
        nodes += [self._armed(place) for place in range(len(problem.armed))]
        nodes.sort(key=lambda node: (node.first, node.first + node.length, node.id))
        for one, two in pairwise(nodes):  # what overlaps lasts until the longer one ends
            two.length = max(two.length, one.first + one.length - two.first)
        return nodes

    def _at(self, position: Initial | None) -> Pointing | None:
        if position is None:
            return None
        return self.place(position.ra_deg, position.dec_deg, dict(position.filters))

    def _standing(self, name: str, pointing: Pointing | None, first: int, length: int) -> Node:
        values = np.zeros(1)
        return Node(
            id=name, pointing=pointing, length=length, first=first, values=values, fixed=True
        )

    def pinned(self, node: Node, on: int) -> Node:
        """Return a planned node as one that cannot be moved."""
        return self._standing(node.id, node.pointing, on, node.length)

    def _running(self, first: int) -> Node:
        running = self.problem.running
        assert running is not None  # noqa: S101 - for the type checker; `fixed` has looked
        pointing = None
        if running.ra_deg is not None and running.dec_deg is not None:
            pointing = self.place(running.ra_deg, running.dec_deg, dict(running.filters))
        elif running.id in self.requests:
            pointing = self.pointing(self.requests[running.id])
        until = self.view.up(running.end)
        node = self._standing(f"running:{running.id}", pointing, first, max(0, until - first))
        node.request = self.requests.get(running.id)
        return node

    def _armed(self, place: int) -> Node:
        armed = self.problem.armed[place]
        request = self.requests[armed.id]
        on = self.view.up(armed.on_target)
        node = self._standing(
            armed.id, self.pointing(request), on, max(1, self.view.up(armed.end) - on)
        )
        node.request, node.frozen = request, True
        return node


def _pointing(
    request: Request,
    icrs: Floats,
    hour_angle0_deg: float,
    dec_deg: float,
    moving: Moving | None = None,
) -> Pointing:
    return Pointing(
        vector=(float(icrs[0]), float(icrs[1]), float(icrs[2])),
        hour_angle0_deg=hour_angle0_deg,
        dec_deg=dec_deg,
        first_filters={name: pair[0] for name, pair in request.setup.items()},
        last_filters={name: pair[1] for name, pair in request.setup.items()},
        flips=request.flip_within,
        moving=moving,
    )
