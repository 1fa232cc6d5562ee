"""The journal of an execution."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pyros.domain.execution import PlanStep, StepKind, StepState
from pyros.errors import IllegalTransition, StaleVersion
from pyros.kernel.fence import Epoch
from pyros.store import journal


@pytest.fixture
def execution(house):
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)
    return house.begin(sequence, steps=3)


@pytest.fixture
def first(store, execution):
    return store.read(lambda s: journal.steps(s, execution.id))[0]


def test_a_step_is_started_before_its_order_and_ended_after_it(store, first, dusk):
    """S88: each instant is set once."""
    store.write(lambda s: journal.step_started(s, first.id, dusk, Epoch(1, 1)))
    late = dusk + timedelta(seconds=60)
    store.write(lambda s: journal.step_ended(s, first.id, StepState.DONE, late, "60 s"))

    (stored, *_) = store.read(lambda s: journal.steps(s, first.execution_id))
    assert (stored.started_at, stored.ended_at, stored.result) == (dusk, late, "60 s")


def test_a_step_is_not_started_twice(store, first, dusk):
    """Domain 2.3: an exposure is never taken twice by mistake."""
    store.write(lambda s: journal.step_started(s, first.id, dusk))

    with pytest.raises(IllegalTransition, match="no 'start' from STARTED"):
        store.write(lambda s: journal.step_started(s, first.id, dusk))


@pytest.mark.parametrize("state", [StepState.DONE, StepState.FAILED, StepState.ABORTED])
def test_a_step_that_was_never_started_does_not_end(store, first, dusk, state):
    """Domain 2.3: it can only be skipped, with a reason."""
    with pytest.raises(IllegalTransition):
        store.write(lambda s: journal.step_ended(s, first.id, state, dusk))
    with pytest.raises(IllegalTransition):
        store.write(lambda s: journal.step_ended(s, first.id, StepState.SKIPPED, dusk))

    store.write(lambda s: journal.step_ended(s, first.id, StepState.SKIPPED, dusk, "aborted"))


@pytest.mark.parametrize("state", [StepState.DONE, StepState.ABORTED])
def test_a_step_found_started_after_a_crash_is_reconciled(store, first, dusk, state):
    """S88: the decision is written."""
    store.write(lambda s: journal.step_started(s, first.id, dusk))

    ended = store.write(
        lambda s: journal.step_ended(s, first.id, state, dusk, decision="frame on disk")
    )

    assert ended.decision == "frame on disk"


def test_an_older_incarnation_writes_no_more(store, first, dusk):
    """S74, S75: the epoch of a later one is a fence."""
    store.write(lambda s: journal.step_started(s, first.id, dusk, Epoch(5, 2)))
    done = {"state": StepState.DONE, "at": dusk}

    with pytest.raises(StaleVersion):
        store.write(lambda s: journal.step_ended(s, first.id, **done, epoch=Epoch(5, 1)))
    with pytest.raises(StaleVersion):
        store.write(lambda s: journal.step_ended(s, first.id, **done, epoch=Epoch(4, 9)))

    store.write(lambda s: journal.step_ended(s, first.id, **done, epoch=Epoch(6, 1)))


def test_a_recorded_step_is_the_same_row_and_a_new_try_another(store, first, dusk):
    """Domain 2.3: unique by execution, number and try."""
    started = replace(first, id=0, state=StepState.STARTED, started_at=dusk)
    failed = replace(started, state=StepState.FAILED, ended_at=dusk, result="no light")
    again = PlanStep(
        execution_id=first.execution_id, n=first.n, attempt=2, kind=StepKind.EXPOSE, key="f" * 32
    )

    for step in (started, started, failed, again):
        store.write(lambda s, step=step: journal.record(s, step, Epoch(1, 1)))

    tries = [
        one
        for one in store.read(lambda s: journal.steps(s, first.execution_id))
        if one.n == first.n
    ]
    assert [(one.attempt, one.state) for one in tries] == [(1, "FAILED"), (2, "PLANNED")]
    assert tries[0].id == first.id


def test_a_record_that_leads_nowhere_is_refused(store, first, dusk):
    """Domain 2.3: what is done does not become planned."""
    done = replace(first, state=StepState.DONE, started_at=dusk, ended_at=dusk)
    store.write(lambda s: journal.record(s, done))

    with pytest.raises(IllegalTransition):
        store.write(lambda s: journal.record(s, replace(first, state=StepState.STARTED)))


def test_what_is_left_of_an_execution_is_skipped_at_once(store, first, dusk):
    """Domain 2.3: what has begun stays as it is, and each that is skipped says why."""
    epoch, late = Epoch(1, 1), dusk + timedelta(seconds=60)
    store.write(lambda s: journal.step_started(s, first.id, dusk, epoch))
    before = store.read(lambda s: journal.steps(s, first.execution_id))
    numbers = [one.n for one in before]

    left = store.write(
        lambda s: journal.skip(
            s, first.execution_id, numbers, at=late, decision="alert", epoch=epoch
        )
    )

    begun, *rest = store.read(lambda s: journal.steps(s, first.execution_id))
    assert left == len(rest) > 0
    assert begun == before[0]
    assert rest == [
        replace(one, state=StepState.SKIPPED, ended_at=late, decision="alert") for one in before[1:]
    ]


def test_nothing_is_skipped_without_a_reason_or_by_an_older_incarnation(store, first, dusk):
    """S74, S75: its successor has planned these steps anew."""

    def skip(epoch, decision):
        return store.write(
            lambda s: journal.skip(
                s, first.execution_id, [1], at=dusk, decision=decision, epoch=epoch
            )
        )

    second = store.read(lambda s: journal.steps(s, first.execution_id))[1]
    newer = replace(second, cost_s=second.cost_s + 1.0)
    store.write(lambda s: journal.record(s, newer, Epoch(1, 2)))

    with pytest.raises(IllegalTransition):
        skip(Epoch(1, 2), "")
    with pytest.raises(StaleVersion):
        skip(Epoch(1, 1), "alert")
    assert store.read(lambda s: journal.steps(s, first.execution_id))[1].state is StepState.PLANNED
