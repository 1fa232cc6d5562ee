"""When a night begins and ends at a site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from pyros.sky.bodies import moon_illumination, sun_altitude
from pyros.sky.frame import Floats
from pyros.sky.site import Site
from pyros.sky.tables import MJD_ZERO
from pyros.sky.times import DAY_S, mjd_of, utc_of

SUNSET_DEG = -0.8333
"""Geometric altitude of the Sun's centre at sunset: 34' of refraction and 16' of radius."""
ALERT_SUN_DEG = -12.0
TWILIGHTS_DEG = {"civil": -6.0, "nautical": -12.0, "astronomical": -18.0}
SAMPLE_S = 600.0
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightLimits:
    """One night, from local mean solar noon to the next.

    A limit is None where the Sun does not cross its altitude on that side; `why` then says so.
    When the Sun stays below it all the while, the night lasts from noon to noon.
    """

    date: date
    """Day of the evening, local mean solar time."""
    noon_start: datetime
    noon_end: datetime
    sunset: datetime | None
    sunrise: datetime | None
    sun_max_altitude_deg: float
    start: datetime | None
    end: datetime | None
    alert_start: datetime | None
    alert_end: datetime | None
    moon_illumination: float
    """Lit fraction of the Moon in the middle of the night, 0 to 1."""
    why: str = ""


def twilight_deg(twilight: str | float) -> float:
    """Return the altitude of the Sun of `civil`, `nautical`, `astronomical`, or of a number.

    Raises:
        ValueError: no such twilight.
    """
    if not isinstance(twilight, str):
        return float(twilight)
    try:
        return TWILIGHTS_DEG[twilight.lower()]
    except KeyError:
        allowed = ", ".join(TWILIGHTS_DEG)
        raise ValueError(f"twilight {twilight!r}: allowed is {allowed}, or degrees") from None


def noon_before(site: Site, instant: datetime) -> datetime:
    """Return the last local mean solar noon at or before `instant`; a whole second."""
    after_midnight = timedelta(seconds=round((0.5 - _east_days(site)) * DAY_S))
    return MJD_ZERO + after_midnight + (instant - MJD_ZERO - after_midnight).days * DAY


def night_of(
    site: Site,
    instant: datetime,
    twilight: str | float = "astronomical",
    *,
    alert_sun_deg: float = ALERT_SUN_DEG,
) -> NightLimits:
    """Return the night (local noon to noon) that `instant` lies in; limits in whole seconds."""
    depth = twilight_deg(twilight)
    noon_start = noon_before(site, instant)
    noon = mjd_of(noon_start)
    samples = noon + np.arange(0.0, DAY_S + 1.0, SAMPLE_S) / DAY_S
    altitude = sun_altitude(site, samples)
    sunset, sunrise = _below(site, samples, altitude, SUNSET_DEG)
    start, end = _below(site, samples, altitude, depth)
    alert_start, alert_end = _below(site, samples, altitude, alert_sun_deg)
    why = "" if start is not None else _why_never_dark(samples, altitude, depth)
    return NightLimits(
        date=(noon_start + timedelta(days=_east_days(site))).date(),
        noon_start=noon_start,
        noon_end=noon_start + DAY,
        sunset=sunset if altitude[0] >= SUNSET_DEG else None,
        sunrise=sunrise if altitude[-1] >= SUNSET_DEG else None,
        sun_max_altitude_deg=depth,
        start=start,
        end=end,
        alert_start=alert_start,
        alert_end=alert_end,
        moon_illumination=float(moon_illumination(site, noon + 0.5)),
        why=why,
    )


def _east_days(site: Site) -> float:
    """Return how far local mean solar time is ahead of UTC, in days, -0.5 to 0.5."""
    return ((site.lon_deg + 180.0) % 360.0 - 180.0) / 360.0


def _below(
    site: Site, samples: Floats, altitude: Floats, limit_deg: float
) -> tuple[datetime | None, datetime | None]:
    """Return from when to when the Sun stands below a limit; the longest time if several."""
    dark = np.concatenate([[False], altitude < limit_deg, [False]])
    edges = np.flatnonzero(dark[1:] != dark[:-1])
    if edges.size == 0:
        return None, None
    firsts, lasts = edges[::2], edges[1::2] - 1
    longest = int(np.argmax(lasts - firsts))
    first, last = int(firsts[longest]), int(lasts[longest])
    start = samples[0] if first == 0 else _crossing(site, samples[first - 1 : first + 1], limit_deg)
    end = (
        samples[-1]
        if last == samples.size - 1
        else _crossing(site, samples[last : last + 2], limit_deg)
    )
    return _whole_second(float(start)), _whole_second(float(end))


def _whole_second(mjd: float) -> datetime:
    """Return the nearest second: limits are written and shown in seconds."""
    return (utc_of(mjd) + timedelta(seconds=0.5)).replace(microsecond=0)


def _crossing(site: Site, between: Floats, limit_deg: float) -> float:
    """Return the MJD (UTC) between two samples at which the Sun passes the limit.

    The altitude over ten minutes is a parabola to 0.001 arcsec: three points twice are enough.
    """
    low, high = float(between[0]), float(between[1])
    for points in (5, 5, 5):
        grid = np.linspace(low, high, points)
        above = sun_altitude(site, grid) - limit_deg
        change = int(np.flatnonzero((above[1:] < 0) != (above[:-1] < 0))[0])
        low, high = float(grid[change]), float(grid[change + 1])
        share = above[change] / (above[change] - above[change + 1])
    return low + float(share) * (high - low)


def _why_never_dark(samples: Floats, altitude: Floats, depth_deg: float) -> str:
    lowest = int(np.argmin(altitude))
    return (
        f"the Sun does not go below {depth_deg:g} deg this night: "
        f"lowest {altitude[lowest]:.1f} deg at {utc_of(float(samples[lowest])):%H:%M} UTC"
    )
