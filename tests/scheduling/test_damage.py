"""Twelve kinds of damage, done to plans of any night: the checker finds each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from builders.planning import CALM, problems, solve, whole_problems
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pyros.scheduling import check
from pyros.scheduling.bench import instance
from pyros.scheduling.model import Armed, Block, Problem
from pyros.scheduling.regret import regrets
from pyros.scheduling.timetable import Refusal, Schedule, Slot

MINUTE = timedelta(minutes=1)
Damaged = tuple[Problem, Schedule]


def _with(schedule: Schedule, place: int, **changes: object) -> Schedule:
    slots = list(schedule.slots)
    slots[place] = dataclasses.replace(slots[place], **changes)
    return dataclasses.replace(schedule, slots=tuple(slots))


def _by(slot: Slot, time: timedelta) -> dict[str, object]:
    return {name: getattr(slot, name) + time for name in ("start", "on_target", "end")}


def _moved(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    return problem, _with(schedule, place, **_by(schedule.slots[place], 400 * MINUTE))


def _doubled(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    slots = (*schedule.slots, schedule.slots[place])
    return problem, dataclasses.replace(schedule, slots=slots)


def _dropped(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    slots = schedule.slots[:place] + schedule.slots[place + 1 :]
    return problem, dataclasses.replace(schedule, slots=slots)


def _strange(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    return problem, _with(schedule, place, id="nobody asked for this")


def _overlapped(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    one, two = schedule.slots[place - 1], schedule.slots[place]
    by = one.end - two.start - timedelta(seconds=10)
    return problem, _with(schedule, place, **_by(two, by))


def _hurried(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    return problem, _with(schedule, place, start=schedule.slots[place].on_target)


def _shortened(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    end = schedule.slots[place].end - timedelta(seconds=10)
    return problem, _with(schedule, place, end=end)


def _overdrawn(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    requests = {request.id: request for request in problem.requests}
    turned = schedule.slots[place:] + schedule.slots[:place]
    paying = [requests[slot.id] for slot in turned if not slot.filler]
    names = [name for one in paying if one.cost_s for name in one.accounts]
    assume(names)
    left_s = schedule.accounts[names[0]].used_s - 1.0
    poor = dataclasses.replace(problem.accounts[names[0]], left_s=left_s, enforce=True)
    return dataclasses.replace(problem, accounts={**problem.accounts, names[0]: poor}), schedule


def _thawed(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    slot = schedule.slots[place]
    armed = Armed(id=slot.id, start=slot.start, on_target=slot.on_target, end=slot.end + MINUTE)
    return dataclasses.replace(problem, armed=(armed,)), schedule


def _blocked(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    slot = schedule.slots[place]
    block = Block(id="visit", start=slot.on_target, end=slot.end)
    return dataclasses.replace(problem, blocks=(*problem.blocks, block)), schedule


def _twice_answered(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    refusal = Refusal(id=schedule.slots[place].id, code="SUN")
    return problem, dataclasses.replace(schedule, refusals=(*schedule.refusals, refusal))


def _flattered(problem: Problem, schedule: Schedule, place: int) -> Damaged:
    return problem, _with(schedule, place, value=schedule.slots[place].value + 0.1)


def _miscounted(problem: Problem, schedule: Schedule, _place: int) -> Damaged:
    return problem, dataclasses.replace(schedule, value=schedule.value + 0.1)


def _unbounded(problem: Problem, schedule: Schedule, _place: int) -> Damaged:
    return problem, dataclasses.replace(schedule, bound=schedule.value - 0.1)


DAMAGES: dict[str, tuple[set[str], Callable[[Problem, Schedule, int], Damaged]]] = {
    "moved": ({"night", "feasible"}, _moved),
    "doubled": ({"once"}, _doubled),
    "dropped": ({"complete"}, _dropped),
    "a stranger": ({"complete"}, _strange),
    "overlapped": ({"order"}, _overlapped),
    "hurried": ({"order"}, _hurried),
    "shortened": ({"feasible"}, _shortened),
    "quota": ({"quota"}, _overdrawn),
    "frozen": ({"frozen"}, _thawed),
    "blocked": ({"blocks"}, _blocked),
    "answered twice": ({"complete"}, _twice_answered),
    "flattered": ({"sums"}, _flattered),
    "sum": ({"sums"}, _miscounted),
    "bound": ({"sums"}, _unbounded),
}


@pytest.mark.parametrize(("rules", "damage"), DAMAGES.values(), ids=DAMAGES.keys())
@settings(
    CALM,
    max_examples=12,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(problem=problems(), chance=st.integers(0, 11))
def test_every_kind_of_damage_is_found_in_any_plan(
    rules: set[str],
    damage: Callable[[Problem, Schedule, int], Damaged],
    problem: Problem,
    chance: int,
) -> None:
    """P23, P26, P27, P50: the checker says which rule is broken, and nothing of a sound plan."""
    schedule = solve(problem, moves=0)
    least = 2 if damage is _overlapped else 1
    assume(len(schedule.slots) >= least)
    place = least - 1 + chance % (len(schedule.slots) - least + 1)
    slot = schedule.slots[place]
    assume(slot.setup_s > 10.0 or damage is not _hurried)
    assume(problem.mount.settle_s > 0.0 or damage is not _hurried)
    assume(not slot.filler or damage is not _flattered)
    damaged = damage(problem, schedule, place)

    assert check(problem, schedule) == []
    assert {violation.rule for violation in check(*damaged)} & rules


@settings(CALM, max_examples=40)
@given(whole_problems())
def test_a_series_out_of_its_rhythm_is_found(problem: Problem) -> None:
    """P27: the first member late by a minute more than is allowed."""
    schedule = solve(problem, moves=0)
    slots = {slot.id: slot for slot in schedule.slots}
    for series in problem.series.values():
        if len(series.members) > 1 and all(member in slots for member in series.members[:2]):
            second = slots[series.members[1]]
            late = timedelta(seconds=series.max_s + 60.0)
            place = schedule.slots.index(second)
            broken = check(problem, _with(schedule, place, **_by(second, late)))
            assert "series" in {violation.rule for violation in broken}


@CALM
@given(problems())
def test_a_finished_plan_has_no_regrets(problem: Problem) -> None:
    """P29: nothing that was refused fits into a gap, or would be a better choice than one slot."""
    assert regrets(problem, solve(problem)) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_a_crowded_plan_has_no_regrets(seed: int) -> None:
    """P29."""
    problem = instance(50, seed)

    assert regrets(problem, solve(problem, moves=40)) == []


def test_a_plan_with_a_slot_taken_out_has_a_regret() -> None:
    """P29: the test can fail."""
    problem = instance(12, 3)
    schedule = solve(problem)
    slot = schedule.slots[2]
    poorer = dataclasses.replace(
        schedule,
        slots=schedule.slots[:2] + schedule.slots[3:],
        value=schedule.value - slot.value,
        refusals=(*schedule.refusals, Refusal(id=slot.id, code="NO_ROOM")),
    )

    assert slot.id in {one for regret in regrets(problem, poorer) for one in regret.ids}
