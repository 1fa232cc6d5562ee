"""Pauses, and what goes on without one (S33 to S35)."""

from __future__ import annotations

import pytest

from pyros.kernel.clock import SystemClock
from pyros.kernel.lifecycle import (
    ChildUp,
    Degraded,
    SystemPauseRequested,
)
from pyros.kernel.spec import Backoff, RestartIntensity, Strategy
from pyros.kernel.supervisor import supervisor

NEVER = RestartIntensity(max_restarts=0)


def test_an_optional_actor_of_the_root_that_dies_asks_for_no_safe_state(world):
    """S35: one that only computes (the analyzer) is no branch that keeps the house safe."""
    safe = []
    world.run(
        world.part("a"),
        world.part("analyzer", optional=True, backoff=Backoff(min_s=1.0, max_s=30.0, jitter=0.0)),
        safe_state=safe.append,
    )

    world.fail("/analyzer")
    world.advance(2.0)

    assert [event.path for event in world.events(Degraded)] == ["/analyzer"]
    assert world.incarnation("/analyzer") == 2
    assert safe == []


def test_a_blocking_device_asks_for_a_pause_before_anybody_waits(world):
    """S33: the request leaves before the group is stopped."""
    seen = []

    def look(_):
        seen.append([event.path for event in world.events(SystemPauseRequested)])

    unit = supervisor(
        "s",
        [world.part("mount", blocking=True), world.part("dome", hooks={"on_stop": look})],
        strategy=Strategy.ONE_FOR_ALL,
    )
    world.run(unit)

    world.fail("/s/mount", OSError("link lost"))

    assert seen == [["/s/mount"]]
    request = world.events(SystemPauseRequested)[0]
    assert request.reason == "OSError: link lost"
    order = [type(event).__name__ for event in world.events(path="/s/mount")]
    assert order == ["ChildUp", "ChildDown", "SystemPauseRequested", "ChildUp"]


@pytest.mark.realtime
def test_the_pause_is_asked_for_within_fifty_milliseconds(thread_world, failing):
    """S33: the best of five, since other work on the machine may delay any one."""
    world = thread_world
    unit = supervisor(
        "s", [world.part("mount", blocking=True)], intensity=RestartIntensity(max_restarts=9)
    )
    world.run(unit)
    clock, spans = SystemClock(), []

    for count in range(1, 6):
        began = clock.monotonic()
        world.tell("/s/mount", failing(ValueError("boom")))
        world.until(lambda: len(world.events(SystemPauseRequested)) == count)  # noqa: B023
        spans.append(clock.monotonic() - began)
        world.settle()

    assert min(spans) <= 0.05


def test_each_blocking_device_that_goes_down_asks_for_itself(world):
    """S34: two requests with a reason each; not one flag."""
    parts = [world.part(name, blocking=True) for name in ("mount", "plc")]
    world.run(supervisor("s", parts))

    world.fail("/s/plc", OSError("link lost"))
    world.fail("/s/mount", OSError("no answer"))

    assert [(event.path, event.reason) for event in world.events(SystemPauseRequested)] == [
        ("/s/plc", "OSError: link lost"),
        ("/s/mount", "OSError: no answer"),
    ]


def test_blocking_children_of_a_supervisor_that_gives_up_ask_for_a_pause(world):
    """S33."""
    unit = supervisor("s", [world.part("plc", blocking=True), world.part("b")], intensity=NEVER)
    world.run(supervisor("top", [unit]))

    world.fail("/top/s/b")

    assert [event.path for event in world.events(SystemPauseRequested)] == ["/top/s/plc"]


def test_an_orderly_stop_asks_for_no_pause(world):
    """S33."""
    world.run(supervisor("s", [world.part("plc", blocking=True)]))

    world.system.stop()

    assert world.events(SystemPauseRequested) == []


def test_a_device_that_is_not_blocking_restarts_without_a_pause(world):
    """S35."""
    world.run(supervisor("s", [world.part("a")]))

    world.fail("/s/a")

    assert world.events(SystemPauseRequested) == []
    assert world.incarnation("/s/a") == 2


def test_an_optional_branch_that_gives_up_leaves_the_rest_running_and_says_so(world):
    """S35, S83: it is tried again after its backoff, and the root is not charged."""
    safe = []
    backoff = Backoff(min_s=1.0, max_s=30.0, jitter=0.0)
    branch = supervisor(
        "devices", [world.part("a")], intensity=NEVER, optional=True, backoff=backoff
    )
    world.run(world.part("web"), branch, safe_state=safe.append)

    for _ in range(6):
        world.fail("/devices/a")
        assert world.status("/devices").state == "restarting"
        world.do("/web", lambda _: "alive")
        world.advance(64.0)

    degraded = world.events(Degraded)
    assert [event.path for event in degraded] == ["/devices"] * 6
    assert world.incarnation("/web") == 1
    assert world.incarnation("/devices/a") == 7
    assert len(safe) == 6
    assert world.events(ChildUp, path="/devices")[-1].incarnation == 7
