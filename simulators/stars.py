"""Stars of the simulated sky: seeded by cells of the sky, so that a field is always the same."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from simulators.chance import number_of

CELL_DEG: Final = 0.25
PER_SQUARE_DEG: Final = 1000.0
BRIGHTEST, FAINTEST = 8.0, 17.0
SLOPE: Final = 0.35
"""Stars brighter than m grow as 10 to the power of this times m."""

Stars = npt.NDArray[np.float64]
"""(n, 3): right ascension and declination, ICRS degrees, and V magnitude."""


def stars_near(ra_deg: float, dec_deg: float, radius_deg: float) -> Stars:
    """Return the stars of all cells within a radius; some beyond it are among them."""
    bands = range(_band(dec_deg - radius_deg), _band(dec_deg + radius_deg) + 1)
    found = [
        _cell(band, cell) for band in bands for cell in _cells_of(band, ra_deg, dec_deg, radius_deg)
    ]
    return np.concatenate(found) if found else np.empty((0, 3))


def _band(dec_deg: float) -> int:
    return math.floor((min(90.0 - 1e-9, max(-90.0, dec_deg)) + 90.0) / CELL_DEG)


def _cells_in(band: int) -> int:
    """Return how many cells of about equal width make a band."""
    middle = math.radians((band + 0.5) * CELL_DEG - 90.0)
    return max(1, round(360.0 / CELL_DEG * math.cos(middle)))


def _cells_of(band: int, ra_deg: float, dec_deg: float, radius_deg: float) -> list[int]:
    count = _cells_in(band)
    cos = math.cos(math.radians(min(89.0, abs(dec_deg) + radius_deg)))
    width = 360.0 / count
    reach = min(180.0, radius_deg / max(0.01, cos))
    first, last = math.floor((ra_deg - reach) / width), math.floor((ra_deg + reach) / width)
    if last - first >= count:
        return list(range(count))
    return sorted({cell % count for cell in range(first, last + 1)})


@lru_cache(maxsize=2048)
def _cell(band: int, cell: int) -> Stars:
    """Return the stars of one cell of the sky."""
    chance = np.random.default_rng(number_of("stars", band, cell))
    count, low = _cells_in(band), band * CELL_DEG - 90.0
    width = 360.0 / count
    area = width * CELL_DEG * math.cos(math.radians(low + CELL_DEG / 2.0))
    number = int(chance.poisson(PER_SQUARE_DEG * area))
    ra = (cell + chance.random(number)) * width
    dec = low + chance.random(number) * CELL_DEG
    share = chance.random(number)
    span = 10.0 ** (-SLOPE * (FAINTEST - BRIGHTEST))
    magnitude = FAINTEST + np.log10(share * (1.0 - span) + span) / SLOPE
    return np.stack([ra, dec, magnitude], axis=-1)
