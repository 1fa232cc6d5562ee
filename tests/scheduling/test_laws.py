"""What holds of every plan, whoever asks for what."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from builders.planning import CALM, SHORT, SITE, a_night, a_request, at, problems, solve
from hypothesis import given, settings
from hypothesis import strategies as st

from pyros.scheduling import check, dump, load
from pyros.scheduling.accounts import Purse
from pyros.scheduling.bench import instance
from pyros.scheduling.confirm import confirmed
from pyros.scheduling.grid import Grid
from pyros.scheduling.instants import elapsed_s
from pyros.scheduling.model import Account, AccountKind, Constraints, Night, Problem, Target, Tier
from pyros.scheduling.rooms import Rooms
from pyros.scheduling.starts import arrange
from pyros.scheduling.transition import Transitions


def _turned(value: object) -> object:
    """Return a JSON value with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(one) for one in value] if isinstance(value, list) else value


@CALM
@given(problems())
def test_the_order_of_keys_in_a_document_makes_no_difference(problem: Problem) -> None:
    """P23, P27."""
    document = json.loads(json.dumps(dump(problem)))
    one, two = load(document), load(json.dumps(_turned(document)))

    assert isinstance(two, Problem)
    assert one == two
    assert solve(dataclasses.replace(two, sky=problem.sky)) == solve(problem)


@CALM
@given(problems())
def test_more_quota_never_lowers_the_bound(problem: Problem) -> None:
    """P27."""
    richer = {
        name: dataclasses.replace(account, left_s=account.left_s + 1000.0)
        for name, account in problem.accounts.items()
    }
    routine = tuple(dataclasses.replace(one, tier=Tier.ROUTINE) for one in problem.requests)
    poor = dataclasses.replace(problem, requests=routine)
    rich = dataclasses.replace(poor, accounts=richer)

    assert solve(rich, moves=0).bound >= solve(poor, moves=0).bound * (1.0 - 1e-6)


@CALM
@given(problems(most=8), st.integers(1, 99))
def test_of_two_alike_the_lower_is_never_placed_alone(problem: Problem, priority: int) -> None:
    """P27: the same wish with a higher priority comes first."""
    low = a_request("low", priority=float(priority))
    high = dataclasses.replace(low, id="high", priority=priority + 1.0)
    schedule = solve(dataclasses.replace(problem, requests=(*problem.requests, low, high)))
    placed = {slot.id for slot in schedule.slots if not slot.filler}

    assert "low" not in placed or "high" in placed


@CALM
@given(problems())
def test_fillers_change_no_slot_and_no_value(problem: Problem) -> None:
    """P29: they take what nobody else wants."""
    bare, filled = (
        solve(dataclasses.replace(problem, fill=fill), moves=0) for fill in (False, True)
    )

    assert filled.value == pytest.approx(bare.value)
    paying = {(slot.id, slot.step) for slot in filled.slots if not slot.filler}
    assert paying == {(slot.id, slot.step) for slot in bare.slots if not slot.filler}


@CALM
@given(problems())
def test_an_alert_comes_before_any_routine_gain(problem: Problem) -> None:
    """P46: whatever else is asked for, an alert has the value it has alone."""
    alerts = tuple(one for one in problem.requests if one.tier is Tier.ALERT)
    alone = solve(dataclasses.replace(problem, requests=alerts))
    together = solve(problem)
    values = [
        sum(tier.value for tier in schedule.tiers if tier.tier == "alert")
        for schedule in (alone, together)
    ]

    assert values[0] == pytest.approx(values[1])


def test_the_time_of_what_is_cancelled_is_filled_again() -> None:
    """P46, P51: its quota is back, too."""
    accounts = {"n": Account(kind=AccountKind.NIGHT, left_s=600.0)}
    one, two = (
        a_request(name, priority=priority, accounts=("n",))
        for name, priority in (("one", 60.0), ("two", 40.0))
    )
    before = solve(a_night(one, two, accounts=accounts, fill=False))
    after = solve(a_night(two, accounts=accounts, fill=False), before)

    assert [slot.id for slot in before.slots] == ["one"]
    assert [slot.id for slot in after.slots] == ["two"]
    assert after.changes.dropped == ("one",)


@pytest.mark.parametrize("count", [1, 400])
def test_any_number_that_never_rise_have_their_reason(count: int) -> None:
    """P21, P25."""
    below = Target(ra_deg=150.0, dec_deg=-85.0)
    limits = Constraints(max_airmass=2.0)
    problem = a_night(
        *[a_request(f"{place}", target=below, constraints=limits) for place in range(count)]
    )
    schedule = solve(problem)

    assert {refusal.code for refusal in schedule.refusals} == {"ALTITUDE"}
    assert {refusal.also for refusal in schedule.refusals} == {("AIRMASS",)}
    assert all(one.confirmed for one in confirmed(problem, schedule, schedule.refusals))


