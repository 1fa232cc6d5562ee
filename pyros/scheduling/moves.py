"""The checker's own set-up times: from what runs before a slot to its first photon."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from pyros.scheduling.audit import Auditor
from pyros.scheduling.instants import elapsed_s
from pyros.scheduling.model import Axis, Block, Channel, Floats, Initial, MountKind, Request
from pyros.scheduling.timetable import Slot

UNKNOWN_DEG = 90.0
SLACK = timedelta(milliseconds=2)


@dataclass(frozen=True, slots=True, eq=False)
class Stay:
    """Where the telescope looks from `on` to `end`, with which filters in the end."""

    icrs_at: Callable[[datetime], Floats]
    on: datetime
    end: datetime
    filters: Mapping[str, str]
    flips: bool = False


class Moves:
    """Least times from one stay to the next."""

    def __init__(self, auditor: Auditor) -> None:
        self._auditor = auditor
        self._problem = auditor.problem
        self._mount = auditor.problem.mount

    def setup_s(self, earlier: Slot | None, slot: Slot) -> float:
        """Return the least time from the end of what runs before a slot to its first photon."""
        request = self._auditor.requests[slot.id]
        first = {name: pair[0] for name, pair in request.setup.items()}
        return self._seconds(self._before(earlier, slot.start), self._of_slot(slot), first)

    def late_for(self, earlier: Slot, block: Block) -> float:
        """Return by how many seconds a slot ends too late for the place of a block; 0: in time."""
        if block.position is None:
            return 0.0
        stay = self._at(block.position, block.start, block.end)
        needed = self._seconds(self._of_slot(earlier), stay, block.position.filters)
        return max(0.0, needed - elapsed_s(earlier.end, block.start))

    def _seconds(self, one: Stay | None, two: Stay, wanted: Mapping[str, str]) -> float:
        move = self._move_s(one, two)
        wheels = self._wheels_s({} if one is None else one.filters, wanted)
        both = move + wheels if self._problem.combine == "sum" else max(move, wheels)
        return self._mount.settle_s + both

    # stays

    def _of_slot(self, slot: Slot) -> Stay:
        return self._of_request(self._auditor.requests[slot.id], slot.on_target, slot.end)

    def _of_request(self, request: Request, on: datetime, end: datetime) -> Stay:
        return Stay(
            lambda at: self._auditor.target(request, at),
            on,
            end,
            {name: pair[1] for name, pair in request.setup.items()},
            request.flip_within,
        )

    def _at(self, place: Initial, on: datetime, end: datetime) -> Stay:
        icrs = self._auditor.icrs(place.ra_deg, place.dec_deg)
        return Stay(lambda _: icrs, on, end, place.filters)

    def _before(self, earlier: Slot | None, start: datetime) -> Stay | None:
        """Return what the telescope did last before an instant; None: nobody knows."""
        begin = self._problem.now or self._auditor.start
        stays = [stay for stay in self._stays(earlier, begin) if stay[0] <= start + SLACK]
        if stays:
            return max(stays, key=lambda pair: pair[0])[1]
        initial = self._problem.initial
        return None if initial is None else self._at(initial, begin, begin)

    def _stays(
        self, earlier: Slot | None, begin: datetime
    ) -> Iterator[tuple[datetime, Stay | None]]:
        if earlier is not None:
            yield earlier.end, self._of_slot(earlier)
        running = self._problem.running
        if running is not None:
            yield running.end, self._of_running(begin, running.end)
        for block in self._problem.blocks:
            if block.end > begin:
                place = block.position
                yield block.end, None if place is None else self._at(place, block.start, block.end)

    def _of_running(self, on: datetime, end: datetime) -> Stay | None:
        running = self._problem.running
        if running is None:
            return None
        if running.ra_deg is not None and running.dec_deg is not None:
            place = Initial(ra_deg=running.ra_deg, dec_deg=running.dec_deg, filters=running.filters)
            return self._at(place, on, end)
        request = self._auditor.requests.get(running.id)
        return None if request is None else self._of_request(request, on, end)

    # what a move takes

    def _wheels_s(self, has: Mapping[str, str], wanted: Mapping[str, str]) -> float:
        times = [0.0]
        for name, filter_name in wanted.items():
            channel = self._problem.channels.get(name)
            if channel is not None:
                times.append(_wheel_s(channel, has.get(name, ""), filter_name))
        return sum(times) if self._problem.wheels == "sum" else max(times)

    def _move_s(self, one: Stay | None, two: Stay) -> float:
        mount = self._mount
        if one is None:
            every = [*mount.axes, *([mount.dome] if mount.dome is not None else [])]
            return max(_turn_s(axis, UNKNOWN_DEG) for axis in every)
        old, new = one.icrs_at(one.end), two.icrs_at(two.on)
        if mount.kind is MountKind.SIMPLE:
            cross = float(np.linalg.norm(np.cross(old, new)))
            times = [_turn_s(mount.axes[0], math.degrees(math.atan2(cross, float(old @ new))))]
        else:
            pairs = zip(self._axes_of(one, one.end), self._axes_of(two, two.on), strict=True)
            first, second = (abs(b - a) for a, b in pairs)
            if mount.kind is MountKind.ALTAZ and mount.wrap_from_deg is None:
                first = min(first, 360.0 - first)
            times = [_turn_s(mount.axes[0], first), _turn_s(mount.axes[-1], second)]
        if mount.dome is not None:
            swing = abs(self._azimuth_of(old, one.end) - self._azimuth_of(new, two.on))
            times.append(_turn_s(mount.dome, min(swing, 360.0 - swing)))
        return max(times)

    def _axes_of(self, stay: Stay, at: datetime) -> tuple[float, float]:
        """Return both axes of the mount, degrees, at an instant of a stay."""
        mount, auditor = self._mount, self._auditor
        if mount.kind is MountKind.ALTAZ:
            altitude, azimuth = self._altaz(stay.icrs_at(at), at)
            return (azimuth - (mount.wrap_from_deg or 0.0)) % 360.0, altitude
        begin, _ = self._equatorial(stay.icrs_at(stay.on), stay.on)
        angle, dec = self._equatorial(stay.icrs_at(at), at)
        turned = math.degrees(auditor.sky.theta_rate_rad_s) * elapsed_s(stay.on, at)
        angle += 360.0 * round((begin + turned - angle) / 360.0)
        over = stay.flips and angle > mount.past_meridian_deg
        if mount.kind is MountKind.GERMAN and (begin >= 0.0 or over):
            return angle - 180.0, 180.0 - dec
        return angle, dec

    def _equatorial(self, icrs: Floats, at: datetime) -> tuple[float, float]:
        """Return hour angle, in [-180, 180), and declination of date, degrees."""
        ra, dec = self._auditor.seen(icrs)
        seconds = np.array([elapsed_s(self._auditor.sky.t0, at)])
        return float(np.degrees(self._auditor.hour_angle(ra, seconds))[0]), math.degrees(dec)

    def _altaz(self, icrs: Floats, at: datetime) -> tuple[float, float]:
        angle, dec = self._equatorial(icrs, at)
        altitude, azimuth = self._auditor.altaz(math.radians(dec), np.radians([angle]))
        return float(altitude[0]), float(azimuth[0])

    def _azimuth_of(self, icrs: Floats, at: datetime) -> float:
        return self._altaz(icrs, at)[1]


def _wheel_s(channel: Channel, has: str, wanted: str) -> float:
    if has == wanted:
        return 0.0
    seconds = channel.filter_s
    if channel.per_slot_s is not None:
        steps = len(channel.slots) // 2
        if {has, wanted} <= set(channel.slots):
            way = (channel.slots.index(wanted) - channel.slots.index(has)) % len(channel.slots)
            steps = min(way, len(channel.slots) - way)
        seconds += max(1, steps) * channel.per_slot_s
    offsets = [channel.focus.get(name) for name in (has, wanted)]
    same = None not in offsets and offsets[0] == offsets[1]
    return seconds if same else seconds + channel.focus_s


def _turn_s(axis: Axis, distance_deg: float) -> float:
    if axis.accel_deg_s2 is None:
        return distance_deg / axis.rate_deg_s
    ramp = axis.rate_deg_s**2 / axis.accel_deg_s2
    if distance_deg <= ramp:
        return 2.0 * math.sqrt(max(0.0, distance_deg) / axis.accel_deg_s2)
    return (distance_deg + ramp) / axis.rate_deg_s
