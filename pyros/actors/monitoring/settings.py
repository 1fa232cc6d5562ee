"""What monitoring is told once, at its birth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyros.actors.monitoring.samples import max_age_s
from pyros.config.model import Config
from pyros.config.site import Limits
from pyros.domain.devices.device import Kind

STARTS_IN_S = 2.0
"""A tree of actors may take so long to start, real seconds: nobody is silent before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A configured device: where its actor lives, and how old its word may be."""

    name: str
    kind: Kind
    path: str
    blocking: bool = False
    max_age_s: float = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All devices of the configuration, and the limits of the weather."""

    devices: Mapping[str, Watched]
    limits: Limits = field(default_factory=Limits)
    announce_s: float = 12.0
    """So long is waited for the devices to announce themselves, observatory seconds."""


def settings_of(config: Config, paths: Mapping[str, str]) -> Settings:
    """Return the settings for a configuration; `paths` are those of the device actors by name."""
    limits = config.site.limits
    return Settings(
        devices={
            name: Watched(
                name=name,
                kind=Kind(entry.kind),
                path=paths[name],
                blocking=entry.blocking,
                max_age_s=max_age_s(entry.poll.ready_s, limits.sample_max_age_s),
            )
            for name, entry in config.devices.items()
        },
        limits=limits,
        announce_s=max(config.night.announce_s, STARTS_IN_S * config.clock.factor),
    )
