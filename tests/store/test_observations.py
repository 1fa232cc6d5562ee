"""Nights, schedules and executions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pyros.domain.execution import Execution, Outcome, PlanStep, StepKind
from pyros.domain.programme import Programme
from pyros.domain.request import RequestKind, SequenceState
from pyros.domain.schedule import Night
from pyros.errors import IllegalTransition
from pyros.store import journal, ledger, observations, people

S = SequenceState


def test_limits_of_a_night_are_fixed_by_its_first_schedule(store, dusk, tonight):
    """P24: read from then on, never computed anew; stamps are set once."""
    night = Night(date=tonight, start=dusk, end=dusk + timedelta(hours=10))
    store.write(lambda s: observations.save_night(s, night))
    store.write(lambda s: observations.stamp(s, tonight, first_schedule_at=dusk))

    later = replace(night, start=dusk + timedelta(hours=1), safe_at=dusk, first_schedule_at=None)
    stored = store.write(lambda s: observations.save_night(s, later))
    again = store.write(lambda s: observations.stamp(s, tonight, safe_at=dusk + timedelta(hours=3)))

    assert (stored.start, stored.first_schedule_at) == (dusk, dusk)
    assert again.safe_at == dusk
    assert store.read(observations.nights) == (again,)


def test_without_a_night_or_a_schedule_nothing_fails(store, tonight):
    """P21: every question has an answer."""
    assert store.read(lambda s: observations.night(s, tonight)) is None
    assert store.read(observations.current_schedule) is None
    assert store.read(lambda s: observations.schedules(s, tonight)) == ()
    assert store.read(observations.open_execution) is None
    assert store.read(lambda s: observations.executions(s, tonight)) == ()


def test_a_schedule_is_found_as_it_was_made(store, house, a_sequence):
    """P22, P30, P31: slots with names, refusals with numbers, old schedules too."""
    first, second = house.submitted(sequences=(a_sequence(), a_sequence(name="two"))).sequences

    old = house.schedule(first, refused=(second,))
    new = house.schedule(first, second)

    assert store.read(observations.current_schedule) == new
    assert store.read(lambda s: observations.schedules(s, old.night)) == (new, old)
    (refusal,) = store.read(lambda s: observations.refusals_of(s, second.id))
    assert refusal.numbers == {"best_deg": 27.4, "best_at": house.now}


def test_a_refusal_keeps_its_reason_in_the_sequence(house):
    """P25: code and words."""
    (sequence,) = house.submitted().sequences

    house.schedule(refused=(sequence,))

    stored = house.sequence(sequence.id)
    assert stored.state is S.UNPLANNABLE
    assert stored.state_reason == "ALTITUDE: never above 30 deg"


def test_a_sequence_that_went_on_by_itself_loses_its_slot(house, a_sequence):
    """Domain 2: skipped, the others stand."""
    first, second = house.submitted(sequences=(a_sequence(), a_sequence(name="two"))).sequences
    house.transition(first, "cancel")

    stored = house.schedule(first, second)

    assert [slot.sequence_id for slot in stored.slots] == [second.id]
    assert house.sequence(first.id).state is S.CANCELLED


def test_a_planned_sequence_without_a_slot_waits_again(store, house, a_sequence):
    """P46: no quota is held by nobody's slot."""
    first, second = house.submitted(sequences=(a_sequence(), a_sequence(name="two"))).sequences
    house.schedule(first, second)

    house.schedule(second)

    assert house.sequence(first.id).state is S.TOBEPLANNED
    assert store.read(ledger.mismatches) == ()


def test_the_end_of_a_night_releases_what_is_planned(store, house, tonight):
    """P52, P46."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)

    store.write(lambda s: observations.release(s, tonight, house.now))

    assert house.sequence(sequence.id).state is S.TOBEPLANNED
    assert store.read(ledger.mismatches) == ()


def test_an_execution_is_open_until_it_ends(store, house, tonight):
    """P26, P47: at most one in the house; its journal is written first."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)

    execution = house.begin(sequence, steps=4)

    assert store.read(observations.open_execution) == execution
    assert len(store.read(lambda s: journal.steps(s, execution.id))) == 4
    assert house.sequence(sequence.id).state is S.EXECUTING
    ended = house.end(execution, "DONE", done=10, served_s=300.0)
    assert store.read(observations.open_execution) is None
    assert store.read(lambda s: observations.executions(s, tonight)) == (ended,)


