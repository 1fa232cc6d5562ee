"""Leap seconds and Earth rotation from tables on disk, and until when these hold.

The tables come with the package `astropy-iers-data`; nothing is ever downloaded.  After its last
day a table's last value is kept: the price is small (UT1 drifts by less than 1 s a year, 15
arcsec), so that an old table is worth a warning and never a refusal.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import astropy_iers_data
import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeapSeconds:
    """Since which MJD (UTC) TAI - UTC has which value, and until when more are ruled out."""

    since_mjd: npt.NDArray[np.float64]
    tai_utc_s: npt.NDArray[np.float64]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EarthRotation:
    """UT1 - TAI, measured and predicted, day by day (smooth: no leap seconds in it)."""

    mjd: npt.NDArray[np.float64]
    ut1_tai_s: npt.NDArray[np.float64]
    until: datetime


@lru_cache(maxsize=1)
def leap_seconds() -> LeapSeconds:
    """Return the leap-second table on disk."""
    text = Path(astropy_iers_data.IERS_LEAP_SECOND_FILE).read_text(encoding="ascii")
    expiry = re.search(r"File expires on (\d+ \w+ \d+)", text)
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    since = np.array([float(row[0]) for row in rows])
    until = MJD_ZERO + timedelta(days=float(since[-1]))
    if expiry is not None:
        until = datetime.strptime(expiry[1], "%d %B %Y").replace(tzinfo=UTC)
    return LeapSeconds(
        since_mjd=since, tai_utc_s=np.array([float(row[4]) for row in rows]), until=until
    )


@lru_cache(maxsize=1)
def earth_rotation() -> EarthRotation:
    """Return the table of UT1 on disk (IERS Bulletin A, finals2000A)."""
    days, ut1_utc = [], []
    with Path(astropy_iers_data.IERS_A_FILE).open(encoding="ascii") as lines:
        for line in lines:
            if line[57] in "IP":
                days.append(float(line[7:15]))
                ut1_utc.append(float(line[58:68]))
    mjd = np.array(days)
    return EarthRotation(
        mjd=mjd,
        ut1_tai_s=np.array(ut1_utc) - tai_utc_s(mjd),
        until=MJD_ZERO + timedelta(days=days[-1]),
    )


def tai_utc_s(mjd: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return TAI - UTC in seconds at MJD (UTC), any shape; before 1972 the value of 1972."""
    table = leap_seconds()
    place = np.searchsorted(table.since_mjd, np.asarray(mjd, dtype=np.float64), side="right")
    return table.tai_utc_s[np.maximum(place - 1, 0)]


def dut1_s(mjd: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return UT1 - UTC in seconds at MJD (UTC), any shape; beyond the table its last value."""
    table = earth_rotation()
    days = np.asarray(mjd, dtype=np.float64)
    return np.interp(days, table.mjd, table.ut1_tai_s) + tai_utc_s(days)


def stale(at: datetime) -> tuple[str, ...]:
    """Return one sentence for each table that no longer holds at `at`; empty: all hold."""
    names = {
        "leap seconds": leap_seconds().until,
        "Earth rotation (UT1)": earth_rotation().until,
    }
    return tuple(
        f"table of {name} ends {until:%Y-%m-%d}: its last value is used;"
        " update the package astropy-iers-data"
        for name, until in names.items()
        if at > until
    )


def warn_if_stale(at: datetime) -> None:
    """Log a warning for each table that no longer holds at `at`; raises nothing."""
    for sentence in stale(at):
        log.warning("%s", sentence)


def forbid_downloads() -> None:
    """Make astropy, where somebody uses it, take the same tables, of any age, and no network."""
    from astropy.utils import iers  # noqa: PLC0415 - slow to import, needed by few

    iers.conf.auto_download = False
    iers.conf.auto_max_age = None
    iers.conf.iers_degraded_accuracy = "warn"
