"""Determinism, and what a test leaves behind (S96, S99)."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pykka
import pytest

from pyros.kernel.lifecycle import ChildDown
from pyros.kernel.ref import Deadlock
from pyros.kernel.spec import Backoff, RestartIntensity, Strategy
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.crash import crash_points
from pyros.kernel.testing.faults import (
    FaultPlan,
    Raise,
)
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime


@dataclass(frozen=True)
class Tick:
    number: int = 0


@dataclass(frozen=True)
class Odd:
    thing: object


PATIENT = RestartIntensity(max_restarts=100)


def night(sim, plan, parts=6):
    """Actors that tick, talk, publish, fail and are restarted, for ten virtual minutes."""
    specs, records = [], []
    for number in range(parts):
        spec, recorded = probe_spec(f"p{number}", "ticks/*", tier=number % 3)
        specs.append(spec)
        records.append(recorded)
    unit = supervisor("s", specs, strategy=Strategy.REST_FOR_ONE, intensity=PATIENT)
    system = ActorSystem([unit], clock=sim.clock, runtime=sim, seed=3, boot=1, faults=plan)
    system.start()
    for number in range(20):
        for part in range(parts):
            system.address(f"/s/p{part}").offer(Tick(number))
        system.bus.publish(f"ticks/{number % 4}", Odd(object()))
        sim.run_for(30.0)
    system.stop()
    return records


def test_the_same_seed_gives_the_same_trace():
    """S96: with faults that are drawn by chance as well; another seed gives another."""
    traces = []
    for seed in (1, 1, 2):
        sim = SimRuntime(seed)
        night(sim, FaultPlan(seed, [Raise("/s/*", message=Tick, share=0.1)]))
        assert not any("0x" in line for line in sim.lines())
        traces.append(sim.trace)

    assert traces[0] == traces[1] != traces[2]


def test_the_deterministic_runtime_is_fast_enough_for_a_night(sim_world):
    """S96: as many deliveries as a night has, in a test that nobody minds."""
    world = sim_world
    world.run(*[world.part(f"p{number}") for number in range(10)])
    for number in range(10):
        world.do(f"/p{number}", lambda actor: actor.context.every(1.0, Tick()))

    world.advance(2_000.0)

    assert world.sim.deliveries >= 20_000
    assert len(world.do("/p3", lambda actor: actor.got)) == 2_000


def reference(sim, plan):
    """A night with invariants: the tree is whole at the end, each incarnation ended once."""
    (spec, _), (other, _), (web, _) = probe_spec("a"), probe_spec("b", "ticks"), probe_spec("web")
    plan.add(Raise("/s/a", message=Tick, nth=2))
    backoff = Backoff(min_s=1.0, max_s=2.0)
    unit = supervisor("s", [spec, other], optional=True, backoff=backoff)
    system = ActorSystem([unit, web], clock=sim.clock, runtime=sim, boot=1, faults=plan)
    system.start()
    for number in range(3):
        system.address("/s/a").offer(Tick(number))
        system.bus.publish("ticks", number)
        sim.run_for(5.0)
    states = {row.path: row.state for row in system.tree()}
    downs = [
        (item.value.path, item.value.incarnation)
        for item in system.bus.items("kernel/lifecycle")[0]
        if isinstance(item.value, ChildDown)
    ]
    system.stop()
    assert set(states.values()) == {"running"}, states
    assert len(downs) == len(set(downs)), downs
    assert not pykka.ActorRegistry.get_all()


def test_a_crash_at_each_delivery_leaves_the_tree_whole():
    """Of a small reference system: each incarnation ends once, nobody is left behind."""
    outcomes = list(crash_points(reference, wanted=lambda path: path not in {"", "/"}))

    assert {path for _, path, _ in outcomes} == {"/s", "/s/a", "/s/b"}
    assert [(number, path, error) for number, path, error in outcomes if error is not None] == []


def test_nothing_to_do_and_no_timer_is_a_deadlock(sim_world):
    """S64: instead of a test that waits for ever."""
    sim_world.run(sim_world.part("a"))

    with pytest.raises(Deadlock):
        sim_world.sim.run_until(lambda: False)


def test_what_never_comes_about_is_a_time_out(sim_world):
    sim_world.run(sim_world.part("a"))
    sim_world.do("/a", lambda actor: actor.context.every(1.0, Tick()))

    with pytest.raises(TimeoutError):
        sim_world.sim.run_until(lambda: False, 10.0)

    assert sim_world.clock.monotonic() == 10.0


def test_a_system_that_has_stopped_leaves_neither_thread_nor_actor(thread_world):
    """S99."""
    world = thread_world
    before = set(threading.enumerate())
    world.run(world.part("a"), supervisor("s", [world.part("b")]))

    assert len(set(threading.enumerate()) - before) == 5
    assert world.system.stop() == 0

    assert set(threading.enumerate()) - before == set()
    assert pykka.ActorRegistry.get_all() == []
