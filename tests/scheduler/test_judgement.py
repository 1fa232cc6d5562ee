from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders.scheduler_house import EVENING, TONIGHT, a_night, a_sequence
from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.scheduler import judgement
from pyros.actors.scheduler.facts import Facts, Running, Wanted
from pyros.domain.request import RequestKind, SequenceState
from pyros.domain.schedule import STRENGTH, Cause, Schedule, Slot
from pyros.messages.commands import Reschedule
from pyros.scheduling import Schedule as Answer
from pyros.scheduling.timetable import Refusal
from pyros.scheduling.timetable import Slot as Place

NONE = frozenset()


def after(seconds: float):
    return EVENING + timedelta(seconds=seconds)


def place(name: str, start_s: float, **changes) -> Place:
    plain = Place(
        id=name,
        start=after(start_s),
        on_target=after(start_s + 20),
        end=after(start_s + 320),
        step=0,
        setup_s=20.0,
        value=10.0,
    )
    return replace(plain, **changes)


def plan_of(*places: Place) -> Answer:
    value = sum(one.value for one in places)
    return Answer(problem_sha256="", stage="full", value=value, bound=value, slots=places)


def slot(number: int, start_s: float) -> Slot:
    return Slot(
        sequence_id=number,
        request_id=number,
        name=f"s{number}",
        start=after(start_s),
        on_target=after(start_s + 20),
        end=after(start_s + 320),
    )


def wanted(number: int, state: SequenceState = SequenceState.PLANNED) -> Wanted:
    return Wanted(
        sequence=replace(a_sequence(), id=number, request_id=number, state=state),
        kind=RequestKind.ROUTINE,
        name=f"s{number}",
        owner="ada@x.org",
        programme="survey",
    )


def facts(*slots: Slot, **changes) -> Facts:
    plain = Facts(
        now=EVENING,
        night=a_night(),
        wanted=tuple(wanted(one.sequence_id) for one in slots),
        previous=Schedule(night=TONIGHT, made_at=EVENING, cause=Cause.FIRST, slots=slots),
    )
    return replace(plain, **changes)


def ids(slots) -> list[int]:
    return [one.sequence_id for one in slots]


@given(st.lists(st.sampled_from(Cause), min_size=1, max_size=6))
def test_many_orders_are_one_with_the_newest_facts_and_the_strongest_cause(
    causes: list[Cause],
) -> None:
    """P51."""
    order = None
    for number, cause in enumerate(causes):
        at = EVENING + timedelta(seconds=number)
        newer = Reschedule(at=at, cause=cause, night=a_night(), armed=(number,))
        order = judgement.merged(order, newer)

    assert order.at == EVENING + timedelta(seconds=len(causes) - 1)
    assert order.armed == (len(causes) - 1,)
    assert order.cause == min(causes, key=STRENGTH.index)


def test_every_cause_has_its_strength() -> None:
    assert set(STRENGTH) == set(Cause)


def test_what_starts_within_two_minutes_stays() -> None:
    """P50: the first of the plan in force, and no other."""
    known = facts(slot(1, 100), slot(2, 110), slot(3, 500))

    assert ids(judgement.armed(known, Cause.SUBMIT, NONE)) == [1]
    assert judgement.armed(facts(slot(3, 121)), Cause.SUBMIT, NONE) == ()


@pytest.mark.parametrize("cause", [Cause.ALERT, Cause.RESUME])
def test_nothing_stays_after_a_pause_or_for_an_alert(cause) -> None:
    """P47, P50."""
    assert judgement.armed(facts(slot(1, 100)), cause, NONE) == ()


@pytest.mark.parametrize(
    "known",
    [
        facts(slot(1, 100), running=Running(sequence=wanted(9).sequence, until=after(101))),
        facts(slot(1, 100), running=Running(sequence=wanted(1).sequence, until=after(50))),
        facts(slot(1, 100), wanted=(wanted(1, SequenceState.TOBEPLANNED),)),
        facts(slot(1, 100), wanted=()),
        facts(slot(1, -10)),
        facts(slot(1, 100), previous=None),
    ],
    ids=["telescope busy", "it runs", "failed meanwhile", "not wanted", "late", "no plan"],
)
def test_what_cannot_start_as_planned_does_not_stay(known) -> None:
    """P50."""
    assert judgement.armed(known, Cause.SUBMIT, NONE) == ()


def test_what_the_house_does_not_admit_any_more_does_not_stay() -> None:
    """P51: a channel that is lost, a sky that is not good enough."""
    assert judgement.armed(facts(slot(1, 100)), Cause.CONDITIONS, frozenset({1})) == ()


def test_what_begins_while_a_better_plan_is_sought_is_where_it_will_be() -> None:
    """P50: the majordome begins a slot as early as its slide allows, on the grid of the plan."""
    plan = plan_of(place("1", 600, slide_before_s=590.0), place("2", 1200, slide_before_s=100.0))

    (moved,) = judgement.imminent(plan, after(15), after(20), 10.0)

    assert (moved.id, moved.start, moved.end) == ("1", after(20), after(340))


def test_frozen_slots_are_not_frozen_twice() -> None:
    plan = plan_of(place("1", 0, frozen=True))

    assert judgement.imminent(plan, EVENING, after(20), 10.0) == ()


def test_the_same_plan_again_is_not_adopted() -> None:
    """P30."""
    plan = plan_of(place("1", 100), place("2", 500))

    assert not judgement.adopts(plan, plan, EVENING)


def test_the_same_plan_with_more_reasons_is_adopted() -> None:
    """P25: a first plan of many requests says that their reasons follow; so they do."""
    plan = plan_of(place("1", 3600))
    explained = replace(plan, refusals=(Refusal(id="2", code="WINDOW", text="Too late."),))

    assert judgement.adopts(explained, plan, EVENING)
    assert not judgement.adopts(explained, explained, EVENING)


def test_a_little_better_is_enough_for_what_lies_far_ahead() -> None:
    """P30: nothing within half an hour is touched."""
    standing = plan_of(place("1", 100, value=1000.0), place("2", 4000))
    better = plan_of(place("1", 100, value=1000.0), place("2", 4500, value=10.1))

    assert judgement.adopts(better, standing, EVENING)
    assert not judgement.adopts(better, standing, after(2900))


def test_much_better_is_enough_for_what_starts_soon_but_not_at_once() -> None:
    """P30: by more than half a percent; five seconds before a start it is too late."""
    standing = plan_of(place("1", 100), place("2", 500))
    better = plan_of(place("2", 100), place("1", 500, value=10.2))

    assert judgement.adopts(better, standing, EVENING)
    assert not judgement.adopts(better, standing, after(96))


def test_a_slot_that_may_begin_at_once_is_never_moved() -> None:
    """P50: it slides up to now, so it has begun already."""
    standing = plan_of(place("1", 1000, slide_before_s=1000.0))
    better = plan_of(place("2", 1000, value=1000.0))

    assert not judgement.adopts(better, standing, EVENING)


def test_what_was_frozen_for_the_better_plan_counts_on_neither_side() -> None:
    """P30: it is worth nothing in a plan that could not move it."""
    standing = plan_of(place("1", 100, value=500.0), place("2", 4000))
    fixed = place("1", 0, value=0.0, frozen=True)

    assert judgement.adopts(plan_of(fixed, place("2", 5000, value=10.1)), standing, EVENING)
    assert not judgement.adopts(plan_of(fixed, place("2", 5000, value=9.9)), standing, EVENING)
