"""What turns the sky of one night: precession, nutation, aberration, sidereal time.

Bias, precession and nutation and the velocity of the Earth change by less than 0.3 arcsec in half
a day; so they are computed once for each half day, and an instant costs a few products.
Source: P. Wallace and N. Capitaine, A&A 459, 981 (2006), through ERFA.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import erfa
import numpy as np
import numpy.typing as npt

from pyros.sky.times import JD_OF_MJD_ZERO, tt_of, ut1_of

Floats = npt.NDArray[np.float64]

AU_KM = 149597870.7
LIGHT_AU_DAY = 173.1446326846693
SIDEREAL_RAD_DAY = 2.0 * np.pi * 1.00273781191135448


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The sky of a half day.

    `bpn` (3, 3) turns ICRS to the true equator and equinox of date; `beta` (3,) is the velocity
    of the Earth over that of light, ICRS; `gast_rad` is Greenwich sidereal time at `ut1_mjd`.
    """

    bpn: Floats
    beta: Floats
    gast_rad: float
    ut1_mjd: float

    def sidereal_rad(self, mjd: Floats) -> Floats:
        """Return Greenwich apparent sidereal time, radians, at MJD (UTC)."""
        return self.gast_rad + SIDEREAL_RAD_DAY * (ut1_of(mjd) - self.ut1_mjd)

    def of_date(self, vectors: Floats) -> Floats:
        """Return catalogue directions (..., 3), ICRS, as they are seen, in the axes of date."""
        seen = vectors + self.beta
        seen = seen / np.linalg.norm(seen, axis=-1, keepdims=True)
        turned: Floats = seen @ self.bpn.T
        return turned


def half_day(mjd: Floats) -> Floats:
    """Return the number of the half day that each MJD (UTC) is nearest to."""
    return np.round(mjd * 2.0)


@lru_cache(maxsize=256)
def frame_of(half: float) -> Frame:
    """Return the frame of one half day (the middle of it is MJD `half` / 2)."""
    mjd = np.array(half / 2.0)
    tt, ut1 = float(tt_of(mjd)), float(ut1_of(mjd))
    _, barycentric = erfa.epv00(JD_OF_MJD_ZERO, tt)
    return Frame(
        bpn=np.asarray(erfa.pnm06a(JD_OF_MJD_ZERO, tt)),
        beta=np.asarray(barycentric["v"]) / LIGHT_AU_DAY,
        gast_rad=float(erfa.gst06a(JD_OF_MJD_ZERO, ut1, JD_OF_MJD_ZERO, tt)),
        ut1_mjd=ut1,
    )


def frame_at(mjd: float) -> Frame:
    """Return the frame for one instant, MJD (UTC)."""
    return frame_of(float(np.round(mjd * 2.0)))


def unit(ra_deg: npt.ArrayLike, dec_deg: npt.ArrayLike) -> Floats:
    """Return unit vectors (..., 3) of right ascensions and declinations, degrees."""
    ra = np.radians(np.asarray(ra_deg, dtype=np.float64))
    dec = np.radians(np.asarray(dec_deg, dtype=np.float64))
    ra, dec = np.broadcast_arrays(ra, dec)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def radec_deg(vectors: Floats) -> tuple[Floats, Floats]:
    """Return right ascension in [0, 360) and declination, degrees, of vectors (..., 3)."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    ra = np.mod(np.degrees(np.arctan2(y, x)), 360.0)
    return ra, np.degrees(np.arctan2(z, np.hypot(x, y)))
