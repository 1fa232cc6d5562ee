"""Where a sequence points, and under which conditions it may."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedTarget:
    """A place among the stars, ICRS degrees at `epoch`; proper motion includes cos(declination)."""

    ra_deg: float
    dec_deg: float
    pm_ra_mas_yr: float = 0.0
    pm_dec_mas_yr: float = 0.0
    epoch: float = 2000.0


class MinSky(StrEnum):
    """The worst sky a sequence accepts, from any to photometric."""

    ANY = "ANY"
    THIN = "THIN"
    CLEAR = "CLEAR"
    PHOTOMETRIC = "PHOTOMETRIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What must hold from the first to the last photon; None leaves it to the site or the night."""

    min_altitude_deg: float | None = None
    max_airmass: float | None = None
    moon_min_distance_deg: float = 30.0
    moon_max_illumination: float = 1.0
    sun_max_altitude_deg: float | None = None
    max_seeing_arcsec: float | None = None
    min_sky: MinSky = MinSky.ANY
    ha_min_h: float | None = None
    ha_max_h: float | None = None
