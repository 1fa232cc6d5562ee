"""How much light there is: of the night sky with Sun and Moon, and of a star through the air."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

PHOTONS_V0: Final = 1.0e8
"""Photons a second, square metre and nm of a star of magnitude 0.

Source: M. S. Bessell, PASP 91, 589 (1979): about 1000 a second, square cm and Angstrom in V.
"""
EXTINCTION_MAG: Final = 0.15
"""Magnitudes lost at the zenith."""
DARK_SKY_MAG: Final = 21.6
FULL_MOON_MAG: Final = 18.6

_TWILIGHT_DEG = (-18.0, -15.0, -12.0, -9.0, -6.0, -3.0, 0.0, 10.0)
_TWILIGHT_MAG = (21.6, 20.4, 17.6, 14.0, 10.6, 7.8, 5.6, 3.6)


def sky_mag_arcsec2(
    *, sun_altitude_deg: float, moon_altitude_deg: float, moon_lit: float, altitude_deg: float
) -> float:
    """Return the brightness of the sky, V magnitudes per square arcsec, at an altitude.

    Twilight from a table of the Sun's altitude; the Moon's light goes with its lit part squared
    and its height; air glow brightens towards the horizon.
    """
    glow = DARK_SKY_MAG - 0.35 * (airmass(altitude_deg) - 1.0)
    sources = [min(glow, float(np.interp(sun_altitude_deg, _TWILIGHT_DEG, _TWILIGHT_MAG)))]
    if moon_altitude_deg > 0.0 and moon_lit > 0.01:
        height = math.sin(math.radians(moon_altitude_deg))
        sources.append(FULL_MOON_MAG - 2.5 * math.log10(moon_lit**2 * height + 1e-6))
    return -2.5 * math.log10(sum(10.0 ** (-0.4 * each) for each in sources))


def airmass(altitude_deg: float) -> float:
    """Return the relative air mass, at most 12."""
    return min(12.0, 1.0 / max(0.083, math.sin(math.radians(max(0.0, altitude_deg)))))


def photons_s(magnitude: float, *, area_m2: float, width_nm: float) -> float:
    """Return photons a second of a star, above the air."""
    flux: float = PHOTONS_V0 * area_m2 * width_nm * 10.0 ** (-0.4 * magnitude)
    return flux


def through_air(altitude_deg: float, transparency: float) -> float:
    """Return the share of a star's light that arrives."""
    share: float = 10.0 ** (-0.4 * EXTINCTION_MAG * airmass(altitude_deg))
    return share * transparency
