"""The breaker, and plans of faults (S95)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pyros.errors import Refused
from pyros.kernel.breaker import BreakerState, CircuitBreaker
from pyros.kernel.lifecycle import ChildDown, Injected
from pyros.kernel.spec import Backoff
from pyros.kernel.supervisor import supervisor
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


@dataclass(frozen=True)
class Tick:
    number: int = 0


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


def test_the_default_fault_is_an_error_of_ours():
    with pytest.raises(InjectedError):
        FaultPlan().perform(Raise("/a"))


def test_a_rule_that_has_struck_its_one_match_is_spent_and_every_other_stays():
    """S98: a thousand faults of a night leave no thousand rules to look through."""
    plan = FaultPlan(rules=[Drop("/x"), Drop("/x", nth=None), Drop("/y", nth=2)])

    struck = [plan.at_port("/x") for _ in range(3)]

    assert struck == [Drop("/x"), Drop("/x", nth=None), Drop("/x", nth=None)]
    assert plan.at_port("/y") is None
    assert plan.at_port("/y") == Drop("/y", nth=2)
    assert plan.at_port("/y") is None
