from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.sky import times


@given(st.datetimes(datetime(1972, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_instants_survive_being_turned_into_mjd(at: datetime) -> None:
    """P77: dates as JD or as calendar date."""
    instant = at.replace(tzinfo=UTC)

    assert abs(times.utc_of(times.mjd_of(instant)) - instant) <= timedelta(microseconds=2)
    assert abs(times.utc_of_jd(times.jd_of(instant)) - instant) <= timedelta(microseconds=50)


def test_known_dates_have_their_known_numbers() -> None:
    """P77."""
    assert times.jd_of(datetime(2000, 1, 1, 12, tzinfo=UTC)) == 2451545.0
    assert times.mjd_of(datetime(2026, 3, 21, tzinfo=UTC)) == 61120.0


def test_an_instant_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        times.mjd_of(datetime(2026, 1, 1))  # noqa: DTZ001


def test_terrestrial_time_is_ahead_by_the_leap_seconds() -> None:
    before = times.mjd_of(datetime(2016, 12, 31, 12, tzinfo=UTC))
    behind = times.mjd_of(datetime(2017, 1, 1, 12, tzinfo=UTC))

    assert (float(times.tt_of(before)) - before) * 86400 == pytest.approx(68.184, abs=1e-5)
    assert (float(times.tt_of(behind)) - behind) * 86400 == pytest.approx(69.184, abs=1e-5)
