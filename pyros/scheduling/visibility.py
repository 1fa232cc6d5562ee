"""When can it be seen: each constraint of a request over the steps of the night."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pyros.scheduling.air import altitude_of_airmass
from pyros.scheduling.frame import night_sky
from pyros.scheduling.instants import elapsed_s, label, steps_down, steps_up
from pyros.scheduling.model import (
    Constraints,
    Floats,
    MountKind,
    NightSky,
    Problem,
    Request,
    Target,
    Tier,
)
from pyros.scheduling.tracks import path

Mask = npt.NDArray[np.bool_]

J2000_YEAR = 2000.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Test:
    """One constraint of one request: where on the grid it holds, and by how much."""

    code: str
    path: str
    """Of the value in the request's document that would have to change; empty: none."""
    holds: Mask
    """(steps + 1,): at each boundary of steps; for `on_start` at each start."""
    required: float | None = None
    at_most: bool = False
    """The measure must be at most `required`; else at least."""
    unit: str = "deg"
    measure: Callable[[], Floats] | None = None
    """(steps + 1,): what is compared with `required`."""
    on_start: bool = False
    """Judges a start as a whole, not each instant."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Direction:
    """A target on the grid: place of date, and how its altitude runs.

    Of what moves, `icrs`, `hour_angle0_deg` and `dec_deg` are those of the middle of its track.
    """

    icrs: Floats
    hour_angle0_deg: float
    """At step 0, in [-180, 180)."""
    dec_deg: float
    sin_altitude: Floats
    moving: Moving | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moving:
    """What moves against the stars, at each step of the grid."""

    icrs: Floats
    """(steps + 1, 3)."""
    hour_angle_deg: Floats
    """In [-180, 180)."""
    dec_deg: Floats
    covered: Mask
    """Where the track reaches."""


class View:
    """The sky over the grid of a problem; all that does not depend on what is scheduled."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        night = problem.night
        self.step_s = night.step_s
        self.t0 = min(night.start, night.alert_start or night.start)
        last = max(night.end, night.alert_end or night.end)
        self.steps = max(0, steps_down(elapsed_s(self.t0, last), self.step_s))
        self.sky = problem.sky or night_sky(
            problem.site, self.t0, max(last, self.t0), dut1_s=night.dut1_s
        )
        shift_s = elapsed_s(self.sky.t0, self.t0)
        self.seconds = shift_s + np.arange(self.steps + 1) * self.step_s
        self.theta = self.sky.theta0_rad + self.sky.theta_rate_rad_s * self.seconds
        self.cos, self.sin = np.cos(self.theta), np.sin(self.theta)
        self.step_axis = np.arange(self.steps + 1)
        latitude = math.radians(problem.site.lat_deg)
        self._cos_lat, self._sin_lat = math.cos(latitude), math.sin(latitude)

    # time

    def up(self, instant: datetime) -> int:
        """Return the first step at or after an instant, within the grid and one beyond."""
        return min(max(steps_up(elapsed_s(self.t0, instant), self.step_s), 0), self.steps + 1)

    def down(self, instant: datetime) -> int:
        """Return the last step at or before an instant, within the grid and one before."""
        return max(min(steps_down(elapsed_s(self.t0, instant), self.step_s), self.steps), -1)

    def at(self, step: float) -> datetime:
        """Return the UTC label of a step."""
        return label(self.t0, step * self.step_s)

    def length(self, request: Request) -> int:
        """Return the steps a request takes on target, at least 1; with room to turn over in."""
        return max(1, steps_up(request.duration_s + flip_s(self.problem, request), self.step_s))

    @cached_property
    def first(self) -> int:
        """Return the first step at which anything may begin."""
        now = self.problem.now
        return 0 if now is None else self.up(now)

    def night_of(self, tier: Tier) -> tuple[int, int]:
        """Return first and last step of the night of a tier, now or later."""
        night = self.problem.night
        start, end = night.start, night.end
        if tier is Tier.ALERT:
            start, end = night.alert_start or start, night.alert_end or end
        return max(self.up(start), self.first), self.down(end)

    # sky

    def _interpolated(self, table: Floats) -> Floats:
        columns = [np.interp(self.seconds, self.sky.table_s, column) for column in table.T]
        vectors = np.stack(columns, axis=-1)
        normed: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
        return normed

    @cached_property
    def moon(self) -> Floats:
        """Return (steps + 1, 3) unit vectors of the Moon, ICRS axes."""
        return self._interpolated(self.sky.moon)

    @cached_property
    def moon_altitude_deg(self) -> Floats:
        """Return the Moon's altitude at each step."""
        return self._altitude_of(self.moon)

    @cached_property
    def moon_lit(self) -> Floats:
        """Return the Moon's lit fraction at each step."""
        lit: Floats = np.interp(self.seconds, self.sky.table_s, self.sky.moon_lit)
        return lit

    @cached_property
    def sun_altitude_deg(self) -> Floats:
        """Return the altitude of the Sun's centre at each step."""
        return self._altitude_of(self._interpolated(self.sky.sun))

    def _altitude_of(self, vectors: Floats) -> Floats:
        x, y, z = (vectors @ self.sky.bpn.T).T
        sine = self._sin_lat * z + self._cos_lat * (x * self.cos + y * self.sin)
        return _arcsin_deg(sine)

    def direction(self, target: Target) -> Direction:
        """Return where a target stands over the grid."""
        if target.track:
            return self._moving(target)
        icrs = icrs_vector(target, self.t0)
        x, y, z = of_date(self.sky, icrs)
        sine = self._sin_lat * z + (self._cos_lat * x) * self.cos + (self._cos_lat * y) * self.sin
        angle = math.degrees(float(self.theta[0]) - math.atan2(y, x))
        return Direction(
            icrs=icrs,
            hour_angle0_deg=(angle + 180.0) % 360.0 - 180.0,
            dec_deg=math.degrees(math.asin(max(-1.0, min(1.0, z)))),
            sin_altitude=sine,
        )

    def _moving(self, target: Target) -> Direction:
        seconds: Floats = self.step_axis.astype(np.float64) * self.step_s
        icrs, covered = path(target.track, self.t0, seconds)
        seen = icrs + self.sky.beta
        x, y, z = (seen / np.linalg.norm(seen, axis=-1, keepdims=True) @ self.sky.bpn.T).T
        sine = self._sin_lat * z + self._cos_lat * (x * self.cos + y * self.sin)
        hour = np.mod(np.degrees(self.theta - np.arctan2(y, x)) + 180.0, 360.0) - 180.0
        dec = _arcsin_deg(z)
        inside = np.flatnonzero(covered)
        middle = int(inside[inside.size // 2]) if inside.size else 0
        turned = math.degrees(float(self.theta[middle] - self.theta[0]))
        return Direction(
            icrs=icrs[middle],
            hour_angle0_deg=(float(hour[middle]) - turned + 180.0) % 360.0 - 180.0,
            dec_deg=float(dec[middle]),
            sin_altitude=sine,
            moving=Moving(icrs=icrs, hour_angle_deg=hour, dec_deg=dec, covered=covered),
        )

    def altitude_deg(self, direction: Direction) -> Floats:
        """Return the altitude at each step."""
        return _arcsin_deg(direction.sin_altitude)

    def hour_angle_deg(self, direction: Direction) -> Floats:
        """Return the hour angle at each step, in [-180, 180)."""
        if direction.moving is not None:
            return direction.moving.hour_angle_deg
        turned = direction.hour_angle0_deg + np.degrees(self.theta - self.theta[0])
        wrapped: Floats = np.mod(turned + 180.0, 360.0) - 180.0
        return wrapped

    def hour_angle_after(self, direction: Direction, length: int) -> Floats:
        """Return for each step the hour angle `length` steps later, counted on from its own."""
        before = self.hour_angle_deg(direction)
        if direction.moving is None:
            rate: Floats = before + math.degrees(self.sky.theta_rate_rad_s) * length * self.step_s
            return rate
        counted: Floats = np.degrees(np.unwrap(np.radians(before)))
        later = counted[np.minimum(self.step_axis + length, self.steps)]
        ends: Floats = before + later - counted
        return ends

    def azimuth_deg(self, direction: Direction) -> Floats:
        """Return the azimuth at each step, in [0, 360), from north through east."""
        angle = np.radians(self.hour_angle_deg(direction))
        moving = direction.moving
        dec = np.radians(direction.dec_deg if moving is None else moving.dec_deg)
        east = -np.cos(dec) * np.sin(angle)
        north = self._cos_lat * np.sin(dec) - self._sin_lat * np.cos(dec) * np.cos(angle)
        azimuth: Floats = np.mod(np.degrees(np.arctan2(east, north)), 360.0)
        return azimuth

    def moon_distance_deg(self, direction: Direction) -> Floats:
        """Return the angle to the Moon at each step."""
        return 90.0 - _arcsin_deg(self._moon_cosine(direction))

    def _moon_cosine(self, direction: Direction) -> Floats:
        if direction.moving is None:
            cosine: Floats = self.moon @ direction.icrs
            return cosine
        moving: Floats = np.sum(self.moon * direction.moving.icrs, axis=-1)
        return moving

    # constraints

    def tests(self, request: Request, direction: Direction | None = None) -> tuple[Test, ...]:
        """Return every constraint of a request, in the order in which they give a refusal."""
        where = direction or self.direction(request.target)
        limits = request.constraints
        found = [*_track_tests(where), *self._time_tests(request), *self._sun_tests(limits)]
        found += [*self._altitude_tests(limits, where), *self._hour_angle_tests(limits, where)]
        found += [*self._moon_tests(limits, where), *self._mount_tests(request, where)]
        found += self._block_tests(request)
        return tuple(found)

    def _time_tests(self, request: Request) -> Iterable[Test]:
        first, last = self.night_of(request.tier)
        yield Test(code="NIGHT", path="", holds=self._between(first, last))
        begin, end = request.window
        if begin is not None or end is not None:
            low = 0 if begin is None else self.up(begin)
            high = self.steps if end is None else self.down(end)
            yield Test(code="WINDOW", path="window", holds=self._between(low, high))
        if request.not_before is not None:
            holds = self._between(self.up(request.not_before), self.steps)
            yield Test(code="NOT_BEFORE", path="not_before", holds=holds)

    def _between(self, first: int, last: int) -> Mask:
        holds = np.zeros(self.steps + 1, dtype=np.bool_)
        holds[max(0, first) : max(0, last + 1)] = True
        return holds

    def _sun_tests(self, limits: Constraints) -> Iterable[Test]:
        limit = limits.sun_max_altitude_deg
        if limit is not None:
            yield Test(
                code="SUN",
                path="constraints/sun_max_altitude_deg",
                holds=self.sun_altitude_deg <= limit,
                required=limit,
                at_most=True,
                measure=lambda: self.sun_altitude_deg,
            )

    def _altitude_tests(self, limits: Constraints, where: Direction) -> Iterable[Test]:
        yield self._above(limits.min_altitude_deg, "constraints/min_altitude_deg", where)
        if self.problem.site.min_altitude_deg > -90.0:
            yield self._above(self.problem.site.min_altitude_deg, "site/min_altitude_deg", where)
        if limits.max_airmass is not None:
            floor = altitude_of_airmass(limits.max_airmass)
            yield Test(
                code="AIRMASS",
                path="constraints/max_airmass",
                holds=where.sin_altitude >= math.sin(math.radians(floor)),
                required=floor,
                measure=lambda: self.altitude_deg(where),
            )
        if self.problem.site.horizon:
            clear = self._above_horizon(where)
            yield Test(
                code="HORIZON",
                path="site/horizon",
                holds=clear >= 0.0,
                required=0.0,
                measure=lambda: clear,
            )
        high = self.problem.mount.zenith_max_deg
        if high < 90.0:
            yield Test(
                code="ZENITH",
                path="mount/zenith_max_deg",
                holds=where.sin_altitude <= math.sin(math.radians(high)),
                required=high,
                at_most=True,
                measure=lambda: self.altitude_deg(where),
            )

    def _above(self, low: float, path: str, where: Direction) -> Test:
        return Test(
            code="ALTITUDE",
            path=path,
            holds=where.sin_altitude >= math.sin(math.radians(low)),
            required=low,
            measure=lambda: self.altitude_deg(where),
        )

    def _above_horizon(self, where: Direction) -> Floats:
        points = np.asarray(self.problem.site.horizon, dtype=np.float64)
        mask = np.interp(self.azimuth_deg(where), points[:, 0], points[:, 1], period=360.0)
        clear: Floats = self.altitude_deg(where) - mask
        return clear

    def _hour_angle_tests(self, limits: Constraints, where: Direction) -> Iterable[Test]:
        for limit_h, at_most, name in (
            (limits.ha_min_h, False, "ha_min_h"),
            (limits.ha_max_h, True, "ha_max_h"),
        ):
            if limit_h is not None:
                angle_h = self.hour_angle_deg(where) / 15.0
                yield Test(
                    code="HOUR_ANGLE",
                    path=f"constraints/{name}",
                    holds=angle_h <= limit_h if at_most else angle_h >= limit_h,
                    required=limit_h,
                    at_most=at_most,
                    unit="h",
                    measure=lambda angle_h=angle_h: angle_h,  # type: ignore[misc]
                )

    def _moon_tests(self, limits: Constraints, where: Direction) -> Iterable[Test]:
        if limits.moon_min_distance_deg > 0.0:
            limit = limits.moon_min_distance_deg
            far = self._moon_cosine(where) <= math.cos(math.radians(limit))
            if limits.moon_counts == "up":
                far |= self.moon_altitude_deg <= 0.0
            yield Test(
                code="MOON_DISTANCE",
                path="constraints/moon_min_distance_deg",
                holds=far,
                required=limit,
                measure=lambda: self._counted_distance(limits, where),
            )
        if limits.moon_max_illumination < 1.0:
            lit = np.where(self.moon_altitude_deg > 0.0, self.moon_lit, 0.0)
            yield Test(
                code="MOON_LIGHT",
                path="constraints/moon_max_illumination",
                holds=lit <= limits.moon_max_illumination,
                required=limits.moon_max_illumination,
                at_most=True,
                unit="",
                measure=lambda: lit,
            )

    def _counted_distance(self, limits: Constraints, where: Direction) -> Floats:
        distance = self.moon_distance_deg(where)
        if limits.moon_counts == "always":
            return distance
        return np.where(self.moon_altitude_deg > 0.0, distance, 180.0)

    def _mount_tests(self, request: Request, where: Direction) -> Iterable[Test]:
        mount, length = self.problem.mount, self.length(request)
        if mount.kind is MountKind.GERMAN and not request.flip_within:
            before = self.hour_angle_deg(where)
            end = self.hour_angle_after(where, length)
            yield Test(
                code="MERIDIAN",
                path="mount/past_meridian_deg",
                holds=(before >= 0.0) | (end <= mount.past_meridian_deg),
                required=mount.past_meridian_deg,
                at_most=True,
                measure=lambda: np.where(before >= 0.0, 0.0, end),
                on_start=True,
            )
        if mount.kind is MountKind.ALTAZ and mount.wrap_from_deg is not None:
            azimuth = np.mod(self.azimuth_deg(where) - mount.wrap_from_deg, 360.0)
            jumps = np.concatenate([[0], np.cumsum(np.abs(np.diff(azimuth)) > 180.0)])
            ends = np.minimum(self.step_axis + length, self.steps)
            yield Test(
                code="MERIDIAN",
                path="mount/wrap_from_deg",
                holds=jumps[ends] == jumps,
                on_start=True,
            )

    def _block_tests(self, request: Request) -> Iterable[Test]:
        taken = [
            (first, last)
            for name, first, last in fixed_times(self)
            if name != f"armed:{request.id}" and last > first
        ]
        if taken:
            length = self.length(request)
            free = np.ones(self.steps + 1, dtype=np.bool_)
            for first, last in taken:
                free[max(0, first - length + 1) : max(0, last)] = False
            yield Test(code="FIXED_BLOCK", path="", holds=free, on_start=True)


def flip_s(problem: Problem, request: Request) -> float:
    """Return what a request is given to turn over inside it; it is kept also where it does not."""
    turns = problem.mount.kind is MountKind.GERMAN and request.flip_within
    return problem.mount.flip_s if turns else 0.0


def _track_tests(where: Direction) -> Iterable[Test]:
    if where.moving is not None:
        yield Test(code="EPHEMERIS", path="target/track", holds=where.moving.covered)


def fixed_times(view: View) -> list[tuple[str, int, int]]:
    """Return (name, first step, end step) of what cannot be moved: blocks, running, armed."""
    problem = view.problem
    times = [
        (f"block:{block.id}", view.down(block.start), view.up(block.end))
        for block in problem.blocks
    ]
    if problem.running is not None:
        times.append((f"running:{problem.running.id}", view.first, view.up(problem.running.end)))
    times += [
        (f"armed:{armed.id}", view.down(armed.start), view.up(armed.end)) for armed in problem.armed
    ]
    return sorted(times, key=lambda item: (item[1], item[2], item[0]))


def starts_of(tests: Iterable[Test], length: int, steps: int) -> Mask:
    """Return (steps + 1,): may a sequence of `length` steps start here, as far as these say?"""
    starts = np.ones(steps + 1, dtype=np.bool_)
    instants = np.ones(steps + 1, dtype=np.bool_)
    for test in tests:
        if test.on_start:
            starts &= test.holds
        else:
            instants &= test.holds
    bad = np.concatenate([[0], np.cumsum(~instants)])
    whole = np.zeros(steps + 1, dtype=np.bool_)
    if length <= steps:
        whole[: steps + 1 - length] = bad[length + 1 :] == bad[: steps + 1 - length]
    answer: Mask = whole & starts
    return answer


def _arcsin_deg(sine: Floats) -> Floats:
    degrees: Floats = np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))
    return degrees


