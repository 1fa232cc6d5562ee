"""Shutdown (S36 to S46)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from pyros.kernel.cell import ExitKind
from pyros.kernel.lifecycle import ChildDown
from pyros.kernel.ref import ActorDead
from pyros.kernel.signals import Shutdown
from pyros.kernel.spec import Restart
from pyros.kernel.supervisor import TerminateChild, supervisor
from pyros.kernel.system import EXIT_ABANDONED
from pyros.kernel.testing.faults import Hang


def test_everybody_is_stopped_in_reverse_order_of_start(world):
    """S36."""
    world.run(world.part("a"), supervisor("s", [world.part("b"), world.part("c")]), world.part("d"))
    world.lives()

    assert world.system.stop() == 0

    assert world.lives() == [
        ("stopped", "d", 1),
        ("stopped", "c", 1),
        ("stopped", "b", 1),
        ("stopped", "a", 1),
    ]


def one_that_does_not_stop(world, name, **spec):
    """The spec of a part that stands still when it is to stop."""
    if world.kind == "sim":
        world.plan.add(Hang(f"*/{name}", message=Shutdown))
        return world.part(name, **spec)
    return world.part(name, hooks={"on_stop": lambda _: world.released.wait()}, **spec)


@pytest.mark.realtime
def test_a_child_over_its_time_is_abandoned_and_the_rest_is_stopped(world):
    """S37, S45."""
    stuck = one_that_does_not_stop(world, "b", shutdown_s=0.05)
    world.run(world.part("a"), stuck, world.part("c"))
    world.lives()

    code = world.system.stop()

    assert code == EXIT_ABANDONED == 4
    assert world.lives() == [("stopped", "c", 1), ("stopped", "a", 1)]
    assert world.status("/b").state == "abandoned"
    assert world.system.abandoned == ("/b#1",)


@pytest.mark.realtime
def test_shutdown_nought_does_not_wait(world):
    """S38: fenced at once, its on_stop never runs."""
    world.run(supervisor("s", [world.part("a", shutdown_s=0.0)]))
    cell = world.system.services.table.live["/s/a"]
    began = world.clock.monotonic()

    world.system.address("/s").ask(TerminateChild("a"))

    assert cell.fenced
    assert world.clock.monotonic() == began
    world.until(lambda: not world.system.abandoned)
    assert world.lives() == [("started", "a", 1)]
    assert world.events(ChildDown)[0].kind is ExitKind.KILLED


@pytest.mark.realtime
def test_a_shutdown_overtakes_ten_thousand_messages(world):
    """S40: the message in work is completed, queued asks end at once, tells are dead letters."""
    world.plan.add(Hang("/s/a", for_s=3.0) if world.kind == "sim" else Hang("/s/a"))
    world.run(supervisor("s", [world.part("a", mailbox=20_000, restart=Restart.TEMPORARY)]))
    address = world.system.address("/s/a")

    def work(actor):
        actor.got.append("completed")
        return list(actor.got)

    in_work = address.begin_ask(world.message(work))
    mailbox = world.system.services.table.live["/s/a"].mailbox
    world.until(lambda: mailbox.cell.busy_since)
    for number in range(10_000):
        address.tell(number)
    queued = address.begin_ask("never")
    stopping = world.system.address("/s").begin_ask(TerminateChild("a"))
    world.until(lambda: stopping.done or mailbox.signals)
    world.plan.release()

    assert in_work.get(10.0) == ["completed"]
    with pytest.raises(ActorDead):
        queued.get(10.0)
    assert stopping.get(10.0) is True
    assert world.system.dead_letter_count == 10_000
    assert ("stopped", "a", 1) in world.journal


def test_a_pill_of_pykka_waits_its_turn(world):
    """S41."""
    world.run(supervisor("s", [world.part("a", restart=Restart.TEMPORARY)]))
    ref = world.system.services.table.live["/s/a"].ref
    actor = world.do("/s/a", lambda actor: actor)
    for number in range(5):
        ref.tell(number)

    assert ref.stop() is True

    assert actor.got == [0, 1, 2, 3, 4]


def test_an_on_stop_that_raises_is_recorded_and_its_siblings_go_on(world):
    """S42."""

    def broken(_):
        raise OSError("cannot close")

    world.run(world.part("a"), world.part("b", hooks={"on_stop": broken}))

    assert world.system.stop() == 0

    downs = {event.path: event.clean for event in world.events(ChildDown)}
    assert downs == {"/a": True, "/b": False}


def test_to_stop_twice_or_what_is_dead_gives_false(world):
    """S43."""
    world.run(supervisor("s", [world.part("a", restart=Restart.TEMPORARY)]))
    ref = world.system.services.table.live["/s/a"].ref

    assert ref.stop() is True
    assert ref.stop() is False
    assert world.system.stop() == world.system.stop() == 0


def test_an_actor_may_stop_itself_from_its_own_handler(world):
    """S43: it is answered at once and does not wait for its own end."""
    world.run(supervisor("s", [world.part("a", restart=Restart.TEMPORARY)]))

    assert world.do("/s/a", lambda actor: actor.actor_ref.stop()) is True

    world.settle()
    assert ("stopped", "a", 1) in world.journal


def test_stop_returns_when_the_thread_has_ended(thread_world):
    """S44: what it held is free."""
    world = thread_world
    world.run(supervisor("s", [world.part("a", restart=Restart.TEMPORARY), world.part("b")]))
    table = world.system.services.table
    first, second = table.live["/s/a"], table.live["/s/b"]

    first.ref.stop()
    assert not first.thread.is_alive()

    world.system.stop()
    assert not second.thread.is_alive()


@pytest.mark.realtime
def test_stop_returns_when_the_thread_was_abandoned(thread_world):
    """S44: whoever waits for one that hangs is answered by the verdict of the watchdog."""
    world = thread_world
    world.run(supervisor("s", [world.part("a", budget_s=0.25)]), scan_s=0.02)
    ref = world.system.services.table.live["/s/a"].ref
    world.plan.add(Hang("/s/a"))
    ref.tell("hang")

    ref.stop(timeout=20)

    assert not ref.is_alive()
    assert world.system.abandoned == ("/s/a#1",)


PROGRAM = """
import logging, sys, threading
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.clock import SystemClock
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem

