"""What another process says of a device that this world only looks at: `--only` serves one alone.

Told by its status stream.  While nothing was heard, the telescope looks at the horizon and the
dome is in the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pyros.config.devices import Filter, FilterWheel
from simulators.mount import MOVING
from simulators.sights import CLEAR_DEG, FAST_ARCSEC_S, SIDEREAL_ARCSEC_S, Pointing, Truth


class Status(Protocol):
    """The newest status of a device, as `link.news.News` keeps it."""

    @property
    def latest(self) -> Mapping[str, object] | None:
        """Return the last message, None before the first."""


class TelescopeShadow:
    """A telescope of another process."""

    def __init__(self, name: str, status: Status) -> None:
        self.name, self._status = name, status

    def truth(self, now_s: float) -> Truth:  # noqa: ARG002  it says how it stands, not when
        """Return where it says that it points."""
        state = _state(self._status)
        phase = state.get("phase")
        trail = 0.0 if phase in ("tracking", "settling") else SIDEREAL_ARCSEC_S
        return Truth(
            ra_deg=_number(state, "ra_deg"),
            dec_deg=_number(state, "dec_deg"),
            altitude_deg=_number(state, "altitude_deg"),
            azimuth_deg=_number(state, "azimuth_deg"),
            trail_arcsec_s=FAST_ARCSEC_S if phase in MOVING else trail,
        )

    def azimuth_deg(self, now_s: float) -> float:
        """Return where it says that it looks."""
        return self.truth(now_s).azimuth_deg


class DomeShadow:
    """A dome of another process; what its controller does to it, it learns from its own one."""

    def __init__(self, status: Status, telescope: Pointing | None) -> None:
        self._status, self._telescope = status, telescope

    def blocks(self, now_s: float) -> bool:
        """Whether it says that it is not open, or that its slit is elsewhere."""
        state = _state(self._status)
        if state.get("open_switch") is not True:
            return True
        azimuth = state.get("azimuth_deg")
        if self._telescope is None or not isinstance(azimuth, int | float):
            return False
        off = (self._telescope.azimuth_deg(now_s) - azimuth + 180.0) % 360.0 - 180.0
        return abs(off) > CLEAR_DEG

    def is_closed(self, now_s: float) -> bool:  # noqa: ARG002  it says how it stands, not when
        """Whether it says that it is closed."""
        return _state(self._status).get("closed_switch") is True

    def close_by_interlock(self) -> None:
        """Do nothing: no wire leads from here to that process."""


class WheelShadow:
    """A filter wheel of another process."""

    def __init__(self, entry: FilterWheel, status: Status) -> None:
        self._status = status
        self._filters = {each.name: each for each in entry.filters}

    def filter_now(self, now_s: float) -> Filter | None:  # noqa: ARG002
        """Return the filter that it says is in the light."""
        return self._filters.get(str(_state(self._status).get("name")))


def _state(status: Status) -> Mapping[str, object]:
    latest = status.latest
    state = None if latest is None else latest.get("state")
    return state if isinstance(state, dict) else {}


def _number(state: Mapping[str, object], name: str) -> float:
    value = state.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
