"""Coroutines, the bus and actors (S92 to S94)."""

from __future__ import annotations

import asyncio

import pytest

from pyros.kernel.bridge import Bridge
from pyros.kernel.ref import ActorDead, AskTimeout


def test_a_closed_event_loop_only_loses_its_subscription(world):
    """S93."""
    world.run(world.part("a"))
    loop = asyncio.new_event_loop()
    feed = Bridge(loop).feed(world.system.bus, ["device/*"])
    loop.close()

    world.do("/a", lambda actor: actor.context.bus.publish("device/x", 1))
    world.do("/a", lambda actor: actor.context.bus.publish("device/x", 2))

    assert feed.initial == {}
    assert world.incarnation("/a") == 1


def test_a_coroutine_asks_and_reads_the_bus(thread_world):
    """S92, S94."""
    world = thread_world
    world.run(world.part("a", hooks={"on_receive": lambda _, message: message * 2}))
    world.system.bus.publish("device/x", 1)

    async def browse():
        bridge = Bridge(asyncio.get_running_loop())
        async with bridge.feed(world.system.bus, ["device/*"]) as feed:
            world.do("/a", lambda actor: actor.context.bus.publish("device/x", 2))
            state, _ = await anext(feed)
        return await bridge.ask(world.system.address("/a"), 21), feed.initial, state

    answer, initial, state = asyncio.run(browse())

    assert answer == 42
    assert initial["device/x"].value == 1
    assert state["device/x"].value == 2


@pytest.mark.realtime
def test_an_ask_to_a_hung_actor_ends_by_its_deadline_and_the_loop_runs_on(thread_world):
    """S94: it counts its turns meanwhile."""
    world = thread_world
    world.run(world.part("a"), scan_s=10.0)
    world.tell("/a", lambda _: world.released.wait())

    async def dashboard():
        turns = 0

        async def turn():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        turning = asyncio.create_task(turn())
        with pytest.raises(AskTimeout, match="/a: no answer"):
            await Bridge(asyncio.get_running_loop()).ask(world.system.address("/a"), "x", 0.05)
        turning.cancel()
        return turns

    assert asyncio.run(dashboard()) > 10


def test_an_ask_of_a_coroutine_to_nobody_fails_at_once(thread_world):
    """S94."""
    world = thread_world
    world.run(world.part("a"))

    async def ask():
        await Bridge(asyncio.get_running_loop()).ask(world.system.address("/nobody"), "x", 60.0)

    with pytest.raises(ActorDead):
        asyncio.run(ask())
