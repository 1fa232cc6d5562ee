"""What a device actor is told once, at its birth."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyros.config.devices import AnyDevice
from pyros.config.model import Config
from pyros.config.night import Safety
from pyros.domain.devices.device import Device, Kind
from pyros.sky.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One device of the house with its block of the configuration."""

    device: Device
    entry: AnyDevice
    safety: Safety = field(default_factory=Safety)
    site: Site | None = None
    """Where the telescope stands; without it nothing is said about altitude and Sun."""


def settings_of(config: Config, name: str) -> Settings:
    """Return the settings of the device `name` of the configuration.

    Raises:
        KeyError: it has no such device.
    """
    site = Site(
        lat_deg=config.site.latitude_deg,
        lon_deg=config.site.longitude_deg,
        height_m=config.site.height_m,
    )
    entry = config.devices[name]
    return Settings(device=device_of(name, entry), entry=entry, safety=config.safety, site=site)


def device_of(name: str, entry: AnyDevice) -> Device:
    """Return what the rest of the house knows of a device of the configuration."""
    return Device(
        name=name,
        kind=Kind(entry.kind),
        unit=entry.unit,
        blocking=entry.blocking,
        channel=getattr(entry, "channel", ""),
        attached_to=getattr(entry, "attached_to", ""),
        simulated=entry.driver == "simulated",
        driver=entry.driver,
        address=entry.address or "",
    )
