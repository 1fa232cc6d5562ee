"""An alert and its plan to a Request: one sequence a tile, albums with bins of time since T0."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from pyros.actors.alerts.strategy import MAX_BIN_EXPOSURES, AlertPlan, Bin
from pyros.domain.request import Album, Plan, Request, RequestKind, SequenceState
from pyros.domain.request import Sequence as Pointing
from pyros.domain.target import Constraints, FixedTarget

OVERHEAD_S = 1.0
"""Least time between two exposures, seconds: no camera reads faster."""
SETUP_S = 60.0
"""Slew, filter and settling of one tile, seconds, for the estimate."""
ALERT_MOON_MIN_DEG = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a request is built for."""

    name: str
    alert_id: int
    burst_at: datetime
    ra_deg: float
    dec_deg: float
    programme: str
    owner: str
    strategy_version: str
    field_deg: float
    """Smallest field of view in use, for tiles."""


def request_of(
    order: Order, plan: AlertPlan, *, now: datetime, request_id: int, sequence_ids: Sequence[int]
) -> Request | None:
    """Return the request of an alert, None if its validity is over.

    `sequence_ids` are as many as the plan has tiles.
    """
    until = order.burst_at + timedelta(seconds=plan.validity_s)
    if until <= now:
        return None
    albums = _albums(order, plan, now)
    if not albums:
        return None
    places = tiles(order.ra_deg, order.dec_deg, plan.grid, order.field_deg)
    pointings = tuple(
        Pointing(
            id=sequence_id,
            request_id=request_id,
            position=number,
            name="follow-up" if plan.grid == 1 else f"tile {number + 1}",
            target=FixedTarget(ra_deg=ra_deg, dec_deg=dec_deg),
            albums=albums,
            window_start=now,
            window_end=until,
            priority=plan.priority,
            constraints=_constraints(plan),
            state=SequenceState.TOBEPLANNED,
            estimate_s=SETUP_S + max(map(duration_s, albums)),
        )
        for number, (sequence_id, (ra_deg, dec_deg)) in enumerate(
            zip(sequence_ids, places, strict=True)
        )
    )
    return Request(
        id=request_id,
        kind=RequestKind.ALERT,
        short_name=order.name,
        owner=order.owner,
        programme=order.programme,
        alert_id=order.alert_id,
        strategy_version=order.strategy_version,
        submitted_at=now,
        sequences=pointings,
    )


def duration_s(album: Album) -> float:
    """Return how long the exposures of an album take, seconds."""
    return sum(plan.count * (plan.exposure_s + OVERHEAD_S) for plan in album.plans)


def tiles(
    ra_deg: float, dec_deg: float, grid: int, field_deg: float
) -> tuple[tuple[float, float], ...]:
    """Return the centres of a square grid of tiles, degrees, the middle first, then outwards.

    Tiles overlap by a tenth of the field.
    """
    side = math.isqrt(grid)
    step_deg = 0.9 * field_deg
    offsets = [(i - (side - 1) / 2.0) * step_deg for i in range(side)]
    places = sorted(((x, y) for x in offsets for y in offsets), key=lambda at: math.hypot(*at))
    return tuple(_offset(ra_deg, dec_deg, x, y) for x, y in places)


def _offset(ra_deg: float, dec_deg: float, x_deg: float, y_deg: float) -> tuple[float, float]:
    """Return the place at tangent-plane offsets (east, north) from a centre, degrees."""
    x, y = math.tan(math.radians(x_deg)), math.tan(math.radians(y_deg))
    dec = math.radians(dec_deg)
    below = math.cos(dec) - y * math.sin(dec)
    new_dec = math.atan2(math.sin(dec) + y * math.cos(dec), math.hypot(x, below))
    return (ra_deg + math.degrees(math.atan2(x, below))) % 360.0 % 360.0, math.degrees(new_dec)


def _constraints(plan: AlertPlan) -> Constraints:
    return Constraints(
        min_altitude_deg=plan.alt_min_deg,
        max_airmass=plan.airmass_max,
        moon_min_distance_deg=plan.moon_min_deg,
        sun_max_altitude_deg=plan.sun_max_deg,
    )


def _albums(order: Order, plan: AlertPlan, now: datetime) -> tuple[Album, ...]:
    age_s = max(0.0, (now - order.burst_at).total_seconds())
    end_s = min(plan.validity_s, age_s + plan.visit_s / plan.grid)
    albums = (
        Album(channel=channel, plans=tuple(_plans(bins, age_s, end_s)))
        for channel, bins in plan.channels.items()
    )
    return tuple(album for album in albums if album.plans)


def _plans(bins: Sequence[Bin], age_s: float, end_s: float) -> Iterator[Plan]:
    """Yield the plans of the bins that are not over yet, up to the end of the visit."""
    from_s = 0.0
    for one in bins:
        until_s = end_s if one.until_s is None else min(one.until_s, end_s)
        begin_s = max(from_s, age_s)
        if until_s > begin_s:
            yield from _exposures(one, begin_s, from_s, until_s)
        from_s = one.until_s or end_s


def _exposures(one: Bin, begin_s: float, from_s: float, until_s: float) -> Iterator[Plan]:
    """Yield plans whose exposure times cycle until the bin is full; equal neighbours are one."""
    for length_s, count in _runs(one.exposures_s, until_s - begin_s):
        yield Plan(
            exposure_s=length_s,
            count=count,
            filter=one.filter,
            bin_from_s=from_s,
            bin_until_s=until_s,
        )


def _runs(lengths_s: Sequence[float], span_s: float) -> Iterator[tuple[float, int]]:
    """Yield how often which exposure time: in turn, until a begun one reaches past the span."""
    if len(lengths_s) == 1:
        count = math.ceil(span_s / (lengths_s[0] + OVERHEAD_S))
        yield lengths_s[0], min(max(count, 1), MAX_BIN_EXPOSURES)
        return
    taken: list[float] = []
    while span_s > 0.0 and len(taken) < MAX_BIN_EXPOSURES:
        taken.append(lengths_s[len(taken) % len(lengths_s)])
        span_s -= taken[-1] + OVERHEAD_S
    for length_s, run in groupby(taken):
        yield length_s, sum(1 for _ in run)
