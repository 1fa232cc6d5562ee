"""Asks, and how each of them ends (S56, S57, S63 to S65)."""

from __future__ import annotations

import pytest

from pyros.kernel.ref import (
    ActorDead,
    ActorRestarting,
    AskTimeout,
    AskUpward,
    BoundedFuture,
    Deadlock,
    SelfAsk,
)
from pyros.kernel.spec import Backoff, Restart, RestartIntensity
from pyros.kernel.supervisor import supervisor
from pyros.kernel.testing.faults import Hang


@pytest.mark.realtime
def test_every_ask_ends_though_a_thousand_actors_die(thread_world):
    """S56: and not one of them by its deadline."""
    world = thread_world
    patient = RestartIntensity(max_restarts=5000)
    world.run(supervisor("s", [world.part("a", mailbox=100_000)], intensity=patient))
    address, futures = world.system.address("/s/a"), []

    for _ in range(1000):
        futures += [address.begin_ask("before") for _ in range(3)]
        address.offer(world.message(lambda _: 1 / 0))
        futures.append(address.begin_ask("after"))
    outcomes = []
    for future in futures:
        try:
            outcomes.append(future.get(30.0))
        except (ActorDead, ActorRestarting) as error:
            outcomes.append(type(error))

    assert len(outcomes) == 4000
    assert AskTimeout not in outcomes
    assert all(future.done for future in futures)


def test_every_ask_ends_when_its_actor_dies(world, failing):
    """S56: those in the queue by ActorDead, a later one by ActorRestarting."""
    world.run(
        supervisor("s", [world.part("a", restart=Restart.TEMPORARY), world.part("b")]),
    )
    address = world.system.address("/s/a")

    answers = [address.begin_ask("before")]
    address.tell(world.message(failing(ValueError("boom"))))
    answers += [address.begin_ask("after") for _ in range(10)]
    world.settle()

    assert answers[0].get() is None
    for answer in answers[1:]:
        with pytest.raises(ActorDead):
            answer.get()


def test_an_ask_without_a_deadline_has_one(sim_world):
    """S57."""
    world = sim_world
    world.run(world.part("a", tier=1), world.part("b"))
    silent = world.do("/b", lambda actor: BoundedFuture())
    silent.waiter = world.sim.waiter
    world.system.services.timers.after(60.0, lambda: None)

    began = world.clock.monotonic()
    with pytest.raises(AskTimeout):
        silent.get()

    assert world.clock.monotonic() - began == 5.0


def test_no_wait_of_pykka_is_unbounded(thread_world):
    """S57: a mapped future, too, holds no lock while it waits."""
    future = BoundedFuture()

    with pytest.raises(AskTimeout):
        future.map(len).get(timeout=0.01)
    future.set("four")
    future.set("ignored")

    assert future.map(len).get(timeout=1) == 4


def test_while_it_restarts_it_says_when_to_try_again(world):
    """S63: below a supervisor that restarts as well."""
    wait = Backoff(min_s=8.0, max_s=8.0, jitter=0.0)
    never = RestartIntensity(max_restarts=0)
    unit = supervisor("unit", [world.part("a")], intensity=never, optional=True, backoff=wait)
    world.run(unit, world.part("b", optional=True, backoff=wait))

    world.fail("/unit/a")
    world.fail("/b")

    for path in ("/b", "/unit", "/unit/a"):
        with pytest.raises(ActorRestarting) as caught:
            world.system.address(path).tell("x")
        assert caught.value.retry_after == 8.0
        with pytest.raises(ActorRestarting):
            world.system.address(path).ask("x")
    world.advance(8.0)
    assert world.system.address("/b").ask("x") is None
    assert world.system.address("/unit/a").ask("x") is None


def test_an_actor_that_asks_itself_is_refused_at_once(world):
    """S64."""
    world.run(supervisor("s", [world.part("a")]))

    with pytest.raises(SelfAsk):
        world.do("/s/a", lambda actor: actor.context.me.ask("x"))

    world.settle()
    assert world.incarnation("/s/a") == 2


def ring(world, timeout_s):
    """a asks b, and b asks a."""
    world.run(supervisor("s", [world.part("a"), world.part("b")]), tiers=False)

    def back(actor):
        return actor.context.address("/s/a").ask("x", timeout_s)

    def there(actor):
        return actor.context.address("/s/b").ask(world.message(back), timeout_s)

    return world.system.address("/s/a").ask(world.message(there), 10.0)


def test_a_ring_of_asks_ends_at_once_in_the_deterministic_runtime(sim_world):
    """S64."""
    began = sim_world.clock.monotonic()

    with pytest.raises(Deadlock):
        ring(sim_world, 5.0)

    assert sim_world.clock.monotonic() == began


@pytest.mark.realtime
def test_a_ring_of_asks_ends_by_its_deadline_in_threads(thread_world):
    """S64."""
    with pytest.raises(AskTimeout):
        ring(thread_world, 0.05)


def test_one_asks_downward_only(world):
    """Law 3: the web and a test, who are no actors, ask whom they like."""
    world.run(supervisor("s", [world.part("low", tier=1), world.part("high", tier=4)]))

    assert world.do("/s/high", lambda actor: actor.context.address("/s/low").ask("x")) is None
    with pytest.raises(AskUpward, match="tier 1"):
        world.do("/s/low", lambda actor: actor.context.address("/s/high").ask("x"))


@pytest.mark.realtime
def test_a_late_answer_is_never_taken_for_that_of_a_later_ask(world):
    """S65."""
    world.plan.add(Hang("/a", for_s=1.0) if world.kind == "sim" else Hang("/a"))
    world.run(world.part("a", hooks={"on_receive": lambda _, message: message}))

    first = world.system.address("/a").begin_ask(world.message(lambda _: "late"), 0.01)
    with pytest.raises(AskTimeout):
        first.get()
    second = world.system.address("/a").begin_ask("second")
    world.plan.release()

    assert second.get() == "second"
    assert first.get(5.0) == "late"


def test_a_reply_callback_is_called_once_whether_early_or_late():
    """S56."""
    seen = []
    future = BoundedFuture()

    future.on_done(lambda f: seen.append(("early", f.get())))
    future.on_done(lambda f: 1 / 0)
    future.set(3)
    future.on_done(lambda f: seen.append(("late", f.get())))

    assert seen == [("early", 3), ("late", 3)]
