"""Data of the pictures against the sky and against what happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from builders.played_night import burst, site_of, weather
from builders.web_house import NOW
from hypothesis import given
from hypothesis import strategies as st

from pyros.domain.execution import Execution, Outcome
from pyros.domain.holds import Hold, HoldKind
from pyros.domain.schedule import Cause, Schedule, Slot
from pyros.sky.bodies import moon, sun_altitude
from pyros.sky.coords import altaz, separation_deg, sidereal_deg
from pyros.sky.night import night_of
from pyros.sky.site import Site
from pyros.web.pictures.sky_map import Wanted, of_date, sky_map
from pyros.web.pictures.strips import POINTS, strips, trend
from pyros.web.pictures.timeline import span, timeline

SITE = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2790.0)
NIGHT = night_of(SITE, NOW, "nautical")


@given(st.floats(1.0, 89.0), st.floats(0.0, 359.0), st.floats(0.0, 359.0))
def test_a_place_of_date_turned_back_by_the_sidereal_time_is_where_it_was(alt, az, lst) -> None:
    """What the page turns with the clock is exact at the instant it was made for."""
    ra, dec = of_date(alt, az, SITE.lat_deg, lst)
    back_ra, back_dec = of_date(alt, az, SITE.lat_deg, (lst + 90.0) % 360.0)

    assert 0.0 <= ra < 360.0
    assert abs(dec - back_dec) < 1e-9
    assert abs((back_ra - ra) % 360.0 - 90.0) < 1e-6


def test_a_target_on_the_map_stands_where_the_sky_has_it() -> None:
    drawn = sky_map(
        SITE,
        NOW,
        [Wanted(name="M31", ra_deg=10.68, dec_deg=41.27, state="planned")],
        min_altitude_deg=20.0,
    )
    (star,) = drawn.targets
    alt, az = altaz(SITE, 10.68, 41.27, NOW)

    assert abs(star.alt_deg - float(alt)) < 1e-9
    assert abs(star.az_deg - float(az)) < 1e-9
    assert float(separation_deg(star.ra_deg, star.dec_deg, 10.68, 41.27)) < 0.4  # of date
    assert drawn.sidereal_deg == float(sidereal_deg(SITE, NOW))
    assert drawn.moon_illumination == float(moon(SITE, NOW).illumination)


def test_the_horizon_of_the_map_is_the_sites(config) -> None:
    site = site_of(config)
    drawn = sky_map(site, NOW, [], min_altitude_deg=20.0)

    assert all(abs(alt - float(site.horizon_deg(az))) < 1e-9 for az, alt in drawn.horizon)
    assert len(drawn.horizon) == 72


def test_the_bands_of_light_follow_the_sun_without_a_gap() -> None:
    drawn = timeline(SITE, NIGHT)
    start, end = span(NIGHT)

    assert drawn.light[0].start == start
    assert drawn.light[-1].end >= end
    assert all(a.end == b.start for a, b in zip(drawn.light, drawn.light[1:], strict=False))
    dark = next(bar for bar in drawn.light if bar.state == "dark")
    assert float(sun_altitude(SITE, dark.start)) < -18.0
    assert [bar.state for bar in drawn.light] == [
        "day",
        "civil",
        "nautical",
        "astronomical",
        "dark",
        "astronomical",
        "nautical",
        "civil",
        "day",
    ]


def execution(minutes, outcome=None, **more):
    """Return an execution that began so many minutes ago."""
    start = NOW - timedelta(minutes=minutes)
    end = None if outcome is None else start + timedelta(minutes=10)
    return Execution(
        sequence_id=minutes,
        name=f"s{minutes}",
        night=date(2026, 11, 24),
        start=start,
        end=end,
        outcome=outcome,
        **more,
    )


def test_what_was_planned_and_what_was_done_stand_in_rows_of_their_own() -> None:
    """P22: with names; what ended badly looks so."""
    slot = Slot(
        sequence_id=1,
        request_id=1,
        name="M31/core",
        start=NOW,
        on_target=NOW,
        end=NOW + timedelta(minutes=9),
        airmass=1.234,
    )
    schedule = Schedule(night=date(2026, 11, 24), made_at=NOW, cause=Cause.FIRST, slots=(slot,))
    done = [
        execution(90, Outcome.DONE, exposures_done=12, exposures_planned=12),
        execution(60, Outcome.INTERRUPTED, reason="alert"),
        execution(30, Outcome.FAILED, reason="no guide star"),
        execution(5, alert_id=3),
    ]
    rows = {row.name: row for row in timeline(SITE, NIGHT, schedule=schedule, executions=done).rows}

    assert [bar.state for bar in rows["plan"].bars] == ["planned"]
    assert rows["plan"].bars[0].text == "airmass 1.23"
    assert [bar.state for bar in rows["executed"].bars] == [
        "executed",
        "aborted",
        "failed",
        "executing",
    ]
    assert rows["executed"].bars[-1].end is None
    assert rows["executed"].bars[-1].alert
    assert "12 of 12 exposures" in rows["executed"].bars[0].text


def test_unsafe_spans_begin_and_end_with_the_verdicts() -> None:
    verdicts = [
        weather(NOW + timedelta(minutes=n), humidity_pct=95.0 if n in {3, 4, 8} else 50.0)
        for n in range(9)
    ]
    rows = {row.name: row for row in timeline(SITE, NIGHT, conditions=verdicts[::-1]).rows}

    assert [(bar.start, bar.end) for bar in rows["weather"].bars] == [
        (verdicts[3].at, verdicts[5].at),
        (verdicts[8].at, None),
    ]
    assert rows["weather"].bars[0].name == "humidity"


def test_holds_and_alerts_have_their_rows() -> None:
    hold = Hold(key="operator", kind=HoldKind.OPERATOR, since=NOW, reason="parked by ada")
    alerts = [burst(NOW), replace(burst(NOW), name="T", drill=True)]
    rows = {row.name: row for row in timeline(SITE, NIGHT, holds=[hold], alerts=alerts).rows}

    assert rows["holds"].bars[0].end is None
    assert [mark.state for mark in rows["alerts"].marks] == ["active", "drill"]


def test_strips_carry_both_limits_of_the_site(config) -> None:
    """P14: the number that shuts, and the one that is good again."""
    drawn = {strip.quantity: strip for strip in strips(config.site.limits)}

    assert (drawn["humidity_pct"].bad, drawn["humidity_pct"].good) == (90.0, 85.0)
    assert (drawn["dew_margin_C"].bad, drawn["dew_margin_C"].high_is_bad) == (2.0, False)
    assert drawn["temperature_C"].bad is None


def test_a_trend_is_thinned_but_keeps_the_newest_value(config) -> None:
    verdicts = [
        weather(NOW + timedelta(seconds=n), humidity_pct=1.0 + n / 100) for n in range(3000)
    ]
    drawn = trend(verdicts[::-1], strips(config.site.limits))

    assert len(drawn.at) <= POINTS
    assert list(drawn.at) == sorted(drawn.at)
    assert drawn.at[-1] == verdicts[-1].at
    assert drawn.values["humidity_pct"][-1] == verdicts[-1].values["humidity_pct"]
