"""How an axis gets from here to there: it speeds up, runs, and slows down again."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A motion that begins at `since_s` in `start` and rests in `goal` after `duration_s`."""

    since_s: float
    start: float
    goal: float
    rate: float
    """Top speed, units a second."""
    acceleration: float
    """Units a second squared."""

    @property
    def duration_s(self) -> float:
        """Return how long it takes, seconds."""
        way = abs(self.goal - self.start)
        if way >= self.rate**2 / self.acceleration:
            return way / self.rate + self.rate / self.acceleration
        return 2.0 * math.sqrt(way / self.acceleration)

    @property
    def until_s(self) -> float:
        """Return when it is over."""
        return self.since_s + self.duration_s

    def at(self, now_s: float) -> float:
        """Return the place at an instant."""
        gone, whole = now_s - self.since_s, self.duration_s
        if gone >= whole:
            return self.goal
        if gone <= 0.0:
            return self.start
        return self.start + math.copysign(self._way(gone, whole), self.goal - self.start)

    def speed(self, now_s: float) -> float:
        """Return the speed at an instant, without sign."""
        gone, whole = now_s - self.since_s, self.duration_s
        if not 0.0 < gone < whole:
            return 0.0
        return min(self.rate, self.acceleration * gone, self.acceleration * (whole - gone))

    def _way(self, gone: float, whole: float) -> float:
        ramp = min(self.rate / self.acceleration, whole / 2.0)
        way = abs(self.goal - self.start)
        if gone < ramp:
            return self.acceleration * gone**2 / 2.0
        if gone > whole - ramp:
            return way - self.acceleration * (whole - gone) ** 2 / 2.0
        return self.acceleration * ramp**2 / 2.0 + self.acceleration * ramp * (gone - ramp)


def stopping(move: Move, now_s: float) -> Move:
    """Return the motion that comes to rest as soon as it can."""
    here, speed = move.at(now_s), move.speed(now_s)
    way = math.copysign(speed**2 / (2.0 * move.acceleration), move.goal - move.start)
    return Move(
        since_s=now_s, start=here, goal=here + way, rate=move.rate, acceleration=move.acceleration
    )


def nearest_turn(from_deg: float, to_deg: float) -> float:
    """Return `to_deg` plus whole turns, so that the way from `from_deg` is the shorter one."""
    return from_deg + (to_deg - from_deg + 180.0) % 360.0 - 180.0
