"""A weather station that speaks our protocol."""

from __future__ import annotations

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import WeatherState
from pyros.drivers.pyros_link.client import LinkDriver


class LinkWeather(LinkDriver[WeatherState]):
    """Answers for `interface.WeatherDriver`."""

    kind = Kind.WEATHER

    def refresh(self, *, key: str) -> Operation:
        """Read all sensors now."""
        return self.order("refresh", {}, key=key)
