"""Death watch (S66 to S69)."""

from __future__ import annotations

import pytest

from pyros.kernel.dynamic import dynamic
from pyros.kernel.signals import Terminated
from pyros.kernel.spec import Restart, RestartIntensity
from pyros.kernel.supervisor import StartChild, TerminateChild, supervisor


def watch(world, *paths):
    for path in paths:
        world.do("/watcher", lambda actor, path=path: actor.context.watch(path))


def told(world):
    world.settle()
    got = world.do("/watcher", lambda actor: actor.got)
    return [message.path for message in got if isinstance(message, Terminated)]


def test_each_watcher_is_told_once_when_one_is_gone_for_good(world):
    """S66."""
    unit = supervisor("s", [world.part("a", restart=Restart.TEMPORARY)])
    world.run(unit, world.part("watcher"), world.part("other"))
    watch(world, "/s/a", "/s/a")
    world.do("/other", lambda actor: actor.context.watch("/s/a"))

    world.fail("/s/a")

    assert told(world) == ["/s/a"]
    message = world.do("/other", lambda actor: actor.got)[0]
    assert (message.path, message.incarnation) == ("/s/a", 1)
    assert "boom" in message.reason


def test_a_restart_is_no_death(world):
    """S66."""
    world.run(supervisor("s", [world.part("a")]), world.part("watcher"))
    watch(world, "/s/a")

    world.fail("/s/a")

    assert told(world) == []
    world.system.address("/s").ask(TerminateChild("a"))
    assert told(world) == ["/s/a"]


def test_one_that_nobody_is_is_gone_already(world):
    """S66."""
    world.run(world.part("watcher"))

    watch(world, "/nobody")

    assert told(world) == ["/nobody"]


def test_children_of_a_dynamic_supervisor_that_fails_are_gone_for_good(world):
    """S66."""
    never = RestartIntensity(max_restarts=0)
    world.run(supervisor("top", [dynamic("s", intensity=never)]), world.part("watcher"))
    for name in ("a", "b"):
        world.system.address("/top/s").ask(StartChild(world.part(name)))
    watch(world, "/top/s/b", "/top/s")

    world.fail("/top/s/a")

    assert told(world) == ["/top/s/b"]


def test_all_below_one_that_is_gone_are_gone(world):
    """S66."""
    world.run(supervisor("top", [supervisor("s", [world.part("a")])]), world.part("watcher"))
    watch(world, "/top/s/a")

    world.system.address("/top").ask(TerminateChild("s"))

    assert told(world) == ["/top/s/a"]


def test_who_watches_no_more_is_told_nothing(world):
    """S67."""
    world.run(supervisor("s", [world.part("a", restart=Restart.TEMPORARY)]), world.part("watcher"))
    watch(world, "/s/a")

    world.do("/watcher", lambda actor: actor.context.unwatch("/s/a"))
    world.fail("/s/a")

    assert told(world) == []


@pytest.mark.parametrize("end", ["fail", "stop"])
def test_watchers_that_end_are_pruned(world, end):
    """S68."""
    world.run(supervisor("s", [world.part("a")]), world.part("watcher"))
    watch(world, "/s/a")

    if end == "fail":
        world.fail("/watcher")
    else:
        world.tell("/watcher", lambda actor: actor.stop())
        world.settle()

    assert world.system.services.deathwatch.watchers("/s/a") == 0


def test_one_made_anew_at_the_same_path_can_be_watched_anew(world):
    """S69."""
    world.run(dynamic("s"), world.part("watcher"))
    for _ in range(2):
        part = world.part("a", restart=Restart.TEMPORARY)
        world.system.address("/s").ask(StartChild(part))
        watch(world, "/s/a")
        world.fail("/s/a")

    assert told(world) == ["/s/a", "/s/a"]
