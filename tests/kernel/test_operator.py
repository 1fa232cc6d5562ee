"""What a person may do to one actor, and what the tree then tells of it."""

from __future__ import annotations

import pytest

from pyros.errors import Refused
from pyros.kernel.lifecycle import ChildDown, ChildUp, HungDetected, SystemPauseRequested
from pyros.kernel.ref import NotRunning
from pyros.kernel.spec import Backoff, Restart, RestartIntensity, Strategy
from pyros.kernel.supervisor import supervisor

NONE_FREE = RestartIntensity(max_restarts=0)
SLOW = Backoff(min_s=8.0, max_s=8.0, jitter=0.0)


def test_an_actor_restarted_by_order_ends_cleanly_and_is_charged_to_nobody(world):
    """In a supervisor that allows no restart at all."""
    world.run(supervisor("s", [world.part("a"), world.part("b")], intensity=NONE_FREE))
    world.lives()

    world.system.restart("/s/a")
    world.settle()

    assert world.lives() == [("stopped", "a", 1), ("started", "a", 2)]
    assert [(e.kind, e.incarnation) for e in world.events(ChildDown)] == [("shutdown", 1)]
    assert world.status("/s/a").state == "running"
    assert world.status("/s/a").last_failure is None


def test_those_that_start_after_it_are_restarted_with_it(world):
    """S20: as its supervisor's strategy says, in reverse and in order."""
    parts = [world.part(name) for name in "abc"]
    world.run(supervisor("s", parts, strategy=Strategy.REST_FOR_ONE))
    world.lives()

    world.system.restart("/s/b")
    world.settle()

    assert [(word, name) for word, name, _ in world.lives()] == [
        ("stopped", "c"),
        ("stopped", "b"),
        ("started", "b"),
        ("started", "c"),
    ]


def test_a_blocking_actor_asks_for_a_pause_before_it_is_restarted(world):
    """S33."""
    world.run(supervisor("s", [world.part("a", blocking=True)]))

    world.system.restart("/s/a")
    world.settle()

    told = [type(event) for event in world.events(path="/s/a")]
    assert told == [ChildUp, SystemPauseRequested, ChildDown, ChildUp]


def test_a_restart_by_order_does_not_wait_for_the_backoff(world):
    """S83: nor does the try that was set come in addition."""
    world.run(supervisor("s", [world.part("a", optional=True, backoff=SLOW)]))
    world.fail("/s/a")
    assert world.status("/s/a").state == "restarting"

    world.system.restart("/s/a")
    world.settle()
    world.advance(20.0)

    assert world.status("/s/a").incarnation == 2
    assert world.status("/s/a").state == "running"


def test_all_that_wait_for_one_try_are_started_by_the_order_for_one(world):
    backing_off = world.part("a", optional=True, backoff=SLOW)
    parts = [backing_off, world.part("b")]
    world.run(supervisor("s", parts, strategy=Strategy.REST_FOR_ONE))
    world.fail("/s/a")

    world.system.restart("/s/a")
    world.settle()

    assert {world.status(path).state for path in ("/s/a", "/s/b")} == {"running"}


def test_one_that_does_not_start_again_is_tried_as_after_any_failure(world):
    """S27: with its backoff, and with the reason on the tree."""

    def fail_once(part):
        if part.context.incarnation == 2:
            raise OSError("no such port")

    part = world.part("a", optional=True, backoff=SLOW, hooks={"on_start": fail_once})
    world.run(supervisor("s", [part]))

    world.system.restart("/s/a")
    world.settle()

    assert world.status("/s/a").state == "restarting"
    assert world.status("/s/a").last_failure.reason == "OSError: no such port"
    world.advance(9.0)
    assert world.status("/s/a").incarnation == 3


def test_a_temporary_child_is_left_alone(world):
    """S16."""
    world.run(supervisor("s", [world.part("a", restart=Restart.TEMPORARY)]))
    world.lives()

    world.system.restart("/s/a")
    world.settle()

    assert world.lives() == []


