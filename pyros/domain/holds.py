"""Holds: every reason to keep still, what each allows, and the mode that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HoldKind(StrEnum):
    """Kinds of holds, the highest first."""

    SAFETY = "SAFETY"
    SITE = "SITE"
    WEATHER = "WEATHER"
    OPERATOR = "OPERATOR"
    STARTING = "STARTING"
    DEVICE = "DEVICE"
    DAYLIGHT = "DAYLIGHT"
    TWILIGHT = "TWILIGHT"


class Mode(StrEnum):
    """The name shown for the highest hold; stored nowhere."""

    LOCKED = "LOCKED"
    CLOSED = "CLOSED"
    MANUAL = "MANUAL"
    STARTING = "STARTING"
    PAUSED = "PAUSED"
    DAY = "DAY"
    TWILIGHT = "TWILIGHT"
    OBSERVING = "OBSERVING"


MODE_OF = {
    HoldKind.SAFETY: Mode.LOCKED,
    HoldKind.SITE: Mode.CLOSED,
    HoldKind.WEATHER: Mode.CLOSED,
    HoldKind.OPERATOR: Mode.MANUAL,
    HoldKind.STARTING: Mode.STARTING,
    HoldKind.DEVICE: Mode.PAUSED,
    HoldKind.DAYLIGHT: Mode.DAY,
    HoldKind.TWILIGHT: Mode.TWILIGHT,
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Hold:
    """One reason to keep still; `key` is unique among those in force (`device:telescope`)."""

    key: str
    kind: HoldKind
    since: datetime
    by: str = ""
    reason: str = ""
    latched: bool = False
    closes: bool = True
    """Whether the dome must shut for it."""


House = frozenset[Hold]
"""All holds in force; every rule about what may be done is a function of this set."""

_HIGHEST_FIRST = tuple(HoldKind)


def mode_of(house: Iterable[Hold]) -> Mode:
    """Return the mode that the holds in force amount to: OBSERVING without any."""
    kinds = {hold.kind for hold in house}
    return next((MODE_OF[kind] for kind in _HIGHEST_FIRST if kind in kinds), Mode.OBSERVING)


def in_order(house: Iterable[Hold]) -> tuple[Hold, ...]:
    """Return the holds, highest kind first, then by key."""
    return tuple(sorted(house, key=lambda hold: (_HIGHEST_FIRST.index(hold.kind), hold.key)))


def dome_may_be_open(house: Iterable[Hold]) -> bool:
    """Return whether no hold in force shuts the dome."""
    return not any(hold.closes for hold in house)


def sequences_may_start(house: Iterable[Hold], *, alert: bool = False) -> bool:
    """Return whether a sequence may start now; an alert does not mind the twilight hold."""
    return all(alert and hold.kind is HoldKind.TWILIGHT for hold in house)
