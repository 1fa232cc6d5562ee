"""Values as people read them: number with unit, age, angle, instant; unknown is a dash."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from pyros.sky.coords import format_dec, format_ra

DASH = "\N{EN DASH}"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*(?:Z|[+-]\d\d:\d\d)")


def number(value: object, digits: int = 1, unit: str = "") -> str:
    """Return `12.3 m/s`; a dash for what is unknown, yes or no for a truth."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float) or not math.isfinite(value):
        return DASH
    text = f"{value:.{digits}f}"
    return f"{text} {unit}" if unit else text


def duration(seconds: float | None) -> str:
    """Return `12 s`, `3 min`, `2.1 h` or `4 d`."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    span = abs(seconds)
    sign = "-" if seconds < 0 and span >= 1 else ""
    if span < 100:
        return f"{sign}{span:.0f} s"
    if span < 6000:
        return f"{sign}{span / 60:.0f} min"
    if span < 172800:
        return f"{sign}{span / 3600:.1f} h"
    return f"{sign}{span / 86400:.0f} d"


def spell(seconds: float) -> str:
    """Return a duration exactly: `12 min 45 s`, `50 s`, `2 h 5 min`."""
    if not math.isfinite(seconds):
        return DASH
    hours, rest = divmod(abs(round(seconds)), 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (left, "s")]
    text = " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
    return f"-{text}" if round(seconds) < 0 else text


def age(at: datetime | None, now: datetime) -> str:
    """Return how long ago an instant was, in observatory time."""
    return DASH if at is None else duration(max(0.0, (now - at).total_seconds()))


def coming(seconds: float) -> str:
    """Return `in 12 s`, or `3 min ago` for what should have been already."""
    return f"{duration(-seconds)} ago" if seconds < 0 else f"in {duration(seconds)}"


def clock(at: object) -> str:
    """Return `03:12:34`, UTC."""
    return f"{at.astimezone(UTC):%H:%M:%S}" if isinstance(at, datetime) else DASH


def hm(at: object) -> str:
    """Return `03:12`, UTC."""
    return f"{at.astimezone(UTC):%H:%M}" if isinstance(at, datetime) else DASH


def stamp(at: object) -> str:
    """Return `2026-11-25 03:12:34`, UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if isinstance(at, datetime) else DASH


def iso(at: object) -> str:
    """Return an instant as scripts read it, empty if unknown."""
    if not isinstance(at, datetime):
        return ""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def ra(ra_deg: float | None) -> str:
    """Return `12:34:56.7 (188.7363 deg)`."""
    return DASH if ra_deg is None else f"{format_ra(ra_deg, decimals=1)} ({ra_deg:.4f} deg)"


def dec(dec_deg: float | None) -> str:
    """Return `-01:02:03 (-1.0342 deg)`."""
    return DASH if dec_deg is None else f"{format_dec(dec_deg, decimals=0)} ({dec_deg:.4f} deg)"


def sidereal(degrees: float) -> str:
    """Return sidereal time as `03:12`."""
    minutes = round(degrees / 15.0 * 60.0) % 1440
    return f"{minutes // 60:02}:{minutes % 60:02}"


def facts(numbers: Mapping[str, object]) -> str:
    """Return numbers by name as a line: `best 8.51, best at 13:13 UTC`."""
    return ", ".join(f"{name.replace('_', ' ')} {_fact(value)}" for name, value in numbers.items())


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return f"({facts(value)})"
    if isinstance(value, list | tuple):
        return " and ".join(_fact(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return f"{hm(datetime.fromisoformat(value))} UTC"
    return str(value)


FILTERS = {
    "facts": facts,
    "number": number,
    "duration": duration,
    "spell": spell,
    "coming": coming,
    "clock": clock,
    "hm": hm,
    "stamp": stamp,
    "iso": iso,
    "ra": ra,
    "dec": dec,
}
"""By these names templates know them."""
