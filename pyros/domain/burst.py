"""Are two sightings one burst, when was it, which position counts, and does it still stand?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pyros.domain.alert import AlertState, Member, Notice, Origin, Position

BURST_FAMILIES = frozenset(
    {
        "SVOM",
        "Fermi-GBM",
        "Fermi-LAT",
        "Fermi-LAT-offline",
        "Swift",
        "Swift-GUANO",
        "INTEGRAL",
        "GECAM",
        "MAXI",
        "CALET",
        "Konus",
        "IPN",
        "EP",
    }
)
"""Families whose events may be one burst with another family's."""

CLOSE_S = 30.0
"""Sightings so near in time are one burst unless their positions speak against it, seconds."""
FAR_S = 300.0
"""Sightings further apart in time are never one burst, seconds."""
SIGMAS = 3.0
WIDE_DEG = 30.0
"""What a distance may be where an instrument without good systematics took part, degrees."""

_ORIGINS = tuple(Origin)
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One burst as one family saw it: what its notices amount to."""

    member: Member
    burst_at: datetime | None
    origin: Origin
    position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Why two sightings are one burst; distance and uncertainty None without two positions."""

    dt_s: float
    distance_deg: float | None = None
    sigma_deg: float | None = None

    @property
    def order(self) -> tuple[float, float]:
        """The better of several matches comes first: time apart, then distance in sigmas."""
        if self.distance_deg is None or not self.sigma_deg:
            return self.dt_s, math.inf
        return self.dt_s, self.distance_deg / self.sigma_deg

    def __str__(self) -> str:
        text = f"{self.dt_s:.1f} s apart"
        if self.distance_deg is None:
            return text
        return f"{text}, {self.distance_deg:.2f} deg, sigma {self.sigma_deg:.2f} deg"


def separation_deg(a: Position, b: Position) -> float:
    """Return the angle between two places, degrees, 0 to 180."""
    dec_a, dec_b = math.radians(a.dec_deg), math.radians(b.dec_deg)
    half_dec = math.sin((dec_b - dec_a) / 2.0)
    half_ra = math.sin(math.radians(b.ra_deg - a.ra_deg) / 2.0)
    square = half_dec**2 + math.cos(dec_a) * math.cos(dec_b) * half_ra**2
    return math.degrees(2.0 * math.asin(math.sqrt(min(1.0, square))))


def same_burst(a: Sighting, b: Sighting) -> Match | None:
    """Return why two sightings of different families are one burst, None if they are not."""
    dt_s = _apart_s(a, b)
    if dt_s is None or dt_s > FAR_S:
        return None
    if a.position is None or b.position is None:
        return Match(dt_s=dt_s) if dt_s <= CLOSE_S else None
    distance_deg, sigma_deg = separation_deg(a.position, b.position), _sigma_deg(a, b)
    limit_deg = SIGMAS * sigma_deg
    if dt_s <= CLOSE_S and (a.position.systematic_deg or b.position.systematic_deg):
        limit_deg = max(limit_deg, WIDE_DEG)
    if distance_deg > limit_deg:
        return None
    return Match(dt_s=dt_s, distance_deg=distance_deg, sigma_deg=sigma_deg)


def contradict(a: Sighting, b: Sighting) -> bool:
    """Return whether two sightings cannot be one burst whatever a third one says."""
    if a.member[0] == b.member[0]:
        return True
    dt_s = _apart_s(a, b)
    if dt_s is None or a.position is None or b.position is None:
        return False
    return dt_s <= FAR_S and same_burst(a, b) is None


def _apart_s(a: Sighting, b: Sighting) -> float | None:
    """Return the seconds between two bursts, None where the rule does not apply."""
    families = {a.member[0], b.member[0]}
    if len(families) < 2 or not families <= BURST_FAMILIES:
        return None
    if a.burst_at is None or b.burst_at is None or Origin.DATA in (a.origin, b.origin):
        return None
    return abs((a.burst_at - b.burst_at).total_seconds())


def _sigma_deg(a: Sighting, b: Sighting) -> float:
    sides = [side.position for side in (a, b) if side.position is not None]
    return math.hypot(*(s.r68_deg for s in sides), *(s.systematic_deg for s in sides))


def burst_time(notices: Iterable[Notice]) -> tuple[datetime | None, Origin]:
    """Return the earliest time of the best origin among `notices`, and that origin."""
    times = [
        (_ORIGINS.index(notice.burst_origin), notice.burst_at)
        for notice in notices
        if notice.burst_at is not None and not notice.retraction
    ]
    if not times:
        return None, Origin.NONE
    best, at = min(times)
    return at, _ORIGINS[best]


def best_notice(notices: Iterable[Notice]) -> Notice | None:
    """Return the notice whose position counts: class, stage, then newest; never by its radius.

    A doubtful position replaces no other of its family, and counts one class lower among families.
    """
    usable = [one for one in notices if one.position is not None and one.rank is not None]
    sure = {one.family for one in usable if not one.doubts}
    standing = [one for one in usable if not one.doubts or one.family not in sure]
    return max(standing, key=_worth, default=None)


def _worth(notice: Notice) -> tuple[int, int, datetime, str]:
    rank = notice.rank
    if rank is None:
        return 0, 0, _LONG_AGO, notice.ivorn
    written = notice.written or notice.burst_at or _LONG_AGO
    return rank.grade - bool(notice.doubts), rank.stage, written, notice.ivorn


def sighting_of(member: Member, notices: Iterable[Notice]) -> Sighting:
    """Return what the notices of one member amount to."""
    held = tuple(notices)
    at, origin = burst_time(held)
    best = best_notice(held)
    position = best.position if best is not None else None
    return Sighting(member=member, burst_at=at, origin=origin, position=position)


def state_of(
    *, passed: Iterable[Member], members: Iterable[Member], gone: Iterable[Member]
) -> AlertState:
    """Return how an alert stands whose `passed` members got a notice through the gate.

    `gone` are the members withdrawn: one that still stands and passed keeps the alert active.
    """
    withdrawn = frozenset(gone) & frozenset(members)
    if frozenset(passed) - withdrawn:
        return AlertState.ACTIVE
    return AlertState.RETRACTED if withdrawn else AlertState.CANDIDATE
