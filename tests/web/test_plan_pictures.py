"""Numbers and words of the pages of plans, without a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from builders.web_house import NOW
from hypothesis import given
from hypothesis import strategies as st

from pyros.domain.alert import Alert, AlertState, Stamps
from pyros.domain.estimate import Timings
from pyros.domain.request import Album, Plan, Sequence
from pyros.domain.schedule import Idle
from pyros.domain.target import Constraints, FixedTarget
from pyros.sky.airmass import airmass
from pyros.sky.bodies import moon
from pyros.sky.coords import altaz
from pyros.sky.night import night_of
from pyros.sky.site import Site
from pyros.web.formats import spell
from pyros.web.pictures.altitudes import EVERY_S, MOST, Wanted, altitudes
from pyros.web.pictures.gantt import alerts_row, channel_rows, plan_row
from pyros.web.pictures.timeline import span
from pyros.web.plan_changes import later
from pyros.web.plan_view import SlotRow
from pyros.web.remedy import remedy

SITE = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2790.0)
HILL = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2790.0, horizon=((0, 40), (359, 40)))
NIGHT = night_of(SITE, NOW, "nautical")


def wanted(key="s1", **changes):
    """Return M31 in half an hour's slot."""
    columns = {
        "name": "M31/core",
        "target": FixedTarget(ra_deg=10.68, dec_deg=41.27),
        "constraints": Constraints(max_airmass=2.0),
        "on_target": NOW,
        "end": NOW + timedelta(minutes=30),
    }
    return Wanted(key=key, **{**columns, **changes})


def drawn(*asked, site=SITE):
    """Return the picture of the night."""
    return altitudes(site, span(NIGHT), asked, min_altitude_deg=20.0)


def test_a_curve_stands_where_the_sky_has_its_target_and_so_does_the_moon() -> None:
    """P22: plan and pages speak of the same altitudes."""
    picture = drawn(wanted())
    (curve,) = picture.curves
    for n in range(0, len(curve.altitude_deg), 12):
        at = picture.start + timedelta(seconds=EVERY_S * n)
        altitude, _ = altaz(SITE, 10.68, 41.27, at)
        assert curve.altitude_deg[n] == pytest.approx(float(altitude), abs=0.07)
        assert picture.moon_deg[n] == pytest.approx(float(moon(SITE, at).alt_deg), abs=0.1)


def test_the_floor_of_a_curve_is_the_tightest_of_its_limits_and_the_horizon() -> None:
    by_air = drawn(wanted()).curves[0].floor_deg
    by_hill = drawn(wanted(), site=HILL).curves[0].floor_deg
    by_site = drawn(wanted(constraints=Constraints())).curves[0].floor_deg

    assert {round(float(airmass(one)), 1) for one in by_air} == {2.0}
    assert set(by_hill) == {40.0}
    assert set(by_site) == {20.0}


