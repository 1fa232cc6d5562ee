"""The live channel: nothing is lost without a word, however a browser reads."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from builders.played_night import house_says, operator_hold
from builders.web_house import NOW
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyros.domain.user import Role
from pyros.kernel.bus import EventBus
from pyros.kernel.clock import VirtualClock
from pyros.messages import topics
from pyros.messages.events import LogRecorded
from pyros.store import users
from pyros.web.frames import STATE_TOPICS, TOPICS
from pyros.web.hub import Hub, Listener
from pyros.web.outbox import CREDIT, Outbox

STATES = ("holds", "house", "device/a", "device/b")
STREAMS = ("log", "notices")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("state"), st.sampled_from(STATES)),
        st.tuples(st.just("stream"), st.sampled_from(STREAMS)),
        st.tuples(st.sampled_from(["pump", "send", "ack", "reconnect", "later"]), st.none()),
    ),
    max_size=80,
)

LOG = ("stream", "log")
GAP = [LOG, LOG, ("pump", None), LOG, LOG, LOG, ("pump", None), ("reconnect", None)]
"""Items are lost between the bus and the hub, then a page comes back that had read none."""


class Reader:
    """A page: what it has of each state topic, and each number of each stream it has heard of."""

    def __init__(self, hub, kept):
        self.hub, self.kept = hub, kept
        self.state, self.items, self.missed = {}, {}, {}
        self.now_s = 0.0
        self.connect()

    def connect(self):
        """Open a line, with the numbers it has come to."""
        self.listener = Listener(Outbox(kept=self.kept))
        self.hub.join(self.listener)
        for pattern in ("holds", "house", "device/*"):
            self.hub.subscribe(self.listener, pattern, None)
        for topic in STREAMS:
            last = self.items.get(topic, [0])[-1]
            self.hub.subscribe(self.listener, topic, last)

    def reconnect(self):
        """Lose the line with whatever was on its way."""
        self.hub.leave(self.listener)
        self.connect()

    def send(self):
        """Take a frame, if one may go."""
        outbox = self.listener.outbox
        if outbox.wait_s(self.now_s) == 0.0:
            assert outbox.unacknowledged < CREDIT
            frame = json.loads(outbox.take(self.now_s, '"sent":""'))
            self.state |= {topic: one["value"] for topic, one in frame["state"].items()}
            for topic, part in frame["stream"].items():
                self.missed[topic] = self.missed.get(topic, 0) + part["missed"]
                self.items.setdefault(topic, [0]).extend(one["seq"] for one in part["items"])

    def drain(self):
        """Read until there is nothing more."""
        self.hub.pump()
        for _ in range(20):
            self.listener.outbox.ack(self.listener.outbox.sent)
            self.now_s += 1.0
            self.send()
        assert self.listener.outbox.empty


@settings(max_examples=150)
@example(steps=GAP, kept=6, ring=2)
@given(STEPS, st.integers(2, 6), st.integers(2, 8))
def test_a_page_ends_up_with_the_state_of_the_bus_and_knows_of_every_item_it_missed(
    steps, kept, ring
) -> None:
    """S91, S92: for any order of publish, acknowledge, stall and reconnect."""
    bus = EventBus(VirtualClock(NOW), ring=ring)
    loop = asyncio.new_event_loop()
    hub = Hub(bus, loop)
    reader, published = Reader(hub, kept), dict.fromkeys(STREAMS, 0)
    for number, (step, topic) in enumerate(steps):
        match step:
            case "state":
                bus.publish(topic, number)
            case "stream":
                bus.publish(topic, number, stream=True)
                published[topic] += 1
            case "pump":
                hub.pump()
            case "send":
                reader.send()
            case "ack":
                reader.listener.outbox.ack(reader.listener.outbox.sent)
            case "reconnect":
                reader.reconnect()
            case "later":
                reader.now_s += 0.05
    reader.drain()
    loop.close()

    assert reader.state == {
        topic: one.value for topic, one in bus.snapshot(*STATE_TOPICS).items() if topic in STATES
    }
    for topic, count in published.items():
        items = reader.items.get(topic, [0])[1:]
        assert items == sorted(set(items))
        assert len(items) + reader.missed.get(topic, 0) == count


def test_a_page_gets_ten_frames_a_second_at_most_and_two_on_their_way() -> None:
    outbox = Outbox()
    sent = []
    bus = EventBus(VirtualClock(NOW))
    hub = Hub(bus, asyncio.new_event_loop())
    listener = Listener(outbox)
    hub.join(listener)
    hub.subscribe(listener, "house", None)
    for millisecond in range(0, 2000, 10):
        bus.publish("house", millisecond)
        hub.pump()
        if outbox.wait_s(millisecond / 1000.0) == 0.0:
            outbox.take(millisecond / 1000.0, '"sent":""')
            sent.append(millisecond)
            if len(sent) < 10:
                outbox.ack(outbox.sent)
    hub._loop.close()

    assert len(sent) == 11
    assert all(later - earlier >= 100 for earlier, later in pairwise(sent))


def test_a_value_becomes_json_once_for_all_pages(monkeypatch) -> None:
    made = []
    monkeypatch.setattr("pyros.web.frames.shape", lambda value: made.append(value) or value)
    bus = EventBus(VirtualClock(NOW))
    hub = Hub(bus, asyncio.new_event_loop())
    listeners = [Listener() for _ in range(5)]
    for listener in listeners:
        hub.join(listener)
        hub.subscribe(listener, "house", None)
    bus.publish("house", 1)
    bus.publish("house", 2)
    hub.pump()
    frames = [one.outbox.take(0.0, '"sent":""') for one in listeners]
    hub._loop.close()

    assert made == [2]
    assert len(set(frames)) == 1


@asynccontextmanager
async def line_of(browser, *topics, **more):
    """Open a socket as a page does, and ask for topics."""
    headers = {"Origin": browser.origin}
    async with browser.client.ws_connect("/ws", headers=headers) as socket:
        await socket.send_json({"sub": list(topics), **more})
        yield socket


async def frame_with(socket, topic):
    """Read and acknowledge until a frame tells of the topic; return its part of it."""
    async with asyncio.timeout(10):
        while True:
            frame = await socket.receive_json()
            await socket.send_json({"ack": frame["n"]})
            part = frame["state"].get(topic) or frame["stream"].get(topic)
            if part is not None:
                return part


async def ending(socket):
    """Read until the house closes; return the code."""
    async with asyncio.timeout(20):
        while True:
            message = await socket.receive()
            if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}:
                return socket.close_code
            if message.type is WSMsgType.TEXT:
                await socket.send_json({"ack": json.loads(message.data)["n"]})


async def test_a_page_gets_what_is_and_then_what_changes(house, browsing) -> None:
    """B12: pushed as it happens, with the observatory's clock and its factor."""
    house.publish(*house_says(NOW, None, None, (operator_hold(NOW),)))
    async with browsing(house, Role.USER) as browser, line_of(browser, "holds", "log") as socket:
        first = await frame_with(socket, "holds")
        assert (first["value"]["mode"], first["value"]["count"]) == ("MANUAL", 1)

        house.publish(*house_says(NOW, None, None, ()))
        assert (await frame_with(socket, "holds"))["value"]["mode"] == "OBSERVING"

        house.publish(LogRecorded(at=NOW, level="INFO", actor="/a", text="<b>bold</b>"))
        (line,) = (await frame_with(socket, "log"))["items"]
        assert line["value"]["text"] == "<b>bold</b>"


