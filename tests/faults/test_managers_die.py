"""A manager dies while a sequence is exposed: the exposure goes on, and so does the night."""

from __future__ import annotations

import pytest
from builders.house import WHOLE

from pyros.actors import tree
from pyros.domain.execution import Outcome, StepState
from pyros.domain.request import SequenceState
from pyros.kernel.lifecycle import ChildDown, ChildUp
from pyros.kernel.testing.faults import Kill, StartFault
from pyros.messages import events
from pyros.messages.commands import PauseObserving, Reschedule, ResumeObserving

TREE_OF_THE_NIGHT = "/night*"


def survived(house, key):
    """The exposure that was under way came to its end, in the one execution of its sequence."""
    house.until_ended("first")
    assert [one.outcome for one in house.executions("first")] == [Outcome.DONE]
    assert house.frames("first") == WHOLE
    assert key in {image.exposure_key for image in house.raw("first")}


def exposed(house):
    """Return the key of the exposure under way."""
    return house.snapshot("camera-vis").op.key


@pytest.mark.parametrize(
    "path", [tree.SCHEDULER, tree.MAJORDOME, tree.OBSERVATION, tree.MONITORING, tree.ANALYZER]
)
def test_the_exposure_under_way_survives_the_death_of_a(house, path):
    """S88, B3, B13: no hold that shuts, no second exposure; the next slot starts."""
    key, struck = exposed(house), house.now
    house.kill(path)
    house.run_for(2.0)
    house.run_until(lambda: house.incarnation(path) == 2, 60.0)
    survived(house, key)
    shut = [one for one in house.of(events.OperationEnded, device="dome") if one.at > struck]
    assert shut == []
    house.until_ended("second")
    house.assert_sound()


def test_a_scheduler_killed_by_its_first_order_is_ordered_again(a_house):
    """P45, P50, S13: an order that died with its scheduler is given anew; the night is planned."""
    house = a_house()
    for nth in (1, 2):
        house.plan_of_faults.add(Kill(tree.SCHEDULER, message=Reschedule, nth=nth))
    house.until_ended("first")
    assert house.incarnation(tree.SCHEDULER) == 3
    house.assert_sound()


def test_a_majordome_is_succeeded_within_the_permit_of_the_dome(house):
    """P49, B6: its successor renews the permit; the dome stays open, the night goes on."""
    house.kill(tree.MAJORDOME)
    house.run_for(20.0)
    assert house.status("dome").permit_s > 0.0
    assert house.dome == "open"
    house.until_ended("second")
    assert house.dome == "open"
    house.assert_sound()


def test_an_operators_hold_outlives_the_majordome_and_only_resume_lifts_it(house):
    """P20, P50, S34, S86: holds are restored; what was paused stays so until it is resumed."""
    house.tell(tree.MAJORDOME, PauseObserving(at=house.now, ordered_by="ada"))
    house.run_until(lambda: house.house.running is None, 120.0)
    house.kill(tree.MAJORDOME)
    house.run_for(60.0)
    assert house.holds == {"operator"}
    house.tell(tree.MAJORDOME, ResumeObserving(at=house.now, ordered_by="ada"))
    house.until_ended("first")
    assert house.frames("first") == WHOLE
    house.assert_sound()


def test_a_majordome_killed_while_it_starts_a_sequence_starts_it_once(a_house):
    """S89: whether the order left before its death or not, the sequence is executed once."""
    house = a_house()
    house.until_observing()
    house.run_until(lambda: bool(house.of(events.SlewStarted)))
    house.kill(tree.MAJORDOME)
    house.until_ended("first")
    assert [one.outcome for one in house.executions("first")] == [Outcome.DONE]
    house.until_ended("second")
    house.assert_sound()


