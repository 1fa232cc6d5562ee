"""When can many be started, and what is each start worth: all requests of a night together.

The same formulas as `visibility.View` and `Grid.worth`, over some rows at a time; what only few
nights or requests ask for is left to those (`plain`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pyros.scheduling.air import altitude_of_airmass
from pyros.scheduling.instants import elapsed_s, steps_up
from pyros.scheduling.model import Floats, MountKind, Request, Value
from pyros.scheduling.visibility import J2000_YEAR, Mask, View, fixed_times

Longs = npt.NDArray[np.int64]
CELLS_AT_ONCE = 100_000
"""Requests x steps that are looked at together: what a processor keeps near itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """Feasible starts of some requests, each with its value; one row a request."""

    length: Longs
    """(rows,): steps on target."""
    cell_of: Longs
    """(rows + 1,): the cells of row j are cell_of[j] .. cell_of[j + 1] - 1."""
    step: Longs
    value: Floats
    """(cells,): each start, ascending in a row, and what it is worth."""
    icrs: Floats
    """(rows, 3): unit vectors at the night's date."""
    hour_angle0_deg: Floats
    """(rows,): at step 0, in [-180, 180)."""
    dec_deg: Floats


def plain(view: View, request: Request) -> bool:
    """Return whether `Many` knows all that a request asks for."""
    problem = view.problem
    wraps = problem.mount.kind is MountKind.ALTAZ and problem.mount.wrap_from_deg is not None
    armed = any(armed.id == request.id for armed in problem.armed)
    return not (request.target.track or wraps or armed)


