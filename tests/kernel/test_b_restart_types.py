"""Restart types (S12 to S17)."""

from __future__ import annotations

import gc
import weakref

import pytest

from pyros.kernel.cell import ExitKind
from pyros.kernel.child import ChildState
from pyros.kernel.dynamic import dynamic
from pyros.kernel.ref import ActorDead
from pyros.kernel.spec import ChildSpec, Restart, RestartIntensity, comes_back
from pyros.kernel.supervisor import (
    AlreadyRunning,
    DeleteChild,
    NotFound,
    RestartChild,
    StartChild,
    TerminateChild,
    WhichChildren,
    supervisor,
)

SCAN_S = 0.02
IN_ORDER = {ExitKind.NORMAL, ExitKind.SHUTDOWN}


def end_normally(world, path):
    world.tell(path, lambda actor: actor.stop())
    world.settle()


def states(world):
    children = world.system.address("/s").ask(WhichChildren())
    return {info.id: (info.state, info.incarnation) for info in children}


@pytest.mark.parametrize("kind", list(ExitKind))
def test_which_end_is_followed_by_a_restart(kind):
    """S12-S16: as one table."""
    spec = {each: ChildSpec(id="a", factory=lambda: None, restart=each) for each in Restart}

    assert comes_back(spec[Restart.PERMANENT], kind)
    assert comes_back(spec[Restart.TRANSIENT], kind) == (kind not in IN_ORDER)
    assert not comes_back(spec[Restart.TEMPORARY], kind)


def test_a_permanent_child_is_restarted_after_any_end(world):
    """S12, S13."""
    world.run(supervisor("s", [world.part("a")]))

    end_normally(world, "/s/a")
    assert world.incarnation("/s/a") == 2

    world.fail("/s/a")
    assert world.incarnation("/s/a") == 3


def test_a_transient_child_that_ends_normally_stays_down_and_can_be_restarted(world):
    """S14."""
    world.run(supervisor("s", [world.part("a", restart=Restart.TRANSIENT)]))

    end_normally(world, "/s/a")

    assert states(world) == {"a": (ChildState.STOPPED, 1)}
    with pytest.raises(ActorDead):
        world.system.address("/s/a").tell("x")
    address = world.system.address("/s").ask(RestartChild("a"))
    assert address.path == "/s/a"
    assert world.incarnation("/s/a") == 2


def test_a_transient_child_that_fails_is_restarted(world):
    """S15."""
    world.run(supervisor("s", [world.part("a", restart=Restart.TRANSIENT)]))

    world.fail("/s/a")

    assert world.incarnation("/s/a") == 2


@pytest.mark.realtime
def test_a_transient_child_that_hangs_is_restarted(world):
    """S15."""
    part = world.part("a", restart=Restart.TRANSIENT, budget_s=0.25)
    world.run(supervisor("s", [part]), scan_s=SCAN_S)

    world.hang("/s/a")

    assert world.incarnation("/s/a") == 2


@pytest.mark.realtime
@pytest.mark.parametrize("end", ["fails", "ends", "hangs"])
def test_a_temporary_child_is_never_restarted_and_its_spec_is_forgotten(world, end):
    """S16."""
    part = world.part("a", restart=Restart.TEMPORARY, budget_s=0.25)
    world.run(supervisor("s", [part, world.part("b")]), scan_s=SCAN_S)

    if end == "fails":
        world.fail("/s/a")
    elif end == "hangs":
        world.hang("/s/a")
    else:
        end_normally(world, "/s/a")

    assert states(world) == {"b": (ChildState.RUNNING, 1)}
    with pytest.raises(NotFound):
        world.system.address("/s").ask(RestartChild("a"))


class Burst:
    """What a plan was made for."""


def test_what_a_temporary_child_was_made_of_is_forgotten(thread_world):
    """S16: a night starts hundreds of them, and none of their arguments is kept."""
    world = thread_world
    world.run(dynamic("s"))

    def run_one(name):
        burst = Burst()
        hooks = {"on_start": lambda _, kept=burst: None}
        spec = world.part(name, hooks=hooks, restart=Restart.TEMPORARY)
        world.system.address("/s").ask(StartChild(spec))
        return weakref.ref(burst)

    burst = run_one("a")
    assert burst() is not None
    end_normally(world, "/s/a")

    gc.collect()
    assert burst() is None


def test_a_terminated_child_stays_down_and_costs_nothing(world):
    """S17."""
    world.run(supervisor("s", [world.part("a")], intensity=RestartIntensity(max_restarts=0)))
    boss = world.system.address("/s")

    assert boss.ask(TerminateChild("a")) is True

    assert states(world) == {"a": (ChildState.STOPPED, 1)}
    assert boss.ask(TerminateChild("a")) is True
    assert world.status("/s").incarnation == 1
    assert boss.ask(DeleteChild("a")) is True
    assert states(world) == {}


def test_a_running_child_can_be_neither_deleted_nor_restarted(world):
    """S17."""
    world.run(supervisor("s", [world.part("a")]))
    boss = world.system.address("/s")

    for request in (DeleteChild("a"), RestartChild("a")):
        with pytest.raises(AlreadyRunning):
            boss.ask(request)

    assert world.incarnation("/s/a") == 1


def test_an_unknown_id_is_not_found(world):
    """S17."""
    world.run(supervisor("s", [world.part("a")]))

    for request in (TerminateChild("z"), DeleteChild("z"), RestartChild("z")):
        with pytest.raises(NotFound, match="'z'"):
            world.system.address("/s").ask(request)
