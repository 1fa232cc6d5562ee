"""The strategy: rules in order, a text that is right or refused whole, and the request it makes."""

from __future__ import annotations

import copy
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.alerts.request import Order, request_of, tiles
from pyros.actors.alerts.strategy import Facts, WrongStrategy, choose, strategy_of
from pyros.config.document import read
from pyros.domain.alert import Position
from pyros.domain.burst import separation_deg

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = {"vis": ("clear", "r"), "nir": ()}
BINS = [
    {"until_s": 60, "filter": "clear", "exposures_s": [5]},
    {"until_s": 600, "filter": "clear", "exposures_s": [10, 20]},
    {"until_s": "end", "filter": "r", "exposures_s": [60]},
]
TEXT = {
    "default": "narrow",
    "rules": [
        {"name": "x-ray", "when": {"instrument": ["MXT", "XRT"]}, "plan": "narrow"},
        {
            "name": "GBM alone",
            "when": {"mission": ["Fermi"], "r90_max_deg": 6, "night_only": True},
            "plan": "tiles",
        },
        {"name": "too wide", "when": {"r90_min_deg": 1}, "plan": "none"},
    ],
    "plans": {
        "narrow": {"channels": {"vis": BINS, "nir": [{"until_s": "end", "exposures_s": [30]}]}},
        "tiles": {
            "tiling": {"grid": 9},
            "interrupt": "at_boundary",
            "channels": {"vis": [{"until_s": "end", "filter": "clear", "exposures_s": [30]}]},
        },
    },
}
T0 = datetime(2026, 3, 21, 4, 0, tzinfo=UTC)


def _facts(**keys: object) -> Facts:
    return Facts(**{"missions": frozenset({"SVOM"}), **keys})


def _strategy(text: object = TEXT):
    return strategy_of(text, version="ours@1", channels=CHANNELS)


def _request(plan_name: str = "narrow", *, age_s: float = 30.0, **changes: object):
    plan = _strategy().plans[plan_name]
    order = Order(
        name="A260321-1",
        alert_id=1,
        burst_at=T0,
        ra_deg=150.0,
        dec_deg=20.0,
        programme="alerts",
        owner="alerts",
        strategy_version="ours@1",
        field_deg=0.25,
    )
    now = T0 + timedelta(seconds=age_s)
    return request_of(
        order, plan, now=now, request_id=7, sequence_ids=list(range(1, plan.grid + 1))
    )


@pytest.mark.parametrize(
    ("facts", "rule", "plan"),
    [
        (_facts(instrument="MXT"), "x-ray", "narrow"),
        (
            _facts(missions=frozenset({"Fermi"}), r90_deg=5.0, night=True),
            "GBM alone",
            "tiles",
        ),
        (_facts(missions=frozenset({"Fermi"}), r90_deg=5.0, night=False), "too wide", None),
        (_facts(missions=frozenset({"Fermi"}), r90_deg=5.0, night=None), "too wide", None),
        (_facts(instrument="ECLAIRs", r90_deg=0.1), "default", "narrow"),
    ],
)
def test_the_first_rule_that_fits_counts(facts: Facts, rule: str, plan: str | None) -> None:
    """P37, P38."""
    choice = choose(facts, _strategy())

    assert choice.rule == rule
    assert (choice.plan.name if choice.plan else None) == plan


def test_each_rule_passed_over_says_why() -> None:
    """P38: the decision can be read."""
    choice = choose(_facts(instrument="ECLAIRs", r90_deg=0.1), _strategy())

    assert choice.passed_over == (
        "x-ray: instrument is ECLAIRs",
        "GBM alone: mission is SVOM",
        "too wide: r90 0.1, least 1",
    )


def test_a_fact_that_is_not_known_meets_no_condition() -> None:
    """P38: a missing field is never a default that allows."""
    text = copy.deepcopy(TEXT)
    text["rules"] = [{"name": "sure", "when": {"snr_min": 7}, "plan": "tiles"}]

    assert choose(_facts(), _strategy(text)).rule == "default"


