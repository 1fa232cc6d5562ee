"""How long it takes from one place to the next: mount, dome, wheels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyros.scheduling import wheels
from pyros.scheduling.instants import steps_up
from pyros.scheduling.model import Axis, MountKind, Problem
from pyros.scheduling.visibility import Moving

QUARTER_TURN_DEG = 90.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pointing:
    """Where something looks, and with which filters it begins and ends."""

    vector: tuple[float, float, float]
    hour_angle0_deg: float
    dec_deg: float
    first_filters: Mapping[str, str]
    last_filters: Mapping[str, str]
    flips: bool = False
    """A german mount may turn over in it."""
    moving: Moving | None = None


class Transitions:
    """Steps between the end of one and the first photon of the next; never too short.

    A pointing of None is an unknown one: from it every axis takes a quarter turn and every wheel
    turns; to it (a block) one step is enough.
    """

    def __init__(self, problem: Problem, *, step_s: float, hour_deg_per_step: float) -> None:
        self._mount, self._channels = problem.mount, problem.channels
        self._problem = problem
        self._step_s, self._hour_deg = step_s, hour_deg_per_step
        latitude = math.radians(problem.site.lat_deg)
        self._cos_lat, self._sin_lat = math.cos(latitude), math.sin(latitude)
        self._static = self._mount.kind is MountKind.SIMPLE and self._mount.dome is None
        self._known: dict[tuple[int, int], int] = {}
        self._kept: list[Pointing] = []
        self.least = max(1, steps_up(self._mount.settle_s, step_s))

    def steps(
        self, one: Pointing | None, one_on: int, one_end: int, two: Pointing | None, two_on: int
    ) -> int:
        """Return the steps from `one_end` to the earliest `two_on`; at least 1."""
        if two is None:
            return 1
        if not self._static or two.moving is not None or (one and one.moving is not None):
            return self._steps_of(self._seconds(one, one_on, one_end, two, two_on))
        key = (id(one), id(two))
        known = self._known.get(key)
        if known is None:
            self._kept += [pointing for pointing in (one, two) if pointing is not None]
            known = self._steps_of(self._seconds(one, one_on, one_end, two, two_on))
            self._known[key] = known
        return known

    def _steps_of(self, seconds: float) -> int:
        return max(1, steps_up(seconds, self._step_s))

    def _seconds(
        self, one: Pointing | None, one_on: int, one_end: int, two: Pointing, two_on: int
    ) -> float:
        wheels = self.wheels_s({} if one is None else one.last_filters, two.first_filters)
        move = self._move(one, one_on, one_end, two, two_on)
        both = move + wheels if self._problem.combine == "sum" else max(move, wheels)
        return self._mount.settle_s + both

    def wheels_s(self, has: Mapping[str, str], wanted: Mapping[str, str]) -> float:
        """Return the seconds until the filters wanted are in; a channel not in `has` is unknown."""
        times = [
            wheels.turn_s(self._channels[name], has.get(name), filter_name)
            for name, filter_name in wanted.items()
            if name in self._channels
        ]
        times.append(0.0)
        return sum(times) if self._problem.wheels == "sum" else max(times)

    def _move(
        self, one: Pointing | None, one_on: int, one_end: int, two: Pointing, two_on: int
    ) -> float:
        axes, dome = self._mount.axes, self._mount.dome
        if one is None:
            all_axes = axes if dome is None else (*axes, dome)
            return max(turn_s(axis, QUARTER_TURN_DEG) for axis in all_axes)
        if self._mount.kind is MountKind.SIMPLE:
            pair = zip(_vector(one, one_end), _vector(two, two_on), strict=True)
            cosine = sum(a * b for a, b in pair)
            angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
            times = [turn_s(axes[0], angle)]
        else:
            old, new = self._axes(one, one_on, one_end), self._axes(two, two_on, two_on)
            first, second = abs(new[0] - old[0]), abs(new[1] - old[1])
            if self._mount.kind is MountKind.ALTAZ and self._mount.wrap_from_deg is None:
                first = min(first, 360.0 - first)
            times = [turn_s(axes[0], first), turn_s(axes[-1], second)]
        if dome is not None:
            swing = abs(self._altaz(one, one_end)[1] - self._altaz(two, two_on)[1])
            times.append(turn_s(dome, min(swing, 360.0 - swing)))
        return max(times)

    def _axes(self, pointing: Pointing, on: int, at: int) -> tuple[float, float]:
        """Return both axes, degrees, at step `at` of what came on target at step `on`."""
        if self._mount.kind is MountKind.ALTAZ:
            altitude, azimuth = self._altaz(pointing, at)
            return (azimuth - (self._mount.wrap_from_deg or 0.0)) % 360.0, altitude
        start = self._place(pointing, on)[0]
        angle, dec = self._place(pointing, at)
        expected = start + self._hour_deg * (at - on)
        angle = expected + (angle - expected + 180.0) % 360.0 - 180.0
        flipped = pointing.flips and angle > self._mount.past_meridian_deg
        if self._mount.kind is MountKind.GERMAN and (start >= 0.0 or flipped):
            return angle - 180.0, 180.0 - dec
        return angle, dec

    def _place(self, pointing: Pointing, at: int) -> tuple[float, float]:
        """Return hour angle, in [-180, 180), and declination at a step, degrees."""
        moving = pointing.moving
        if moving is None:
            turned = pointing.hour_angle0_deg + self._hour_deg * at
            return (turned + 180.0) % 360.0 - 180.0, pointing.dec_deg
        at = min(max(at, 0), moving.dec_deg.size - 1)
        return float(moving.hour_angle_deg[at]), float(moving.dec_deg[at])

    def _altaz(self, pointing: Pointing, at: int) -> tuple[float, float]:
        angle, dec = (math.radians(value) for value in self._place(pointing, at))
        up = self._sin_lat * math.sin(dec) + self._cos_lat * math.cos(dec) * math.cos(angle)
        north = self._cos_lat * math.sin(dec) - self._sin_lat * math.cos(dec) * math.cos(angle)
        east = -math.cos(dec) * math.sin(angle)
        return math.degrees(math.asin(max(-1.0, min(1.0, up)))), (
            math.degrees(math.atan2(east, north)) % 360.0
        )


def _vector(pointing: Pointing, at: int) -> Sequence[float]:
    moving = pointing.moving
    if moving is None:
        return pointing.vector
    place: Sequence[float] = moving.icrs[min(max(at, 0), len(moving.icrs) - 1)].tolist()
    return place


def turn_s(axis: Axis, distance_deg: float) -> float:
    """Return the seconds an axis needs for a distance, from rest to rest."""
    if distance_deg <= 0.0:
        return 0.0
    rate, acceleration = axis.rate_deg_s, axis.accel_deg_s2
    if acceleration is None:
        return distance_deg / rate
    if distance_deg <= rate * rate / acceleration:
        return 2.0 * math.sqrt(distance_deg / acceleration)
    return distance_deg / rate + rate / acceleration
