"""Hung actors and fences (S70 to S77)."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from pyros.kernel.clock import SystemClock
from pyros.kernel.fence import Fenced, check_fence
from pyros.kernel.lifecycle import COUNTERS, ChildDown, HungDetected
from pyros.kernel.ref import ActorDead
from pyros.kernel.spec import RestartIntensity
from pyros.kernel.supervisor import CountChildren, supervisor
from pyros.kernel.testing.faults import Hang, Slow
from pyros.kernel.watchdog import Watchdog

SCAN_S = 0.02
PATIENT = RestartIntensity(max_restarts=100)


@dataclass(frozen=True)
class Expose:
    pass


@dataclass(frozen=True)
class GetStatus:
    pass


def hang(world):
    """An action that stands still until the test ends."""
    return lambda _: world.released.wait()


@pytest.mark.realtime
def test_a_hung_actor_is_replaced_soon_after_its_budget(thread_world):
    """S70: its asker is answered, its stack is shown, and the failure is of kind hung."""
    world = thread_world
    world.run(supervisor("s", [world.part("a", budget_s=0.25)]), scan_s=SCAN_S)
    clock = SystemClock()

    began = clock.monotonic()
    answer = world.system.address("/s/a").begin_ask(world.message(hang(world)))
    world.until(lambda: world.status("/s/a").incarnation == 2)

    with pytest.raises(ActorDead, match="hung"):
        answer.get()
    assert clock.monotonic() - began >= 0.25
    hung = world.events(HungDetected)[0]
    assert hung.message_type == "Do"
    assert hung.budget_s == 0.25
    assert "self.world" in hung.stack or "released.wait" in hung.stack
    assert world.events(ChildDown)[0].kind == "hung"


def test_a_hung_actor_is_declared_so_within_two_scans_of_its_budget(sim_world):
    """S70: by the virtual clock."""
    world = sim_world
    world.plan.add(Hang("/s/a", message=Expose))
    world.run(supervisor("s", [world.part("a", budget_s=5.0)]))

    world.system.address("/s/a").tell(Expose())
    world.advance(4.9)
    assert world.status("/s/a").incarnation == 1
    assert world.events(HungDetected) == []
    world.advance(0.3)

    assert world.events(ChildDown)[0].kind == "hung"
    assert 5.0 <= world.events(HungDetected)[0].busy_s <= 5.2
    assert world.incarnation("/s/a") == 2


@pytest.mark.realtime
def test_an_actor_that_waits_for_messages_is_never_hung(thread_world):
    """S71: its budget passes many times over while it waits."""
    world = thread_world
    world.run(supervisor("s", [world.part("a", budget_s=0.02), world.part("b", budget_s=60.0)]))
    watchdog = Watchdog(world.system.services, 0.01)
    now = watchdog.last_scan

    for scan in range(1, 500):
        watchdog.scan(now + scan * 0.01)

    assert world.events(HungDetected) == []


def test_a_message_class_has_its_own_budget(sim_world):
    """S72: an exposure of 300 s is not hung, a status of 5 s is."""
    world = sim_world
    patient_with_exposures = {Expose: 320.0}
    spec = world.part("a", budgets=patient_with_exposures, budget_s=5.0)
    world.plan.add(Slow("/s/a", message=Expose, by_s=300.0))
    world.plan.add(Slow("/s/a", message=GetStatus, by_s=6.0))
    world.run(supervisor("s", [spec]))

    world.system.address("/s/a").tell(Expose())
    world.advance(301.0)
    assert world.events(HungDetected) == []
    assert world.do("/s/a", lambda actor: actor.got) == [Expose()]

    world.system.address("/s/a").tell(GetStatus())
    world.advance(7.0)
    assert [event.message_type for event in world.events(HungDetected)] == ["GetStatus"]


@pytest.mark.realtime
@pytest.mark.parametrize(("message", "hung"), [(Expose(), []), (GetStatus(), ["GetStatus"])])
def test_the_watchdog_judges_by_the_budget_of_the_message(thread_world, message, hung):
    """S72: with threads, after 300 s of a watchdog whose scans are far apart."""
    world = thread_world
    wait = {"on_receive": lambda *_: world.released.wait()}
    spec = world.part("a", budgets={Expose: 320.0}, budget_s=5.0, hooks=wait)
    world.run(supervisor("s", [spec]), scan_s=3600.0)
    cell = world.system.services.table.live["/s/a"]
    watchdog = Watchdog(world.system.services, 300.0)

    world.system.address("/s/a").tell(message)
    world.until(lambda: cell.busy_since)
    watchdog.scan(cell.busy_since + 300.0)

    assert [event.message_type for event in world.events(HungDetected)] == hung


@pytest.mark.realtime
@pytest.mark.parametrize("beats", [True, False])
def test_a_beat_extends_the_running_handler(thread_world, beats):
    """S73: without it the limit holds."""
    world = thread_world
    world.run(supervisor("s", [world.part("a", budget_s=0.25)], intensity=PATIENT))
    begun, gate = threading.Event(), threading.Event()

    def work(actor):
        if beats:
            actor.beat(30.0)
        begun.set()
        gate.wait(10)
        return actor.context.incarnation

    answer = world.system.address("/s/a").begin_ask(world.message(work))
    begun.wait(10)
    services = world.system.services
    watchdog = Watchdog(services, 0.5)
    watchdog.scan(watchdog.last_scan + 2.0)
    gate.set()

    if beats:
        assert answer.get(10.0) == 1
        assert world.events(HungDetected) == []
    else:
        with pytest.raises(ActorDead):
            answer.get(10.0)
        assert len(world.events(HungDetected)) == 1


@pytest.mark.realtime
def test_an_abandoned_thread_can_do_nothing_any_more(thread_world):
    """S74: tell, ask, publish, timer, subscription, and whatever tests the fence itself."""
    world = thread_world
    world.run(
        supervisor("s", [world.part("a", budget_s=0.05), world.part("b", tier=1)]), scan_s=SCAN_S
    )
    outcome, ended = {}, threading.Event()

    def tries(actor):
        context, to = actor.context, actor.context.address("/s/b")
        return {
            "tell": lambda: to.tell("late"),
            "offer": lambda: to.offer("late"),
            "ask": lambda: to.ask("late"),
            "nobody": lambda: context.address("/nobody").offer("late"),
            "publish": lambda: context.bus.publish("late", 1),
            "after": lambda: context.after(1.0, "late"),
            "every": lambda: context.every(1.0, "late"),
            "subscribe": lambda: context.subscribe("x"),
            "watch": lambda: context.watch("/s/b"),
            "beat": actor.beat,
            "port": check_fence,
        }

    def work(actor):
        world.released.wait()
        for name, attempt in tries(actor).items():
            try:
                attempt()
                outcome[name] = "done"
            except Fenced:
                outcome[name] = "fenced"
        ended.set()
        return "an answer"

    answer = world.system.address("/s/a").begin_ask(world.message(work))
    world.until(lambda: world.events(HungDetected))
    world.released.set()
    assert ended.wait(10)

    assert set(outcome.values()) == {"fenced"}, outcome
    with pytest.raises(ActorDead):
        answer.get()
    assert world.do("/s/b", lambda actor: actor.got) == []
    assert world.system.bus.latest("late") is None


@pytest.mark.realtime
def test_abandoned_threads_are_counted_and_too_many_end_the_process(world):
    """S76."""
    parts = [world.part(f"p{number}", budget_s=0.05) for number in range(3)]
    safe = []
    world.run(
        supervisor("s", parts, intensity=PATIENT),
        scan_s=SCAN_S,
        max_abandoned=2,
        safe_state=safe.append,
    )

    for number in range(2):
        world.hang(f"/s/p{number}")
    assert world.system.abandoned == ("/s/p0#1", "/s/p1#1")
    world.until(lambda: getattr(world.system.bus.latest(COUNTERS), "abandoned", 0) == 2)
    assert safe == []
    world.hang("/s/p2")
    code = world.system.wait()

    assert code == 3
    assert len(safe) == 1
    assert "abandoned" in safe[0]


@pytest.mark.realtime
def test_a_hung_supervisor_is_found_and_its_orphans_are_stopped(world):
    """S77, S28: by its own parent, in reverse order, and all anew."""
    unit = supervisor("s", [world.part("a"), world.part("b", blocking=True)], budget_s=0.1)
    world.run(supervisor("top", [unit]), scan_s=SCAN_S)
    world.lives()

    world.plan.add(Hang("/top/s", message=CountChildren))
    world.system.address("/top/s").tell(CountChildren())
    world.until(lambda: world.status("/top/s").incarnation == 2)
    world.until(lambda: world.status("/top/s").state == "running")

    assert world.lives() == [
        ("stopped", "b", 1),
        ("stopped", "a", 1),
        ("started", "a", 2),
        ("started", "b", 2),
    ]
    downs = [event.path for event in world.events(ChildDown)]
    assert downs == ["/top/s", "/top/s/b", "/top/s/a"]
