"""The one night of all instances: Sun, Moon and sidereal angle on its steps.

Rounded before anything is derived from it, so that the instances do not depend on the processor.
Source: ERFA's pnm06a, gst06a, epv00 and moon98.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import erfa
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LAT_DEG, LON_DEG, HEIGHT_M = 31.0439, -115.4637, 2800.0
T0 = "2026-03-21T02:00:00Z"
T0_JD = (2400000.5, 61120.0 + 2.0 / 24.0)
STEP_S = 10.0
STEPS = 4140
MIDDLE = 2070
STEPS_A_DAY = 86400.0 / STEP_S
TT_UT1_DAYS = 69.2 / 86400.0
TURNS_A_DAY = 1.00273781191135448
LIGHT_AU_DAY = 173.1446326846693
AU_KM = 149597870.7
EARTH_KM = 6378.137
DARK_DEG = -18.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Night:
    """What everybody sees of the sky; arrays have one row a step, 0 to STEPS - 1."""

    theta0: float
    """Local apparent sidereal angle at step 0, radians; `rate` more each step."""
    rate: float
    bpn: Floats
    """(3, 3): ICRS to the true equator of date."""
    beta: Floats
    """(3,): velocity of the Earth over that of light."""
    sin_sun: Floats
    moon: Floats
    """(STEPS, 3): unit vectors from the site, ICRS axes."""
    dark: tuple[int, int]
    """First step with the Sun below -18 deg, and the first behind the last."""
    lowest_sun: int

    @property
    def theta(self) -> Floats:
        """Return the sidereal angle at each step, radians."""
        return self.theta0 + self.rate * np.arange(STEPS, dtype=np.float64)

    @property
    def lst_mid_deg(self) -> float:
        """Return the sidereal angle when the Sun is lowest, degrees."""
        return math.degrees(self.theta0 + self.rate * self.lowest_sun)


@cache
def the_night() -> Night:
    """Return the night of 2026-03-21."""
    day, fraction = T0_JD
    ut1 = fraction + np.arange(STEPS) / STEPS_A_DAY
    tt = ut1 + TT_UT1_DAYS
    bpn = np.asarray(erfa.pnm06a(day, tt[MIDDLE]))
    _, barycentric = erfa.epv00(day, tt[MIDDLE])
    gast = float(erfa.gst06a(day, ut1[MIDDLE], day, tt[MIDDLE]))
    rate = 2.0 * math.pi * TURNS_A_DAY / STEPS_A_DAY
    theta0 = (gast - rate * MIDDLE + math.radians(LON_DEG)) % (2.0 * math.pi)
    theta0, rate = round(theta0, 9), round(rate, 12)
    theta = theta0 + rate * np.arange(STEPS, dtype=np.float64)
    sin_sun = sin_altitude(coefficients(_sun(day, tt) @ bpn.T), theta)
    dark = np.flatnonzero(sin_sun < math.sin(math.radians(DARK_DEG)))
    return Night(
        theta0=theta0,
        rate=rate,
        bpn=bpn,
        beta=np.asarray(barycentric["v"]) / LIGHT_AU_DAY,
        sin_sun=sin_sun,
        moon=_moon(day, tt, theta, bpn),
        dark=(int(dark[0]), int(dark[-1]) + 1),
        lowest_sun=int(np.argmin(sin_sun)),
    )


def icrs(ra_deg: Floats, dec_deg: Floats) -> Floats:
    """Return unit vectors (N, 3), rounded to 9 decimals."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    flat = np.cos(dec)
    return np.round(np.stack([flat * np.cos(ra), flat * np.sin(ra), np.sin(dec)], axis=-1), 9)


def altitudes(night: Night, vectors: Floats) -> Floats:
    """Return (N, 3) A, B, C: sin(altitude) = A + B cos(theta) + C sin(theta), 9 decimals."""
    seen = vectors + night.beta
    seen /= np.linalg.norm(seen, axis=-1, keepdims=True)
    return np.round(coefficients(seen @ night.bpn.T), 9)


def coefficients(of_date: Floats) -> Floats:
    """Return A, B, C of vectors (..., 3) of date."""
    latitude = math.radians(LAT_DEG)
    x, y, z = of_date[..., 0], of_date[..., 1], of_date[..., 2]
    return np.stack([math.sin(latitude) * z, math.cos(latitude) * x, math.cos(latitude) * y], -1)


def sin_altitude(abc: Floats, theta: Floats) -> Floats:
    """Return the sine of the altitude; `abc` (..., 3) and `theta` broadcast."""
    sines: Floats = abc[..., 0] + abc[..., 1] * np.cos(theta) + abc[..., 2] * np.sin(theta)
    return sines


def _sun(day: float, tt: Floats) -> Floats:
    heliocentric, _ = erfa.epv00(day, tt)
    return _unit(-np.asarray(heliocentric["p"]))


def _moon(day: float, tt: Floats, theta: Floats, bpn: Floats) -> Floats:
    centre = np.asarray(erfa.moon98(day, tt)["p"]) * AU_KM
    latitude = math.radians(LAT_DEG)
    flat = math.cos(latitude)
    up = [flat * np.cos(theta), flat * np.sin(theta), np.full(STEPS, math.sin(latitude))]
    return np.round(_unit(centre - EARTH_KM * np.stack(up, axis=-1) @ bpn), 9)


def _unit(vectors: Floats) -> Floats:
    normed: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return normed
