"""What the alert side takes from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyros.actors.alerts.gate import Door, Policy
from pyros.actors.alerts.missions import ALLOWED
from pyros.actors.alerts.strategy import Strategy, strategy_of
from pyros.config.alerts import Source, VtpSource
from pyros.config.devices import Camera, FilterWheel
from pyros.config.model import Config

ARCSEC = 3600.0
MINIMAL: Mapping[str, object] = {"default": "none", "rules": [], "plans": {}}
"""Without a file alerts are recorded, shown, and not observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What Alerts and its sources need to know."""

    policy: Policy
    strategy: Strategy
    authority: str
    programme: str
    field_deg: float
    """Smallest field of view in use."""
    sources: tuple[Source, ...] = ()
    spool: Path | None = None
    """Folder of packets whose rows are not written yet; None keeps none (tests)."""
    ignore_fov: float = 0.1
    """A position that moves by less of the field changes nothing."""
    abort_fov: float = 0.3
    """One that moves by more aborts the exposure."""
    owner: str = "alerts"


def settings_of(config: Config, text: object | None = None) -> Settings:
    """Return the settings; `text` is the parsed strategy file, None without one.

    Raises:
        WrongStrategy: with every mistake.
    """
    alerts = config.alerts
    name = alerts.strategy.name if alerts.strategy is not None else "none"
    allowed = {
        mission: frozenset(types)
        for mission, types in (alerts.allowed if alerts.allowed is not None else ALLOWED).items()
    }
    return Settings(
        policy=Policy(
            accept=alerts.accept,
            allowed=allowed,
            max_age_s=alerts.max_age_s,
            max_r90_deg=alerts.max_r90_deg,
            doors={source.name: door_of(source) for source in alerts.sources},
        ),
        strategy=strategy_of(
            text if text is not None else MINIMAL, version=f"{name}@1", channels=_filters(config)
        ),
        authority=alerts.authority,
        programme=alerts.programme,
        field_deg=_field_deg(config),
        sources=alerts.sources,
        spool=config.data.root / "spool",
        ignore_fov=alerts.ignore_fov,
        abort_fov=alerts.abort_fov,
    )


def door_of(source: Source) -> Door:
    """Return what a source may bring."""
    if isinstance(source, VtpSource):
        return Door(authorities=source.authorities)
    return Door(authorities=source.authorities, moves=not source.tests_only)


def _filters(config: Config) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, channel in config.channels.items():
        wheel = config.devices.get(channel.wheel) if channel.wheel else None
        slots = wheel.filters if isinstance(wheel, FilterWheel) else ()
        found[name] = tuple(slot.name for slot in slots)
    return found


def _field_deg(config: Config) -> float:
    """Return the smallest side of any channel's field, degrees."""
    cameras = [config.devices[channel.camera] for channel in config.channels.values()]
    sides = [
        min(one.detector.width_px, one.detector.height_px) * one.detector.pixel_scale_arcsec
        for one in cameras
        if isinstance(one, Camera)
    ]
    return min(sides, default=0.25 * ARCSEC) / ARCSEC