def test_the_moon_is_up_while_it_is_above_the_horizon() -> None:
    picture = drawn(wanted())
    up = [
        (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"]))
        for one in picture.moon
    ]
    for n, altitude in enumerate(picture.moon_deg):
        at = picture.start + timedelta(seconds=EVERY_S * n)
        inside = any(start <= at < end for start, end in up)
        assert inside == (altitude > 0.0) or abs(altitude) < 0.06


def test_own_targets_are_the_last_to_be_left_out_of_a_crowded_picture() -> None:
    """P33."""
    many = [wanted(f"s{n}", own=n > MOST) for n in range(MOST + 10)]
    picture = drawn(*many)

    assert len(picture.curves) == MOST
    assert picture.left_out == 10
    assert sum(curve.own for curve in picture.curves) == 9


@pytest.mark.parametrize("month", [6, 12])
def test_a_night_without_begin_or_end_has_a_picture(month) -> None:
    """P21: latitude 80, June and December."""
    polar = Site(lat_deg=80.0, lon_deg=0.0)
    night = night_of(polar, datetime(2027, month, 21, 20, tzinfo=UTC), "nautical")
    picture = altitudes(polar, span(night), [wanted()], min_altitude_deg=20.0)

    states = {band["state"] for band in picture.light}
    assert states == {"day"} if month == 6 else "dark" in states


def row(key="s1", minutes=30, **changes):
    """Return a slot of so many minutes on target."""
    columns = {
        "start": NOW - timedelta(minutes=1),
        "on_target": NOW,
        "end": NOW + timedelta(minutes=minutes),
        "programme": "P1",
        "seen": True,
        "request": "M31",
        "sequence": "core",
    }
    return SlotRow(key=key, **{**columns, **changes})


plans = st.builds(
    Plan,
    filter=st.sampled_from(["g", "r", ""]),
    exposure_s=st.floats(0.0, 900.0),
    count=st.integers(1, 50),
)


@given(st.lists(plans, min_size=1, max_size=5), st.integers(1, 300))
def test_the_filters_of_a_channel_share_the_slot_without_a_gap(asked, minutes) -> None:
    slot = row(minutes=minutes)
    sequence = Sequence(
        name="core",
        target=FixedTarget(ra_deg=1.0, dec_deg=1.0),
        albums=(Album(channel="vis", plans=tuple(asked)),),
        window_start=NOW,
        window_end=NOW + timedelta(days=1),
    )
    (channel,) = channel_rows([slot], {"s1": sequence}, Timings())
    bars = channel.bars

    assert [bar.name for bar in bars] == [plan.filter for plan in asked]
    assert bars[0].start == slot.on_target
    assert all(one.end == two.start for one, two in pairwise(bars))
    assert abs((bars[-1].end - slot.end).total_seconds()) < 0.001


def test_idle_times_stand_between_the_slots_with_their_reason() -> None:
    gap = Idle(
        start=NOW - timedelta(hours=1), end=NOW, why="NOTHING_UP", text="nothing can be seen"
    )
    drawn_row = plan_row("plan", [row()], [gap])

    assert [(bar.state, bar.name) for bar in drawn_row.bars] == [
        ("idle", "nothing up"),
        ("planned", "M31/core"),
    ]


def test_a_block_of_others_says_nothing_but_its_programme() -> None:
    """P33."""
    (bar,) = plan_row("plan", [row(seen=False, programme="P2")]).bars

    assert (bar.name, bar.text, bar.href, bar.state) == ("P2", "of others", "", "other")


def test_alerts_of_the_picture_are_those_that_came_in_its_hours() -> None:
    """P42: each leads to its page, whatever its name."""
    came = [
        Alert(
            name=f"GRB {hours}/x",
            state=AlertState.ACTIVE,
            stamps=Stamps(received=NOW + timedelta(hours=hours)),
        )
        for hours in (-30, -1, 2, 30)
    ]
    marks = alerts_row([*came, Alert(name="no instant")], *span(NIGHT)).marks

    assert [mark.name for mark in marks] == ["GRB -1/x", "GRB 2/x"]
    assert marks[0].href == "/alerts/GRB%20-1%2Fx"


REMEDIES = [
    ({}, ()),
    (
        {"set": "constraints/max_airmass", "from": 2.0, "to": 2.131},
        ("change the highest air mass from 2 to 2.131",),
    ),
    (
        {"set": "constraints/moon_min_distance_deg", "from": 30.0, "to": 21.5},
        ("change the distance from the Moon from 30 to 21.5 deg",),
    ),
    (
        {"set": "window", "from": None, "to": ["2026-11-25T03:10:00Z", "2026-11-25T04:00:00Z"]},
        ("open its window to 2026-11-25 03:10 to 2026-11-25 04:00 UTC",),
    ),
    ({"set": "not_before", "from": None, "to": "x"}, ("let it begin at x UTC",)),
    ({"set": "site/horizon", "from": 0, "to": -2.5}, ("lower the local horizon by 2.5 deg",)),
    ({"split_s": 1860}, ("split it into sequences of at most 31 min",)),
    (
        {"add_s": {"night:P1": 765, "period:P1": 60}, "release": ["7", "8"]},
        ("12 min 45 s more for night:P1", "1 min more for period:P1", "give up M31 and <8>"),
    ),
    (
        {"all": [{"set": "priority", "from": 40, "to": 56}, {"add_s": {"night:P1": 5}}]},
        ("change its priority from 40 to 56", "5 s more for night:P1"),
    ),
    ({"set": "series/x/members", "to": ["1", "2"]}, ("let its series go on without it",)),
    ({"split_s": float("inf")}, ("split it into sequences of at most \N{EN DASH}",)),
    ({"set": "constraints/something_new", "to": True}, ("change something new to 1",)),
]


@pytest.mark.parametrize(("change", "phrases"), REMEDIES)
def test_what_would_admit_a_refused_sequence_is_said_in_words(change, phrases) -> None:
    """P25, P31."""
    assert remedy(change, lambda name: {"7": "M31"}.get(name, f"<{name}>")) == phrases


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
changes = st.dictionaries(
    st.sampled_from(["set", "from", "to", "split_s", "add_s", "release", "all"]), json_values
)


@given(changes)
def test_no_stored_change_breaks_a_page(change) -> None:
    """P21."""
    assert all(isinstance(phrase, str) for phrase in remedy(change, str))


@given(st.integers(0, 500_000))
def test_a_duration_is_spelled_to_the_second(seconds) -> None:
    units = {"h": 3600, "min": 60, "s": 1}
    words = spell(seconds).split()

    assert (
        sum(int(n) * units[unit] for n, unit in zip(words[::2], words[1::2], strict=True))
        == seconds
    )
    assert spell(-seconds) in (f"-{spell(seconds)}", "0 s")


def test_a_move_is_said_to_the_minute() -> None:
    assert [later(s) for s in (754.0, -190.0, 65.0, 7200.0)] == [
        "13 min later",
        "3 min earlier",
        "1 min later",
        "2 h later",
    ]
