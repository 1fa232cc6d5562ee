"""Epochs, and clocks that jump (S75, S79, S80)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.kernel.fence import Epoch, EpochGate
from pyros.kernel.lifecycle import HungDetected
from pyros.kernel.ref import ActorDead
from pyros.kernel.supervisor import supervisor
from pyros.kernel.watchdog import Watchdog


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=1))
def test_a_gate_admits_no_epoch_lower_than_the_highest_seen(pairs):
    """S75."""
    gate, highest = EpochGate(), (0, 0)

    for boot, incarnation in pairs:
        admitted = gate.admit(Epoch(boot, incarnation))
        assert admitted == ((boot, incarnation) >= highest)
        highest = max(highest, (boot, incarnation))


def test_epochs_grow_with_each_incarnation_and_each_boot(world):
    """S75."""
    world.run(supervisor("s", [world.part("a")]))
    first = world.do("/s/a", lambda actor: actor.context.epoch)

    world.fail("/s/a")
    second = world.do("/s/a", lambda actor: actor.context.epoch)

    assert first == Epoch(7, 1) < second == Epoch(7, 2) < Epoch(8, 1)


@pytest.mark.realtime
def test_the_loss_of_wall_clock_time_hangs_nobody(thread_world):
    """S79, S80: after a stop of the whole process the lost time is credited to who was busy."""
    world = thread_world
    world.run(supervisor("s", [world.part("a", budget_s=5.0)]), scan_s=60.0)
    begun = threading.Event()

    def work(_):
        begun.set()
        world.released.wait()
        return "done"

    answer = world.system.address("/s/a").begin_ask(world.message(work))
    begun.wait(10)
    watchdog = Watchdog(world.system.services, 0.1)
    now = watchdog.last_scan

    watchdog.scan(now + 60.0)
    watchdog.scan(now + 60.1)
    watchdog.scan(now + 64.0)  # one more gap
    watchdog.scan(now + 64.1)
    assert world.events(HungDetected) == []
    for tenth in range(1, 60):
        watchdog.scan(now + 64.1 + tenth / 10)

    assert len(world.events(HungDetected, path="/s/a")) == 1
    world.released.set()
    with pytest.raises(ActorDead):
        answer.get()


SIGSTOPPED = """
import os, signal, subprocess, sys, threading
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.clock import SystemClock
from pyros.kernel.lifecycle import LIFECYCLE, HungDetected
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem

class Part(SupervisedActor):
    def on_receive(self, message):
        print("begun", flush=True)
        threading.Event().wait(0.2)
        return "done"

spec = ChildSpec(id="a", factory=Part, budget_s=1.0)
system = ActorSystem([spec], clock=SystemClock(), scan_s=0.02)
system.start()
answer = system.address("/a").begin_ask("work", 60.0)
sys.stdin.readline()
hung = [i for i in system.bus.items(LIFECYCLE)[0] if isinstance(i.value, HungDetected)]
print(answer.get(), len(hung), flush=True)
system.stop()
"""


@pytest.mark.realtime
def test_a_process_that_was_stopped_for_a_while_declares_nobody_hung():
    """S80."""
    process = subprocess.Popen(
        [sys.executable, "-c", SIGSTOPPED], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"begun\n"
    os.kill(process.pid, signal.SIGSTOP)
    threading.Event().wait(2.0)
    os.kill(process.pid, signal.SIGCONT)
    out, _ = process.communicate(b"\n", timeout=30)

    assert out == b"done 0\n"
