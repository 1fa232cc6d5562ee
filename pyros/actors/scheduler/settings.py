"""What the scheduler is told once, at its birth: site, mount, channels, how long it may think."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyros.config.asked import timings
from pyros.config.devices import Dome, FilterWheel
from pyros.config.devices import Telescope as TelescopeEntry
from pyros.config.model import Config
from pyros.domain.estimate import Timings
from pyros.scheduling.model import Axis, Channel, Mount, MountKind
from pyros.sky.site import Site

FILTER_S = 10.0
"""What a change of filter is taken to cost."""
REPAIR_S = 0.08
"""A repair is improved so long, real seconds."""
FULL_S, MANY_S, MANY = 5.0, 10.0, 3000
"""A whole solution is searched so long, real seconds; longer above so many sequences."""
LATE_S, EACH_LATE_S, COLD_LATE_S = 2.0, 0.2, 60.0
"""A worker that answers so long after its budget is given up, real seconds: each sequence has
its share, and a worker that is not warm yet has this besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSetting:
    """A channel: the devices that must be at work, and the filters it has."""

    devices: tuple[str, ...]
    filters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The observatory as a planner sees it, and how long it may think.

    Seconds are real ones: workers know no others.  Where they are `counted` in moves, the same
    facts give the same plan, however fast the machine is.
    """

    site: Site
    mount: Mount
    channels: Mapping[str, ChannelSetting] = field(default_factory=dict)
    timings: Timings = field(default_factory=Timings)
    min_altitude_deg: float = 20.0
    longest_s: float = MANY_S
    """No plan is thought about for longer."""
    late_s: float = LATE_S
    counted: bool = False
    full_moves: int = 200
    """Searched for the first plan of a night and for an operator, where moves are counted."""
    again_moves: int = 30
    """Searched after a repair, where moves are counted."""
    cases: Path | None = None
    """Folder for problems that brought the planner down; None keeps none."""

    def full_s(self, sequences: int) -> float:
        """Return how long a whole solution for so many sequences is searched, seconds."""
        return min(self.longest_s, FULL_S if sequences <= MANY else MANY_S)

    def patience_s(self, budget_s: float, sequences: int, *, warm: bool) -> float:
        """Return after how long a worker is given up, seconds."""
        ready_s = 0.0 if warm else COLD_LATE_S
        return budget_s + self.late_s + EACH_LATE_S * sequences + ready_s

    @property
    def wheels(self) -> dict[str, Channel]:
        """Return the channels as the planning library takes them."""
        return {
            name: Channel(filter_s=FILTER_S)
            for name, channel in self.channels.items()
            if channel.filters
        }


def settings_of(config: Config, *, counted: bool = False) -> Settings:
    """Return the settings for a configuration."""
    return Settings(
        site=site_of(config),
        mount=_mount(config),
        channels={name: _channel(config, name) for name in config.channels},
        timings=timings(config),
        min_altitude_deg=max(config.site.min_altitude_deg, _lowest_deg(config)),
        longest_s=config.night.schedule_budget_s,
        counted=counted,
        cases=config.data.root / "failed-plans",
    )


def site_of(config: Config) -> Site:
    """Return the site of a configuration."""
    entry = config.site
    return Site(
        lat_deg=entry.latitude_deg,
        lon_deg=entry.longitude_deg,
        height_m=entry.height_m,
        horizon=tuple((azimuth, altitude) for azimuth, altitude in entry.horizon if azimuth < 360),
    )


def _telescope(config: Config) -> TelescopeEntry | None:
    return next((one for one in config.devices.values() if isinstance(one, TelescopeEntry)), None)


def _lowest_deg(config: Config) -> float:
    telescope = _telescope(config)
    return 0.0 if telescope is None else telescope.min_altitude_deg


def _mount(config: Config) -> Mount:
    telescope = _telescope(config)
    if telescope is None:
        return Mount()
    entry = telescope.axis
    axis = Axis(rate_deg_s=entry.rate_deg_s, accel_deg_s2=entry.acceleration_deg_s2)
    turning = (
        Axis(rate_deg_s=one.rate_deg_s)
        for one in config.devices.values()
        if isinstance(one, Dome) and one.form == "dome"
    )
    return Mount(
        kind=MountKind.ALTAZ,
        axes=(axis, axis),
        settle_s=entry.settle_s,
        dome=next(turning, None),
    )


def _channel(config: Config, name: str) -> ChannelSetting:
    entry = config.channels[name]
    wheel = config.devices.get(entry.wheel or "")
    filters = wheel.filters if isinstance(wheel, FilterWheel) else ()
    return ChannelSetting(
        devices=(entry.camera,) if entry.wheel is None else (entry.camera, entry.wheel),
        filters=frozenset(one.name for one in filters),
    )
