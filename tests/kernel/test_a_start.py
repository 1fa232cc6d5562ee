"""Specs and start (S01 to S07)."""

from __future__ import annotations

import threading

import pykka
import pytest

from pyros.kernel.cell import ExitKind
from pyros.kernel.lifecycle import ChildDown, ChildUp
from pyros.kernel.nursery import StartFailed
from pyros.kernel.ref import ActorDead
from pyros.kernel.spec import Backoff, ChildSpec, RestartIntensity, SpecError
from pyros.kernel.supervisor import (
    StartChild,
    supervisor,
)
from pyros.kernel.testing.probe import Recorded, TestProbe


def broken(_):
    raise OSError("no such port")


def test_each_child_is_up_before_the_next_begins(world):
    """S01."""
    world.run(world.part("a"), world.part("b"), world.part("c"))

    assert world.lives(words=("made", "started")) == [
        ("made", "a", 1),
        ("started", "a", 1),
        ("made", "b", 1),
        ("started", "b", 1),
        ("made", "c", 1),
        ("started", "c", 1),
    ]
    assert [event.path for event in world.events(ChildUp)] == ["/a", "/b", "/c"]


@pytest.mark.parametrize("where", ["on_start", "init"])
def test_a_start_failure_at_boot_stops_the_earlier_and_never_makes_the_later(world, where):
    """S02, S03: a constructor that raises is handled like an on_start that raises."""
    specs = world.part("a"), world.part("b", hooks={where: broken}), world.part("c")

    with pytest.raises(StartFailed, match="/b") as caught:
        world.run(*specs)

    assert world.lives() == [("started", "a", 1), ("stopped", "a", 1)]
    assert not any(line[1] == "c" for line in world.journal)
    assert isinstance(caught.value.__cause__, StartFailed)
    assert isinstance(caught.value.__cause__.__cause__, OSError)


@pytest.mark.realtime
def test_a_start_beyond_its_time_is_a_start_failure_and_its_thread_is_fenced(thread_world):
    """S04: the supervisor goes on, and the thread is counted as abandoned."""
    world, fenced = thread_world, threading.Event()

    def block(actor):
        world.released.wait()
        try:
            actor.context.bus.publish("late", 1)
        except BaseException:
            fenced.set()
            raise

    world.run(supervisor("s", []))
    late = world.part("a", hooks={"on_start": block}, start_timeout_s=0.05)
    with pytest.raises(StartFailed, match=r"took longer than 0\.05 s"):
        world.system.address("/s").ask(StartChild(late))

    assert world.system.abandoned == ("/s/a#1",)
    assert [event.kind for event in world.events(ChildDown)] == [ExitKind.START_FAILED]
    world.released.set()
    assert fenced.wait(10)
    assert world.system.bus.latest("late") is None


def test_a_system_exit_in_on_start_leaves_no_zombie(world):
    """S05."""

    def leave(_):
        raise SystemExit(2)

    world.run(
        world.part("a"),
        world.part(
            "b", hooks={"on_start": leave}, optional=True, backoff=Backoff(min_s=600, max_s=600)
        ),
    )

    assert [ref.actor_class.__name__ for ref in pykka.ActorRegistry.get_all()] == [
        "Supervisor",
        "Part",
    ]
    assert world.events(ChildDown)[0].kind is ExitKind.START_FAILED
    assert world.system.address("/a").ask("y") is None


def test_who_asks_one_that_never_came_up_learns_that_nobody_lives_there(world):
    """S05."""

    def leave(_):
        raise SystemExit(2)

    world.run(supervisor("s", []))

    with pytest.raises(StartFailed, match="SystemExit"):
        world.system.address("/s").ask(StartChild(world.part("a", hooks={"on_start": leave})))

    with pytest.raises(pykka.ActorDeadError):
        world.system.address("/s/a").ask("x")
    assert [ref.actor_class.__name__ for ref in pykka.ActorRegistry.get_all()] == ["Supervisor"] * 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("restart", "sometimes"),
        ("shutdown_s", -1.0),
        ("shutdown_s", float("inf")),
        ("factory", None),
        ("start_timeout_s", 0.0),
        ("budget_s", 0.0),
        ("mailbox", 0),
        ("optional", True),
        ("overflow", "burst"),
    ],
)
def test_a_wrong_spec_names_child_and_field(field, value):
    """S06, S39."""
    named = "backoff" if field == "optional" else field
    fields = {"id": "camera", "factory": lambda: None, field: value}

    with pytest.raises(SpecError, match=f"'camera'.*{named}"):
        ChildSpec(**fields)


@pytest.mark.parametrize("name", ["", "a/b", "*"])
def test_an_id_is_one_word(name):
    """S06."""
    with pytest.raises(SpecError, match="id"):
        ChildSpec(id=name, factory=lambda: None)


def test_a_wrong_supervisor_is_refused_before_anything_starts(sim_world):
    """S06: strategy, id twice, period, intensity."""
    part = sim_world.part("a")

    with pytest.raises(SpecError, match="strategy"):
        supervisor("s", [part], strategy="all_for_none")
    with pytest.raises(SpecError, match="'a' twice"):
        supervisor("s", [part, part])
    with pytest.raises(SpecError, match="period_s"):
        RestartIntensity(period_s=0)
    with pytest.raises(SpecError, match="max_restarts"):
        RestartIntensity(max_restarts=-1)
    assert sim_world.journal == []


def test_infinity_is_for_supervisors_only(sim_world):
    """S39."""
    assert supervisor("s", [sim_world.part("a")]).shutdown_s == float("inf")
    with pytest.raises(SpecError, match="no supervisor"):
        sim_world.part("a", shutdown_s=float("inf"))


@pytest.fixture
def no_thread_for(monkeypatch):
    """Let the machine refuse the thread of that name."""
    thread_class = threading.Thread  # noqa: TID251 none is made here
    start, refused = thread_class.start, set()

    def start_or_refuse(thread):
        if thread.name in refused:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(thread_class, "start", start_or_refuse)
    return refused.add


def test_a_thread_that_the_machine_refuses_is_a_start_failure(thread_world, no_thread_for):
    """S07: nothing of it is registered."""
    world = thread_world
    world.run(supervisor("s", [world.part("a")]))
    before = len(pykka.ActorRegistry.get_all())
    no_thread_for("/s/b#1")

    with pytest.raises(StartFailed, match=r"/s/b.*can't start new thread"):
        world.system.address("/s").ask(StartChild(world.part("b")))

    assert len(pykka.ActorRegistry.get_all()) == before
    with pytest.raises(ActorDead):
        world.system.address("/s/b").tell("x")
    assert not [key for key in world.system.services.table.cells if key[0] == "/s/b"]


def test_a_supervisor_tries_again_when_the_machine_refuses_a_thread(thread_world, no_thread_for):
    """S07: it is a start failure like any other, and counted."""
    world = thread_world
    world.run(supervisor("s", [world.part("a")]))
    no_thread_for("/s/a#2")

    world.fail("/s/a")

    assert world.incarnation("/s/a") == 3
    kinds = [event.kind for event in world.events(ChildDown, path="/s/a")]
    assert kinds == [ExitKind.FAILED, ExitKind.START_FAILED]


def test_a_factory_that_makes_no_actor_is_a_start_failure(sim_world):
    """S03."""
    with pytest.raises(StartFailed, match="should make a new SupervisedActor"):
        sim_world.run(ChildSpec(id="a", factory=object))


def test_an_actor_is_made_by_a_supervisor_only():
    with pytest.raises(TypeError, match="ChildSpec"):
        TestProbe(Recorded(), (), lambda _: None)
