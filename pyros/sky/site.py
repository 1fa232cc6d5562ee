"""Where the observatory stands, and what its horizon hides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place on Earth (WGS84).

    `horizon` is a closed line of (azimuth_deg, altitude_deg), azimuths from north through east,
    ascending in [0, 360); straight between its points; empty: a free horizon at 0 degrees.

    Raises:
        ValueError: a latitude, longitude or horizon that no place on Earth has.
    """

    lat_deg: float
    lon_deg: float
    height_m: float = 0.0
    horizon: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not -90.0 <= self.lat_deg <= 90.0:
            raise ValueError(f"latitude {self.lat_deg} deg: should be -90 to 90")
        if not -180.0 <= self.lon_deg <= 360.0:
            raise ValueError(f"longitude {self.lon_deg} deg: should be -180 to 360, east positive")
        azimuths = [azimuth for azimuth, _ in self.horizon]
        if azimuths != sorted(set(azimuths)) or any(not 0.0 <= az < 360.0 for az in azimuths):
            raise ValueError(f"horizon azimuths {azimuths}: should rise, each in 0 to below 360")
        if any(not -10.0 <= altitude <= 90.0 for _, altitude in self.horizon):
            raise ValueError("horizon altitudes should be -10 to 90 deg")

    def horizon_deg(self, azimuth_deg: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the altitude of the local horizon, degrees, at azimuths of any shape."""
        azimuth = np.mod(np.asarray(azimuth_deg, dtype=np.float64), 360.0)
        if not self.horizon:
            return np.zeros_like(azimuth)
        points = np.asarray(self.horizon, dtype=np.float64)
        return np.interp(azimuth, points[:, 0], points[:, 1], period=360.0)
