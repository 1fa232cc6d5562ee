"""Steps between one job and every node of a line at once, never too short within their freedom."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pyros.scheduling import wheels
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.model import Axis, Floats, MountKind
from pyros.scheduling.starts import Line
from pyros.scheduling.transition import QUARTER_TURN_DEG, Pointing

Steps = npt.NDArray[np.int64]
Span = tuple[int, int]
SAMPLES = 5
Filters = tuple[tuple[str, str], ...]


class Waits:
    """Waits of one line: between its neighbours, and to and from any job.

    Where a move depends on when, the longest of those at the ends of both freedoms counts.
    """

    def __init__(self, grid: Grid, line: Line) -> None:
        self._grid, self._line = grid, line
        mount = grid.problem.mount
        self._constant = (
            mount.kind is MountKind.SIMPLE
            and mount.dome is None
            and not any(node.pointing and node.pointing.moving for node in line.nodes)
        )
        self._spans = [
            (low, max(low, high)) for low, high in zip(line.earliest, line.latest, strict=True)
        ]
        self._places = [node.pointing for node in line.nodes]
        self._vectors = np.array(
            [place.vector if place else (0.0, 0.0, 0.0) for place in self._places]
        )
        self._unknown = np.array([place is None for place in self._places])
        self._leaves, self._leaving = _numbered(
            [_key(place.last_filters if place else {}) for place in self._places]
        )
        self._needs, self._needing = _numbered(
            [_key(place.first_filters if place else {}) for place in self._places]
        )
        self._wheel_s: dict[tuple[Filters, Filters], float] = {}

    def inside(self) -> list[int]:
        """Return the wait behind each node but the last; the line itself holds with them."""
        nodes, found = self._line.nodes, []
        for place in range(len(nodes) - 1):
            one, two = nodes[place], nodes[place + 1]
            given = self._line.on[place + 1] - max(self._line.on[place] + one.length, two.floor)
            needed = self._longest(one, self._spans[place], two, self._spans[place + 1])
            found.append(min(given, needed))
        return found

    def to(self, job: Node) -> Steps:
        """Return the steps from each node to a job."""
        place = job.pointing
        if place is None or not self._constant or place.moving is not None:
            pairs = zip(self._line.nodes, self._spans, strict=True)
            return np.array([self._longest(node, span, job, _span(job)) for node, span in pairs])
        wheel_s = self._wheels([(key, _key(place.first_filters)) for key in self._leaves])
        move_s = np.where(self._unknown, self._turn_s(QUARTER_TURN_DEG), self._moves_s(place))
        return self._steps(move_s, wheel_s[self._leaving])

    def back(self, job: Node) -> Steps:
        """Return the steps from a job to each node; one to where no place is asked for."""
        place = job.pointing
        if place is None or not self._constant or place.moving is not None:
            pairs = zip(self._line.nodes, self._spans, strict=True)
            return np.array([self._longest(job, _span(job), node, span) for node, span in pairs])
        wheel_s = self._wheels([(_key(place.last_filters), key) for key in self._needs])
        steps = self._steps(self._moves_s(place), wheel_s[self._needing])
        return np.where(self._unknown, 1, steps)

    def _longest(self, one: Node, ones: Span, two: Node, twos: Span) -> int:
        steps, first, second = self._grid.transitions.steps, one.pointing, two.pointing
        ends = self._moments(first, (ones[0] + one.length, ones[1] + one.length))
        return max(
            steps(first, end - one.length, end, second, then)
            for end in ends
            for then in self._moments(second, twos)
        )

    def _moments(self, place: Pointing | None, span: Span) -> set[int]:
        """Return the steps of a span at which a move may be longest: its ends, and the meridian.

        An azimuth is no straight line: it is looked at between them, too.
        """
        found = set(span)
        if place is None or self._constant or span[0] == span[1]:
            return found
        for angle_deg in (-180.0, 0.0, 180.0):
            crossing = math.floor((angle_deg - place.hour_angle0_deg) / self._grid.hour_deg)
            found |= {crossing, crossing + 1}
        mount = self._grid.problem.mount
        if mount.kind is MountKind.ALTAZ or mount.dome is not None:
            found |= set(np.linspace(*span, SAMPLES, dtype=np.int64).tolist())
        return {step for step in found if span[0] <= step <= span[1]}

    # where moves do not depend on when

    def _moves_s(self, place: Pointing) -> Floats:
        cosine = np.clip(self._vectors @ np.array(place.vector), -1.0, 1.0)
        return self._turn_s(np.degrees(np.arccos(cosine)))

    def _turn_s(self, distance_deg: npt.ArrayLike) -> Floats:
        return turns_s(self._grid.problem.mount.axes[0], np.asarray(distance_deg))

    def _steps(self, move_s: Floats, wheel_s: Floats) -> Steps:
        problem = self._grid.problem
        both = move_s + wheel_s if problem.combine == "sum" else np.maximum(move_s, wheel_s)
        step_s = problem.night.step_s
        steps = np.ceil((problem.mount.settle_s + both) / step_s - 1e-6 / step_s)
        return np.maximum(1, steps.astype(np.int64))

    def _wheels(self, pairs: list[tuple[Filters, Filters]]) -> Floats:
        for pair in pairs:
            if pair not in self._wheel_s:
                self._wheel_s[pair] = self._turned(*pair)
        return np.array([self._wheel_s[pair] for pair in pairs])

    def _turned(self, has: Filters, wanted: Filters) -> float:
        channels, known = self._grid.problem.channels, dict(has)
        times = [
            wheels.turn_s(channels[name], known.get(name), filter_name)
            for name, filter_name in wanted
            if name in channels
        ]
        return sum(times) if self._grid.problem.wheels == "sum" else max(times, default=0.0)


def turns_s(axis: Axis, distance_deg: Floats) -> Floats:
    """Return what `transition.turn_s` does, for many distances."""
    rate, acceleration = axis.rate_deg_s, axis.accel_deg_s2
    if acceleration is None:
        return distance_deg / rate
    short = 2.0 * np.sqrt(distance_deg / acceleration)
    long = distance_deg / rate + rate / acceleration
    found: Floats = np.where(distance_deg <= rate * rate / acceleration, short, long)
    return found


def _key(filters: Mapping[str, str]) -> Filters:
    return tuple(sorted(filters.items()))


def _numbered(keys: list[Filters]) -> tuple[list[Filters], Steps]:
    """Return the different keys, and the number of each one's own."""
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return list(numbers), np.array([numbers[key] for key in keys], dtype=np.int64)


def _span(job: Node) -> Span:
    return job.first, job.first + job.values.size - 1
