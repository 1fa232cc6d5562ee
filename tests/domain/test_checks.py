"""Every check of a request."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pyros.domain.checks import ChannelLimits, House, check
from pyros.domain.request import Album, Dither, DitherPattern, Plan
from pyros.domain.target import Constraints, FixedTarget

GOOD = Plan(exposure_s=60.0, count=5, filter="r")


@pytest.fixture
def house(dusk):
    return House(
        now=dusk,
        channels={
            "vis": ChannelLimits(filters=("g", "r"), min_exposure_s=0.1, field_arcsec=1200.0),
            "nir": ChannelLimits(max_exposure_s=60.0, readout_modes=("ramp",)),
        },
        programmes=frozenset({"survey"}),
        lowest_deg=20.0,
    )


def fields(request_, house):
    return {problem.field for problem in check(request_, house)}


def test_a_good_request_has_no_problem(a_request, house):
    """P75: what may be handed in is handed in."""
    assert check(a_request(), house) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"short_name": ""}, "short_name"),
        ({"short_name": "x" * 33}, "short_name"),
        ({"short_name": "a\nb"}, "short_name"),
        ({"programme": "other"}, "programme"),
        ({"sequences": ()}, "sequences"),
    ],
)
def test_a_wrong_field_of_the_request_is_named(a_request, house, changes, field):
    """P74, P75: names, and only programmes that are the owner's own."""
    assert fields(a_request(**changes), house) == {field}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"target": FixedTarget(ra_deg=360.0, dec_deg=0.0)}, "target.ra_deg"),
        ({"target": FixedTarget(ra_deg=0.0, dec_deg=-91.0)}, "target.dec_deg"),
        ({"priority": 100}, "priority"),
        ({"carry_over_nights": 31}, "carry_over_nights"),
        ({"albums": ()}, "albums"),
        ({"albums": (Album(channel="uv", plans=(GOOD,)),)}, "albums.0.channel"),
        ({"albums": (Album(channel="vis", plans=()),)}, "albums.0.plans"),
        ({"constraints": Constraints(min_altitude_deg=10.0)}, "constraints.min_altitude_deg"),
        ({"constraints": Constraints(max_airmass=0.5)}, "constraints.max_airmass"),
    ],
)
def test_a_wrong_field_of_a_sequence_is_named(a_request, a_sequence, house, changes, field):
    """P75: coordinates, numbers, channels."""
    request_ = a_request(sequences=(a_sequence(**changes),))

    assert fields(request_, house) == {f"sequences.0.{field}"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"exposure_s": 0.01}, "exposure_s"),
        ({"exposure_s": 601.0}, "exposure_s"),
        ({"count": 0}, "count"),
        ({"filter": "z"}, "filter"),
        ({"filter": ""}, "filter"),
        ({"binning_y": 3}, "binning_y"),
        ({"readout_mode": "ramp"}, "readout_mode"),
        ({"dither": Dither(pattern=DitherPattern.BOX, step_arcsec=400)}, "dither.step_arcsec"),
        ({"dither": Dither(pattern=DitherPattern.BOX)}, "dither.step_arcsec"),
    ],
)
def test_a_plan_beyond_its_channel_is_named(a_request, a_sequence, house, changes, field):
    """P74, P75: filter mounted there; exposure, count, binning, mode within its limits."""
    plan = replace(GOOD, **changes)
    request_ = a_request(sequences=(a_sequence(albums=(Album(channel="vis", plans=(plan,)),)),))

    assert fields(request_, house) == {f"sequences.0.albums.0.plans.0.{field}"}


def test_a_channel_without_wheel_takes_no_filter(a_request, a_sequence, house):
    """P74: only what is there can be chosen."""
    plan = Plan(exposure_s=10.0, filter="r", readout_mode="ramp")
    request_ = a_request(sequences=(a_sequence(albums=(Album(channel="nir", plans=(plan,)),)),))

    problems = check(request_, house)

    assert [str(one) for one in problems] == [
        "sequences.0.albums.0.plans.0.filter: 'r': this channel has no filter wheel"
    ]


def test_a_window_is_ordered_ahead_and_long_enough(a_request, a_sequence, house, dusk):
    """P75, P76: and a carry-over is for windows of a day at most (P79)."""
    before = a_sequence(window_start=dusk - timedelta(days=2), window_end=dusk - timedelta(days=1))
    turned = a_sequence(window_start=dusk, window_end=dusk - timedelta(hours=1))
    short = a_sequence(window_end=dusk + timedelta(seconds=100))
    long = a_sequence(window_end=dusk + timedelta(days=3), carry_over_nights=1)

    found = [fields(a_request(sequences=(one,)), house) for one in (before, turned, short, long)]

    window = {"sequences.0.window_end"}
    assert found == [window, window, window, {"sequences.0.carry_over_nights"}]


def test_all_problems_come_at_once(a_request, a_sequence, house):
    """P75: nobody mends a request one message at a time."""
    wrong = a_sequence(priority=0, target=FixedTarget(ra_deg=-1.0, dec_deg=99.0))
    request_ = a_request(short_name="", programme="other", sequences=(wrong, wrong))

    assert len(check(request_, house)) == 8
