"""A mount that speaks our protocol."""

from __future__ import annotations

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import TelescopeState
from pyros.drivers.pyros_link.client import LinkDriver


class LinkTelescope(LinkDriver[TelescopeState]):
    """Answers for `interface.TelescopeDriver`."""

    kind = Kind.TELESCOPE

    def slew(self, ra_deg: float, dec_deg: float, *, track: bool = True, key: str) -> Operation:
        """Point at a place, ICRS degrees, and track it there."""
        return self.order("slew", {"ra_deg": ra_deg, "dec_deg": dec_deg, "track": track}, key=key)

    def track(self, *, on: bool, key: str) -> Operation:
        """Follow the sky, or stand still."""
        return self.order("track", {"on": on}, key=key)

    def park(self, *, key: str) -> Operation:
        """Go to the park position and stay."""
        return self.order("park", {}, key=key)

    def unpark(self, *, key: str) -> Operation:
        """Be ready to move."""
        return self.order("unpark", {}, key=key)