def icrs_vector(target: Target, at: datetime) -> Floats:
    """Return the unit vector of a target at the night's date, ICRS axes."""
    year = J2000_YEAR + (at - datetime(2000, 1, 1, 12, tzinfo=at.tzinfo)) / timedelta(days=365.25)
    ra, dec = math.radians(target.ra_deg), math.radians(target.dec_deg)
    place = np.array([math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)])
    if not (target.pm_ra_mas_yr or target.pm_dec_mas_yr):
        return place
    mas = math.radians((year - target.epoch) / 3.6e6)
    east = np.array([-math.sin(ra), math.cos(ra), 0.0])
    north = np.array([-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec)])
    moved = place + mas * (target.pm_ra_mas_yr * east + target.pm_dec_mas_yr * north)
    unit: Floats = moved / np.linalg.norm(moved)
    return unit


def of_date(sky: NightSky, icrs: Floats) -> tuple[float, float, float]:
    """Return the direction in which a catalogue place is seen, true equator of date."""
    seen = icrs + sky.beta
    x, y, z = sky.bpn @ (seen / np.linalg.norm(seen))
    return float(x), float(y), float(z)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """When one request can be seen: by constraint, as a whole, and at its best."""

    id: str
    windows: dict[str, tuple[tuple[datetime, datetime], ...]]
    """Code to the times in which this constraint alone holds."""
    starts: tuple[tuple[datetime, datetime], ...]
    """First and last feasible start of each stretch."""
    best_altitude_deg: float
    best_at: datetime


Visibility = dict[str, Seen]


def visibility(problem: Problem) -> Visibility:
    """Return for each request when it can be seen, without regard to any other request."""
    view = View(problem)
    return {request.id: _seen(view, request) for request in problem.requests}


def _seen(view: View, request: Request) -> Seen:
    direction = view.direction(request.target)
    tests = view.tests(request, direction)
    starts = starts_of(tests, view.length(request), view.steps)
    best = int(np.argmax(direction.sin_altitude))
    windows: dict[str, tuple[tuple[datetime, datetime], ...]] = {}
    for code in dict.fromkeys(test.code for test in tests):
        both = np.logical_and.reduce([test.holds for test in tests if test.code == code])
        windows[code] = _instants(view, both)
    return Seen(
        id=request.id,
        windows=windows,
        starts=_instants(view, starts),
        best_altitude_deg=float(view.altitude_deg(direction)[best]),
        best_at=view.at(best),
    )


def _instants(view: View, mask: Mask) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((view.at(first), view.at(last)) for first, last in runs(mask))


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Return first and last index of each stretch of True."""
    padded = np.concatenate([[False], mask, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [
        (int(first), int(last) - 1) for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]
