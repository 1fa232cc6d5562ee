"""How a telescope behaves among us: parked stays parked, never near the Sun, never too low."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyros.actors.devices.manner import Manner, Now, Order, Tended, faults_of
from pyros.config.devices import Telescope
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import TelescopeState
from pyros.drivers.interface import TelescopeDriver
from pyros.errors import NotSupported
from pyros.messages.device_commands import DeviceCommand, Park, Slew, Track, Unpark
from pyros.sky.bodies import sun_radec_deg
from pyros.sky.coords import altaz, separation_deg
from pyros.sky.site import Site

NOT_READY = frozenset({"initialising", "aborting", "homing"})
FROM_PARK = frozenset({"slew", "track"})
"""What a parked telescope does not do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelescopeManner(Manner[TelescopeState, TelescopeDriver]):
    """Tracking is left as found; a slew that runs goes on."""

    verbs: ClassVar[frozenset[str]] = frozenset({"slew", "track", "park", "unpark"})
    urgent: ClassVar[frozenset[str]] = frozenset({"park"})
    resting: ClassVar[frozenset[str]] = frozenset({"parked", "unparked", "idle", "tracking"})

    entry: Telescope
    site: Site | None = None
    sun_distance_deg: float = 40.0

    def tend(self, sample: TelescopeState, now: Now) -> tuple[TelescopeManner, Tended]:
        waits = sample.phase in NOT_READY
        return self, Tended(
            ready=not waits, why=f"it is {sample.phase}" if waits else "", faults=faults_of(sample)
        )

    def refusals(self, verb: str, sample: TelescopeState, now: Now) -> tuple[str, ...]:
        if verb in FROM_PARK and (sample.at_park or sample.phase in ("parked", "parking")):
            return ("the telescope is parked: unpark it first",)
        return ()

    def objections(self, command: DeviceCommand, now: Now) -> tuple[str, ...]:
        if not isinstance(command, Slew):
            return ()
        ranges = _ranges(command)
        return ranges or (*self._sun(command, now), *self._altitude(command, now))

    def carry_out(self, driver: TelescopeDriver, command: Order) -> Operation | None:
        match command:
            case Slew():
                ra_deg, dec_deg = command.ra_deg, command.dec_deg
                return driver.slew(ra_deg, dec_deg, track=command.track, key=command.key)
            case Track():
                return driver.track(on=command.on, key=command.key)
            case Park():
                return driver.park(key=command.key)
            case Unpark():
                return driver.unpark(key=command.key)
        raise NotSupported(f"a telescope knows no {type(command).__name__}")

    def _sun(self, command: Slew, now: Now) -> tuple[str, ...]:
        if self.site is None:
            return ()
        sun_deg = sun_radec_deg(self.site, now.at)
        away = float(separation_deg(command.ra_deg, command.dec_deg, *sun_deg))
        if away >= self.sun_distance_deg:
            return ()
        return (f"{away:.0f} deg from the Sun: at least {self.sun_distance_deg:g} is allowed",)

    def _altitude(self, command: Slew, now: Now) -> tuple[str, ...]:
        if self.site is None:
            return ()
        altitude, _ = altaz(self.site, command.ra_deg, command.dec_deg, now.at)
        lowest = self.entry.min_altitude_deg
        if float(altitude) >= lowest:
            return ()
        return (f"altitude {float(altitude):.1f} deg: at least {lowest:g} is allowed",)


def telescope_manner(
    entry: Telescope, site: Site | None, sun_distance_deg: float, now: Now
) -> TelescopeManner:
    """Return the manner of a telescope; the sky's tables are warm, so that no slew waits for it."""
    manner = TelescopeManner(entry=entry, site=site, sun_distance_deg=sun_distance_deg)
    manner.objections(Slew(at=now.at, key="", ra_deg=0.0, dec_deg=0.0), now)
    return manner


def _ranges(command: Slew) -> tuple[str, ...]:
    reasons = []
    if not 0.0 <= command.ra_deg < 360.0:
        reasons.append(f"ra_deg {command.ra_deg:g}: allowed is 0 to below 360")
    if not -90.0 <= command.dec_deg <= 90.0:
        reasons.append(f"dec_deg {command.dec_deg:g}: allowed is -90 to 90")
    return tuple(reasons)
