from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.scheduling.instances import make
from benchmarks.scheduling.judge import judge
from benchmarks.scheduling.remains import Remains
from benchmarks.scheduling.state import Slot, State, after

G = make("G", 100, 4)
DUR = G["requests"]["dur"]
steps = st.integers(500, 3600)


def _plan(state: State, *, every: int = 1) -> list[Slot]:
    """Return a plan of the rest that keeps every rule, by hand: whatever may start first."""
    rest = state.rest()
    slots: list[Slot] = []
    spare = 20
    end = state.free_from if state.running is None else state.end_of(state.running) + spare
    room = state.room()
    may = [j for j, yes in enumerate(state.eligible()) if yes and rest["requests"]["starts"][j]]
    for index in sorted(may, key=lambda j: rest["requests"]["starts"][j][-1][1])[::every]:
        fits = [max(a, end) for a, b in rest["requests"]["starts"][index] if b >= end]
        account, length = rest["requests"]["account"][index], rest["requests"]["dur"][index]
        if fits and room[account] >= length:
            slots.append([fits[0], index])
            end = fits[0] + length + spare
            room[account] -= length
    return slots


def _with_running(state: State, plan: list[Slot]) -> dict[str, Any]:
    running = [] if state.running is None else [list(state.running)]
    return {"sha256": G["sha256"], "slots": [*running, *plan]}


BEGUN = State(instance=G, now=500, free_from=500)


def test_a_plan_is_done_as_far_as_time_has_gone() -> None:
    """P51: what has ended is done, what has begun runs, the rest stands."""
    plan = _plan(BEGUN)
    step, index = plan[3]

    state = after(BEGUN, {"kind": "CONDITIONS", "step": step + 1, "out": []}, plan)

    assert list(state.done) == [tuple(slot) for slot in plan[:3]]
    assert state.running == (step, index)
    assert state.standing(plan) == plan[4:]


def test_an_alert_cuts_what_runs_and_gives_its_quota_back() -> None:
    """P46, P51: it earns nothing and may come again, half an hour from now."""
    plan = _plan(BEGUN)
    step, index = plan[3]

    state = after(BEGUN, {"kind": "ALERT", "step": step + 1, "steps": 180}, plan)

    assert state.running is None
    assert state.free_from == step + 181
    assert state.eligible()[index]
    paid = sum(DUR[j] for _, j in state.done)
    assert sum(state.room()) == sum(G["accounts"]) - paid


def test_a_house_that_opens_late_has_done_nothing() -> None:
    """P51."""
    state = after(BEGUN, {"kind": "RESUME", "step": 900}, _plan(BEGUN))

    assert (state.done, state.running, state.free_from) == ((), None, 900)


def test_what_conditions_forbid_comes_back_with_the_next_ones() -> None:
    """P51: what runs goes on."""
    plan = _plan(BEGUN)
    step, index = plan[2]
    out = [index, plan[4][1]]

    state = after(BEGUN, {"kind": "CONDITIONS", "step": step + 1, "out": out}, plan)
    assert state.running == (step, index)
    assert not state.eligible()[plan[4][1]]

    later = after(state, {"kind": "CONDITIONS", "step": step + 2, "out": []}, [])
    assert later.eligible()[plan[4][1]]


def test_what_is_cancelled_is_gone_unless_it_has_begun() -> None:
    """P51."""
    plan = _plan(BEGUN)
    step, index = plan[2]

    event = {"kind": "CANCEL", "step": step + 1, "drop": [index, plan[1][1], plan[5][1]]}
    state = after(BEGUN, event, plan)

    assert state.gone == {plan[5][1]}
    assert state.running == (step, index)


def test_new_requests_stand_behind_the_old_ones() -> None:
    """P51: SUBMIT appends twenty."""
    event = next(one for one in G["events"] if one["kind"] == "SUBMIT")

    state = after(BEGUN, event, [])

    assert len(state.eligible()) == 120
    assert state.instance["requests"]["dur"][100:] == event["requests"]["dur"]
    assert len(G["requests"]["dur"]) == 100


def test_an_unknown_event_is_an_error() -> None:
    with pytest.raises(ValueError, match="EARTHQUAKE"):
        after(BEGUN, {"kind": "EARTHQUAKE", "step": 600}, [])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(G["events"][1:]), steps, st.integers(1, 3)), max_size=8))
def test_whatever_happens_the_rest_of_the_night_can_be_planned_and_judged(
    happened: list[tuple[dict[str, Any], int, int]],
) -> None:
    """P27, P51: no account is overdrawn, nothing is done twice, nothing starts too early."""
    state, plan = BEGUN, _plan(BEGUN)
    for event, step, every in sorted(happened, key=lambda one: one[1]):
        state = after(state, {**event, "step": step}, plan)
        standing = state.standing(plan)
        plan = _plan(state, every=every)
        assert judge(state.rest(), _with_running(state, plan))["faults"] == []
        assert [slot[0] for slot in standing if slot[0] < state.free_from] == []
        done = [index for _, index in state.done]
        assert len(done) == len(set(done))
        assert min(state.room()) >= 0


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(G["events"][1:]), steps, st.booleans())
def test_the_columns_of_the_rest_are_those_that_the_judge_sees(
    event: dict[str, Any], step: int, twice: object
) -> None:
    """P51: starts, accounts, and what runs as a fixed row behind the jobs."""
    remains = Remains(G)
    state = after(BEGUN, {**event, "step": step}, _plan(BEGUN))
    if event["kind"] == "SUBMIT":
        remains.read(event["requests"])
        if twice:
            state = after(state, {**event, "step": step + 7}, [])
            remains.read(event["requests"])

    columns, rest = remains.cells(state), state.rest()

    held = [] if state.running is None else [state.running[1]]
    assert columns.rows == columns.jobs + len(held)
    for row in range(columns.jobs):
        spans = [] if row in held else rest["requests"]["starts"][row]
        assert columns.starts(row).tolist() == [t for a, b in spans for t in range(a, b + 1)]
        assert columns.values(row).size == columns.starts(row).size
    assert columns.room.tolist() == state.room()
    for place, index in enumerate(held):
        row = columns.jobs + place
        assert columns.starts(row).tolist() == [state.running[0]]
        assert columns.duration[row] == rest["requests"]["dur"][index]
        assert columns.moves.vector[row].tolist() == rest["requests"]["vec"][index]


def test_values_keep_to_their_starts_when_the_begin_is_cut_off() -> None:
    """P51: a start has the value it had before."""
    remains = Remains(G)
    whole, cut = (
        remains.cells(State(instance=G)),
        remains.cells(State(instance=G, now=2000, free_from=2000)),
    )

    for row in range(0, 100, 9):
        known = dict(zip(whole.starts(row).tolist(), whole.values(row).tolist(), strict=True))
        left = dict(zip(cut.starts(row).tolist(), cut.values(row).tolist(), strict=True))
        assert left == {step: value for step, value in known.items() if step >= 2000}


def test_a_night_of_events_is_answered_by_valid_plans() -> None:
    """P51: every answer of the compiled solver is judged; how soon is the benchmark's matter."""
    replay = pytest.importorskip("benchmarks.scheduling.replay").replay

    found = replay(make("G", 40, 2), 0.0)["events"]

    assert [row["kind"] for row in found].count("ALERT") == 4
    assert len(found) == 13
    assert all(row["valid"] for row in found)
    assert all(row["ratio"] > 0.0 for row in found)
