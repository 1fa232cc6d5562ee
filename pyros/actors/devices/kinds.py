"""From a device's block of the configuration to the manner of its kind."""

from __future__ import annotations

from typing import Any

from pyros.actors.devices.camera import camera_manner
from pyros.actors.devices.dome import dome_manner
from pyros.actors.devices.filter_wheel import FilterWheelManner
from pyros.actors.devices.manner import Manner, Now
from pyros.actors.devices.plc import PlcManner
from pyros.actors.devices.settings import Settings
from pyros.actors.devices.telescope import telescope_manner
from pyros.actors.devices.weather import WeatherManner
from pyros.config.devices import Camera, Dome, FilterWheel, Plc, Telescope, Weather


def manner_of(settings: Settings, now: Now) -> Manner[Any, Any]:  # of its own state and driver
    """Return how the device behaves, as at the birth of its actor."""
    match settings.entry:
        case Telescope() as entry:
            sun_deg = settings.safety.sun_distance_deg
            return telescope_manner(entry, settings.site, sun_deg, now)
        case Camera() as entry:
            return camera_manner(entry)
        case FilterWheel() as entry:
            return FilterWheelManner(entry=entry)
        case Dome():
            return dome_manner(settings.safety, now)
        case Plc():
            return PlcManner()
        case Weather():
            return WeatherManner()
