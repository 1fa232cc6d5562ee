"""Where Sun and Moon stand, and how much of the Moon is lit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import erfa
import numpy as np
import numpy.typing as npt

from pyros.sky.coords import altaz_of, angle_deg, local_axes
from pyros.sky.frame import AU_KM, LIGHT_AU_DAY, Floats, frame_of, half_day, radec_deg, unit
from pyros.sky.site import Site
from pyros.sky.times import DAY_S, JD_OF_MJD_ZERO, Times, as_mjd, tt_of

MOON_LIGHT_S = 1.28
MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body as seen from the site; every field has the shape of the instants.

    Right ascension and declination are apparent, topocentric, in ICRS axes; altitude and azimuth
    are geometric; all degrees.  `illumination` is the lit fraction, 0 to 1 (1 for the Sun).
    """

    ra_deg: Floats
    dec_deg: Floats
    alt_deg: Floats
    az_deg: Floats
    illumination: Floats


def sun(site: Site, times: Times) -> Body:
    """Return the Sun's centre as seen from the site; good to 1 arcsec."""
    mjd = as_mjd(times)
    return _body(site, mjd, sun_vectors(site, mjd), np.ones_like(mjd))


def sun_radec_deg(site: Site, instant: datetime) -> tuple[float, float]:
    """Return the Sun's right ascension and declination in the minute of an instant, degrees.

    As `sun`, but computed once a minute, in which the Sun moves by less than 3 arcsec.
    """
    return _sun_in_minute(site, math.floor(float(as_mjd(instant)) * MINUTES_A_DAY))


@lru_cache(maxsize=16)
def _sun_in_minute(site: Site, minute: int) -> tuple[float, float]:
    body = sun(site, minute / MINUTES_A_DAY)
    return float(body.ra_deg), float(body.dec_deg)


def moon(site: Site, times: Times) -> Body:
    """Return the Moon's centre as seen from the site; good to 1 arcsec."""
    mjd = as_mjd(times)
    vectors = moon_vectors(site, mjd)
    return _body(site, mjd, vectors, _lit(vectors, sun_vectors(site, mjd)))


def sun_altitude(site: Site, times: Times) -> Floats:
    """Return the geometric altitude of the Sun's centre, degrees, at the shape of `times`."""
    mjd = as_mjd(times)
    altitude, _ = altaz_of(_east_north_up(site, mjd, sun_vectors(site, mjd)))
    return altitude


def moon_illumination(site: Site, times: Times) -> Floats:
    """Return the lit fraction of the Moon, 0 to 1, at the shape of `times`."""
    mjd = as_mjd(times)
    return _lit(moon_vectors(site, mjd), sun_vectors(site, mjd))


def moon_distance_deg(
    site: Site, ra_deg: npt.ArrayLike, dec_deg: npt.ArrayLike, times: Times
) -> Floats:
    """Return the angle from ICRS directions (shape S) to the Moon (times: T); shape S + T."""
    directions, vectors = unit(ra_deg, dec_deg), moon_vectors(site, as_mjd(times))
    shape = directions.shape[:-1] + (1,) * (vectors.ndim - 1) + (3,)
    return angle_deg(directions.reshape(shape), vectors)


def sun_vectors(site: Site, times: Times) -> Floats:
    """Return the Sun from the site, AU, ICRS axes, aberration included: times' shape + (3,)."""
    mjd = as_mjd(times)
    heliocentric, barycentric = erfa.epv00(JD_OF_MJD_ZERO, tt_of(mjd))
    geocentric = -np.asarray(heliocentric["p"])
    distance = np.linalg.norm(geocentric, axis=-1, keepdims=True)
    seen: Floats = geocentric + distance * np.asarray(barycentric["v"]) / LIGHT_AU_DAY
    return seen - _observer(site, mjd)


def moon_vectors(site: Site, times: Times) -> Floats:
    """Return the Moon from the site, AU, ICRS axes: times' shape + (3,)."""
    mjd = as_mjd(times)
    geocentric: Floats = np.asarray(
        erfa.moon98(JD_OF_MJD_ZERO, tt_of(mjd) - MOON_LIGHT_S / DAY_S)["p"]
    )
    return geocentric - _observer(site, mjd)


def _observer(site: Site, mjd: Floats) -> Floats:
    """Return the site from the centre of the Earth, AU, ICRS axes: (..., 3)."""
    metres = erfa.gd2gc(1, np.radians(site.lon_deg), np.radians(site.lat_deg), site.height_m)
    x, y, z = np.asarray(metres) / (AU_KM * 1000.0)
    flat = mjd.reshape(-1)
    halves, answer = half_day(flat), np.empty((flat.size, 3))
    for half in np.unique(halves):
        frame, here = frame_of(float(half)), halves == half
        theta = frame.sidereal_rad(flat[here])
        cos, sin = np.cos(theta), np.sin(theta)
        of_date = np.stack([x * cos - y * sin, x * sin + y * cos, np.full_like(cos, z)], axis=-1)
        answer[here] = of_date @ frame.bpn
    return answer.reshape((*mjd.shape, 3))


def _body(site: Site, mjd: Floats, vectors: Floats, lit: Floats) -> Body:
    altitude, azimuth = altaz_of(_east_north_up(site, mjd, vectors))
    ra, dec = radec_deg(vectors)
    return Body(ra_deg=ra, dec_deg=dec, alt_deg=altitude, az_deg=azimuth, illumination=lit)


def _east_north_up(site: Site, mjd: Floats, vectors: Floats) -> Floats:
    """Return (3, ...) of apparent directions (..., 3), one for each instant."""
    flat, directions = mjd.reshape(-1), vectors.reshape(-1, 3)
    halves, answer = half_day(flat), np.empty((3, flat.size))
    for half in np.unique(halves):
        frame, here = frame_of(float(half)), halves == half
        x, y, z = (directions[here] @ frame.bpn.T).T
        theta = frame.sidereal_rad(flat[here]) + np.radians(site.lon_deg)
        cos, sin = np.cos(theta), np.sin(theta)
        answer[:, here] = local_axes(site, x * cos + y * sin, y * cos - x * sin, z)
    return answer.reshape((3, *mjd.shape))


def _lit(moon_from_site: Floats, sun_from_site: Floats) -> Floats:
    """Return the lit fraction: half of 1 + cos of the angle Sun, Moon, observer."""
    to_sun, to_us = sun_from_site - moon_from_site, -moon_from_site
    return (1.0 + np.cos(np.radians(angle_deg(to_sun, to_us)))) / 2.0