@pytest.mark.parametrize(("month", "dark"), [(6, False), (12, True)])
def test_polar_day_and_polar_night_have_a_schedule(month: int, dark: bool) -> None:  # noqa: FBT001
    """P21, P24."""
    start = datetime(2025, month, 21, tzinfo=UTC)
    night = Night(start=start, end=start + timedelta(hours=24))
    asked = a_request(constraints=Constraints(sun_max_altitude_deg=-6.0))
    site = dataclasses.replace(SITE, lat_deg=78.0, lon_deg=15.0)
    problem = a_night(asked, night=night, site=site, sky=None)
    schedule = solve(problem)

    assert check(problem, schedule) == []
    assert bool(schedule.slots) is dark
    if not dark:
        assert schedule.refusals[0].code == "SUN"


@pytest.mark.parametrize(
    "start",
    [datetime(2026, 3, 29, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 0, tzinfo=UTC)],
    ids=["clocks forward", "clocks back"],
)
def test_a_change_of_local_clocks_changes_no_step(start: datetime) -> None:
    """P24: the same night a sidereal day earlier has the same steps."""
    steps = []
    for days in (0, 1):
        begin = start - timedelta(days=days, seconds=-235.909 * days)
        night = Night(start=begin, end=begin + timedelta(hours=3))
        problem = a_night(
            *[
                a_request(f"{place}", target=Target(ra_deg=90.0 + place, dec_deg=30.0))
                for place in range(4)
            ],
            night=night,
            sky=None,
        )
        steps.append({slot.id: slot.step for slot in solve(problem).slots})

    assert steps[0].keys() == steps[1].keys()
    assert all(abs(steps[0][name] - steps[1][name]) <= 1 for name in steps[0])


def test_distances_over_a_leap_second_are_those_of_any_night() -> None:
    """P24, P26: labels are one second behind on the other side."""
    eve = datetime(2016, 12, 31, 23, 0, tzinfo=UTC)
    night = Night(start=eve, end=eve + timedelta(hours=3))
    problem = a_night(
        *[a_request(f"{place}") for place in range(12)],
        night=night,
        sky=None,
        site=dataclasses.replace(SITE, lon_deg=100.0),
    )
    slots = solve(problem).slots

    assert slots[0].end < datetime(2017, 1, 1, tzinfo=UTC) < slots[-1].start
    for slot in slots:
        assert elapsed_s(eve, slot.on_target) == slot.step * 10.0
        assert elapsed_s(slot.on_target, slot.end) == 600.0
    assert {slot.on_target.second % 10 for slot in slots} == {0, 9}


def test_a_document_of_half_a_thousand_is_hashed_once_for_each_request() -> None:
    """P23: the same requests in another order are another document."""
    problem = instance(50, 1)
    turned = dataclasses.replace(problem, requests=problem.requests[::-1])

    assert solve(problem, moves=0).problem_sha256 != solve(turned, moves=0).problem_sha256
    assert solve(problem, moves=0).slots == solve(turned, moves=0).slots


# rooms: what refusals are reckoned with, against trying everything


@settings(CALM, max_examples=40)
@given(problems(most=6))
def test_no_order_gains_more_than_the_rooms_of_a_line_say(problem: Problem) -> None:
    """P25: for every request left out, the best of every place and run taken out, tried in full."""
    asked = tuple(dataclasses.replace(one, tier=Tier.ROUTINE) for one in problem.requests)
    grid = Grid(dataclasses.replace(problem, requests=asked, accounts={}))
    jobs, fixed = grid.jobs(Tier.ROUTINE), grid.fixed()
    line = _any_line(grid.transitions, jobs, fixed)
    if line is None:
        return
    rooms = Rooms(grid, line)
    for job in jobs:
        if job not in line.nodes:
            room = rooms.cheapest(job)
            said = -1e18 if room is None or room.factor > 1.0 else 0.0
            best = _tried(grid.transitions, line, job)
            constant = problem.mount.kind == "simple" and problem.mount.dome is None
            assert best <= 1e-6 or said == 0.0 or not constant


def _any_line(transitions: Transitions, jobs: list, fixed: list) -> object:
    for order in permutations(jobs, min(2, len(jobs))):
        line = arrange(transitions, [*fixed, *order])
        if line is not None:
            return line
    return None


def _tried(transitions: Transitions, line: object, job: object) -> float:
    """Return the most that a line gains with a job, at any place, any run taken out."""
    best, nodes = -1e18, list(line.nodes)
    for before in range(1, len(nodes) + 1):
        for behind in range(before, len(nodes) + 1):
            if any(node.fixed for node in nodes[before:behind]):
                break
            other = arrange(transitions, [*nodes[:before], job, *nodes[behind:]])
            if other is not None:
                best = max(best, other.value - line.value)
    return best


def test_a_purse_that_is_copied_pays_apart() -> None:
    """P27."""
    accounts = {"n": Account(kind=AccountKind.NIGHT, left_s=600.0)}
    problem = a_night(a_request(accounts=("n",)), accounts=accounts, night=SHORT, now=at(0.1))
    (job,) = Grid(problem).jobs(Tier.ROUTINE)
    purse = Purse(problem)
    other = purse.copied()

    other.pay(job)

    assert purse.admits(job)
    assert not other.admits(job)
