"""Instants as datetime, MJD, JD; time scales; sidereal time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pyros.sky.tables import MJD_ZERO, dut1_s, tai_utc_s

Times: TypeAlias = datetime | float | npt.NDArray[np.float64] | Sequence[datetime]
"""One instant or many: aware datetimes, or MJD (UTC)."""

JD_OF_MJD_ZERO = 2400000.5
TT_TAI_S = 32.184
DAY_S = 86400.0


def mjd_of(instant: datetime) -> float:
    """Return the MJD (UTC) of an aware datetime.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone: instants are aware UTC datetimes")
    since = instant - MJD_ZERO
    return since.days + (since.seconds + since.microseconds * 1e-6) / DAY_S


def utc_of(mjd: float) -> datetime:
    """Return the aware UTC datetime of an MJD (UTC), to the microsecond."""
    day = int(np.floor(mjd))
    microseconds = round((float(mjd) - day) * DAY_S * 1e6)
    return (MJD_ZERO + timedelta(days=day, microseconds=microseconds)).astimezone(UTC)


def jd_of(instant: datetime) -> float:
    """Return the Julian date (UTC) of an aware datetime."""
    return mjd_of(instant) + JD_OF_MJD_ZERO


def utc_of_jd(jd: float) -> datetime:
    """Return the aware UTC datetime of a Julian date (UTC); a float JD is good to 40 us."""
    return utc_of(jd - JD_OF_MJD_ZERO)


def as_mjd(times: Times) -> npt.NDArray[np.float64]:
    """Return `times` as MJD (UTC): shape () for one instant, else the shape that came in."""
    if isinstance(times, datetime):
        return np.array(mjd_of(times))
    if isinstance(times, Sequence):
        return np.array([mjd_of(instant) for instant in times], dtype=np.float64)
    return np.asarray(times, dtype=np.float64)


def tt_of(mjd: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the MJD in Terrestrial Time of MJD (UTC), any shape."""
    days = np.asarray(mjd, dtype=np.float64)
    return days + (tai_utc_s(days) + TT_TAI_S) / DAY_S


def ut1_of(mjd: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the MJD in UT1 of MJD (UTC), any shape."""
    days = np.asarray(mjd, dtype=np.float64)
    return days + dut1_s(days) / DAY_S
