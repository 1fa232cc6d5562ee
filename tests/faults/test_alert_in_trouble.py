"""An alert comes while something dies: it is observed, once."""

from __future__ import annotations

from datetime import timedelta

from builders.house import WHOLE

from pyros.actors import tree
from pyros.domain.alert import Packet
from pyros.domain.execution import Outcome
from pyros.kernel.testing.faults import Kill
from pyros.messages import events
from pyros.messages.commands import StartSequence
from pyros.store import alerts
from pyros.store.writer import Write


def followed(house):
    """The burst is one alert with one request, slewed to and observed to its end."""
    house.run_until(lambda: any(one.alert_id for one in house.of(events.SlewStarted)), 300.0)
    house.run_until(
        lambda: any(
            one.execution.alert_id and one.outcome is Outcome.DONE
            for one in house.of(events.ExecutionEnded)
        ),
        7200.0,
    )
    since = house.now - timedelta(days=1)
    assert len(house.store.read(lambda session: alerts.alerts(session, since))) == 1


def test_an_intake_that_dies_of_a_packet_takes_it_up_from_the_spool(house):
    """P36, P47, B9, B13: what was acknowledged is on disk; its successor follows the burst."""
    packet = house.burst()
    house.plan_of_faults.add(Kill(tree.ALERTS, message=Packet))
    house.tell(tree.ALERTS, packet)
    house.run_for(1.0)
    assert house.incarnation(tree.ALERTS) == 2
    followed(house)
    house.until_ended("first")
    assert house.frames("first") == WHOLE
    house.assert_sound()


def test_an_intake_killed_after_a_burst_was_accepted_observes_it_once(house):
    """P47, B9: its rows are there or on their way; the successor makes no second alert."""
    house.tell(tree.ALERTS, house.burst())
    house.run_until(lambda: bool(house.of(events.AlertAccepted)), 10.0)
    house.kill(tree.ALERTS)
    followed(house)
    house.assert_sound()


def test_an_alert_waits_for_a_dead_majordome_and_is_served_by_its_successor(house):
    """P47, B9: an alert that meets nobody is not lost: it is planned, if not at once."""
    house.kill(tree.MAJORDOME)
    house.tell(tree.ALERTS, house.burst())
    followed(house)
    house.assert_sound()


def test_a_store_writer_that_dies_of_an_alerts_rows_loses_none(house):
    """P47, S61: the slew does not wait for the rows; the rows come, and the images after them."""
    house.plan_of_faults.add(Kill(tree.WRITER, message=Write, nth=None, incarnation=1))
    house.tell(tree.ALERTS, house.burst())
    followed(house)
    assert house.incarnation(tree.WRITER) == 2
    house.assert_sound()


def test_an_alert_whose_start_died_with_observation_is_planned(house):
    """P47, B9: the order that nobody carried out is given anew by the next schedule."""
    house.plan_of_faults.add(Kill(tree.OBSERVATION, message=StartSequence))
    house.tell(tree.ALERTS, house.burst())
    house.run_for(2.0)
    assert house.incarnation(tree.OBSERVATION) == 2
    followed(house)
    house.assert_sound()