def test_observation_takes_over_the_plan_of_its_predecessor(house):
    """S88: the plan is the same actor before and after; an abort still reaches it."""
    plan = house.plan
    house.kill(tree.OBSERVATION)
    house.run_for(5.0)
    assert house.plan == plan
    house.tell(tree.MAJORDOME, PauseObserving(at=house.now, ordered_by="ada"))
    house.until_ended("first", Outcome.INTERRUPTED, 120.0)
    assert house.sequence("first").state is SequenceState.TOBEPLANNED
    house.assert_sound()


def settled_once(house, since):
    """One execution ended, and each of its steps has an end and says why (S88, S89)."""
    ended = [one for one in house.of(events.ExecutionEnded) if one.at >= since]
    assert len(ended) == 1
    (execution,) = [one for one in house.executions("first") if one.end is not None]
    assert execution.id == ended[0].execution.id
    for step in house.steps(execution):
        assert step.state in {
            StepState.DONE,
            StepState.ABORTED,
            StepState.SKIPPED,
            StepState.FAILED,
        }
        if step.state in {StepState.ABORTED, StepState.SKIPPED}:
            assert step.decision
    return ended[0]


def test_a_killed_plan_is_told_once_and_its_sequence_planned_again(house):
    """S88, S89, P50: interrupted once; the exposure that nobody waits for is made anew."""
    struck = house.now
    house.kill(house.plan)
    house.run_for(1.0)
    assert settled_once(house, struck).outcome is Outcome.INTERRUPTED
    assert house.sequence("first").interruptions == 1
    house.until_ended("first")
    assert house.frames("first") == WHOLE
    house.assert_sound()


def test_a_sequence_that_kills_its_plans_is_given_up(house):
    """S88, S89: from the second death on it counts as failed; the third failure rejects it."""
    for outcome in (Outcome.INTERRUPTED, *[Outcome.FAILED] * 3):
        house.until_exposing()
        tries = len(house.executions("first"))
        house.kill(house.plan)
        house.run_for(1.0)
        assert [one.outcome for one in house.executions("first")][tries - 1] is outcome
    assert house.sequence("first").state is SequenceState.REJECTED
    house.assert_sound()


def test_plans_that_die_at_once_are_not_the_end_of_the_night(a_house):
    """S08, S89: an actor that cannot be made costs its slot; the next try is made."""
    house = a_house()
    for nth in (1, 2):
        house.plan_of_faults.add(StartFault(f"{tree.PLANS}/*", nth=nth))
    house.until_ended("first")
    house.until_ended("second")
    house.assert_sound()


def test_when_the_plans_supervisor_dies_observation_starts_after_it(house):
    """S20, S88, S89: the running plan ends with it and is settled by the next observation."""
    struck = house.now
    house.kill(tree.PLANS)
    house.run_for(2.0)
    assert house.incarnation(tree.OBSERVATION) == 2
    assert settled_once(house, struck).outcome is Outcome.INTERRUPTED
    house.until_ended("first")
    assert house.frames("first") == WHOLE
    house.assert_sound()


def test_the_whole_night_branch_dies_and_the_always_on_never_notices(house):
    """P49, B7, S28: its supervisors come back in order; web, alerts, monitoring are untouched."""
    house.kill("/night")
    house.run_until(lambda: house.incarnation(tree.MAJORDOME) > 1, 120.0)
    assert house.incarnation(tree.MONITORING) == 1
    assert house.incarnation(tree.ALERTS) == 1
    house.until_ended("second")
    house.assert_sound()


def test_every_manager_dies_in_turn_and_the_night_goes_on(house):
    """B13, S98: kills of each class, in one night; nothing is exposed twice."""
    for path in (
        tree.WRITER,
        tree.MONITORING,
        tree.ALERTS,
        tree.ANALYZER,
        tree.OBSERVATION,
        tree.SCHEDULER,
        tree.MAJORDOME,
    ):
        house.kill(path)
        house.run_for(25.0)
        assert house.one(path).state == "running"
    house.until_ended("second")
    ups = {one.path for one in house.of(ChildUp) if one.incarnation > 1}
    assert {one.path for one in house.of(ChildDown) if one.kind == "killed"} <= ups
    house.assert_sound()
