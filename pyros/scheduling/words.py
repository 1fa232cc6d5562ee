"""Times, durations and constraints in words for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pyros.scheduling.grid import Grid


def clock(instant: datetime) -> str:
    """Return the time of day, UTC."""
    return f"{instant:%H:%M}"


def stamp(instant: datetime) -> str:
    """Return date and time, UTC."""
    return f"{instant:%Y-%m-%d %H:%M}"


def minutes(seconds: float) -> str:
    """Return a duration for people."""
    whole, rest = divmod(round(seconds), 60)
    if not whole:
        return f"{rest} s"
    return f"{whole} min {rest} s" if rest else f"{whole} min"


WORDS = {
    "EPHEMERIS": "the table of its places",
    "NIGHT": "the end of the night",
    "WINDOW": "its window",
    "NOT_BEFORE": "its earliest time",
    "SUN": "the Sun",
    "ALTITUDE": "its altitude",
    "AIRMASS": "its air mass",
    "HORIZON": "the local horizon",
    "ZENITH": "the zenith limit",
    "HOUR_ANGLE": "its hour angle",
    "MOON_DISTANCE": "the Moon's distance",
    "MOON_LIGHT": "the Moon's light",
    "MERIDIAN": "the mount's turn at the meridian",
    "FIXED_BLOCK": "what is fixed in the plan",
}


def listed(codes: Sequence[str]) -> str:
    """Return constraints by their names."""
    return ", ".join(WORDS.get(code, code) for code in codes)


def name_of(grid: Grid, name: str) -> str:
    """Return the short name of a request, or its id."""
    request = grid.requests.get(name)
    return name if request is None or not request.name else request.name
