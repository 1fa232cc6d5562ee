"""Where a direction stands in the local sky; how far two directions are apart; angles as text."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from pyros.sky.frame import Floats, Frame, frame_of, half_day, unit
from pyros.sky.site import Site
from pyros.sky.times import Times, as_mjd

SEA_LEVEL_HPA = 1013.25
SCALE_HEIGHT_M = 8434.5


def altaz(
    site: Site, ra_deg: npt.ArrayLike, dec_deg: npt.ArrayLike, times: Times
) -> tuple[Floats, Floats]:
    """Return geometric altitude and azimuth (from north through east), degrees.

    Without refraction: see `apparent_altitude_deg`.  Right ascension and declination are ICRS
    degrees of shape S, `times` datetimes or MJD (UTC) of shape T; the answers have shape S + T,
    as (n_targets, n_times).  Good to 1 arcsec while the Earth-rotation table holds.
    """
    vectors, mjd = unit(ra_deg, dec_deg), as_mjd(times)
    shape = vectors.shape[:-1] + mjd.shape
    east_north_up = np.empty((3, vectors[..., 0].size, mjd.size))
    flat, moments = vectors.reshape(-1, 3), mjd.reshape(-1)
    halves = half_day(moments)
    for half in np.unique(halves):
        frame, here = frame_of(float(half)), halves == half
        east_north_up[:, :, here] = _local(site, frame, frame.of_date(flat), moments[here])
    altitude, azimuth = altaz_of(east_north_up)
    return altitude.reshape(shape), azimuth.reshape(shape)


def _local(site: Site, frame: Frame, vectors: Floats, mjd: Floats) -> Floats:
    """Return (3, n, t) east, north, up of directions of date (n, 3) at instants (t,)."""
    theta = frame.sidereal_rad(mjd) + np.radians(site.lon_deg)
    cos, sin = np.cos(theta), np.sin(theta)
    x, y, z = (vectors[:, axis, None] for axis in range(3))
    return local_axes(site, x * cos + y * sin, y * cos - x * sin, z)


def local_axes(site: Site, meridian: Floats, east: Floats, pole: Floats) -> Floats:
    """Return (3, ...) east, north, up from the parts along meridian, east and celestial pole."""
    latitude = np.radians(site.lat_deg)
    cos, sin = np.cos(latitude), np.sin(latitude)
    meridian, east, pole = np.broadcast_arrays(meridian, east, pole)
    return np.stack([east, cos * pole - sin * meridian, sin * pole + cos * meridian])


def altaz_of(east_north_up: Floats) -> tuple[Floats, Floats]:
    """Return altitude and azimuth in [0, 360), degrees, of vectors (3, ...)."""
    east, north, up = east_north_up
    altitude = np.degrees(np.arctan2(up, np.hypot(east, north)))
    return altitude, np.mod(np.degrees(np.arctan2(east, north)), 360.0)


def radec(site: Site, alt_deg: npt.ArrayLike, az_deg: npt.ArrayLike, times: Times) -> Floats:
    """Return (2, ...) ICRS right ascension and declination, degrees, seen at altitude, azimuth.

    The inverse of `altaz` at the same shapes: altitudes, azimuths and `times` broadcast.
    """
    alt, az = np.radians(np.asarray(alt_deg, float)), np.radians(np.asarray(az_deg, float))
    alt, az, mjd = np.broadcast_arrays(alt, az, as_mjd(times))
    answer = np.empty((2, alt.size))
    triples = zip(alt.reshape(-1), az.reshape(-1), mjd.reshape(-1), strict=True)
    for place, (height, bearing, moment) in enumerate(triples):
        answer[:, place] = _icrs_of(site, float(height), float(bearing), moment)
    return answer.reshape((2, *alt.shape))


def _icrs_of(site: Site, alt_rad: float, az_rad: float, mjd: Floats) -> tuple[float, float]:
    frame, latitude = frame_of(float(half_day(mjd))), np.radians(site.lat_deg)
    north, east = np.cos(alt_rad) * np.cos(az_rad), np.cos(alt_rad) * np.sin(az_rad)
    up = np.sin(alt_rad)
    meridian = np.cos(latitude) * up - np.sin(latitude) * north
    pole = np.sin(latitude) * up + np.cos(latitude) * north
    theta = float(frame.sidereal_rad(mjd)) + np.radians(site.lon_deg)
    cos, sin = np.cos(theta), np.sin(theta)
    of_date = np.array([meridian * cos - east * sin, meridian * sin + east * cos, pole])
    seen = of_date @ frame.bpn
    # (v + beta) / |v + beta| = seen: scale so that v is a unit vector again
    along = float(seen @ frame.beta)
    scale = along + np.sqrt(along * along + 1.0 - float(frame.beta @ frame.beta))
    x, y, z = scale * seen - frame.beta
    return float(np.degrees(np.arctan2(y, x)) % 360.0), float(np.degrees(np.arcsin(z)))


def hour_angle_deg(site: Site, ra_deg: npt.ArrayLike, times: Times) -> Floats:
    """Return the hour angle of mean-place right ascensions, in [-180, 180); shape S + T.

    Without precession of the right ascension: good to 0.4 deg in this decade; for pages.
    """
    ra, sidereal = np.asarray(ra_deg, dtype=np.float64), sidereal_deg(site, times)
    angle = sidereal - ra.reshape(ra.shape + (1,) * sidereal.ndim)
    return np.mod(angle + 180.0, 360.0) - 180.0


def sidereal_deg(site: Site, times: Times) -> Floats:
    """Return local apparent sidereal time in [0, 360), degrees, at the shape of `times`."""
    mjd = as_mjd(times)
    flat, halves = mjd.reshape(-1), half_day(mjd.reshape(-1))
    theta = np.empty_like(flat)
    for half in np.unique(halves):
        here = halves == half
        theta[here] = frame_of(float(half)).sidereal_rad(flat[here])
    return np.mod(np.degrees(theta) + site.lon_deg, 360.0).reshape(mjd.shape)


def pressure_hpa(site: Site) -> float:
    """Return the mean air pressure, hPa, at the height of the site."""
    return SEA_LEVEL_HPA * float(np.exp(-site.height_m / SCALE_HEIGHT_M))


def apparent_altitude_deg(
    altitude_deg: npt.ArrayLike, *, pressure_hpa: float = 1010.0, temperature_C: float = 10.0
) -> Floats:
    """Return altitudes raised by refraction, degrees, any shape; unchanged below -2 degrees.

    Source: Th. Saemundsson, Sky and Telescope 72, 70 (1986); good to 0.1 arcmin.
    """
    altitude = np.asarray(altitude_deg, dtype=np.float64)
    above = np.maximum(altitude, -2.0)
    arcmin = 1.02 / np.tan(np.radians(above + 10.3 / (above + 5.11)))
    air = pressure_hpa / 1010.0 * 283.0 / (273.0 + temperature_C)
    return np.where(altitude > -2.0, altitude + np.maximum(arcmin, 0.0) * air / 60.0, altitude)


def separation_deg(
    ra1_deg: npt.ArrayLike, dec1_deg: npt.ArrayLike, ra2_deg: npt.ArrayLike, dec2_deg: npt.ArrayLike
) -> Floats:
    """Return the angle between directions, degrees, 0 to 180; the inputs broadcast."""
    first, second = unit(ra1_deg, dec1_deg), unit(ra2_deg, dec2_deg)
    return angle_deg(first, second)


def angle_deg(first: Floats, second: Floats) -> Floats:
    """Return the angle between vectors (..., 3) of any length, degrees; exact when small."""
    cross = np.linalg.norm(np.cross(first, second), axis=-1)
    angle: Floats = np.degrees(np.arctan2(cross, np.sum(first * second, axis=-1)))
    return angle


_SEXAGESIMAL = re.compile(
    r"\s*([+-]?)(\d{1,3})[:hd° ]\s*(\d{1,2})(?:[:m' ]\s*(\d{1,2}(?:\.\d*)?)\s*[s\"]?)?\s*"
)


def parse_ra(text: str) -> float:
    """Return degrees in [0, 360) of `HH:MM:SS.s`, `HHhMMmSSs` or decimal degrees.

    Raises:
        ValueError: neither; the text says what would be right.
    """
    degrees = _parse(text, hours=True)
    if not 0.0 <= degrees < 360.0:
        raise ValueError(f"right ascension {text!r}: should be 0 to 24 h, or 0 to 360 degrees")
    return degrees


def parse_dec(text: str) -> float:
    """Return degrees in [-90, 90] of `+DD:MM:SS.s` or decimal degrees.

    Raises:
        ValueError: neither; the text says what would be right.
    """
    degrees = _parse(text, hours=False)
    if not -90.0 <= degrees <= 90.0:
        raise ValueError(f"declination {text!r}: should be -90 to 90 degrees")
    return degrees


def _parse(text: str, *, hours: bool) -> float:
    found = _SEXAGESIMAL.fullmatch(text)
    if found is None:
        try:
            return float(text)
        except ValueError:
            form = "HH:MM:SS.s" if hours else "+DD:MM:SS.s"
            raise ValueError(f"angle {text!r}: should be {form} or decimal degrees") from None
    sign, whole, minutes, seconds = found.groups()
    if int(minutes) >= 60 or float(seconds or 0.0) >= 60.0:
        raise ValueError(f"angle {text!r}: minutes and seconds should be below 60")
    value = int(whole) + int(minutes) / 60.0 + float(seconds or 0.0) / 3600.0
    return (-value if sign == "-" else value) * (15.0 if hours else 1.0)


def format_ra(ra_deg: float, *, decimals: int = 2) -> str:
    """Return right ascension as `HH:MM:SS.ss`."""
    day = 86400 * 10**decimals
    units = round((ra_deg % 360.0) / 15.0 * 3600.0 * 10**decimals) % day
    return _sexagesimal(units, decimals)


def format_dec(dec_deg: float, *, decimals: int = 1) -> str:
    """Return declination as `+DD:MM:SS.s`."""
    units = round(abs(dec_deg) * 3600.0 * 10**decimals)
    return ("-" if dec_deg < 0 else "+") + _sexagesimal(units, decimals)


def _sexagesimal(units: int, decimals: int) -> str:
    minutes, rest = divmod(units, 60 * 10**decimals)
    whole, minute = divmod(minutes, 60)
    seconds, fraction = divmod(rest, 10**decimals)
    text = f"{whole:02d}:{minute:02d}:{seconds:02d}"
    return f"{text}.{fraction:0{decimals}d}" if decimals else text