def test_a_second_execution_is_refused_while_one_is_open(store, house, a_sequence):
    """P47: the house has one telescope."""
    first, second = house.submitted(sequences=(a_sequence(), a_sequence(name="two"))).sequences
    house.schedule(first, second)
    house.begin(first)

    with pytest.raises(IllegalTransition, match=r"execution 1\) is open"):
        house.begin(second)

    assert house.sequence(second.id).state is S.PLANNED


def test_a_routine_sequence_without_a_slot_does_not_start(store, house):
    """P26: nothing of it is left behind."""
    (sequence,) = house.submitted().sequences

    with pytest.raises(IllegalTransition):
        house.begin(sequence)

    assert store.read(observations.open_execution) is None


def test_an_alert_starts_at_once(house):
    """P47: without a slot."""
    (sequence,) = house.submitted(kind=RequestKind.ALERT, programme="alerts").sequences

    house.begin(sequence)

    assert house.sequence(sequence.id).state is S.EXECUTING


@pytest.mark.parametrize(
    ("outcome", "done", "state"),
    [
        (Outcome.DONE, 10, S.EXECUTED),
        (Outcome.DONE, 7, S.TOBEPLANNED),
        (Outcome.INTERRUPTED, 7, S.TOBEPLANNED),
        (Outcome.INTERRUPTED, 10, S.EXECUTED),
        (Outcome.FAILED, 0, S.TOBEPLANNED),
        (Outcome.FAILED, 10, S.EXECUTED),
        (Outcome.CANCELLED, 3, S.CANCELLED),
    ],
)
def test_what_becomes_of_a_sequence_follows_from_what_is_done(house, outcome, done, state):
    """Domain 2.1: enough is enough, whatever the outcome."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)

    house.end(house.begin(sequence), outcome, done=done, served_s=30.0 * done)

    assert house.sequence(sequence.id).state is state


def test_exposures_of_several_attempts_add_up(house):
    """Domain 2.1: done exposures are kept, only the rest is planned again."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)
    house.end(house.begin(sequence), "INTERRUPTED", done=6, served_s=200.0)
    house.schedule(sequence)

    execution = replace(house.begin(sequence), exposures_planned=4)
    house.end(execution, "DONE", done=4, served_s=140.0)

    stored = house.sequence(sequence.id)
    assert (stored.state, stored.served_s, stored.interruptions) == (S.EXECUTED, 340.0, 1)
    assert execution.attempt == 2


def test_a_programme_may_accept_less_than_all(store, house):
    """Domain 1: accept_fraction of the programme decides."""
    store.write(lambda s: people.save_programme(s, Programme(code="survey", accept_fraction=0.6)))
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)

    house.end(house.begin(sequence), "DONE", done=6, served_s=200.0)

    assert house.sequence(sequence.id).state is S.EXECUTED


def test_the_third_failure_rejects_a_sequence(house):
    """Domain 2.1: a sequence that kills actors is not tried for ever; it waits in between."""
    (sequence,) = house.submitted().sequences
    states = []
    for _ in range(3):
        house.schedule(sequence)
        house.end(house.begin(sequence), "FAILED")
        states.append(house.sequence(sequence.id).state)

    assert states == [S.TOBEPLANNED, S.TOBEPLANNED, S.REJECTED]
    assert house.sequence(sequence.id).not_before == house.now + timedelta(seconds=600)


def test_an_execution_that_has_ended_stays_as_it_ended(store, house):
    """Domain 2.1: a repeat after a crash writes nothing."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)
    execution = house.begin(sequence)
    ended = house.end(execution, "DONE", done=10, served_s=300.0)

    again = house.end(execution, "FAILED")

    assert again == ended
    assert house.sequence(sequence.id).state is S.EXECUTED


def test_reserved_ids_of_execution_and_steps_are_kept(store, house, tonight):
    """P47: the hot path knows them before the rows are there."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)
    execution = Execution(id=41, sequence_id=sequence.id, night=tonight, start=house.now)
    steps = [PlanStep(id=70, n=0, kind=StepKind.SLEW), PlanStep(n=1, kind=StepKind.EXPOSE)]

    opened, written = store.write(lambda s: observations.begin_execution(s, execution, steps))

    assert opened.id == 41
    assert written[0].id == 70
    assert written[1].id != 70
