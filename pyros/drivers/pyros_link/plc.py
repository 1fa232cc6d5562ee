"""A controller that speaks our protocol."""

from __future__ import annotations

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import PlcState
from pyros.drivers.pyros_link.client import LinkDriver


class LinkPlc(LinkDriver[PlcState]):
    """Answers for `interface.PlcDriver`."""

    kind = Kind.PLC

    def set_output(self, name: str, *, value: bool, key: str) -> Operation:
        """Switch an output that the configuration lists."""
        return self.order("set_output", {"name": name, "value": value}, key=key)

    def acknowledge(self, alarm: str, *, key: str) -> Operation:
        """Acknowledge a latched alarm."""
        return self.order("acknowledge", {"alarm": alarm}, key=key)
