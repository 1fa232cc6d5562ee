"""Children of a running supervisor (S08 to S11)."""

from __future__ import annotations

import pytest

from pyros.kernel.child import ChildState
from pyros.kernel.nursery import IGNORE, StartFailed
from pyros.kernel.spec import Backoff, ChildSpec, RestartIntensity
from pyros.kernel.supervisor import (
    AlreadyRunning,
    CountChildren,
    StartChild,
    TerminateChild,
    WhichChildren,
    supervisor,
)


def broken(_):
    raise OSError("no such port")


def test_start_child_returns_when_it_is_up_or_raises_why_not(world):
    """S08."""
    world.run(supervisor("s", [], intensity=RestartIntensity(max_restarts=0)))
    boss = world.system.address("/s")

    address = boss.ask(StartChild(world.part("a")))
    with pytest.raises(StartFailed, match="no such port") as caught:
        boss.ask(StartChild(world.part("b", hooks={"on_start": broken})))

    assert address == world.system.address("/s/a")
    assert world.lives("a") == [("started", "a", 1)]
    assert isinstance(caught.value.__cause__, OSError)
    assert [info.id for info in boss.ask(WhichChildren())] == ["a"]
    assert world.status("/s").incarnation == 1


def test_start_child_of_a_running_id_is_refused_with_its_address(world):
    """S09."""
    world.run(supervisor("s", [world.part("a")]))

    with pytest.raises(AlreadyRunning) as caught:
        world.system.address("/s").ask(StartChild(world.part("a")))

    assert caught.value.address.path == "/s/a"
    assert world.incarnation("/s/a") == 1
    assert world.lives(words=("made",)) == [("made", "a", 1)]


def test_a_factory_may_say_not_today(world):
    """S10."""
    spec = ChildSpec(id="a", factory=lambda: IGNORE)

    world.run(supervisor("s", [spec, world.part("b")]))

    children = world.system.address("/s").ask(WhichChildren())
    assert [(info.id, info.state) for info in children] == [
        ("a", ChildState.STOPPED),
        ("b", ChildState.RUNNING),
    ]


def test_a_child_is_seen_in_each_state_of_its_life(world):
    """S11."""
    seen = []

    def look(actor):
        seen.append(world.status(actor.context.path).state)

    wait = Backoff(min_s=8.0, max_s=8.0)
    looks = {"on_start": look, "on_stop": look}
    world.run(supervisor("s", [world.part("a", hooks=looks, optional=True, backoff=wait)]))
    boss = world.system.address("/s")

    def listed():
        (child,) = boss.ask(WhichChildren())
        return child.state

    seen.append(listed())
    world.fail("/s/a")
    seen.append(listed())
    world.advance(10.0)
    boss.ask(TerminateChild("a"))
    seen.append(listed())

    assert seen == ["starting", "running", "restarting", "starting", "stopping", "stopped"]


def test_a_supervisor_lists_its_children_and_counts_them_alike(world):
    """S11."""
    world.run(supervisor("s", [world.part("a"), supervisor("t", [world.part("c")])]))
    world.fail("/s/a")
    boss = world.system.address("/s")

    children, count = boss.ask(WhichChildren()), boss.ask(CountChildren())

    a = children[0]
    assert (a.id, a.state, a.incarnation, a.restarts) == ("a", ChildState.RUNNING, 2, 1)
    assert "boom" in a.last_reason
    assert count.specs == len(children) == 2
    assert count.active == sum(info.state is ChildState.RUNNING for info in children) == 2
    assert count.supervisors == 1
