"""What simulated devices see of each other, be they of this world or of another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from pyros.config.devices import Filter

SIDEREAL_ARCSEC_S: Final = 15.04
"""How fast stars run over the detector of a telescope that stands still."""
FAST_ARCSEC_S: Final = 3600.0
"""... and of one that slews."""
CLEAR_DEG: Final = 15.0
"""Farther off than this a slit is in the telescope's way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Where the telescope really points, ICRS and above the horizon, degrees."""

    ra_deg: float
    dec_deg: float
    altitude_deg: float
    azimuth_deg: float
    trail_arcsec_s: float
    """How fast stars run over the detector."""


class Pointing(Protocol):
    """A telescope, as other devices see one; the world's lock is held."""

    name: str

    def truth(self, now_s: float) -> Truth:
        """Return where it really points."""

    def azimuth_deg(self, now_s: float) -> float:
        """Return where a dome should look."""


class Shutter(Protocol):
    """A dome, as other devices see one; the world's lock is held."""

    def blocks(self, now_s: float) -> bool:
        """Whether it is in the way of the light."""

    def is_closed(self, now_s: float) -> bool:
        """Whether it is shut."""

    def close_by_interlock(self) -> None:
        """Close because the controller took over the motor."""


class Wheel(Protocol):
    """A filter wheel, as a camera sees one; the world's lock is held."""

    def filter_now(self, now_s: float) -> Filter | None:
        """Return the filter in the light, None between two."""
