"""How a line stands: connecting, connected, stale or lost; pure, told of all that happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

PERIOD_S: Final = 1.0
"""A device that is well tells of itself so often, real seconds."""
STALE_PERIODS: Final = 3.0
LOST_PERIODS: Final = 10.0
MISSED: Final = 3
"""So many unanswered requests in a row, and the line is lost."""


class Standing(StrEnum):
    """The words are those of `Link` in the domain."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    STALE = "stale"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """What is known of a line; instants in real seconds.

    `sign` is of the last status that was a sign of life, at `moved_s`; None: it tells nothing by
    itself, as on a direct line, and answers alone count.
    """

    greeted: bool = False
    broken: bool = False
    missed: int = 0
    sign: str = ""
    moved_s: float | None = None


def opened() -> Liveness:
    """Return a line whose socket is open, nothing heard yet."""
    return Liveness()


def greeted(line: Liveness) -> Liveness:
    """Return the line after its hello was answered as it should be."""
    return replace(line, greeted=True, broken=False, missed=0)


def answered(line: Liveness) -> Liveness:
    """Return the line after a request was answered."""
    return replace(line, missed=0) if line.missed else line


def unanswered(line: Liveness) -> Liveness:
    """Return the line after a request was not answered in time."""
    return replace(line, missed=line.missed + 1)


def told(line: Liveness, sign: str, now_s: float) -> Liveness:
    """Return the line after a status; one whose `sign` (boot, seq) is at rest is none of life."""
    return line if sign == line.sign else replace(line, sign=sign, moved_s=now_s)


def broke(line: Liveness) -> Liveness:
    """Return the line after its connection broke."""
    return replace(line, broken=True, greeted=False)


def standing(line: Liveness, now_s: float) -> Standing:
    """Return how the line stands now."""
    silent_s = 0.0 if line.moved_s is None else now_s - line.moved_s
    if line.broken or line.missed >= MISSED or silent_s > LOST_PERIODS * PERIOD_S:
        return Standing.LOST
    if not line.greeted:
        return Standing.CONNECTING
    if line.missed or silent_s > STALE_PERIODS * PERIOD_S:
        return Standing.STALE
    return Standing.CONNECTED
