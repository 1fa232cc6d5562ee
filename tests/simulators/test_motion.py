"""How an axis moves: within its rate and acceleration, and it ends where it should."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulators.motion import Move, nearest_turn, stopping

PLACES = st.floats(-360.0, 360.0)
RATES = st.floats(0.1, 20.0)


def move(start: float, goal: float, rate: float, acceleration: float) -> Move:
    return Move(since_s=10.0, start=start, goal=goal, rate=rate, acceleration=acceleration)


@given(PLACES, PLACES, RATES, RATES, st.floats(0.0, 1.0))
def test_a_motion_never_leaves_its_way_nor_its_rate(start, goal, rate, acceleration, share) -> None:
    found = move(start, goal, rate, acceleration)
    now = 10.0 + share * found.duration_s
    step = 0.01

    assert min(start, goal) - 1e-6 <= found.at(now) <= max(start, goal) + 1e-6
    assert abs(found.at(now + step) - found.at(now)) <= rate * step + 1e-6
    assert found.speed(now) <= rate + 1e-9


@given(PLACES, PLACES, RATES, RATES)
def test_a_motion_begins_and_ends_where_it_should(start, goal, rate, acceleration) -> None:
    found = move(start, goal, rate, acceleration)
    assert found.at(10.0) == start
    assert found.at(found.until_s) == pytest.approx(goal)
    assert found.at(found.until_s + 100.0) == goal


@given(PLACES, PLACES, RATES, RATES, st.floats(0.05, 0.95))
def test_a_stop_comes_to_rest_on_the_way_without_a_jump(
    start, goal, rate, acceleration, share
) -> None:
    assume(abs(goal - start) > 0.01)
    found = move(start, goal, rate, acceleration)
    now = 10.0 + share * found.duration_s

    stop = stopping(found, now)

    assert stop.at(now) == found.at(now)
    assert min(start, goal) - 1e-6 <= stop.goal <= max(start, goal) + 1e-6


@given(st.floats(-1000.0, 1000.0), st.floats(0.0, 360.0))
def test_the_nearer_way_round_is_at_most_half_a_turn(here: float, there: float) -> None:
    goal = nearest_turn(here, there)
    assert abs(goal - here) <= 180.0 + 1e-6
    assert (goal - there) % 360.0 == pytest.approx(0.0, abs=1e-6) or (
        (goal - there) % 360.0 == pytest.approx(360.0, abs=1e-6)
    )