async def test_a_page_that_comes_back_gets_the_lines_after_its_last_one(house, browsing) -> None:
    async with browsing(house, Role.USER) as browser:
        for number in range(5):
            house.publish(LogRecorded(at=NOW, level="INFO", actor="/a", text=str(number)))
        async with line_of(browser, "log", since={"log": 3}) as socket:
            part = await frame_with(socket, "log")

    assert [one["value"]["text"] for one in part["items"]] == ["3", "4"]
    assert (part["first"], part["last"], part["missed"]) == (4, 5, 0)


async def test_a_line_says_of_which_build_its_house_is(house, browsing) -> None:
    """Forms of a page of an earlier process are void; it loads itself anew."""
    async with browsing(house, Role.USER) as browser:
        _, text = await browser.get("/")
        async with line_of(browser, "house") as socket:
            frame = await socket.receive_json()

    assert f'data-build="{frame["build"]}"' in text


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
async def test_a_foreign_page_gets_no_line(house, browsing, origin) -> None:
    async with browsing(house, Role.ADMIN) as browser:
        headers = {} if origin is None else {"Origin": origin}
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.client.ws_connect("/ws", headers=headers)

    assert refused.value.status == 403


async def test_nobody_gets_a_line_without_a_log_in(house, browsing) -> None:
    async with browsing(house) as browser:
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.client.ws_connect("/ws", headers={"Origin": browser.origin})

    assert refused.value.status == 401


