"""Where a direction stands above one site: the arithmetic of `pyros.sky`, one direction at a time.

A mount is asked for its place some 100,000 times a night; arrays of one element are too slow.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Final

import numpy as np

from pyros.sky.frame import frame_of, half_day, unit
from pyros.sky.site import Site
from pyros.sky.times import DAY_S, mjd_of

Vector = tuple[float, float, float]
"""Unit vector in the axes of date."""

SIDEREAL_RAD_S: Final = 2.0 * math.pi * 1.00273781191135448 / 86400.0
FRESH_S: Final = 1800.0


class LocalSky:
    """The sky above a site; `t_s` are seconds since `utc_0`.  Good to 0.3 arcsec."""

    def __init__(self, site: Site, utc_0: datetime) -> None:
        self.site = site
        self._mjd_0 = mjd_of(utc_0)
        latitude = math.radians(site.lat_deg)
        self._cos, self._sin = math.cos(latitude), math.sin(latitude)
        self._since_s = math.inf
        self._theta = 0.0
        self._refresh(0.0)

    def mjd(self, t_s: float) -> float:
        """Return the MJD (UTC) of an instant."""
        return self._mjd_0 + t_s / DAY_S

    def of_date(self, ra_deg: float, dec_deg: float, t_s: float) -> Vector:
        """Return the direction of an ICRS place as it is seen, in the axes of date."""
        self._refresh(t_s)
        x, y, z = self._frame.of_date(unit(ra_deg, dec_deg))
        return float(x), float(y), float(z)

    def altaz(self, vector: Vector, t_s: float) -> tuple[float, float]:
        """Return altitude and azimuth (north through east), degrees."""
        x, y, z = vector
        theta = self._sidereal(t_s)
        cos, sin = math.cos(theta), math.sin(theta)
        meridian, east = x * cos + y * sin, y * cos - x * sin
        north = self._cos * z - self._sin * meridian
        up = self._sin * z + self._cos * meridian
        altitude = math.degrees(math.atan2(up, math.hypot(east, north)))
        return altitude, math.degrees(math.atan2(east, north)) % 360.0

    def radec(self, altitude_deg: float, azimuth_deg: float, t_s: float) -> tuple[float, float]:
        """Return the ICRS place, degrees, that stands at an altitude and azimuth."""
        altitude, azimuth = math.radians(altitude_deg), math.radians(azimuth_deg)
        up, flat = math.sin(altitude), math.cos(altitude)
        north, east = flat * math.cos(azimuth), flat * math.sin(azimuth)
        meridian = self._cos * up - self._sin * north
        pole = self._sin * up + self._cos * north
        theta = self._sidereal(t_s)
        cos, sin = math.cos(theta), math.sin(theta)
        of_date = (meridian * cos - east * sin, meridian * sin + east * cos, pole)
        x, y, z = (
            sum(of_date[row] * self._bpn[row][column] for row in range(3)) - self._beta[column]
            for column in range(3)
        )
        ra = math.degrees(math.atan2(y, x)) % 360.0
        return ra, math.degrees(math.atan2(z, math.hypot(x, y)))

    def _sidereal(self, t_s: float) -> float:
        self._refresh(t_s)
        return self._theta + SIDEREAL_RAD_S * (t_s - self._since_s)

    def _refresh(self, t_s: float) -> None:
        """Take precession, nutation and sidereal time anew every half hour."""
        if 0.0 <= t_s - self._since_s < FRESH_S:
            return
        mjd = np.array(self.mjd(t_s))
        self._frame = frame_of(float(half_day(mjd)))
        self._bpn = self._frame.bpn.tolist()
        self._beta = self._frame.beta.tolist()
        self._theta = float(self._frame.sidereal_rad(mjd)) + math.radians(self.site.lon_deg)
        self._since_s = t_s