class Part(SupervisedActor):
    def __init__(self, name):
        super().__init__()
        self.name = name
    def on_start(self):
        print("started", self.name, flush=True)
    def on_receive(self, message):
        threading.Event().wait()
    def on_stop(self):
        print("stopped", self.name, flush=True)
        if self.name == "b":
            raise OSError("cannot close")

specs = [ChildSpec(id=n, factory=lambda n=n: Part(n), shutdown_s=0.2) for n in "abc"]
system = ActorSystem(specs, clock=SystemClock())
with system.signals():
    system.start()
    for name in sys.argv[1:]:
        system.address(f"/{name}").tell("hang")
    print("ready", flush=True)
    sys.exit(system.wait())
"""


def run_program(*arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    for line in process.stdout:
        if line == b"ready\n":
            break
    return process


@pytest.mark.realtime
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sigterm_stops_phase_after_phase(number):
    """S46: in reverse order; one phase that fails does not stop the next; once."""
    process = run_program()

    os.kill(process.pid, number)
    os.kill(process.pid, number)
    out, _ = process.communicate(timeout=30)

    assert out.split() == [b"stopped", b"c", b"stopped", b"b", b"stopped", b"a"]
    assert process.returncode == 0


@pytest.mark.realtime
@pytest.mark.parametrize(("hung", "stopped"), [("a", "cb"), ("c", "ba"), ("b", "ca")])
def test_a_process_ends_though_a_thread_is_blocked_for_ever(hung, stopped):
    """S45, S46: each phase has its time; one that does not end does not stop the next."""
    process = run_program(hung)

    os.kill(process.pid, signal.SIGTERM)
    out, _ = process.communicate(timeout=30)

    assert process.returncode == EXIT_ABANDONED
    assert out.decode().split() == [word for name in stopped for word in ("stopped", name)]
