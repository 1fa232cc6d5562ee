"""How much air light passes on its way down; which altitude a limit on it means."""

from __future__ import annotations

import math
from functools import lru_cache


def airmass(altitude_deg: float) -> float:
    """Return the relative air mass; infinite below the horizon.

    Source: F. Kasten and A. T. Young, Applied Optics 28, 4735 (1989).
    """
    if altitude_deg < 0.0:
        return math.inf
    grazing = float((altitude_deg + 6.07995) ** -1.6364)
    air = math.sin(math.radians(altitude_deg)) + 0.50572 * grazing
    return max(1.0, 1.0 / air)


@lru_cache(maxsize=1024)
def altitude_of_airmass(mass: float) -> float:
    """Return the lowest altitude, degrees, at which the air mass is at most `mass` (>= 1)."""
    low, high = 0.0, 90.0
    if mass >= airmass(low):
        return low
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if airmass(middle) > mass else (low, middle)
    return high
