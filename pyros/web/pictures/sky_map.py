"""The sky over the site as numbers for a drawing: horizon, targets, Sun, Moon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pyros.sky.bodies import Body, moon, sun
from pyros.sky.coords import altaz, sidereal_deg
from pyros.sky.site import Site

HORIZON_STEP_DEG = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A target of tonight: ICRS degrees; `state` is planned, running or done."""

    name: str
    ra_deg: float
    dec_deg: float
    state: str
    start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Star:
    """Something in the sky, degrees; altitude and azimuth are of the map's instant.

    Right ascension and declination are of date: a page turns it with the sidereal time alone.
    """

    name: str
    ra_deg: float
    dec_deg: float
    alt_deg: float
    az_deg: float
    state: str
    start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkyMap:
    """The sky at one instant; `horizon` are (azimuth, altitude) all round, degrees."""

    at: datetime
    lat_deg: float
    sidereal_deg: float
    min_altitude_deg: float
    horizon: tuple[tuple[float, float], ...]
    targets: tuple[Star, ...]
    moon: Star
    moon_illumination: float
    moon_distance_deg: float
    sun: Star
    sun_distance_deg: float


def sky_map(  # noqa: PLR0913  what is on the map
    site: Site,
    at: datetime,
    targets: Iterable[Wanted],
    *,
    min_altitude_deg: float,
    moon_distance_deg: float = 30.0,
    sun_distance_deg: float = 40.0,
) -> SkyMap:
    """Return what the map of the sky at `at` shows."""
    lst_deg = float(sidereal_deg(site, at))
    moon_now = moon(site, at)
    return SkyMap(
        at=at,
        lat_deg=site.lat_deg,
        sidereal_deg=lst_deg,
        min_altitude_deg=min_altitude_deg,
        horizon=_horizon(site),
        targets=tuple(_star(site, at, lst_deg, target) for target in targets),
        moon=_body("Moon", moon_now, site, lst_deg),
        moon_illumination=float(moon_now.illumination),
        moon_distance_deg=moon_distance_deg,
        sun=_body("Sun", sun(site, at), site, lst_deg),
        sun_distance_deg=sun_distance_deg,
    )


def of_date(alt_deg: float, az_deg: float, lat_deg: float, lst_deg: float) -> tuple[float, float]:
    """Return right ascension in [0, 360) and declination of date of a place in the sky, degrees."""
    alt, az, lat = np.radians([alt_deg, az_deg, lat_deg])
    dec = np.arcsin(np.sin(lat) * np.sin(alt) + np.cos(lat) * np.cos(alt) * np.cos(az))
    hour_angle = np.arctan2(
        -np.sin(az) * np.cos(alt),
        np.cos(lat) * np.sin(alt) - np.sin(lat) * np.cos(alt) * np.cos(az),
    )
    return float((lst_deg - np.degrees(hour_angle)) % 360.0), float(np.degrees(dec))


def _star(site: Site, at: datetime, lst_deg: float, target: Wanted) -> Star:
    alt, az = (float(angle) for angle in altaz(site, target.ra_deg, target.dec_deg, at))
    ra, dec = of_date(alt, az, site.lat_deg, lst_deg)
    return Star(
        name=target.name,
        ra_deg=ra,
        dec_deg=dec,
        alt_deg=alt,
        az_deg=az,
        state=target.state,
        start=target.start,
    )


def _body(name: str, body: Body, site: Site, lst_deg: float) -> Star:
    alt, az = float(body.alt_deg), float(body.az_deg)
    ra, dec = of_date(alt, az, site.lat_deg, lst_deg)
    return Star(name=name, ra_deg=ra, dec_deg=dec, alt_deg=alt, az_deg=az, state="body")


def _horizon(site: Site) -> tuple[tuple[float, float], ...]:
    azimuths = range(0, 360, HORIZON_STEP_DEG)
    altitudes = site.horizon_deg(list(azimuths))
    return tuple((float(az), float(alt)) for az, alt in zip(azimuths, altitudes, strict=True))
