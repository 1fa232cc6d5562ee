"""An alert takes the telescope: its slew first, then the end of what it interrupts."""

from __future__ import annotations

from pyros.actors import tree
from pyros.actors.observation.plan import YIELD_S
from pyros.domain.devices.operation import OpState
from pyros.domain.execution import Outcome, StepState
from pyros.messages import events


def alert_slew(house):
    """Send a burst; return its slew as soon as it is ordered."""
    house.tell(tree.ALERTS, house.burst())
    house.run_until(lambda: any(one.alert_id for one in house.of(events.SlewStarted)), 10.0)
    return next(one for one in house.of(events.SlewStarted) if one.alert_id)


def alert_begun(house):
    return [one for one in house.of(events.ExecutionStarted) if one.execution.alert_id]


def test_what_an_alert_interrupts_aborts_its_exposures_after_the_slew_is_ordered(house):
    """P47, B9: nothing is done for the old plan before the new one has its telescope."""
    slew = alert_slew(house)
    ended = house.until_ended("first", Outcome.INTERRUPTED)

    aborted = house.of(events.OperationEnded, state=OpState.ABORTED)
    assert {one.device for one in aborted} == {"camera-vis", "camera-nir"}
    assert min(one.at for one in aborted) > slew.at
    steps = house.steps(ended.execution)
    assert {one.state for one in steps} <= {StepState.DONE, StepState.ABORTED, StepState.SKIPPED}
    assert max(one.started_at for one in steps if one.started_at) < slew.at
    house.assert_sound()


def test_an_alerts_rows_follow_the_end_of_what_it_interrupts(house):
    """P47: one execution is open at a time; the second is written once, without a try before."""
    alert_slew(house)
    house.run_until(lambda: bool(alert_begun(house)), 60.0)

    ended = house.until_ended("first", Outcome.INTERRUPTED)
    begun = alert_begun(house)
    assert len(begun) == 1
    assert house.events.index(ended) < house.events.index(begun[0])
    house.assert_sound()


def test_a_plan_killed_while_it_yields_is_settled_and_the_alert_is_observed(house):
    """P47, S89: the old plan's death is its end; the alert's rows do not wait for more."""
    old = house.plan
    slew = alert_slew(house)
    assert (house.now - slew.at).total_seconds() < YIELD_S
    house.kill(old)

    house.run_until(lambda: bool(alert_begun(house)), 60.0)

    ended = [one for one in house.of(events.ExecutionEnded) if one.execution.name == "first"]
    assert len(ended) == 1
    assert ended[0].outcome is not Outcome.DONE
    house.assert_sound()
