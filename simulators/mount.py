"""The mechanics of a mount: two axes that speed up and slow down, and a place that is followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pyros.config.devices import Axis
from simulators.motion import Move, nearest_turn, stopping
from simulators.pointing import LocalSky, Vector

UNPARK_S: Final = 3.0
MOVING: Final = frozenset({"slewing", "parking", "homing", "aborting"})
BUSY: Final = MOVING | {"settling", "unparking"}

Place = tuple[float, float]
"""Altitude and azimuth (north through east), degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place in the sky that is pointed at: ICRS degrees, and its direction of date."""

    ra_deg: float
    dec_deg: float
    vector: Vector
    track: bool = True


class Mount:
    """Two axes; `mode` is the word that the telescope shows as its phase."""

    def __init__(self, axis: Axis, sky: LocalSky, park: Place) -> None:
        self.mode = "parked"
        self.target: Target | None = None
        self.until_s = 0.0
        self.tracked_since_s = 0.0
        self._axis, self._sky = axis, sky
        self._rests_at = park
        self._moves: tuple[Move, Move] | None = None

    @property
    def follows(self) -> bool:
        """Whether the sky is followed now."""
        target = self.target
        return target is not None and target.track and self.mode in ("settling", "tracking")

    def place(self, now_s: float) -> Place:
        """Return where the axes stand."""
        if self._moves is not None:
            altitude, azimuth = self._moves
            return altitude.at(now_s), azimuth.at(now_s) % 360.0
        if self.target is not None and self.follows:
            return self._sky.altaz(self.target.vector, now_s)
        return self._rests_at

    def slew(self, target: Target, now_s: float, *, slow: float = 1.0) -> None:
        """Set off to where the target will stand when we are there."""
        moves = self._plan(self._sky.altaz(target.vector, now_s), now_s, slow)
        for _ in range(2):
            there_s = max(move.until_s for move in moves)
            moves = self._plan(self._sky.altaz(target.vector, there_s), now_s, slow)
        self._set_off(moves, "slewing", target)

    def go(self, place: Place, now_s: float, *, mode: str, slow: float = 1.0) -> None:
        """Set off to a place above the horizon."""
        self._set_off(self._plan(place, now_s, slow), mode, None)

    def unpark(self, now_s: float) -> None:
        """Release the park lock."""
        self.mode, self.until_s = "unparking", now_s + UNPARK_S

    def follow(self, target: Target, now_s: float) -> None:
        """Follow the sky from where it stands."""
        self.target, self.mode, self.tracked_since_s = target, "tracking", now_s

    def rest(self, now_s: float) -> None:
        """Stand still where it is."""
        self._rests_at = self.place(now_s)
        self.mode, self.target, self._moves = "idle", None, None

    def stop(self, now_s: float) -> float:
        """Stop as soon as the axes can; return when they will be at rest."""
        if self._moves is not None:
            first, second = (stopping(move, now_s) for move in self._moves)
            self._set_off((first, second), "aborting", None)
            return self.until_s
        if self.mode in ("settling", "tracking", "unparking"):
            self.rest(now_s)
        return now_s

    def restart(self, now_s: float, *, lost: bool) -> None:
        """Come up again; `lost`: it believes to be parked, at 0/0."""
        self.rest(now_s)
        if lost:
            self.mode, self._rests_at = "parked", (0.0, 0.0)

    def step(self, now_s: float) -> None:
        """Come to `now_s`: arrive, settle, be unparked."""
        if self._moves is not None and now_s >= self.until_s:
            self._arrive()
        if self.mode in ("settling", "unparking") and now_s >= self.until_s:
            follow = self.mode == "settling" and self.target is not None and self.target.track
            if not follow:
                self.rest(now_s)
            else:
                self.mode, self.tracked_since_s = "tracking", self.until_s

    def _arrive(self) -> None:
        self._rests_at = self.place(self.until_s)
        self._moves = None
        if self.mode == "slewing":
            self.mode, self.until_s = "settling", self.until_s + self._axis.settle_s
        else:
            self.mode = "parked" if self.mode == "parking" else "idle"

    def _plan(self, place: Place, now_s: float, slow: float) -> tuple[Move, Move]:
        altitude, azimuth = self.place(now_s)
        rate, acceleration = self._axis.rate_deg_s * slow, self._axis.acceleration_deg_s2
        goals = ((altitude, place[0]), (azimuth, nearest_turn(azimuth, place[1])))
        first, second = (
            Move(since_s=now_s, start=start, goal=goal, rate=rate, acceleration=acceleration)
            for start, goal in goals
        )
        return first, second

    def _set_off(self, moves: tuple[Move, Move], mode: str, target: Target | None) -> None:
        self._moves, self.mode, self.target = moves, mode, target
        self.until_s = max(move.until_s for move in moves)