@pytest.mark.parametrize("path", ["/", "/nobody", "/s/a/below"])
def test_who_has_no_supervisor_cannot_be_restarted(world, path):
    """Nobody is told anything that he does not understand."""
    world.run(supervisor("s", [world.part("a")]))

    with pytest.raises(Refused, match="no supervisor"):
        world.system.restart(path)

    assert world.events(ChildDown) == []


def test_an_order_for_a_supervisor_that_is_away_says_so(world):
    """S63."""
    backing_off = supervisor("s", [world.part("a")], optional=True, backoff=SLOW)
    world.run(backing_off)
    world.system.kill("/s")
    world.settle()

    with pytest.raises(NotRunning):
        world.system.restart("/s/a")


def test_a_hang_by_order_lasts_longer_than_the_watchdogs_patience(sim_world):
    """S70, S76: the next incarnation comes, and what hung ends by itself."""
    world = sim_world
    world.run(supervisor("s", [world.part("a", budget_s=4.0)]))

    for_s = world.system.hang("/s/a", over_s=10.0)
    world.advance(5.0)

    assert for_s == 14.0
    assert [event.busy_s >= 4.0 for event in world.events(HungDetected)] == [True]
    assert world.incarnation("/s/a") == 2
    assert world.system.abandoned == ("/s/a#1",)
    world.advance(10.0)
    assert world.system.abandoned == ()


@pytest.mark.realtime
def test_a_thread_hung_by_order_ends_by_itself(thread_world):
    """S70: with a real thread and the real watchdog."""
    world = thread_world
    world.run(supervisor("s", [world.part("a", budget_s=0.05)]), scan_s=0.02)

    world.system.hang("/s/a", over_s=0.2)
    world.until(lambda: world.events(ChildUp, path="/s/a")[-1].incarnation == 2)

    assert world.status("/s/a").last_failure.kind == "hung"
    assert "wait" in world.status("/s/a").last_failure.traceback
    world.until(lambda: not world.system.abandoned)


def test_a_system_without_a_plan_of_faults_hangs_nobody(world):
    world.run(world.part("a"), faults=None)

    with pytest.raises(Refused, match="without a fault plan"):
        world.system.hang("/a")


def test_the_last_failure_stays_on_the_tree_with_its_traceback(world):
    """S11: over later restarts by order, and over a restart of the supervisor itself."""
    world.run(supervisor("s", [world.part("a")]))
    world.fail("/s/a", OSError("link lost"))
    world.system.restart("/s/a")
    world.settle()
    world.system.restart("/s")
    world.settle()

    row = world.status("/s/a")

    assert (row.state, row.last_failure.kind) == ("running", "failed")
    assert row.last_failure.reason == "OSError: link lost"
    assert row.last_failure.at == world.clock.utc()
    assert "raise error" in row.last_failure.traceback


def test_a_child_in_backoff_says_when_it_is_tried_again(world):
    """S83: and no longer once it is up."""
    world.run(supervisor("s", [world.part("a", optional=True, backoff=SLOW)]))
    world.fail("/s/a")

    wait_s = (world.status("/s/a").next_try - world.clock.utc()).total_seconds()
    assert wait_s == 8.0

    world.advance(9.0)
    assert world.status("/s/a").next_try is None


def test_the_tree_says_what_is_in_work_and_how_long_it_may_take(sim_world):
    """S11."""
    world = sim_world
    world.run(supervisor("s", [world.part("a", budget_s=4.0)]))
    assert (world.status("/s/a").handling, world.status("/s/a").budget_s) == ("", 4.0)

    world.system.hang("/s/a")
    world.advance(2.0)

    row = world.status("/s/a")
    assert (row.handling, row.busy_s, row.budget_s) == ("Struck", 2.0, 4.0)
