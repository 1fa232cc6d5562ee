"""The one subscriber of the bus for all browsers: newest values, rings, and who is listening."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from datetime import datetime

from pyros.kernel.bus import EventBus, Published, Subscription, Taken
from pyros.web.frames import STREAM_TOPICS, TOPICS, Fragment, is_stream, matches
from pyros.web.outbox import Outbox

RING = 1024
TAIL = 60
"""So many of the last items a browser gets that asks for a stream without a number."""
LOOK_S = 0.05
"""It looks so often for news: no publisher waits for a browser, not even to wake one."""


class Listener:
    """One browser: its outbox, the patterns it may have, and the event that wakes its writer."""

    def __init__(self, outbox: Outbox | None = None) -> None:
        self.outbox = outbox or Outbox()
        self.news = asyncio.Event()
        self.patterns: set[str] = set()

    def wants(self, topic: str) -> bool:
        """Return whether it listens to the topic."""
        return any(matches(topic, pattern) for pattern in self.patterns)


class Hub:
    """Mirrors the bus for the browsers of one loop; everything but `_note` runs in that loop."""

    def __init__(self, bus: EventBus, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._has_news = True
        self._state: dict[str, Fragment] = {}
        self._rings: dict[str, deque[Fragment]] = {}
        self.listeners: set[Listener] = set()
        self._subscription: Subscription = bus.subscribe(tuple(TOPICS), self._note)
        for topic, published in self._subscription.initial.items():
            self._state[topic] = Fragment(published)
        for topic in STREAM_TOPICS:
            items, _ = bus.items(topic)
            self._rings[topic] = deque((Fragment(one) for one in items), maxlen=RING)

    def _note(self) -> None:
        """Called in a publisher's thread; RuntimeError of a closed loop ends the subscription."""
        if self._loop.is_closed():
            raise RuntimeError("the loop of the pages is closed")
        self._has_news = True

    async def run(self) -> None:
        """Pass news on until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self._has_news:
                self.pump()

    def pump(self) -> None:
        """Take what is new from the bus and put it into the outboxes of those who want it."""
        self._has_news = False
        self._spread(self._subscription.take())

    def _spread(self, taken: Taken) -> None:
        state, streams = taken
        for topic, published in state.items():
            if is_stream(topic):  # its first item came without the mark of a stream
                continue
            fragment = self._state[topic] = Fragment(published)
            for listener in self._who_wants(topic):
                listener.outbox.put(topic, fragment)
        for topic, (items, missed) in streams.items():
            ring = self._rings.setdefault(topic, deque(maxlen=RING))
            last = ring[-1].seq if ring else 0
            fresh = [Fragment(one) for one in items if one.seq > last]
            if missed:  # a ring has no hole: who comes back later must learn of it, too
                ring.clear()
            ring.extend(fresh)
            for listener in self._who_wants(topic):
                listener.outbox.extend(topic, fresh, missed)

    def show(self, topic: str, value: object, at: datetime) -> None:
        """Tell a value that is not on the bus, or more of one that is; not what is known."""
        known = self._state.get(topic)
        if known is not None and known.value == value:
            return
        seq = known.seq if known is not None else 0
        fragment = self._state[topic] = Fragment(Published(seq, at, value))
        for listener in self._who_wants(topic):
            listener.outbox.put(topic, fragment)

    def wanted(self, topic: str) -> bool:
        """Return whether anybody listens to the topic."""
        return any(listener.wants(topic) for listener in self.listeners)

    def _who_wants(self, topic: str) -> Iterator[Listener]:
        for listener in self.listeners:
            if listener.wants(topic):
                listener.news.set()
                yield listener

    def join(self, listener: Listener) -> None:
        """From now on the listener is told what it wants."""
        self.listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """It is told nothing more."""
        self.listeners.discard(listener)

    def subscribe(self, listener: Listener, pattern: str, since: int | None) -> None:
        """Give the newest of what the pattern stands for, and whatever comes after, without a gap.

        Of a stream: the items after number `since`, or the last few.
        """
        self.pump()
        listener.patterns.add(pattern)
        listener.news.set()
        if is_stream(pattern):
            self._recall(listener, pattern, since)
            return
        for topic, fragment in self._state.items():
            if matches(topic, pattern):
                listener.outbox.put(topic, fragment)

    def _recall(self, listener: Listener, topic: str, since: int | None) -> None:
        ring = self._rings.get(topic, deque())
        if since is None:
            listener.outbox.extend(topic, list(ring)[-TAIL:])
            return
        if ring and ring[-1].seq < since:  # numbers of an earlier process
            since = 0
        fresh = [one for one in ring if one.seq > since]
        missed = max(0, fresh[0].seq - since - 1) if fresh else 0
        listener.outbox.extend(topic, fresh, missed)

    def close(self) -> None:
        """End the subscription."""
        self._subscription.close()
