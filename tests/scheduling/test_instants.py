from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from builders.planning import SITE, a_night, a_request, solve

from pyros.scheduling import check
from pyros.scheduling.instants import elapsed_s, iso, label
from pyros.scheduling.model import Night

EVE = datetime(2016, 12, 31, 23, 0, tzinfo=UTC)
"""An hour before the leap second of 2016."""


def test_seconds_are_counted_across_a_leap_second() -> None:
    """P24: 3601 seconds from 23:00:00 to 00:00:00."""
    assert elapsed_s(EVE, EVE + timedelta(hours=1)) == 3601.0
    assert label(EVE, 3599.0) == EVE + timedelta(seconds=3599)
    assert label(EVE, 3601.0) == EVE + timedelta(hours=1)
    assert label(EVE, 3611.0) == EVE + timedelta(hours=1, seconds=10)


def test_second_60_is_written_as_the_midnight_that_follows() -> None:
    assert label(EVE, 3600.0) == datetime(2017, 1, 1, tzinfo=UTC)
    assert label(EVE, 3600.5) == datetime(2017, 1, 1, tzinfo=UTC)


def test_a_night_over_a_leap_second_is_planned_and_checked() -> None:
    """P24, P26."""
    night = Night(start=EVE, end=EVE + timedelta(hours=3))
    problem = dataclasses.replace(
        a_night(a_request("1"), a_request("2", priority=60.0)),
        night=night,
        sky=None,
        site=dataclasses.replace(SITE, lon_deg=100.0),
    )

    schedule = solve(problem)

    assert check(problem, schedule) == []
    for slot in schedule.slots:
        assert elapsed_s(slot.on_target, slot.end) == 600.0


@pytest.mark.parametrize("month", [3, 10, 11])
def test_a_change_of_local_time_moves_nothing(month: int) -> None:
    """P24: the library knows no local time; the same sidereal night gives the same steps."""
    start = datetime(2026, month, 29, 4, 0, tzinfo=UTC)

    assert elapsed_s(start, start + timedelta(hours=9)) == 32400.0
    assert label(start, 32400.0) - start == timedelta(hours=9)


def test_instants_are_written_in_utc() -> None:
    """P23."""
    assert iso(EVE) == "2016-12-31T23:00:00Z"
    assert iso(EVE + timedelta(microseconds=1)) == "2016-12-31T23:00:00.000001Z"
