"""Breaker, determinism, faults (S95 to S99)."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pykka
import pytest

from pyros.errors import Refused
from pyros.kernel.breaker import BreakerState, CircuitBreaker
from pyros.kernel.lifecycle import ChildDown, Injected
from pyros.kernel.ref import Deadlock
from pyros.kernel.spec import Backoff, RestartIntensity, Strategy
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.crash import crash_points
from pyros.kernel.testing.faults import (
    Corrupt,
    Delay,
    Disconnect,
    Drop,
    Duplicate,
    FaultPlan,
    Hang,
    InjectedError,
    Kill,
    Raise,
    Reorder,
    Slow,
    StaleEpoch,
    StartFault,
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


def test_a_breaker_opens_lets_one_try_through_and_closes(sim_world):
    """S95."""
    breaker = CircuitBreaker(sim_world.clock, failures=2, open_s=10.0)

    for _ in range(2):
        assert breaker.admit()
        breaker.failed()
    assert breaker.state is BreakerState.OPEN
    assert not breaker.admit()
    sim_world.clock.move_to(10.0)
    assert breaker.state is BreakerState.HALF_OPEN
    assert [breaker.admit(), breaker.admit()] == [True, False]
    breaker.failed()
    assert not breaker.admit()
    sim_world.clock.move_to(20.0)
    assert breaker.admit()
    breaker.succeeded()

    assert breaker.state is BreakerState.CLOSED
    assert breaker.admit()


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


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        (Kill("/s/a", message=Tick, nth=2), ["killed"]),
        (Raise("/s/a", message=Tick, nth=2), ["failed"]),
        (Raise("/s/a", message=Tick, nth=2, error=OSError), ["failed"]),
        (Raise("/s/a", message=Tick, nth=None), ["failed"] * 3),
        (Kill("/s/a", message=Tick, nth=None, incarnation=1), ["killed"]),
        (Kill("/t/*", message=Tick), []),
        (StartFault("/s/a", nth=1), ["start_failed"]),
        (StartFault("/s/a", nth=1, stage="construction"), ["start_failed"]),
    ],
    ids=str,
)
def test_a_plan_strikes_by_path_message_count_and_incarnation(world, rule, kinds):
    """Every strike is an event, from which a table of coverage can be made."""
    world.plan.add(rule)
    quick = Backoff(min_s=1.0, max_s=1.0, jitter=0.0)
    world.run(supervisor("s", [world.part("a", optional=True, backoff=quick)]))
    world.advance(5.0)

    for number in range(3):
        world.system.address("/s/a").tell(Tick(number))
        world.settle()
        world.advance(5.0)

    assert [event.kind for event in world.events(ChildDown)] == kinds
    injected = world.events(Injected)
    assert [event.fault for event in injected] == [type(rule).__name__] * len(kinds)
    assert len(world.plan.injections) == len(kinds)


def test_slow_keeps_an_actor_busy_while_others_work(sim_world):
    """In virtual time."""
    world = sim_world
    world.plan.add(Slow("/a", message=Tick, by_s=3.0))
    world.run(world.part("a"), world.part("b"))

    world.system.address("/a").tell(Tick())
    world.advance(1.0)
    assert world.do("/b", lambda _: "alive") == "alive"
    assert world.status("/a").busy_s == 1.0
    world.advance(2.0)

    assert world.do("/a", lambda actor: actor.got) == [Tick()]


def test_a_hang_may_end_by_itself(sim_world):
    world = sim_world
    world.plan.add(Hang("/a", message=Tick, for_s=2.0))
    world.run(world.part("a"))

    world.system.address("/a").tell(Tick())
    world.advance(3.0)

    assert world.do("/a", lambda actor: actor.got) == [Tick()]
    assert world.events(ChildDown) == []


@pytest.mark.realtime
def test_a_plan_hangs_a_thread_until_it_is_released(thread_world):
    world = thread_world
    world.plan.add(Hang("/s/a", message=Tick))
    world.run(supervisor("s", [world.part("a", budget_s=0.05)]), scan_s=0.02)

    world.system.address("/s/a").tell(Tick())
    world.until(lambda: world.events(ChildDown))

    assert world.events(ChildDown)[0].kind == "hung"
    world.plan.release()
    world.until(lambda: not world.system.abandoned)


@pytest.mark.parametrize("kind", [Drop, Duplicate, Delay, Reorder, Corrupt, Disconnect, StaleEpoch])
def test_a_port_asks_the_plan_what_to_spoil(kind):
    plan = FaultPlan(0, [kind("/devices/*/mount", nth=2)])

    strikes = [plan.at_port("/devices/unit/mount", Tick(n)) for n in range(3)]

    assert [type(strike) for strike in strikes] == [type(None), kind, type(None)]
    assert plan.at_port("/devices/unit/dome", Tick()) is None
    assert plan.injections[0].rule == kind("/devices/*/mount", nth=2)


def test_a_share_is_drawn_by_the_plans_own_seed():
    """S96."""

    def draws(seed):
        plan = FaultPlan(seed, [Drop("*", share=0.3)])
        return [plan.at_port("/x") is not None for _ in range(200)]

    assert draws(1) == draws(1) != draws(2)
    assert 30 < sum(draws(1)) < 90


def test_development_mode_kills_and_crashes_whom_it_names(world):
    world.run(supervisor("s", [world.part("a")]))

    world.system.kill("/s/a")
    world.settle()
    world.system.crash("/s/a", OSError("unplugged"))
    world.settle()

    downs = [(event.kind, event.reason) for event in world.events(ChildDown)]
    assert [kind for kind, _ in downs] == ["killed", "failed"]
    assert downs[1][1] == "OSError: unplugged"
    with pytest.raises(Refused, match="nobody"):
        world.system.kill("/s/z")


def test_production_cannot_be_armed(world):
    """Without a plan nobody is killed."""
    world.run(supervisor("s", [world.part("a")]), faults=None)

    with pytest.raises(Refused, match="fault plan"):
        world.system.kill("/s/a")

    assert world.incarnation("/s/a") == 1


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


def test_the_default_fault_is_an_error_of_ours():
    with pytest.raises(InjectedError):
        FaultPlan().perform(Raise("/a"))
