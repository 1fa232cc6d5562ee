"""How much air light passes on its way down."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def airmass(altitude_deg: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the relative optical air mass at sea level.

    Args:
        altitude_deg: altitude, degrees, any shape S, as (n_targets, n_times).

    Returns:
        Air mass, no unit, shape S: 1 at the zenith, about 38 at the horizon, infinite below it,
        NaN where the altitude is NaN.

    Raises:
        ValueError: an altitude is above 90 degrees.

    Source: F. Kasten and A. T. Young, Applied Optics 28, 4735 (1989).
    """
    altitude = np.asarray(altitude_deg, dtype=np.float64)
    if np.any(altitude > 90.0 + 1e-9):
        raise ValueError(f"altitude {np.nanmax(altitude)} deg: should be at most 90")
    up = np.maximum(altitude, 0.0)
    mass = 1.0 / (np.sin(np.radians(up)) + 0.50572 * (up + 6.07995) ** -1.6364)
    return np.where(altitude < 0.0, np.inf, np.maximum(mass, 1.0))


def altitude_of_airmass(mass: float) -> float:
    """Return the altitude, degrees, at which the air mass is `mass`; 0 where it is never reached.

    Raises:
        ValueError: an air mass below 1, which no altitude has.
    """
    if not mass >= 1.0:
        raise ValueError(f"air mass {mass}: should be at least 1")
    low, high = 0.0, 90.0
    for _ in range(60):
        middle = (low + high) / 2.0
        if float(airmass(middle)) > mass:
            low = middle
        else:
            high = middle
    return high if mass < float(airmass(0.0)) else 0.0
