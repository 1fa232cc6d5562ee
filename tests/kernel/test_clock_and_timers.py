"""Clocks, timers and executors."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from pyros.kernel.clock import SystemClock, VirtualClock
from pyros.kernel.dynamic import dynamic
from pyros.kernel.runtime import InlineExecutor
from pyros.kernel.spec import Backoff
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.timers import TimerService

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_fast_clock_runs_its_factor_times_as_fast():
    fast, plain = SystemClock(factor=1000.0, start=START), SystemClock()

    before = plain.monotonic()
    assert fast.wait(threading.Event(), 10.0) is False
    real_s = plain.monotonic() - before

    assert fast.monotonic() >= 10.0
    assert real_s < 5.0
    assert fast.utc() - START >= timedelta(seconds=10)


def test_a_clock_that_changes_its_pace_loses_and_repeats_no_instant():
    clock, never = SystemClock(factor=1000.0, start=START), threading.Event()
    clock.wait(never, 10.0)
    before = clock.monotonic()

    clock.run_at(1.0)
    slow = clock.monotonic()
    clock.run_at(1000.0)
    clock.wait(never, 10.0)

    assert before <= slow
    assert clock.monotonic() >= slow + 10.0
    assert clock.utc() - START >= timedelta(seconds=slow + 10.0)
    assert clock.factor == 1000.0


def test_the_machines_own_clock_is_aware():
    assert SystemClock().utc().tzinfo is UTC
    with pytest.raises(ValueError, match="aware"):
        VirtualClock(datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="factor"):
        SystemClock(factor=0)


def test_a_virtual_clock_stands_until_it_is_moved():
    clock = VirtualClock(START)

    clock.advance(90.0)
    clock.move_to(10.0)

    assert clock.monotonic() == clock.real_monotonic() == 90.0
    assert clock.utc() == START + timedelta(seconds=90)


def test_who_waits_is_woken_by_a_moved_clock():
    clock = VirtualClock(START)

    with ThreadPoolExecutor(1) as others:
        waiting = others.submit(clock.wait, threading.Event(), 5.0)
        while not waiting.done():
            clock.advance(5.0)

        assert waiting.result(10) is False


def test_a_timer_comes_once_and_a_repeated_one_for_ever(world):
    world.run(world.part("a"))

    def set_timers(actor):
        actor.context.after(2.5, "once")
        actor.context.every(1.0, "tick")

    world.do("/a", set_timers)
    world.advance(4.0)

    got = world.do("/a", lambda actor: actor.got)
    assert got == ["tick", "tick", "once", "tick", "tick"]


def test_the_same_key_replaces_what_is_pending(world):
    world.run(world.part("a"))

    def set_timers(actor):
        actor.context.after(1.0, "first", key="deadline")
        actor.context.after(2.0, "second", key="deadline")
        actor.context.every(1.0, "tick", key="beat")
        actor.context.every(4.0, "slow", key="beat")
        actor.context.after(1.0, "never", key="cancelled")
        actor.context.cancel("cancelled")
        actor.context.cancel("unknown")

    world.do("/a", set_timers)
    world.advance(8.0)

    assert world.do("/a", lambda actor: actor.got) == ["second", "slow", "slow"]


def test_a_period_must_be_above_nought(sim_world):
    sim_world.run(sim_world.part("a"))

    with pytest.raises(ValueError, match="period"):
        sim_world.do("/a", lambda actor: actor.context.every(0.0, "x"))


def test_many_replaced_timers_do_not_pile_up():
    service = TimerService(VirtualClock(START))

    for _ in range(10_000):
        service.after(60.0, lambda: None).cancel()

    assert len(service) < 200
    assert service.next_due() is None


def test_a_repeated_timer_that_is_late_does_not_catch_up():
    clock = VirtualClock(START)
    service, fired = TimerService(clock), []
    service.after(1.0, lambda: fired.append(clock.monotonic()), period_s=1.0)

    clock.move_to(100.0)
    service.fire(100.0)

    assert fired == [100.0]
    assert service.next_due() == 101.0


def test_a_timer_that_raises_does_not_stop_the_others():
    service, fired = TimerService(VirtualClock(START)), []
    service.after(0.0, lambda: 1 / 0)
    service.after(0.0, lambda: fired.append(1))

    assert service.fire(0.0) == 2
    assert fired == [1]


def test_timers_follow_a_fast_clock(thread_world):
    """With real threads: a minute of the observatory within a real moment."""
    world = thread_world
    world.clock = SystemClock(factor=3000.0, start=START)
    world.run(world.part("a"))

    world.do("/a", lambda actor: actor.context.after(60.0, "late"))
    world.until(lambda: world.do("/a", lambda actor: actor.got))

    assert world.clock.utc() - START >= timedelta(seconds=60)


def test_work_that_was_handed_out_comes_back_as_a_message(world):
    executor = InlineExecutor() if world.kind == "sim" else ThreadPoolExecutor(1)
    world.run(world.part("a"))

    def hand_out(actor):
        me = actor.context.mine
        future = executor.submit(pow, 2, 10)
        future.add_done_callback(lambda f: me.offer(("result", f.result())))

    world.do("/a", hand_out)
    executor.shutdown()
    world.settle()

    assert world.do("/a", lambda actor: actor.got) == [("result", 1024)]


def test_an_inline_executor_keeps_what_its_work_raises():
    future = InlineExecutor().submit(int, "x")

    assert isinstance(future.exception(), ValueError)


def test_an_actors_chance_repeats_itself(world):
    world.run(world.part("a"), world.part("b"), seed=4)

    draws = [world.do(path, lambda actor: actor.context.random.random()) for path in ("/a", "/b")]

    assert draws == [random.Random(f"4:{path}").random() for path in ("/a", "/b")]  # noqa: S311


def test_a_child_may_be_started_by_another_actor(world):
    world.run(dynamic("plans", tier=2), world.part("observation"))
    spec = world.part("plan-1")

    world.do("/observation", lambda actor: actor.context.start_child("/plans", spec))
    world.settle()

    assert world.incarnation("/plans/plan-1") == 1


@pytest.mark.realtime
def test_supervision_counts_real_seconds_however_fast_the_clock(thread_world, failing):
    """S81: a backoff of a third of a second is one, though the sky turns faster."""
    world = thread_world
    world.clock = SystemClock(factor=1000.0, start=START)
    wait = Backoff(min_s=0.3, max_s=0.3, jitter=0.0)
    world.run(supervisor("s", [world.part("a", optional=True, backoff=wait)]))
    real = SystemClock()

    began = real.monotonic()
    world.tell("/s/a", failing(ValueError("boom")))
    world.until(lambda: world.status("/s/a").incarnation == 2)

    assert real.monotonic() - began >= 0.3


def test_the_boot_number_is_that_of_the_clock_unless_given(sim_world):
    """S75: it grows from one start of the process to the next."""
    world = sim_world
    world.system = ActorSystem([world.part("a")], clock=world.clock, runtime=world.sim)
    world.system.start()

    epoch = world.do("/a", lambda actor: actor.context.epoch)

    assert epoch == (int(world.clock.utc().timestamp()), 1)


def test_a_step_of_utc_moves_no_monotonic_time_and_fires_no_timer():
    """S79: what a time server corrects is no time that has passed."""
    clock = VirtualClock(START)
    timers, fired = TimerService(clock), []
    timers.after(10.0, lambda: fired.append(clock.utc()))

    clock.step_utc(3600.0)
    timers.advance(5.0)
    assert fired == []
    assert clock.monotonic() == 5.0
    clock.step_utc(-3600.0)
    timers.advance(5.0)

    assert fired == [START + timedelta(seconds=10)]