class Many:
    """Plain requests of one night, looked at together."""

    def __init__(self, view: View, rule: Value, requests: Sequence[Request]) -> None:
        self._view, self._rule, self._requests = view, rule, requests
        lengths = {
            key: view.length(request)
            for request in requests
            for key in [(request.duration_s, request.flip_within)]
        }
        self.length: Longs = np.array(
            [lengths[one.duration_s, one.flip_within] for one in requests], dtype=np.int64
        )
        self.icrs = _icrs(requests, view.t0)
        seen = self.icrs + view.sky.beta
        seen /= np.linalg.norm(seen, axis=-1, keepdims=True)
        self._of_date = seen @ view.sky.bpn.T
        x, y, z = self._of_date.T
        angle = math.degrees(float(view.theta[0])) - np.degrees(np.arctan2(y, x))
        self.hour_angle0_deg = (angle + 180.0) % 360.0 - 180.0
        self.dec_deg = np.degrees(np.arcsin(np.clip(z, -1.0, 1.0)))
        self._turned = np.degrees(view.theta - view.theta[0])
        latitude = math.radians(view.problem.site.lat_deg)
        self._cos_lat, self._sin_lat = math.cos(latitude), math.sin(latitude)
        self._base: Floats = np.array(
            [self._worth_at_zenith(one) for one in requests], dtype=np.float64
        )

    def _limit(self, name: str) -> Floats:
        """Return (rows,): a limit of the constraints, NaN where there is none."""
        return np.array(
            [getattr(one.constraints, name) for one in self._requests], dtype=np.float64
        )

    def starts(self) -> Starts:
        """Return every feasible start, and what it is worth."""
        rows = max(1, CELLS_AT_ONCE // (self._view.steps + 1))
        counts, steps, values = [], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
        for low in range(0, len(self._requests), rows):
            part = slice(low, min(low + rows, len(self._requests)))
            owner, step, value = self._part(part)
            counts.append(np.bincount(owner, minlength=part.stop - low))
            steps.append(step)
            values.append(value)
        return Starts(
            self.length,
            np.concatenate([[0], *counts]).cumsum(),
            np.concatenate(steps),
            np.concatenate(values),
            self.icrs,
            self.hour_angle0_deg,
            self.dec_deg,
        )

    def _part(self, part: slice) -> tuple[Longs, Longs, Floats]:
        """Return owner (from the part's first), step and value of the starts of some rows."""
        view = self._view
        x, y, z = self._of_date[part].T
        sine = (self._cos_lat * x)[:, None] * view.cos
        sine += (self._sin_lat * z)[:, None]
        sine += (self._cos_lat * y)[:, None] * view.sin
        holds = sine >= self._least_sine[part, None]
        if view.problem.mount.zenith_max_deg < 90.0:
            holds &= sine <= math.sin(math.radians(view.problem.mount.zenith_max_deg))
        low, high = self._times
        holds &= view.step_axis >= low[part, None]
        holds &= view.step_axis <= high[part, None]
        for number, masks in self._common:
            holds &= masks[number[part]]
        self._far_from_the_moon(holds, part)
        self._inside_hour_angles(holds, part)
        self._above_horizon(holds, sine, part)
        owner, step = _cells(holds, self.length[part])
        if view.problem.mount.kind is MountKind.GERMAN:
            stays = self._on_one_side(owner, step, part)
            owner, step = owner[stays], step[stays]
        if self._short_blocks:
            stays = self._beside_short_blocks(owner, step, part)
            owner, step = owner[stays], step[stays]
        return owner, step, self._worth(owner, step, sine, part)

    # limits, one a row

    @cached_property
    def _least_sine(self) -> Floats:
        """Return (rows,): the sine of the altitude must be at least this."""
        site = self._view.problem.site.min_altitude_deg
        low = np.sin(np.radians(np.maximum(self._limit("min_altitude_deg"), site)))
        floors = {
            limit: math.sin(math.radians(altitude_of_airmass(limit)))
            for one in self._requests
            if (limit := one.constraints.max_airmass) is not None
        }
        air = [floors.get(one.constraints.max_airmass or 0.0, -2.0) for one in self._requests]
        least: Floats = np.maximum(low, air) if air else low
        return least

    @cached_property
    def _times(self) -> tuple[Longs, Longs]:
        """Return (rows,) twice: first and last instant that night, window and not_before leave."""
        view = self._view
        nights = {tier: view.night_of(tier) for tier in {one.tier for one in self._requests}}
        low, high = [], []
        for one in self._requests:
            first, last = nights[one.tier]
            begin, end = one.window
            for instant in (begin, one.not_before):
                if instant is not None:
                    first = max(first, view.up(instant))
            low.append(first)
            high.append(last if end is None else min(last, view.down(end)))
        return np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)

    @cached_property
    def _common(self) -> list[tuple[Longs, Mask]]:
        """Return pairs: which of some masks each row obeys; each mask is for one limit."""
        view, found = self._view, []
        lit = np.where(view.moon_altitude_deg > 0.0, view.moon_lit, 0.0)
        for name, measure in (
            ("sun_max_altitude_deg", view.sun_altitude_deg),
            ("moon_max_illumination", lit),
        ):
            limits, number = np.unique(self._limit(name), return_inverse=True)
            masks = ~(measure > limits[:, None])  # NaN: no limit
            found.append((number.reshape(-1), masks))
        free = np.ones((1, view.steps + 1), dtype=np.bool_)
        for _, first, last in fixed_times(view):
            free[0, max(0, first + 1) : max(0, last)] = False
        found.append((np.zeros(len(self._requests), dtype=np.int64), free))
        return [(number, masks) for number, masks in found if not masks.all()]

    @cached_property
    def _short_blocks(self) -> list[tuple[int, int]]:
        """Return what is fixed for one step only: no instant lies inside it."""
        return [(one, two) for _, one, two in fixed_times(self._view) if two == one + 1]

    # constraints that need more than the altitude

    def _far_from_the_moon(self, holds: Mask, part: slice) -> None:
        limit = self._limit_moon[part]
        rows = np.flatnonzero(limit > 0.0)
        if rows.size:
            cosine = self.icrs[part][rows] @ self._view.moon.T
            far = cosine <= np.cos(np.radians(limit[rows]))[:, None]
            down = self._view.moon_altitude_deg <= 0.0
            far |= self._moon_up_only[part][rows, None] & down
            holds[rows] &= far

    @cached_property
    def _limit_moon(self) -> Floats:
        return self._limit("moon_min_distance_deg")

    @cached_property
    def _moon_up_only(self) -> Mask:
        return np.array([one.constraints.moon_counts == "up" for one in self._requests], dtype=bool)

    @cached_property
    def _limits_ha_h(self) -> tuple[Floats, Floats]:
        return self._limit("ha_min_h"), self._limit("ha_max_h")

    def _hour_angle_deg(self, rows: Longs, steps: Longs | slice) -> Floats:
        """Return hour angles, in [-180, 180); rows and steps side by side, or each with each."""
        first = self.hour_angle0_deg[rows]
        turned = self._turned[steps]
        angle = first[:, None] + turned if isinstance(steps, slice) else first + turned
        wrapped: Floats = np.mod(angle + 180.0, 360.0) - 180.0
        return wrapped

    def _inside_hour_angles(self, holds: Mask, part: slice) -> None:
        low, high = (limit[part] for limit in self._limits_ha_h)
        rows = np.flatnonzero(~(np.isnan(low) & np.isnan(high)))
        if rows.size:
            angle_h = self._hour_angle_deg(rows + part.start, slice(None)) / 15.0
            holds[rows] &= ~(angle_h < low[rows, None]) & ~(angle_h > high[rows, None])

    def _above_horizon(self, holds: Mask, sine: Floats, part: slice) -> None:
        site = self._view.problem.site
        if not site.horizon:
            return
        points = np.asarray(site.horizon, dtype=np.float64)
        near = math.sin(math.radians(min(90.0, float(points[:, 1].max()) + 1e-6)))
        rows, steps = np.nonzero(holds & (sine <= near))
        angle = np.radians(self._hour_angle_deg(rows + part.start, steps))
        dec = np.radians(self.dec_deg[part])[rows]
        east = -np.cos(dec) * np.sin(angle)
        north = self._cos_lat * np.sin(dec) - self._sin_lat * np.cos(dec) * np.cos(angle)
        azimuth = np.mod(np.degrees(np.arctan2(east, north)), 360.0)
        altitude = np.degrees(np.arcsin(np.clip(sine[rows, steps], -1.0, 1.0)))
        below = altitude < np.interp(azimuth, points[:, 0], points[:, 1], period=360.0)
        holds[rows[below], steps[below]] = False

    def _on_one_side(self, owner: Longs, step: Longs, part: slice) -> Mask:
        """Return which starts end before the meridian or begin behind it, or may turn over."""
        view, mount = self._view, self._view.problem.mount
        rate_deg = math.degrees(view.sky.theta_rate_rad_s) * view.step_s
        before = self._hour_angle_deg(owner + part.start, step)
        end = before + rate_deg * self.length[part][owner]
        turns = np.array([one.flip_within for one in self._requests[part]], dtype=np.bool_)
        stays: Mask = (before >= 0.0) | (end <= mount.past_meridian_deg) | turns[owner]
        return stays

    def _beside_short_blocks(self, owner: Longs, step: Longs, part: slice) -> Mask:
        stays = np.ones(step.size, dtype=np.bool_)
        ends = step + self.length[part][owner]
        for first, last in self._short_blocks:
            stays &= (ends <= first) | (step >= last)
        return stays

    # what a start is worth

    def _worth_at_zenith(self, request: Request) -> float:
        rule = self._rule
        weight: float = request.weight * (request.priority / 100.0) ** rule.priority_power
        return weight * (request.duration_s / 60.0 if rule.per == "minute" else 1.0)

    def _worth(self, owner: Longs, step: Longs, sine: Floats, part: slice) -> Floats:
        middle = np.minimum(step + (self.length[part] // 2)[owner], self._view.steps)
        air: Floats = sine[owner, middle]
        np.maximum(air, self._rule.air_floor, out=air)
        np.power(air, self._rule.air_power, out=air)
        air *= self._base[part][owner]
        for row, cells in self._special(owner, part):
            air[cells] = self._wished(self._requests[row], step[cells], air[cells])
        return air

    def _special(self, owner: Longs, part: slice) -> Iterator[tuple[int, slice]]:
        """Yield the rows with wishes of their own about when, and where their cells are."""
        for row in range(part.start, part.stop):
            request = self._requests[row]
            if request.preferred is not None or request.decay_s is not None:
                low, high = np.searchsorted(owner, [row - part.start, row - part.start + 1])
                yield row, slice(int(low), int(high))

    def _wished(self, request: Request, step: Longs, worth: Floats) -> Floats:
        view, rule = self._view, self._rule
        if request.preferred is not None:
            wished = max(0, steps_up(elapsed_s(view.t0, request.preferred), view.step_s))
            share = np.minimum(
                1.0, np.abs(step - wished) * view.step_s / rule.preferred_tolerance_s
            )
            worth = worth * (1.0 - rule.preferred_loss * share)
        if request.decay_s is not None:
            since = view.night_of(request.tier)[0]
            if request.not_before is not None:
                since = max(since, view.up(request.not_before))
            worth = worth * np.exp(-np.maximum(0, step - since) * view.step_s / request.decay_s)
        return worth


def _cells(holds: Mask, length: Longs) -> tuple[Longs, Longs]:
    """Return row and step of each start from which a mask holds to the end of its row's length."""
    rows, steps = holds.shape
    padded = np.zeros((rows, steps + 2), dtype=np.bool_)
    padded[:, 1:-1] = holds
    flat = padded.reshape(-1)
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    owner, first = np.divmod(edges[::2], steps + 2)
    last = edges[1::2] % (steps + 2) - 1 - length[owner]
    counts = np.maximum(0, last - first + 1)
    begins = np.repeat(first - counts.cumsum() + counts, counts)
    return np.repeat(owner, counts), begins + np.arange(begins.size)


def _icrs(requests: Sequence[Request], at: datetime) -> Floats:
    """Return (rows, 3): unit vectors of the targets at the night's date, ICRS axes."""
    year = J2000_YEAR + (at - datetime(2000, 1, 1, 12, tzinfo=at.tzinfo)) / timedelta(days=365.25)
    table = np.array(
        [
            (one.ra_deg, one.dec_deg, one.pm_ra_mas_yr, one.pm_dec_mas_yr, one.epoch)
            for one in (request.target for request in requests)
        ],
        dtype=np.float64,
    ).reshape(-1, 5)
    ra, dec = np.radians(table[:, 0]), np.radians(table[:, 1])
    zero = np.zeros_like(ra)
    place = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
    east = np.stack([-np.sin(ra), np.cos(ra), zero], axis=-1)
    north = np.stack([-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)], axis=-1)
    years = np.radians((year - table[:, 4]) / 3.6e6)[:, None]
    moved = place + years * (table[:, 2:3] * east + table[:, 3:4] * north)
    unit: Floats = moved / np.linalg.norm(moved, axis=-1, keepdims=True)
    return unit
