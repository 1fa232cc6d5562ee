"""Nights with everything in them: series, moving targets, turns in a sequence, wheels, blocks."""

from __future__ import annotations

import dataclasses
import json

import pytest
from builders.planning import CALM, a_night, a_request, at, solve, whole_problems
from hypothesis import given

from pyros.scheduling import Budget, check, dump, improve, load
from pyros.scheduling.confirm import confirmed
from pyros.scheduling.model import (
    Axis,
    Block,
    Channel,
    Constraints,
    Initial,
    Mount,
    MountKind,
    Problem,
    Running,
    Series,
    Target,
    Tier,
)
from pyros.scheduling.tracks import mjd_of


@CALM
@given(whole_problems())
def test_every_stage_of_every_plan_is_valid(problem: Problem) -> None:
    """P23, P26, P27: the checker has nothing to say, whatever is in the night."""
    value = -1.0
    for schedule in improve(problem, budget=Budget(moves=10)):
        assert check(problem, schedule) == []
        assert schedule.value >= value - 1e-9
        value = schedule.value


@CALM
@given(whole_problems())
def test_every_reason_holds(problem: Problem) -> None:
    """P25."""
    schedule = solve(problem)

    for refusal, verdict in zip(
        schedule.refusals, confirmed(problem, schedule, schedule.refusals), strict=True
    ):
        assert verdict.confirmed, (refusal, verdict)


@CALM
@given(whole_problems())
def test_all_of_it_is_written_and_read_back(problem: Problem) -> None:
    """P23."""
    assert load(json.dumps(dump(problem))) == problem


@CALM
@given(whole_problems())
def test_with_a_previous_plan_nothing_is_lost(problem: Problem) -> None:
    """P29."""
    before = solve(problem)

    after = solve(problem, before, moves=0)

    assert check(problem, after) == []
    assert after.value >= before.value - 1e-9


def _series(*ids: str, **limits: object) -> dict[str, Series]:
    return {"rr": Series(members=ids, **limits)}


def _starts(problem: Problem) -> dict[str, float]:
    schedule = solve(problem)
    assert check(problem, schedule) == []
    return {
        slot.id: (slot.on_target - problem.night.start).total_seconds() for slot in schedule.slots
    }


def test_members_of_a_series_keep_their_distance_and_order() -> None:
    """P27: a light curve is worth nothing without its rhythm."""
    asked = [a_request(name) for name in "cba"]
    problem = a_night(*asked, series=_series("c", "b", "a", min_s=1800.0, max_s=1860.0))

    starts = _starts(problem)

    assert 1800.0 <= starts["b"] - starts["c"] <= 1860.0
    assert 1800.0 <= starts["a"] - starts["b"] <= 1860.0


@pytest.mark.parametrize(("whole", "done"), [(True, set()), (False, {"a"})])
def test_a_whole_series_is_all_or_nothing(whole: bool, done: set[str]) -> None:  # noqa: FBT001
    """P27."""
    never = a_request("b", target=Target(ra_deg=150.0, dec_deg=-80.0))
    problem = a_night(
        a_request("a"), never, a_request("c"), series=_series("a", "b", "c", whole=whole)
    )
    schedule = solve(problem)

    assert {slot.id for slot in schedule.slots} == done
    codes = {refusal.id: refusal.code for refusal in schedule.refusals}
    assert codes["b"] == "ALTITUDE"
    assert codes["c"] == "CADENCE"


def test_a_rhythm_that_cannot_be_kept_says_which_could() -> None:
    """P25: 700 s are too few for ten minutes and what lies between."""
    early = a_request("a", window=(at(0.0), at(0.5)))
    late = a_request("b", window=(at(2.0), at(2.5)))
    problem = a_night(early, late, series=_series("a", "b", min_s=600.0, max_s=700.0, whole=True))

    refusal = solve(problem).refusals[0]

    assert refusal.code == "CADENCE"
    assert refusal.change == {"set": "series/rr/max_s", "from": 700.0, "to": 6000.0}


def test_a_series_is_left_out_where_others_are_worth_more() -> None:
    """P27: it takes its places first, but not at any price."""
    poor = [a_request(name, priority=1.0, window=(at(0.0), at(0.5))) for name in "ab"]
    rich = [a_request(name, priority=90.0, window=(at(0.0), at(0.5))) for name in "xy"]
    problem = a_night(*poor, *rich, series=_series("a", "b", max_s=900.0, whole=True))

    assert set(_starts(problem)) == {"x", "y"}


