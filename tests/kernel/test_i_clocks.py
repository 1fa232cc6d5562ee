"""Epochs, and clocks that jump (S75, S79, S80)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.kernel.clock import SystemClock
from pyros.kernel.fence import Epoch, EpochGate
from pyros.kernel.lifecycle import ChildDown, HungDetected
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


class Stepped(SystemClock):
    """The machine's clock, which somebody sets while everything runs."""

    by = timedelta()

    def utc(self):
        return super().utc() + self.by


@pytest.mark.realtime
@pytest.mark.parametrize("days", [1, -1])
def test_who_sets_the_clock_hangs_nobody(thread_world, days):
    """S79: budgets, scans and restart windows count monotonic time alone."""
    world = thread_world
    world.clock = Stepped()
    world.run(supervisor("s", [world.part("a", budget_s=60.0)]), scan_s=0.01)
    address = world.system.address("/s/a")
    before = world.do("/s/a", lambda actor: actor.context.clock.utc())
    answer = address.begin_ask(world.message(lambda _: world.released.wait()))

    world.clock.by = timedelta(days=days)
    for _ in range(20):
        count_a_scan(world)

    assert abs(world.clock.utc() - before) > timedelta(hours=23)
    assert world.events(HungDetected, ChildDown) == []
    world.released.set()
    assert answer.get(10.0) is True


def count_a_scan(world):
    """Until the watchdog of the system has scanned once more."""
    watchdog = world.system._watchdog
    last = watchdog.last_scan
    world.until(lambda: watchdog.last_scan > last)


@pytest.mark.realtime
def test_the_loss_of_wall_clock_time_hangs_nobody(thread_world):
    """S80: after a stop of the whole process the lost time is credited to who was busy."""
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
