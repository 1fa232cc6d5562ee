"""The checker's own arithmetic: constraints, set-ups and values of one slot, in float64."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from pyros.scheduling.frame import night_sky
from pyros.scheduling.instants import elapsed_s, label
from pyros.scheduling.model import Floats, MountKind, Problem, Request, Tier
from pyros.scheduling.timetable import Slot

TOLERANCE_DEG = 1e-5
SLACK = timedelta(milliseconds=2)
MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
Track = Sequence[tuple[float, float, float]]


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

    def seen(self, icrs: Floats) -> tuple[float, float]:
        """Return apparent right ascension and declination, radians."""
        seen = icrs + self.sky.beta
        x, y, z = self.sky.bpn @ (seen / np.linalg.norm(seen))
        return math.atan2(y, x), math.atan2(z, math.hypot(x, y))

    def icrs(self, ra_deg: float, dec_deg: float) -> Floats:
        """Return the unit vector of a place."""
        ra, dec = math.radians(ra_deg), math.radians(dec_deg)
        return np.array([math.cos(ra) * math.cos(dec), math.sin(ra) * math.cos(dec), math.sin(dec)])

    def target(self, request: Request, at: datetime) -> Floats:
        """Return the unit vector of a request's target at an instant, ICRS axes."""
        target = request.target
        if target.track:
            return self._on_track(target.track, at)
        place = self.icrs(target.ra_deg, target.dec_deg)
        years = (self.start - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(days=365.25)
        mas = math.radians((2000.0 + years - target.epoch) / 3.6e6)
        pole = np.array([0.0, 0.0, 1.0])
        east = np.cross(pole, place)
        east = east / (np.linalg.norm(east) or 1.0)
        north = np.cross(place, east)
        moved = place + mas * (target.pm_ra_mas_yr * east + target.pm_dec_mas_yr * north)
        normed: Floats = moved / np.linalg.norm(moved)
        return normed

    def _on_track(self, track: Track, at: datetime) -> Floats:
        """Return the place between two rows of a table, turned about the axis of their circle."""
        day = (at - MJD_ZERO) / timedelta(days=1)
        behind = next((place for place, row in enumerate(track) if row[0] > day), len(track) - 1)
        one, two = track[max(0, behind - 1)], track[behind]
        first, second = self.icrs(one[1], one[2]), self.icrs(two[1], two[2])
        axis = np.cross(first, second)
        span = elapsed_s(_of_mjd(one[0]), _of_mjd(two[0]))
        length = float(np.linalg.norm(axis))
        if not length or span <= 0.0:
            return first
        share = min(max(elapsed_s(_of_mjd(one[0]), at) / span, 0.0), 1.0)
        turn = share * math.atan2(length, float(first @ second))
        turned: Floats = first * math.cos(turn) + np.cross(axis / length, first) * math.sin(turn)
        return turned

    def _places(self, request: Request, seconds: Floats) -> Floats:
        """Return (n, 3) places at seconds after the sky's t0."""
        if not request.target.track:
            return np.tile(self.target(request, self.start), (seconds.size, 1))
        instants = [label(self.sky.t0, float(second)) for second in seconds]
        return np.array([self.target(request, instant) for instant in instants])

    def hour_angle(self, ra: float | Floats, seconds: Floats) -> Floats:
        """Return hour angles, radians, in [-pi, pi)."""
        theta = self.sky.theta0_rad + self.sky.theta_rate_rad_s * seconds
        wrapped: Floats = np.mod(theta - ra + math.pi, 2.0 * math.pi) - math.pi
        return wrapped

    def altaz(self, dec: float | Floats, angle: Floats) -> tuple[Floats, Floats]:
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
        return vectors, self.altaz(dec, theta - ra)[0]

    # constraints

    def complaints(self, request: Request, slot: Slot) -> Iterator[str]:
        """Yield what does not hold from on_target to end."""
        yield from self._times(request, slot)
        seconds = self._seconds(slot)
        icrs = self._places(request, seconds)
        seen = icrs + self.sky.beta
        x, y, z = self.sky.bpn @ (seen / np.linalg.norm(seen, axis=1)[:, None]).T
        angle = self.hour_angle(np.arctan2(y, x), seconds)
        altitude, azimuth = self.altaz(np.arctan2(z, np.hypot(x, y)), angle)
        yield from self._heights(request, altitude, azimuth)
        yield from self._angles(request, np.degrees(angle))
        yield from self._lights(request, icrs, seconds)
        yield from self._turns(request, slot, np.degrees(angle), azimuth)

    def _times(self, request: Request, slot: Slot) -> Iterator[str]:
        begin, end = request.window
        track = request.target.track
        if track and not (
            _of_mjd(track[0][0]) - SLACK <= slot.on_target
            and slot.end <= _of_mjd(track[-1][0]) + SLACK
        ):
            yield "outside of the table of its places"
        lasts = elapsed_s(slot.on_target, slot.end)
        if lasts < request.duration_s - 1e-3:
            yield f"lasts {lasts:g} s, {request.duration_s:g} s needed"
        if begin is not None and slot.on_target < begin - SLACK:
            yield "begins before its window"
        if end is not None and slot.end > end + SLACK:
            yield "ends behind its window"
        if request.not_before is not None and slot.on_target < request.not_before - timedelta(
            milliseconds=2
        ):
            yield "begins too early"

    def _heights(self, request: Request, altitude: Floats, azimuth: Floats) -> Iterator[str]:
        limits, site = request.constraints, self.problem.site
        lowest = float(altitude.min())
        least = max(limits.min_altitude_deg, site.min_altitude_deg)
        if lowest < least - TOLERANCE_DEG:
            yield f"down to {lowest:.3f} deg, {least:g} asked"
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
        distance = np.degrees(np.arctan2(cross, np.sum(vectors * icrs, axis=1)))
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

    def _turns(
        self, request: Request, slot: Slot, angle_deg: Floats, azimuth: Floats
    ) -> Iterator[str]:
        mount = self.problem.mount
        if mount.kind is MountKind.GERMAN:
            unwrapped = np.degrees(np.unwrap(np.radians(angle_deg)))
            over = unwrapped[0] < 0.0 and unwrapped[-1] > mount.past_meridian_deg + TOLERANCE_DEG
            if over and not request.flip_within:
                yield "crosses the meridian"
            lasts = elapsed_s(slot.on_target, slot.end)
            if over and lasts < request.duration_s + mount.flip_s - 1e-3:
                yield f"lasts {lasts:g} s, no time to turn over in"
        if mount.kind is MountKind.ALTAZ and mount.wrap_from_deg is not None:
            counted = np.mod(azimuth - mount.wrap_from_deg, 360.0)
            if bool(np.any(np.abs(np.diff(counted)) > 180.0)):
                yield "crosses the stop of the azimuth axis"

    # value

    def worth(self, request: Request, slot: Slot) -> float:
        """Return what a slot is worth, weighted minutes."""
        rule, step_s = self.problem.value, self.problem.night.step_s
        turns = request.flip_within and self.problem.mount.kind is MountKind.GERMAN
        lasts_s = request.duration_s + (self.problem.mount.flip_s if turns else 0.0)
        steps = math.ceil(lasts_s / step_s - 1e-6 / step_s)
        middle = elapsed_s(self.sky.t0, slot.on_target) + max(1, steps) // 2 * step_s
        place = self.target(request, label(self.sky.t0, middle))
        ra, dec = self.seen(place)
        altitude, _ = self.altaz(dec, self.hour_angle(ra, np.array([middle])))
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


def _of_mjd(mjd: float) -> datetime:
    return MJD_ZERO + timedelta(days=mjd)
