"""A filter wheel that speaks our protocol."""

from __future__ import annotations

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import FilterWheelState
from pyros.drivers.pyros_link.client import LinkDriver
from pyros.errors import InvalidValue


class LinkFilterWheel(LinkDriver[FilterWheelState]):
    """Answers for `interface.FilterWheelDriver`."""

    kind = Kind.FILTER_WHEEL

    def select(self, name: str, *, key: str) -> Operation:
        """Start turning to the filter `name`.

        Raises:
            InvalidValue: this wheel holds no such filter; nothing was sent.
            NotNow: it is turning already; nothing was begun.
            DeviceUnreachable: no answer; whether it turns is unknown.
        """
        names = self.capabilities().limits.get("names")
        if isinstance(names, list) and name not in names:
            raise InvalidValue("name", name, allowed=", ".join(map(str, names)))
        return self.order("select", {"name": name}, key=key)

    def home(self, *, key: str) -> Operation:
        """Find the zero position again."""
        return self.order("home", {}, key=key)
