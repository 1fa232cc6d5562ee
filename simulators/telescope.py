"""A simulated telescope: what its mount is told, what it says of itself, where it really points."""

from __future__ import annotations

import math
from typing import ClassVar, Final

from pyros.config.devices import Telescope
from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import OpState
from pyros.errors import InvalidValue, NotNow
from simulators.arguments import Args, flag, number
from simulators.box import Box, Ground
from simulators.chance import Wobble, random_of
from simulators.mount import BUSY, MOVING, Mount, Target
from simulators.operations import Doing
from simulators.pointing import LocalSky
from simulators.sights import FAST_ARCSEC_S, SIDEREAL_ARCSEC_S, Truth

POINTING_RMS_ARCSEC: Final = 20.0
DRIFT_ARCSEC_MIN: Final = 0.2
PERIODIC_RMS_ARCSEC: Final = 0.35
PERIOD_S: Final = 480.0
HOME: Final = (45.0, 180.0)
OWNER_LOST_S: Final = 300.0
"""Without a word of its owner for so long it parks by itself."""


class Parked(NotNow):
    """It is parked."""

    number = 0x408


class TelescopeBox(Box):
    """An altazimuth mount on a site."""

    kind = Kind.TELESCOPE
    own_verbs: ClassVar[frozenset[str]] = frozenset(
        {"slew", "slew_altaz", "track", "park", "unpark", "find_home"}
    )
    model = "altazimuth"

    def __init__(self, ground: Ground, entry: Telescope, sky: LocalSky) -> None:
        super().__init__(ground)
        self._entry, self._sky = entry, sky
        self._park_place = (entry.park.altitude_deg, entry.park.azimuth_deg)
        self._mount = Mount(entry.axis, sky, self._park_place)
        self._slews = 0
        self._off_arcsec = (0.0, 0.0)
        self._periodic = Wobble(
            ground.seed, self.name, "periodic", rms=PERIODIC_RMS_ARCSEC, period_s=PERIOD_S
        )

    # what other boxes of the world see

    def truth(self, now_s: float) -> Truth:
        """Return where it really points; the world's lock is held."""
        self.advance(now_s)
        altitude, azimuth = self._mount.place(now_s)
        if self._mount.follows:
            ra, dec = self._true_radec(now_s)
        else:
            ra, dec = self._sky.radec(altitude, azimuth, now_s)
        trail = 0.0 if self._mount.follows else SIDEREAL_ARCSEC_S
        if self._mount.mode in MOVING:
            trail = FAST_ARCSEC_S
        return Truth(
            ra_deg=ra,
            dec_deg=dec,
            altitude_deg=altitude,
            azimuth_deg=azimuth,
            trail_arcsec_s=trail,
        )

    def azimuth_deg(self, now_s: float) -> float:
        """Return where a dome should look; the world's lock is held."""
        self.advance(now_s)
        return self._mount.place(now_s)[1]

    # orders

    def _start(self, doing: Doing, args: Args, now_s: float) -> None:
        mode = self._mount.mode
        if doing.verb not in ("park", "unpark") and mode in ("parked", "parking"):
            raise Parked(f"the telescope is {mode}: unpark it first")
        if doing.verb != "park" and mode in BUSY:
            raise NotNow(f"busy: {mode}")
        match doing.verb:
            case "slew":
                self._slew(doing, args, now_s)
            case "slew_altaz":
                self._slew_altaz(doing, args, now_s)
            case "track":
                self._track(doing, args, now_s)
            case "unpark":
                self._unpark(doing, now_s)
            case "park":
                self._park(doing, now_s)
            case "find_home":
                self._mount.go(HOME, now_s, mode="homing", slow=self._slow)
                self._will_take(doing, deadline_s=180.0)

    def _slew(self, doing: Doing, args: Args, now_s: float) -> None:
        ra = number(args, "ra_deg", 0.0, 360.0)
        dec = number(args, "dec_deg", -90.0, 90.0)
        track = flag(args, "track", default=True)
        vector = self._sky.of_date(ra, dec, now_s)
        self._refuse_low(self._sky.altaz(vector, now_s)[0])
        target = Target(ra_deg=ra, dec_deg=dec, vector=vector, track=track)
        self._mount.slew(target, now_s, slow=self._slow)
        doing.goal = {"ra_deg": ra, "dec_deg": dec, "track": track}
        self._will_take(doing, settle_s=self._entry.axis.settle_s)
        self._slews += 1
        chance = random_of("pointing", self._ground.seed, self.name, self._slews)
        rms = POINTING_RMS_ARCSEC / math.sqrt(2.0)
        self._off_arcsec = (chance.gauss(0.0, rms), chance.gauss(0.0, rms))

    def _slew_altaz(self, doing: Doing, args: Args, now_s: float) -> None:
        altitude = number(args, "altitude_deg", -5.0, 90.0)
        azimuth = number(args, "azimuth_deg", 0.0, 360.0)
        self._refuse_low(altitude)
        self._mount.go((altitude, azimuth), now_s, mode="slewing", slow=self._slow)
        doing.goal = {"altitude_deg": altitude, "azimuth_deg": azimuth}
        self._will_take(doing, settle_s=self._entry.axis.settle_s)

    def _track(self, doing: Doing, args: Args, now_s: float) -> None:
        on = flag(args, "on")
        doing.goal, doing.until_s = {"on": on}, now_s
        if not on:
            self._mount.rest(now_s)
        elif self._mount.mode != "tracking":
            altitude, azimuth = self._mount.place(now_s)
            self._refuse_low(altitude)
            ra, dec = self._sky.radec(altitude, azimuth, now_s)
            vector = self._sky.of_date(ra, dec, now_s)
            self._mount.follow(Target(ra_deg=ra, dec_deg=dec, vector=vector), now_s)
            self._off_arcsec = (0.0, 0.0)

    def _unpark(self, doing: Doing, now_s: float) -> None:
        doing.until_s, doing.deadline_s = now_s, 60.0
        if self._mount.mode == "parked":
            self._mount.unpark(now_s)
            doing.until_s = self._mount.until_s

    def _park(self, doing: Doing, now_s: float) -> None:
        for each in list(self._doing):
            if each.verb != "park":
                self._finish(each, now_s, OpState.ABORTED, error="superseded by park")
        doing.until_s = now_s
        if self._mount.mode != "parked":
            self._mount.go(self._park_place, now_s, mode="parking", slow=self._slow)
            self._will_take(doing, deadline_s=120.0)

    def _will_take(
        self, doing: Doing, *, settle_s: float = 0.0, deadline_s: float | None = None
    ) -> None:
        doing.until_s = self._mount.until_s + settle_s
        doing.deadline_s = deadline_s or doing.until_s - doing.since_s + 15.0

    @property
    def _slow(self) -> float:
        return 0.5 if "balance_slow" in self.faults.active else 1.0

    def _refuse_low(self, altitude: float) -> None:
        lowest = self._entry.min_altitude_deg
        if altitude < lowest:
            raise InvalidValue("altitude_deg", round(altitude, 2), allowed=f"at least {lowest:g}")

    # time

    def _step(self, now_s: float) -> None:
        held = "stall" in self.faults.active or self._never_done()
        if not held or self._mount.mode == "aborting":
            self._mount.step(now_s)
        if self._mount.mode == "tracking":
            low = self._entry.min_altitude_deg - 0.5
            if self._mount.place(now_s)[0] < low or "tracking_lost" in self.faults.active:
                self._mount.rest(now_s)
        if now_s - self._heard_s > OWNER_LOST_S and self._mount.mode in ("tracking", "idle"):
            self._mount.go(self._park_place, now_s, mode="parking")
        self._finish_due(now_s)

    def _may_end(self, doing: Doing) -> bool:
        stalled = "stall" in self.faults.active and doing.verb not in ("abort", "reset")
        return not stalled and super()._may_end(doing)

    def _stop(self, now_s: float) -> float:
        return self._mount.stop(now_s)

    def _wake_up(self, now_s: float, *, lost: bool) -> None:
        self._mount.restart(now_s, lost=lost)

    # what it says

    def _fields(self, now_s: float) -> dict[str, object]:
        mount = self._mount
        altitude, azimuth = mount.place(now_s)
        target, error = mount.target, None
        if target is not None and mount.follows:
            error = self._error_arcsec(now_s)
            ra, dec = target.ra_deg, target.dec_deg + self._periodic.at(now_s) / 3600.0
        else:
            ra, dec = self._sky.radec(altitude, azimuth, now_s)
        return {
            "phase": mount.mode,
            "ra_deg": ra,
            "dec_deg": dec,
            "altitude_deg": altitude,
            "azimuth_deg": azimuth,
            "target_ra_deg": target.ra_deg if target else None,
            "target_dec_deg": target.dec_deg if target else None,
            "tracking": mount.mode == "tracking",
            "at_park": mount.mode == "parked",
            "at_home": mount.mode == "idle" and (altitude, azimuth) == HOME,
            "pier_side": "",
            "tracking_error_arcsec": error,
        }

    def _limits(self) -> dict[str, object]:
        axis = self._entry.axis
        return {
            "min_altitude_deg": self._entry.min_altitude_deg,
            "rate_deg_s": axis.rate_deg_s,
            "settle_s": axis.settle_s,
        }

    def _error_arcsec(self, now_s: float) -> float:
        drift = DRIFT_ARCSEC_MIN
        fault = self.faults.active.get("tracking_drift")
        if fault is not None:
            drift = fault.parameter("arcsec_min", 60.0)
        return drift * (now_s - self._mount.tracked_since_s) / 60.0 + self._periodic.at(now_s)

    def _true_radec(self, now_s: float) -> tuple[float, float]:
        target = self._mount.target
        if target is None:
            return 0.0, 0.0
        east, north = self._off_arcsec
        fault = self.faults.active.get("pointing_error")
        if fault is not None:
            east += fault.parameter("east_arcsec", 600.0)
        north += self._error_arcsec(now_s)
        cos = max(0.01, math.cos(math.radians(target.dec_deg)))
        return (target.ra_deg + east / 3600.0 / cos) % 360.0, target.dec_deg + north / 3600.0