async def test_a_topic_that_is_not_in_the_table_is_refused_by_name(house, browsing) -> None:
    wanted = ("*", "secrets", 7, {"a": 1})
    async with browsing(house, Role.ADMIN) as browser, line_of(browser, *wanted) as socket:
        frame = await socket.receive_json()
        while "refused" not in frame:
            frame = await socket.receive_json()

    assert frame["refused"] == ["*", "secrets", "7", "{'a': 1}"]
    assert frame["state"] == {}


@pytest.mark.parametrize("words", ["no json", "[1]", "7", '{"ack": "x", "sub": 3}', "x" * 5000])
async def test_a_hostile_page_harms_only_itself(house, browsing, words) -> None:
    """S93."""
    async with browsing(house, Role.USER) as browser, line_of(browser, "house") as hostile:
        await hostile.send_str(words)
        async with line_of(browser, "holds") as other:
            house.publish(*house_says(NOW, None, None, ()))
            assert (await frame_with(other, "holds"))["value"]["mode"] == "OBSERVING"


async def test_logging_out_closes_the_line_of_every_tab_at_once(house, browsing) -> None:
    async with browsing(house, Role.USER) as browser:
        form = await browser.form("/")
        async with line_of(browser, "house") as first, line_of(browser, "house") as second:
            await browser.post("/logout", form)

            assert [await ending(first), await ending(second)] == [4401, 4401]


async def test_rights_withdrawn_close_the_line(house, browsing) -> None:
    """P89: also while nothing is clicked."""
    async with browsing(house, Role.EXPERT) as browser, line_of(browser, "house") as socket:
        house.written()
        account = house.store.read(lambda session: users.by_email(session, "expert@x.org"))
        house.store.write(
            lambda session: users.transition(
                session, account.id, "suspend", at=NOW, by="admin@x.org"
            )
        )
        house.watch.advance(6)

        assert await ending(socket) == 4401


async def test_a_hung_actor_does_not_stall_the_page(make_house, browsing) -> None:
    """S94: orders to it are told, not asked; pages and lines go on."""
    free = threading.Event()
    house = make_house(majordome_answers=lambda _: free.wait(20))
    try:
        house.system.address("/majordome").tell("hang")
        async with browsing(house, Role.EXPERT) as browser, line_of(browser, "holds") as socket:
            answer = await browser.post("/orders/pause", await browser.form("/"))
            house.publish(*house_says(NOW, None, None, ()))

            assert answer.status == 303
            assert (await frame_with(socket, "holds"))["value"]["mode"] == "OBSERVING"
    finally:
        free.set()


def test_every_topic_of_a_page_is_published_by_somebody() -> None:
    patterns = {
        re.sub(r"\{\w+\}", "*", name)
        for name in (*topics.STATES.values(), *topics.STREAMS.values())
    }

    assert {topic for topic in TOPICS if not topic.startswith("kernel/")} <= patterns
