"""Strategies (S18 to S23)."""

from __future__ import annotations

import time

import pytest

from pyros.kernel.dynamic import StartOne, dynamic
from pyros.kernel.lifecycle import ChildDown
from pyros.kernel.signals import Shutdown
from pyros.kernel.spec import Restart, RestartIntensity, Strategy
from pyros.kernel.supervisor import CountChildren, StartChild, TerminateChild, supervisor
from pyros.kernel.testing.faults import Hang


def three(world, strategy, **options):
    parts = [world.part(name) for name in "abc"]
    world.run(supervisor("s", parts, strategy=strategy, **options))
    world.lives()


def test_one_for_one_restarts_the_failed_one_only(world):
    """S18."""
    three(world, Strategy.ONE_FOR_ONE)

    world.fail("/s/b")

    assert world.lives() == [("failed", "b", 1), ("started", "b", 2)]


def test_one_for_all_stops_in_reverse_and_starts_in_order(world):
    """S19."""
    three(world, Strategy.ONE_FOR_ALL)

    world.fail("/s/b")

    assert world.lives() == [
        ("failed", "b", 1),
        ("stopped", "c", 1),
        ("stopped", "a", 1),
        ("started", "a", 2),
        ("started", "b", 2),
        ("started", "c", 2),
    ]


def test_rest_for_one_leaves_the_earlier_alone(world):
    """S20."""
    three(world, Strategy.REST_FOR_ONE)

    world.fail("/s/b")

    assert world.lives() == [
        ("failed", "b", 1),
        ("stopped", "c", 1),
        ("started", "b", 2),
        ("started", "c", 2),
    ]


def test_two_failures_at_once_are_one_group_restart(world, failing):
    """S21: the second notice is of a stale incarnation, and costs nothing."""
    three(world, Strategy.ONE_FOR_ALL, intensity=RestartIntensity(max_restarts=1))

    def let_both_fail(_):
        for path in ("/s/a", "/s/c"):
            world.tell(path, failing(ValueError("boom")))
        if world.kind == "threads":
            world.until(
                lambda: {"a", "c"} == {n for word, n, _ in world.journal if word == "failed"}
            )

    slow = world.part("slow", hooks={"on_start": let_both_fail}, restart=Restart.TEMPORARY)
    world.system.address("/s").ask(StartChild(slow), 20.0)
    world.settle()

    assert [line for line in world.lives("a", "b", "c") if line[0] == "started"] == [
        ("started", "a", 2),
        ("started", "b", 2),
        ("started", "c", 2),
    ]
    assert world.status("/s").incarnation == 1
    assert len(world.events(ChildDown, path="/s/a")) == 1
    assert len(world.events(ChildDown, path="/s/c")) == 1


def test_a_dynamic_supervisor_tells_all_at_once_and_shares_one_deadline(thread_world):
    """S22: each of these stops only after all have been asked to."""
    world = thread_world
    world.run(dynamic("s"))
    asked = []

    def wait_for_the_others(actor):
        asked.append(actor.name)
        world.until(lambda: len(asked) == 4)

    for name in "abcd":
        part = world.part(name, hooks={"on_stop": wait_for_the_others}, shutdown_s=10.0)
        world.system.address("/s").ask(StartChild(part))

    assert world.system.stop() == 0
    assert {line[1] for line in world.lives(words=("stopped",))} == {"a", "b", "c", "d"}


def test_children_who_do_not_stop_cost_a_dynamic_supervisor_one_deadline(sim_world):
    """S22: not one for each of them."""
    world = sim_world
    world.run(dynamic("s"))
    for name in "abcd":
        world.system.address("/s").ask(StartChild(world.part(name, shutdown_s=3.0)))
    world.plan.add(Hang("/s/*", message=Shutdown, nth=None))
    began = world.clock.monotonic()

    world.system.stop()

    assert world.clock.monotonic() - began == 3.0
    assert set(world.system.abandoned) == {f"/s/{name}#1" for name in "abcd"}


def test_a_dynamic_supervisor_makes_children_from_its_template(world):
    """S22."""
    world.run(
        dynamic("plans", template=lambda n: world.part(f"plan-{n}", restart=Restart.TEMPORARY))
    )

    address = world.system.address("/plans").ask(StartOne((3,)))

    assert address.path == "/plans/plan-3"
    assert world.incarnation("/plans/plan-3") == 1


def test_children_of_a_dynamic_supervisor_are_not_those_of_its_successor(world):
    """S28: only static children come back with their supervisor."""
    world.run(supervisor("top", [dynamic("s", intensity=RestartIntensity(max_restarts=0))]))
    world.system.address("/top/s").ask(StartChild(world.part("a")))

    world.fail("/top/s/a")

    assert world.status("/top/s").incarnation == 2
    assert world.system.address("/top/s").ask(CountChildren()).specs == 0


def test_five_thousand_children_cost_no_more_each_than_a_thousand(sim_world):
    """S23: to start and to stop; in deliveries, which no other load on the machine changes."""
    world = sim_world
    world.run(dynamic("s"))
    boss = world.system.address("/s")

    def cost(count):
        before, began = world.sim.deliveries, time.process_time()
        for number in range(count):
            boss.ask(StartChild(world.part(f"c{number}", restart=Restart.TEMPORARY)))
        assert boss.ask(CountChildren()).active == count
        for number in range(count):
            boss.ask(TerminateChild(f"c{number}"))
        world.settle()
        return world.sim.deliveries - before, time.process_time() - began

    few, few_s = cost(1000)
    many, many_s = cost(5000)

    assert many - 1 == 5 * (few - 1)  # one of them counts the children
    assert many_s <= 20 * few_s  # about 5; far from 25, which it would be by the square


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_temporary_sibling_is_not_started_again_with_its_group(world, strategy):
    """S16."""
    parts = [world.part("a"), world.part("b", restart=Restart.TEMPORARY)]
    world.run(supervisor("s", parts, strategy=strategy))

    world.fail("/s/a")

    expected = 1 if strategy is Strategy.ONE_FOR_ONE else 0
    children = world.system.address("/s").ask(CountChildren())
    assert children.specs == 1 + expected
