"""Observability: the bus (S90 to S92)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.kernel.bus import ConflatingSubscriber, EventBus, StreamSubscriber
from pyros.kernel.clock import VirtualClock
from pyros.kernel.dynamic import dynamic
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown, ChildUp
from pyros.kernel.signals import StreamMissed
from pyros.kernel.spec import Restart
from pyros.kernel.supervisor import StartChild, TerminateChild, supervisor

START = datetime(2026, 3, 1, tzinfo=UTC)


def new_bus(ring=1024):
    return EventBus(VirtualClock(START), ring)


def test_every_transition_is_on_the_bus_in_order_and_numbered(world):
    """S90."""
    world.run(supervisor("s", [world.part("a")]))
    world.fail("/s/a")
    world.fail("/s/a")
    world.system.stop()

    items, missed = world.system.bus.items(LIFECYCLE)

    assert missed == 0
    assert [item.seq for item in items] == list(range(1, len(items) + 1))
    of_a = [(type(e), e.incarnation) for e in world.events(path="/s/a")]
    assert of_a == [
        (ChildUp, 1),
        (ChildDown, 1),
        (ChildUp, 2),
        (ChildDown, 2),
        (ChildUp, 3),
        (ChildDown, 3),
    ]


def test_the_tree_shows_state_restarts_mailbox_and_last_reason(world):
    """S11, S90."""
    world.run(supervisor("s", [world.part("a", blocking=True, tier=1)]))
    world.fail("/s/a", OSError("link lost"))

    row = world.status("/s/a")

    assert (row.state, row.incarnation, row.restarts) == ("running", 2, 1)
    assert (row.tier, row.blocking, row.mailbox) == (1, True, 0)
    assert row.last_reason == "OSError: link lost"
    assert row.since == world.clock.utc()
    assert [status.path for status in world.system.tree()] == ["/s", "/s/a"]


def test_a_slow_reader_gets_the_newest_and_blocks_nobody():
    """S91: what waits for it is bounded by the number of topics."""
    bus, wakes = new_bus(), []
    reader = ConflatingSubscriber(bus, ["device/*"], lambda: wakes.append(1))

    for number in range(10_000):
        bus.publish(f"device/{number % 3}", number)

    assert len(wakes) == 1
    assert {topic: item.value for topic, item in reader.take().items()} == {
        "device/0": 9999,
        "device/1": 9997,
        "device/2": 9998,
    }
    assert reader.take() == {}
    bus.publish("device/1", "again")
    assert len(wakes) == 2


def test_a_reader_of_a_stream_gets_each_item_or_learns_how_many_it_missed():
    """S91."""
    bus = new_bus(ring=10)
    reader = StreamSubscriber(bus, "alerts", lambda: None)

    for number in range(4):
        bus.publish("alerts", number, stream=True)
    assert [item.value for item in reader.take()[0]] == [0, 1, 2, 3]

    for number in range(4, 40):
        bus.publish("alerts", number, stream=True)
    items, missed = reader.take()

    assert missed == 26
    assert [item.value for item in items] == list(range(30, 40))
    assert reader.take() == ([], 0)


@given(st.lists(st.one_of(st.integers(0, 5), st.just("take")), max_size=60))
def test_no_item_of_a_stream_is_lost_unsaid(actions):
    """S91, S92."""
    bus = new_bus(ring=3)
    reader = StreamSubscriber(bus, "s", lambda: None)
    seen = published = 0

    for action in [*actions, "take"]:
        if action == "take":
            items, missed = reader.take()
            seen += missed + len(items)
        else:
            bus.publish("s", action, stream=True)
            published += 1

    assert seen == published


@pytest.mark.realtime
def test_a_late_reader_gets_a_snapshot_and_then_every_change():
    """S92: with a publisher that never pauses there is neither gap nor repetition."""
    bus, done = new_bus(), threading.Event()

    def publish():
        for number in range(20_000):
            bus.publish("counter", number)
        done.set()

    def read(_):
        news = threading.Event()
        subscription = bus.subscribe(["counter"], news.set)
        seq = subscription.initial["counter"].seq if subscription.initial else 0
        while seq < 20_000:
            assert news.wait(10)
            news.clear()
            for item in subscription.take()[0].values():
                assert item.seq > seq
                assert item.value == item.seq - 1
                seq = item.seq
        return seq

    with ThreadPoolExecutor(1) as others:
        others.submit(publish)
        assert [read(number) for number in range(3)] == [20_000] * 3
    assert done.is_set()


def test_a_subscribed_actor_gets_values_as_plain_messages(world):
    """S92: of a state topic the newest, of a stream all, in the order of publication."""
    world.run(world.part("a"), world.part("b"))
    world.system.bus.publish("device/mount", "parked")

    snapshot = world.do("/a", lambda actor: actor.context.subscribe("device/*", "alerts"))

    def publish(actor):
        bus = actor.context.bus
        bus.publish("device/mount", "slewing")
        bus.publish("alerts", 1, stream=True)
        bus.publish("device/mount", "tracking")
        bus.publish("alerts", 2, stream=True)

    if world.kind == "sim":
        world.do("/b", publish)
    else:  # hold the reader, so that all is published before it looks
        gate = threading.Event()
        world.tell("/a", lambda _: gate.wait(10))
        world.do("/b", publish)
        gate.set()
    world.settle()

    assert snapshot == {"device/mount": "parked"}
    assert world.do("/a", lambda actor: actor.got) == [1, "tracking", 2]


def test_an_actor_that_missed_items_is_told_how_many(sim_world):
    """S91."""
    world = sim_world
    world.run(world.part("a"), bus=EventBus(world.clock, 5))
    world.do("/a", lambda actor: actor.context.subscribe("alerts"))

    for number in range(8):
        world.system.bus.publish("alerts", number, stream=True)
    world.settle()

    got = world.do("/a", lambda actor: actor.got)
    assert got == [StreamMissed(patterns=("alerts",), count=3), 3, 4, 5, 6, 7]


def test_a_forgotten_topic_is_told_once_more_and_then_kept_by_nobody():
    """S92: memory stays bounded where topics come and go."""
    bus = EventBus(VirtualClock(START))
    reader = bus.subscribe(["kernel/tree/*"], lambda: None)
    for number in range(1000):
        bus.publish(f"kernel/tree/plan-{number}", "running")
        bus.publish(f"kernel/tree/plan-{number}", "stopped")
        bus.forget(f"kernel/tree/plan-{number}")

    news = reader.take()[0]

    assert {published.value for published in news.values()} == {"stopped"}
    assert len(news) == 1000
    assert bus.topics == ()
    assert (reader.take(), reader.topics, reader.seen) == (({}, {}), [], {})
    assert bus.subscribe(["kernel/tree/*"], lambda: None).initial == {}


def test_a_forgotten_topic_that_is_published_again_begins_anew():
    """S92: nothing is missed of it."""
    bus = EventBus(VirtualClock(START))
    reader = bus.subscribe(["alerts"], lambda: None)
    for number in range(3):
        bus.publish("alerts", number, stream=True)
    reader.take()
    bus.forget("alerts")

    bus.publish("alerts", "new", stream=True)

    items, missed = reader.take()[1]["alerts"]
    assert ([item.value for item in items], missed) == (["new"], 0)


def test_a_temporary_child_that_has_ended_leaves_no_line_in_the_tree(world):
    """S92: a night starts hundreds of plans; who looks on is told that each has stopped."""
    world.run(dynamic("plans"))
    reader = world.system.bus.subscribe(["kernel/tree/plans/*"], lambda: None)
    for number in range(3):
        spec = world.part(f"plan-{number}", restart=Restart.TEMPORARY)
        world.system.address("/plans").ask(StartChild(spec), timeout_s=5.0)
        world.system.address("/plans").ask(TerminateChild(f"plan-{number}"), timeout_s=5.0)

    told = {topic: published.value.state for topic, published in reader.take()[0].items()}

    assert told == {f"kernel/tree/plans/plan-{number}": "stopped" for number in range(3)}
    assert [one.path for one in world.system.tree()] == ["/plans"]
