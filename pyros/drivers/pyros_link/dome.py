"""A dome that speaks our protocol."""

from __future__ import annotations

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import DomeState
from pyros.drivers.pyros_link.client import LinkDriver, new_key


class LinkDome(LinkDriver[DomeState]):
    """Answers for `interface.DomeDriver`."""

    kind = Kind.DOME

    def open_shutter(self, *, key: str) -> Operation:
        """Open; refused by the box itself without kicks."""
        return self.order("open_shutter", {}, key=key)

    def close_shutter(self, *, key: str) -> Operation:
        """Close; accepted in every state."""
        return self.order("close_shutter", {}, key=key)

    def slew(self, azimuth_deg: float, *, key: str) -> Operation:
        """Turn the slit to an azimuth, degrees."""
        return self.order("slew", {"azimuth_deg": azimuth_deg}, key=key)

    def slave(self, *, on: bool, key: str) -> Operation:
        """Follow the telescope, or stay."""
        return self.order("slave", {"on": on}, key=key)

    def kick(self) -> None:
        """Tell the box that its owner lives; raises DeviceUnreachable."""
        self.order("kick", {}, key=new_key())
