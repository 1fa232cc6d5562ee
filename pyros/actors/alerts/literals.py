"""What counts as a number, an instant or a usable position in a packet; all else is missing."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from pyros.domain.alert import Position

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})"
    r"(?:\.([0-9]{0,9}))?(?:Z|\+00:00)?"
)
_LEAPS = (
    (datetime(2017, 1, 1, tzinfo=UTC), 37.0),
    (datetime(2015, 7, 1, tzinfo=UTC), 36.0),
    (datetime(2012, 7, 1, tzinfo=UTC), 35.0),
    (datetime(2009, 1, 1, tzinfo=UTC), 34.0),
    (datetime(2006, 1, 1, tzinfo=UTC), 33.0),
)
"""Since when TAI is so many seconds ahead of UTC (IERS Bulletin C)."""
TT_MINUS_TAI_S = 32.184


def number(text: str | None) -> float | None:
    """Return the finite number that `text` is, None if it is none; blanks around it are allowed."""
    if text is None or not _NUMBER.fullmatch(stripped := text.strip()):
        return None
    value = float(stripped)
    return value if math.isfinite(value) else None


def whole(text: str | None) -> int | None:
    """Return the integer that `text` is, None if it is none."""
    value = number(text)
    return int(value) if value is not None and value.is_integer() else None


def instant(text: str | None) -> datetime | None:
    """Return the aware UTC instant that ISO `text` names, None if it names none."""
    found = _INSTANT.fullmatch(text.strip()) if text is not None else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    micros = int((found[7] or "0").ljust(6, "0")[:6])
    leap = second == 60
    try:
        at = datetime(year, month, day, hour, minute, 59 if leap else second, micros, tzinfo=UTC)
        return at + timedelta(seconds=1) if leap else at
    except (ValueError, OverflowError):
        return None


def utc_of_tdb(at: datetime) -> datetime:
    """Return UTC for an instant given in TDB, right to 2 ms from 2006 on."""
    ahead_s = next((seconds for since, seconds in _LEAPS if at >= since), _LEAPS[-1][1])
    return at - timedelta(seconds=TT_MINUS_TAI_S + ahead_s)


def position(
    ra_deg: float | None,
    dec_deg: float | None,
    error_deg: float | None,
    *,
    containment: float = 0.9,
    systematic_deg: float = 0.0,
) -> Position | str:
    """Return the position that three numbers of a packet make, or why it may not be used."""
    if ra_deg is None or dec_deg is None:
        return "no position"
    if not (0.0 <= ra_deg < 360.0 and -90.0 <= dec_deg <= 90.0):
        return f"position {ra_deg:g} {dec_deg:g} is none on the sky"
    if ra_deg == 0.0 and dec_deg == 0.0:
        return "position 0 0 stands for none"
    if error_deg is None or not 0.0 < error_deg < 90.0:
        text = "missing" if error_deg is None else f"{error_deg:g} deg"
        return f"error radius {text}: should be above 0 and below 90 deg"
    r90_deg = error_deg * _wider(containment, 0.9)
    r68_deg = error_deg * _wider(containment, 0.68)
    return Position(
        ra_deg=ra_deg,
        dec_deg=dec_deg,
        r68_deg=r68_deg,
        r90_deg=r90_deg,
        systematic_deg=systematic_deg,
    )


def _wider(held: float, wanted: float) -> float:
    """Return by how much a circle that holds `held` must grow to hold `wanted` (2-d Gaussian)."""
    return math.sqrt(math.log(1.0 - wanted) / math.log(1.0 - held))


def printable(text: str, limit: int = 256) -> str:
    """Return `text` from a packet fit for a line: control characters out, cut at `limit`."""
    return "".join(c if c.isprintable() else " " for c in text[:limit])
