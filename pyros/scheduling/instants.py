"""Elapsed SI seconds and their UTC labels: integer steps are the truth, UTC is for people."""

from __future__ import annotations

import math
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import erfa


@lru_cache(maxsize=1)
def _leaps() -> tuple[tuple[datetime, ...], tuple[float, ...]]:
    """Return the instants from which TAI - UTC has a value, and the values, since 1972."""
    rows = [row for row in erfa.leap_seconds.get() if row["year"] >= 1972]
    instants = tuple(datetime(int(row["year"]), int(row["month"]), 1, tzinfo=UTC) for row in rows)
    return instants, tuple(float(row["tai_utc"]) for row in rows)


def tai_utc_s(instant: datetime) -> float:
    """Return TAI - UTC in seconds at an aware instant; before 1972 the value of 1972."""
    instants, values = _leaps()
    return values[max(0, bisect_right(instants, instant) - 1)]


def elapsed_s(since: datetime, until: datetime) -> float:
    """Return the SI seconds from one aware instant to another, leap seconds counted."""
    return (until - since).total_seconds() + tai_utc_s(until) - tai_utc_s(since)


def label(since: datetime, seconds: float) -> datetime:
    """Return the UTC label of the instant `seconds` after `since`.

    An instant inside a leap second is written as the 00:00:00 that follows it.
    """
    plain = since + timedelta(seconds=seconds)
    inserted = tai_utc_s(plain) - tai_utc_s(since)
    if not inserted:
        return plain
    moved = plain - timedelta(seconds=inserted)
    if tai_utc_s(moved) == tai_utc_s(plain):
        return moved
    return next(start for start in _leaps()[0] if start > moved)


def iso(instant: datetime) -> str:
    """Return an instant as ISO 8601 with `Z`, with a fraction of a second where there is one."""
    utc = instant.astimezone(UTC)
    form = "microseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=form).replace("+00:00", "Z")


def steps_up(seconds: float, step_s: float) -> int:
    """Return how many whole steps cover `seconds`; a microsecond more is forgiven."""
    return math.ceil(seconds / step_s - 1e-6 / step_s)


def steps_down(seconds: float, step_s: float) -> int:
    """Return how many whole steps fit into `seconds`; a microsecond less is forgiven."""
    return math.floor(seconds / step_s + 1e-6 / step_s)
