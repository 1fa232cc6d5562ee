"""The checker's own arithmetic: constraints, set-ups and values of one slot, in float64."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from pyros.scheduling.frame import night_sky
from pyros.scheduling.instants import elapsed_s
from pyros.scheduling.model import Axis, Floats, MountKind, Problem, Request, Tier
from pyros.scheduling.timetable import Slot

TOLERANCE_DEG = 1e-5
UNKNOWN_DEG = 90.0
Place = tuple[float, float, Mapping[str, str]]


class Auditor:
    """What the sky is at any instant, worked out along the great circles."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        night = problem.night
        start = min(night.start, night.alert_start or night.start)
        end = max(night.end, night.alert_end or night.end, start)
        self.start = start
        self.sky = problem.sky or night_sky(problem.site, start, end, dut1_s=night.dut1_s)
        self.lat = math.radians(problem.site.lat_deg)
        self.requests = {request.id: request for request in problem.requests}

    # the sky

    def _seconds(self, slot: Slot) -> Floats:
        first = elapsed_s(self.sky.t0, slot.on_target)
        last = elapsed_s(self.sky.t0, slot.end)
        count = max(2, round((last - first) / self.problem.night.step_s) + 1)
        return np.linspace(first, last, count)

    def _seen(self, icrs: Floats) -> tuple[float, float]:
        """Return apparent right ascension and declination, radians."""
        seen = icrs + self.sky.beta
        x, y, z = self.sky.bpn @ (seen / np.linalg.norm(seen))
        return math.atan2(y, x), math.atan2(z, math.hypot(x, y))

    def _icrs(self, ra_deg: float, dec_deg: float) -> Floats:
        ra, dec = math.radians(ra_deg), math.radians(dec_deg)
        return np.array([math.cos(ra) * math.cos(dec), math.sin(ra) * math.cos(dec), math.sin(dec)])

    def _target(self, request: Request) -> Floats:
        target = request.target
        place = self._icrs(target.ra_deg, target.dec_deg)
        years = (self.start - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=365.25)
        mas = math.radians((2000.0 + years - target.epoch) / 3.6e6)
        pole = np.array([0.0, 0.0, 1.0])
        east = np.cross(pole, place)
        east = east / (np.linalg.norm(east) or 1.0)
        north = np.cross(place, east)
        moved = place + mas * (target.pm_ra_mas_yr * east + target.pm_dec_mas_yr * north)
        normed: Floats = moved / np.linalg.norm(moved)
        return normed

    def _hour_angle(self, ra: float, seconds: Floats) -> Floats:
        """Return hour angles, radians, in [-pi, pi)."""
        theta = self.sky.theta0_rad + self.sky.theta_rate_rad_s * seconds
        wrapped: Floats = np.mod(theta - ra + math.pi, 2.0 * math.pi) - math.pi
        return wrapped

    def _altaz(self, dec: float | Floats, angle: Floats) -> tuple[Floats, Floats]:
        """Return altitude and azimuth, degrees, by the spherical triangle."""
        sine = np.sin(self.lat) * np.sin(dec) + np.cos(self.lat) * np.cos(dec) * np.cos(angle)
        altitude = np.arcsin(np.clip(sine, -1.0, 1.0))
        azimuth = math.pi + np.arctan2(
            np.sin(angle) * np.cos(dec),
            np.cos(angle) * np.cos(dec) * np.sin(self.lat) - np.sin(dec) * np.cos(self.lat),
        )
        return np.degrees(altitude), np.mod(np.degrees(azimuth), 360.0)

    def _body(self, table: Floats, seconds: Floats) -> tuple[Floats, Floats]:
        """Return unit vectors (n, 3), ICRS axes, and altitudes of Sun or Moon."""
        rows = [np.interp(seconds, self.sky.table_s, table[:, axis]) for axis in range(3)]
        vectors = np.array(rows).T
        vectors = vectors / np.linalg.norm(vectors, axis=1)[:, None]
        of_date = vectors @ self.sky.bpn.T
        ra = np.arctan2(of_date[:, 1], of_date[:, 0])
        dec = np.arcsin(np.clip(of_date[:, 2], -1.0, 1.0))
        theta = self.sky.theta0_rad + self.sky.theta_rate_rad_s * seconds
        return vectors, self._altaz(dec, theta - ra)[0]

    # constraints

    def complaints(self, request: Request, slot: Slot) -> Iterator[str]:
        """Yield what does not hold from on_target to end."""
        yield from self._times(request, slot)
        seconds = self._seconds(slot)
        icrs = self._target(request)
        ra, dec = self._seen(icrs)
        angle = self._hour_angle(ra, seconds)
        altitude, azimuth = self._altaz(dec, angle)
        yield from self._heights(request, altitude, azimuth)
        yield from self._angles(request, np.degrees(angle))
        yield from self._lights(request, icrs, seconds)
        yield from self._turns(np.degrees(angle), azimuth)

    def _times(self, request: Request, slot: Slot) -> Iterator[str]:
        begin, end = request.window
        lasts = elapsed_s(slot.on_target, slot.end)
        if lasts < request.duration_s - 1e-3:
            yield f"lasts {lasts:g} s, {request.duration_s:g} s needed"
        if begin is not None and slot.on_target < begin - timedelta(milliseconds=2):
            yield "begins before its window"
        if end is not None and slot.end > end + timedelta(milliseconds=2):
            yield "ends behind its window"
        if request.not_before is not None and slot.on_target < request.not_before - timedelta(
            milliseconds=2
        ):
            yield "begins too early"

    def _heights(self, request: Request, altitude: Floats, azimuth: Floats) -> Iterator[str]:
        limits, site = request.constraints, self.problem.site
        lowest = float(altitude.min())
        if lowest < limits.min_altitude_deg - TOLERANCE_DEG:
            yield f"down to {lowest:.3f} deg, {limits.min_altitude_deg:g} asked"
        if limits.max_airmass is not None:
            height = max(lowest, 0.0)
            mass = 1.0 / (math.sin(math.radians(height)) + 0.50572 * (height + 6.07995) ** -1.6364)
            if mass > limits.max_airmass * (1.0 + 1e-6):
                yield f"air mass up to {mass:.4f}, {limits.max_airmass:g} allowed"
        if site.horizon:
            line = sorted(site.horizon)
            closed = [(az + turn, alt) for turn in (-360.0, 0.0, 360.0) for az, alt in line]
            edge = np.interp(azimuth, [az for az, _ in closed], [alt for _, alt in closed])
            if float((altitude - edge).min()) < -TOLERANCE_DEG:
                yield "behind the local horizon"
        if float(altitude.max()) > self.problem.mount.zenith_max_deg + TOLERANCE_DEG:
            yield "too near the zenith"

    def _angles(self, request: Request, angle_deg: Floats) -> Iterator[str]:
        limits = request.constraints
        if limits.ha_min_h is not None and float(angle_deg.min()) / 15.0 < limits.ha_min_h - 1e-6:
            yield "before its least hour angle"
        if limits.ha_max_h is not None and float(angle_deg.max()) / 15.0 > limits.ha_max_h + 1e-6:
            yield "beyond its greatest hour angle"

    def _lights(self, request: Request, icrs: Floats, seconds: Floats) -> Iterator[str]:
        limits = request.constraints
        _, sun = self._body(self.sky.sun, seconds)
        sun_limit = limits.sun_max_altitude_deg
        if sun_limit is not None and float(sun.max()) > sun_limit + TOLERANCE_DEG:
            yield f"Sun up to {float(sun.max()):.3f} deg"
        vectors, altitude = self._body(self.sky.moon, seconds)
        cross = np.linalg.norm(np.cross(vectors, icrs), axis=1)
        distance = np.degrees(np.arctan2(cross, vectors @ icrs))
        counts = altitude > TOLERANCE_DEG
        if limits.moon_counts == "always":
            counts = np.ones_like(counts)
        near = distance < limits.moon_min_distance_deg - TOLERANCE_DEG
        if bool(np.any(near & counts)):
            yield f"Moon at {float(distance.min()):.3f} deg"
        lit = np.interp(seconds, self.sky.table_s, self.sky.moon_lit)
        bright = lit > limits.moon_max_illumination + 1e-9
        if bool(np.any(bright & (altitude > TOLERANCE_DEG))):
            yield "Moon too bright"

    def _turns(self, angle_deg: Floats, azimuth: Floats) -> Iterator[str]:
        mount = self.problem.mount
        if mount.kind is MountKind.GERMAN:
            unwrapped = np.degrees(np.unwrap(np.radians(angle_deg)))
            if unwrapped[0] < 0.0 and unwrapped[-1] > mount.past_meridian_deg + TOLERANCE_DEG:
                yield "crosses the meridian"
        if mount.kind is MountKind.ALTAZ and mount.wrap_from_deg is not None:
            counted = np.mod(azimuth - mount.wrap_from_deg, 360.0)
            if bool(np.any(np.abs(np.diff(counted)) > 180.0)):
                yield "crosses the stop of the azimuth axis"

    # value

    def worth(self, request: Request, slot: Slot) -> float:
        """Return what a slot is worth, weighted minutes."""
        rule, step_s = self.problem.value, self.problem.night.step_s
        steps = math.ceil(request.duration_s / step_s - 1e-6 / step_s)
        middle = elapsed_s(self.sky.t0, slot.on_target) + max(1, steps) // 2 * step_s
        ra, dec = self._seen(self._target(request))
        altitude, _ = self._altaz(dec, self._hour_angle(ra, np.array([middle])))
        height = math.sin(math.radians(float(altitude[0])))
        worth = request.weight * math.pow(request.priority / 100.0, rule.priority_power)
        worth *= request.duration_s / 60.0 if rule.per == "minute" else 1.0
        worth *= math.pow(max(rule.air_floor, height), rule.air_power)
        if request.preferred is not None:
            away = abs(self._on_grid(slot.on_target) - self._on_grid(request.preferred))
            worth *= 1.0 - rule.preferred_loss * min(1.0, away / rule.preferred_tolerance_s)
        if request.decay_s is not None:
            waited = self._on_grid(slot.on_target) - self._since(request)
            worth *= math.exp(-max(0.0, waited) / request.decay_s)
        return worth

    def _on_grid(self, instant: datetime) -> float:
        step_s = self.problem.night.step_s
        return max(0.0, math.ceil(elapsed_s(self.start, instant) / step_s - 1e-6 / step_s) * step_s)

    def _since(self, request: Request) -> float:
        night = self.problem.night
        begin = night.start
        if request.tier is Tier.ALERT:
            begin = night.alert_start or begin
        instants = [begin, self.problem.now, request.not_before]
        return max(self._on_grid(instant) for instant in instants if instant is not None)

    # set-up

    def setup_s(self, earlier: Slot | None, slot: Slot) -> float:
        """Return the least time from the end of what runs before a slot to its first photon."""
        two = self.requests[slot.id]
        one, one_on, one_end = self._before(earlier, slot)
        move = self._move_s(one, one_on, one_end, two, slot)
        wheels = self._wheels_s({} if one is None else one[2], two)
        both = move + wheels if self.problem.combine == "sum" else max(move, wheels)
        return self.problem.mount.settle_s + both

    def _before(self, earlier: Slot | None, slot: Slot) -> tuple[Place | None, datetime, datetime]:
        """Return where the telescope looked before a slot, since when, until when."""
        now = self.problem.now or self.start
        found: list[tuple[datetime, datetime, Place | None]] = []
        if earlier is not None:
            request = self.requests[earlier.id]
            filters = {name: pair[1] for name, pair in request.setup.items()}
            place = (request.target.ra_deg, request.target.dec_deg, filters)
            found.append((earlier.end, earlier.on_target, place))
        running = self.problem.running
        if running is not None:
            found.append((running.end, now, self._of_running()))
        found += [
            (block.end, block.start, None)
            for block in self.problem.blocks
            if block.end <= slot.start + timedelta(milliseconds=2)
        ]
        if not found:
            initial = self.problem.initial
            place_of_initial: Place | None = None
            if initial is not None:
                place_of_initial = (initial.ra_deg, initial.dec_deg, initial.filters)
            return place_of_initial, now, now
        end, on, last = max(found, key=lambda item: item[0])
        return last, on, end

    def _of_running(self) -> Place | None:
        running = self.problem.running
        if running is None:
            return None
        if running.ra_deg is not None and running.dec_deg is not None:
            return running.ra_deg, running.dec_deg, running.filters
        request = self.requests.get(running.id)
        if request is None:
            return None
        filters = {name: pair[1] for name, pair in request.setup.items()}
        return request.target.ra_deg, request.target.dec_deg, filters

    def _wheels_s(self, has: Mapping[str, str], two: Request) -> float:
        times = [0.0]
        for name, (wanted, _) in two.setup.items():
            channel = self.problem.channels.get(name)
            if channel is not None and has.get(name) != wanted:
                times.append(channel.filter_s + channel.focus_s)
        return sum(times) if self.problem.wheels == "sum" else max(times)

    def _move_s(
        self, one: Place | None, on: datetime, end: datetime, two: Request, slot: Slot
    ) -> float:
        mount = self.problem.mount
        axes = [*mount.axes, *([mount.dome] if mount.dome is not None else [])]
        if one is None:
            return max(_turn_s(axis, UNKNOWN_DEG) for axis in axes)
        old, new = self._icrs(one[0], one[1]), self._target(two)
        if mount.kind is MountKind.SIMPLE:
            cross = float(np.linalg.norm(np.cross(old, new)))
            times = [_turn_s(mount.axes[0], math.degrees(math.atan2(cross, float(old @ new))))]
        else:
            pairs = zip(
                self._axes_of(old, on, end),
                self._axes_of(new, slot.on_target, slot.on_target),
                strict=True,
            )
            first, second = (abs(b - a) for a, b in pairs)
            if mount.kind is MountKind.ALTAZ and mount.wrap_from_deg is None:
                first = min(first, 360.0 - first)
            times = [_turn_s(mount.axes[0], first), _turn_s(mount.axes[-1], second)]
        if mount.dome is not None:
            swing = abs(self._azimuth_of(old, end) - self._azimuth_of(new, slot.on_target))
            times.append(_turn_s(mount.dome, min(swing, 360.0 - swing)))
        return max(times)

    def _axes_of(self, icrs: Floats, on: datetime, at: datetime) -> tuple[float, float]:
        mount = self.problem.mount
        ra, dec = self._seen(icrs)
        on_s, at_s = elapsed_s(self.sky.t0, on), elapsed_s(self.sky.t0, at)
        begin = float(np.degrees(self._hour_angle(ra, np.array([on_s])))[0])
        if mount.kind is MountKind.ALTAZ:
            altitude, azimuth = self._altaz(dec, self._hour_angle(ra, np.array([at_s])))
            stop = mount.wrap_from_deg or 0.0
            return (float(azimuth[0]) - stop) % 360.0, float(altitude[0])
        angle = begin + math.degrees(self.sky.theta_rate_rad_s) * (at_s - on_s)
        if mount.kind is MountKind.GERMAN and begin >= 0.0:
            return angle - 180.0, 180.0 - math.degrees(dec)
        return angle, math.degrees(dec)

    def _azimuth_of(self, icrs: Floats, at: datetime) -> float:
        ra, dec = self._seen(icrs)
        seconds = np.array([elapsed_s(self.sky.t0, at)])
        return float(self._altaz(dec, self._hour_angle(ra, seconds))[1][0])


def _turn_s(axis: Axis, distance_deg: float) -> float:
    if axis.accel_deg_s2 is None:
        return distance_deg / axis.rate_deg_s
    ramp = axis.rate_deg_s**2 / axis.accel_deg_s2
    if distance_deg <= ramp:
        return 2.0 * math.sqrt(max(0.0, distance_deg) / axis.accel_deg_s2)
    return (distance_deg + ramp) / axis.rate_deg_s