def test_a_moving_target_is_seen_where_it_is() -> None:
    """P25: at 03:14 still below its limit, an hour later ten degrees higher."""
    begin = mjd_of(at(0.0))
    rows = ((begin, 150.0, -60.0), (begin + 3.0 / 24.0, 150.0, 30.0))
    moving = a_request(target=Target(track=rows), constraints=Constraints(min_altitude_deg=60.0))

    assert _starts(a_night(moving))["1"] > 6000.0


def test_places_that_end_too_early_are_asked_for() -> None:
    """P25: EPHEMERIS, with the times that are missing."""
    begin = mjd_of(at(-1.0))
    rows = ((begin, 150.0, 30.0), (begin + 300.0 / 86400.0, 150.0, 30.0))
    problem = a_night(a_request(target=Target(track=rows)))
    schedule = solve(problem)
    refusal = schedule.refusals[0]

    assert refusal.code == "EPHEMERIS"
    assert refusal.change["set"] == "target/track"
    assert next(confirmed(problem, schedule, [refusal])).confirmed


def test_a_german_mount_turns_over_in_a_sequence_that_allows_it() -> None:
    """P26: it takes longer by that much, and is not refused for the meridian."""
    long = a_request(
        target=Target(ra_deg=138.0, dec_deg=30.0), duration_s=10200.0, flip_within=True
    )
    german = Mount(kind=MountKind.GERMAN, flip_s=95.0)
    problem = a_night(long, mount=german)
    schedule = solve(problem)

    assert check(problem, schedule) == []
    assert (schedule.slots[0].end - schedule.slots[0].on_target).total_seconds() == 10300.0


def test_a_wheel_goes_the_shorter_way_and_focus_only_where_it_differs() -> None:
    """P65."""
    wheel = Channel(
        per_slot_s=30.0,
        slots=("g", "r", "i", "z", "y"),
        focus_s=50.0,
        focus={"g": 1, "y": 1, "r": 2},
    )

    def setup_s(has: str) -> float:
        problem = a_night(
            a_request(setup={"vis": ("g", "g")}),
            channels={"vis": wheel},
            mount=Mount(settle_s=0.0, axes=(Axis(rate_deg_s=1000.0),)),
            initial=Initial(ra_deg=150.0, dec_deg=30.0, filters={"vis": has}),
        )
        schedule = solve(problem)
        assert check(problem, schedule) == []
        return schedule.slots[0].setup_s

    assert [setup_s(has) for has in "gyri"] == [10.0, 30.0, 80.0, 110.0]


def test_a_block_at_a_place_is_reached_in_time_and_left_from_there() -> None:
    """P29: a visitor finds the telescope where it was promised."""
    place = Initial(ra_deg=150.0, dec_deg=-30.0)
    block = Block(id="visitor", start=at(1.0), end=at(2.0), position=place)
    slow = Mount(axes=(Axis(rate_deg_s=0.1),), settle_s=0.0)
    problem = a_night(
        *[a_request(f"{number}") for number in range(12)], blocks=(block,), mount=slow
    )
    schedule = solve(problem)

    assert check(problem, schedule) == []
    before = [slot for slot in schedule.slots if slot.end <= block.start]
    behind = [slot for slot in schedule.slots if slot.start >= block.end]
    assert (block.start - before[-1].end).total_seconds() >= 600.0
    assert behind[0].setup_s == 600.0
    moved = dataclasses.replace(block, start=before[-1].end)
    broken = check(dataclasses.replace(problem, blocks=(moved,)), schedule)
    assert "order" in {one.rule for one in broken}


def test_an_alert_at_the_boundary_follows_what_runs() -> None:
    """P46: tier alert, as soon as possible, never before the end of what executes."""
    alert = a_request("grb", tier=Tier.ALERT, decay_s=600.0)
    running = Running(id="now", end=at(0.5), ra_deg=150.0, dec_deg=30.0)
    problem = a_night(alert, a_request("other", priority=100.0), running=running, now=at(0.25))
    schedule = solve(problem)

    assert check(problem, schedule) == []
    assert schedule.slots[0].id == "grb"
    assert schedule.slots[0].start == running.end
