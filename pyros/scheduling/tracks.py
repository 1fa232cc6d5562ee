"""Where a moving target is: a table of places, interpolated along great circles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from pyros.scheduling.instants import elapsed_s
from pyros.scheduling.model import Floats

MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
MICROSECOND_S = 1e-6
Row = tuple[float, float, float]


def instant_of(mjd: float) -> datetime:
    """Return the aware instant of a modified Julian date, UTC."""
    return MJD_ZERO + timedelta(days=mjd)


def mjd_of(instant: datetime) -> float:
    """Return the modified Julian date of an aware instant, UTC."""
    return (instant - MJD_ZERO) / timedelta(days=1)


def path(
    rows: Sequence[Row], t0: datetime, seconds: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return unit vectors (n, 3), ICRS axes, `seconds` (n,) after t0, and where the table reaches.

    Outside of the table the place is that of its nearer end.
    """
    at_s = np.array([elapsed_s(t0, instant_of(mjd)) for mjd, _, _ in rows])
    ra, dec = np.radians([row[1] for row in rows]), np.radians([row[2] for row in rows])
    places = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
    covered = (seconds >= at_s[0] - MICROSECOND_S) & (seconds <= at_s[-1] + MICROSECOND_S)
    if len(rows) == 1:
        return np.repeat(places, seconds.size, axis=0), covered
    one = np.clip(np.searchsorted(at_s, seconds, side="right") - 1, 0, len(rows) - 2)
    share = np.clip((seconds - at_s[one]) / (at_s[one + 1] - at_s[one]), 0.0, 1.0)
    return _between(places[one], places[one + 1], share), covered


def _between(first: Floats, second: Floats, share: Floats) -> Floats:
    """Return the places at a share of the great circle from each first to each second."""
    cross = np.linalg.norm(np.cross(first, second), axis=-1)
    angle = np.arctan2(cross, np.sum(first * second, axis=-1))
    sine = np.where(cross > 0.0, np.sin(angle), 1.0)
    one = np.where(cross > 0.0, np.sin((1.0 - share) * angle) / sine, 1.0)
    two = np.where(cross > 0.0, np.sin(share * angle) / sine, 0.0)
    places = one[:, None] * first + two[:, None] * second
    unit: Floats = places / np.linalg.norm(places, axis=-1, keepdims=True)
    return unit
