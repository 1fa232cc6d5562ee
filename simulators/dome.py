"""A simulated dome: end switches, a slit that follows the telescope, and a heart of its own.

Without a kick for `heartbeat_s`, or with rain on its own sensor, it closes whoever says what.
"""

from __future__ import annotations

from typing import ClassVar, Final

from pyros.config.devices import Dome
from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import OpState
from pyros.domain.devices.state import dome_phase
from pyros.errors import CommandRefused, Interlocked, NotNow
from simulators.arguments import Args, flag, number
from simulators.box import Box, Ground
from simulators.motion import nearest_turn
from simulators.operations import Doing
from simulators.sights import CLEAR_DEG, Pointing
from simulators.weather_process import Weather

PARK_DEG: Final = 0.0
LAG_DEG: Final = 2.0
"""Nearer than this the slit is where the telescope looks."""


class Slaved(CommandRefused):
    """It follows the telescope."""

    number = 0x409


class DomeBox(Box):
    """A dome, clamshell or roof; `position` is 0 closed, 1 open."""

    kind = Kind.DOME
    own_verbs: ClassVar[frozenset[str]] = frozenset(
        {"open_shutter", "close_shutter", "slew", "slave", "park", "find_home", "kick"}
    )
    model = "shutter"

    def __init__(
        self, ground: Ground, entry: Dome, weather: Weather, telescope: Pointing | None
    ) -> None:
        super().__init__(ground)
        self._entry, self._weather, self._telescope = entry, weather, telescope
        self._turns = entry.form == "dome"
        self._position, self._goal = 0.0, 0.0
        self._at_s = ground.now_s()
        self._kicked_s: float | None = None
        self._why_closing = ""
        self._azimuth, self._wanted = PARK_DEG, PARK_DEG
        self._slaved = self._turns and telescope is not None

    def blocks(self, now_s: float) -> bool:
        """Whether it is in the way of the light; the world's lock is held."""
        self.advance(now_s)
        if self._position < 0.5:
            return True
        if not self._turns or self._telescope is None:
            return False
        off = nearest_turn(self._azimuth, self._telescope.azimuth_deg(now_s)) - self._azimuth
        return abs(off) > CLEAR_DEG

    def is_closed(self, now_s: float) -> bool:
        """Whether it is shut; the world's lock is held."""
        self.advance(now_s)
        return self._position <= 0.0

    def close_by_interlock(self) -> None:
        """Close because the controller took over the motor; the world's lock is held."""
        if self._goal > 0.0:
            self._goal, self._why_closing = 0.0, "interlock of the controller"

    # orders

    def _start(self, doing: Doing, args: Args, now_s: float) -> None:
        doing.until_s, doing.deadline_s = now_s, 120.0
        match doing.verb:
            case "kick":
                doing.silent = True
                self._kicked_s = now_s
            case "open_shutter":
                self._open(doing, now_s)
            case "close_shutter":
                self._close(doing, now_s)
            case "slave":
                self._slaved = flag(args, "on") and self._turns and self._telescope is not None
            case "slew" | "park" | "find_home":
                self._rotate(doing, args, now_s)

    def _open(self, doing: Doing, now_s: float) -> None:
        forbidden = self._interlocks(now_s)
        if forbidden:
            raise Interlocked("; ".join(forbidden))
        if self._goal < self._position:
            raise NotNow("busy: closing")
        self._goal, self._why_closing = 1.0, ""
        doing.deadline_s = 180.0
        doing.until_s = now_s + (1.0 - self._position) * self._entry.travel_s

    def _close(self, doing: Doing, now_s: float) -> None:
        opening = self._running("open_shutter")
        if opening is not None:
            self._finish(opening, now_s, OpState.ABORTED, error="closed meanwhile")
        self._goal, self._why_closing = 0.0, self._why_closing or "ordered"
        doing.deadline_s = 180.0
        doing.until_s = now_s + self._position * self._entry.travel_s

    def _rotate(self, doing: Doing, args: Args, now_s: float) -> None:
        if not self._turns:
            raise CommandRefused(f"a {self._entry.form} does not turn")
        goal = PARK_DEG if doing.verb != "slew" else number(args, "azimuth_deg", 0.0, 360.0)
        if self._slaved and doing.verb == "slew":
            raise Slaved("it follows the telescope: slave off first")
        if self._running("slew", "park", "find_home"):
            raise NotNow("busy: turning")
        self._slaved = False
        self._wanted = goal
        doing.goal = {"azimuth_deg": goal}
        way = abs(nearest_turn(self._azimuth, goal) - self._azimuth)
        doing.until_s = now_s + way / self._entry.rate_deg_s

    # time

    def _step(self, now_s: float) -> None:
        since_s, self._at_s = self._at_s, max(self._at_s, now_s)
        if self._at_s <= since_s:
            return
        self._mind_itself(since_s, self._at_s)
        self._turn(self._at_s - since_s, self._at_s)
        self._finish_arrived(self._at_s)

    def _mind_itself(self, since_s: float, now_s: float) -> None:
        """Move the shutter to `now_s`, closing on the way if nobody kicks or if it rains."""
        if "opens_by_itself" in self.faults.active:
            self._goal = 1.0
        alarm_s = self._alarm(since_s, now_s)
        if alarm_s is None:
            self._travel(now_s - since_s)
            return
        self._travel(alarm_s - since_s)
        opening = self._running("open_shutter")
        if opening is not None:
            self._finish(opening, alarm_s, OpState.ABORTED, error=self._why_closing)
        self._goal = 0.0
        self._travel(now_s - alarm_s)

    def _alarm(self, since_s: float, now_s: float) -> float | None:
        """Return when its own heart tells it to close; None if it does not."""
        if self._goal <= 0.0:
            return None
        rain_s = self._weather.rained_since(since_s, now_s)
        silent_s = (self._kicked_s or 0.0) + self._entry.heartbeat_s
        found = {} if rain_s is None else {"rain": rain_s}
        if "kick_ignored" not in self.faults.active and silent_s <= now_s:
            found["no kick"] = max(since_s, silent_s)
        if not found:
            return None
        self._why_closing = min(found, key=lambda why: found[why])
        return found[self._why_closing]

    def _travel(self, seconds: float) -> None:
        active = self.faults.active
        if active.keys() & {"shutter_stuck", "never_done"}:
            return
        if self._goal < self._position and "close_fails" in active:
            return
        way = seconds / self._entry.travel_s
        if self._goal > self._position:
            self._position = min(self._goal, self._position + way)
        elif self._goal < self._position:
            lowest = 0.3 if "shutter_partly" in active else self._goal
            self._position = max(min(lowest, self._position), self._position - way)

    def _turn(self, seconds: float, now_s: float) -> None:
        if not self._turns or "rotation_stuck" in self.faults.active:
            return
        if self._slaved and self._telescope is not None:
            self._wanted = self._telescope.azimuth_deg(now_s)
        off = nearest_turn(self._azimuth, self._wanted) - self._azimuth
        if self._slaved and abs(off) < LAG_DEG:
            return
        most = self._entry.rate_deg_s * seconds
        self._azimuth = (self._azimuth + min(most, max(-most, off))) % 360.0

    def _finish_arrived(self, now_s: float) -> None:
        if self._position <= 0.0 and self._goal <= 0.0:
            self._why_closing = ""
        for each in list(self._doing):
            if self._may_end(each):
                self._finish(each, now_s)

    def _may_end(self, doing: Doing) -> bool:
        """Whether an order is done: shutter and slit tell by their switches and encoder."""
        open_switch, closed_switch = self._switches()
        match doing.verb:
            case "open_shutter":
                return open_switch and not closed_switch
            case "close_shutter":
                return closed_switch and not open_switch
            case "slew" | "park" | "find_home":
                return self._azimuth == self._wanted
        return super()._may_end(doing)

    def _stop(self, now_s: float) -> float:
        """Stop; a closing that its own heart ordered goes on."""
        if self._why_closing in ("", "ordered"):
            self._goal, self._why_closing = self._position, ""
        self._wanted, self._slaved = self._azimuth, False
        return now_s

    def _wake_up(self, now_s: float, *, lost: bool) -> None:  # noqa: ARG002
        """Come up with the shutter at rest where it is; nobody has kicked it yet."""
        self._kicked_s = None
        if lost:
            self._azimuth = self._wanted = PARK_DEG

    # what it says

    def _switches(self) -> tuple[bool, bool]:
        """Return the open and the closed switch."""
        if "limit_switch_both" in self.faults.active:
            return True, True
        if "limit_switch_none" in self.faults.active:
            return False, False
        return self._position >= 1.0, self._position <= 0.0

    def _fields(self, now_s: float) -> dict[str, object]:
        open_switch, closed_switch = self._switches()
        motor = self._goal != self._position
        opening = self._goal > self._position
        kicked = self._kicked_s
        return {
            "phase": dome_phase(
                open_switch=open_switch, closed_switch=closed_switch, motor=motor, opening=opening
            ),
            "open_switch": open_switch,
            "closed_switch": closed_switch,
            "motor": motor,
            "azimuth_deg": self._azimuth if self._turns else None,
            "slaved": self._slaved if self._turns else None,
            "at_park": self._azimuth == PARK_DEG if self._turns else None,
            "kick_age_s": None if kicked is None else now_s - kicked,
        }

    def _interlocks(self, now_s: float) -> list[str]:
        """Return why it may not open: no kick, or rain."""
        found = []
        kicked = self._kicked_s
        if "kick_ignored" not in self.faults.active and (
            kicked is None or now_s - kicked > self._entry.heartbeat_s
        ):
            found.append(f"no kick within {self._entry.heartbeat_s:g} s")
        if self._weather.at(now_s).rain:
            found.append("rain")
        return found

    def _limits(self) -> dict[str, object]:
        return {
            "form": self._entry.form,
            "heartbeat_s": self._entry.heartbeat_s,
            "travel_s": self._entry.travel_s,
            "end_switches": True,
        }