def test_a_text_is_refused_with_every_mistake_at_once() -> None:
    """P38, P44: and the old version stays, since nothing came of it."""
    text = copy.deepcopy(TEXT)
    text["default"] = "wide"
    text["rules"][0]["when"]["colour"] = "red"
    text["rules"][1]["when"]["r90_max_deg"] = "six"
    text["plans"]["narrow"]["priority"] = 500
    text["plans"]["narrow"]["channels"]["vis"][0]["filter"] = "z"
    text["plans"]["narrow"]["channels"]["uv"] = []
    text["plans"]["tiles"]["tiling"] = {"grid": 7}

    with pytest.raises(WrongStrategy) as refused:
        _strategy(text)

    places = [reason.split(": ")[0] for reason in refused.value.reasons]
    assert {
        "default",
        "rules[1].when.colour",
        "rules[2].when.r90_max_deg",
        "plans.narrow.priority",
        "plans.narrow.channels.vis[1].filter",
        "plans.narrow.channels.uv",
        "plans.tiles.tiling",
    } <= set(places)


def test_bins_must_follow_each_other() -> None:
    """P38."""
    text = copy.deepcopy(TEXT)
    text["plans"]["narrow"]["channels"]["vis"][1]["until_s"] = 30

    with pytest.raises(WrongStrategy, match="rises"):
        _strategy(text)


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["default", "rules", "plans", "when", "plan", "channels", "tiling", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_PLAIN)
def test_no_text_from_outside_brings_the_reader_down(text: object) -> None:
    """P44: what comes from the science centre is right or refused."""
    with suppress(WrongStrategy):
        strategy = strategy_of(text, version="x@1")
        assert choose(_facts(), strategy).rule


def test_the_strategy_that_we_ship_is_right() -> None:
    """P37: with the channels and filters of the simulated site."""
    text = read(ROOT / "config" / "strategy.yaml").data

    strategy_of(
        text, version="shipped@1", channels={"vis": ("clear", "g", "r", "i", "z"), "nir": ()}
    )


def test_exposures_fill_their_bins_of_time_since_the_burst() -> None:
    """P37: at 30 s after the burst the first bin has 30 s left; exposure times cycle."""
    (sequence,) = _request(age_s=30.0).sequences
    vis = next(album for album in sequence.albums if album.channel == "vis")

    first, *rest = vis.plans
    assert (first.exposure_s, first.filter) == (5.0, "clear")
    assert (first.bin_from_s, first.bin_until_s) == (0.0, 60.0)
    assert [plan.exposure_s for plan in rest[:4]] == [10.0, 20.0, 10.0, 20.0]
    assert vis.plans[-1].filter == "r"


def test_bins_that_are_over_are_left_out() -> None:
    """P37: an alert that comes 168 s after its burst."""
    (sequence,) = _request(age_s=168.0).sequences

    assert sequence.albums[0].plans[0].bin_until_s == 600.0


@given(st.floats(0.0, 86000.0))
def test_a_visit_is_as_long_as_it_may_be(age_s: float) -> None:
    """P37: all albums end with the visit, and nothing begins after it."""
    request = _request(age_s=age_s)

    for sequence in request.sequences:
        assert sequence.window_end == T0 + timedelta(days=1)
        for album in sequence.albums:
            assert all(plan.bin_until_s > age_s for plan in album.plans)
            length_s = sum(plan.count * (plan.exposure_s + 1.0) for plan in album.plans)
            assert length_s <= 3600.0 + 3 * 61.0


def test_a_burst_beyond_its_validity_makes_no_request() -> None:
    """P37."""
    assert _request(age_s=86401.0) is None


def test_tiles_lie_around_the_middle_without_gaps() -> None:
    """P37: the middle first, neighbours nine tenths of the field apart."""
    middle, *others = tiles(150.0, 20.0, 9, 0.25)

    assert middle == pytest.approx((150.0, 20.0))
    assert len(set(others)) == 8
    nearest = [separation_deg(_at(*middle), _at(*other)) for other in others]
    assert min(nearest) == pytest.approx(0.225, abs=1e-4)
    assert max(nearest) < 0.33


@given(st.floats(0.0, 359.99), st.floats(-90.0, 90.0), st.sampled_from([1, 4, 9, 16, 25]))
def test_tiles_are_places_on_the_sky_everywhere(ra_deg, dec_deg, grid) -> None:
    """P37: at the poles, too."""
    for tile_ra, tile_dec in tiles(ra_deg, dec_deg, grid, 0.25):
        assert 0.0 <= tile_ra < 360.0
        assert -90.0 <= tile_dec <= 90.0
        assert separation_deg(_at(ra_deg, dec_deg), _at(tile_ra, tile_dec)) < 1.0


def _at(ra_deg: float, dec_deg: float) -> Position:
    return Position(ra_deg=ra_deg, dec_deg=dec_deg, r68_deg=0.1, r90_deg=0.14)
