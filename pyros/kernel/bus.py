"""Facts for whoever wants them: topics of state (newest wins) and streams (each item counts)."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from pyros.kernel.fence import check_fence
from pyros.kernel.logs import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pyros.kernel.clock import Clock

log = quiet(__name__)

RING = 1024
"""How many items of a stream are kept."""


class Published(NamedTuple):
    """A value, its number within the topic from 1 on, and when it was published."""

    seq: int
    at: datetime
    value: object
    order: int = 0
    """Its number among all that this bus has published."""


Taken = tuple[dict[str, Published], dict[str, tuple[list[Published], int]]]
"""Newest of each changed state topic; new items of each stream and how many were missed."""


class _Topic:
    __slots__ = ("forgotten", "latest", "readers", "ring", "seq")

    def __init__(self) -> None:
        self.seq = 0
        self.forgotten = False
        self.latest: Published | None = None
        self.ring: deque[Published] | None = None
        self.readers: tuple[Subscription, ...] = ()


class EventBus:
    """Publishers never wait for readers; no reader's code runs in a publisher's thread."""

    def __init__(self, clock: Clock, ring: int = RING) -> None:
        self._clock = clock
        self._ring = ring
        self._lock = threading.Lock()
        self._orders = itertools.count(1)
        self._topics: dict[str, _Topic] = {}
        self._subscriptions: list[Subscription] = []

    def publish(self, topic: str, value: object, *, stream: bool = False) -> None:
        """Make a frozen `value` the newest of `topic`; of a stream each item is kept for a while.

        Raises:
            Fenced: the publisher's incarnation was abandoned.
        """
        check_fence()
        at = self._clock.utc()
        with self._lock:
            entry = self._topics.get(topic) or self._open(topic)
            entry.seq += 1
            entry.latest = published = Published(entry.seq, at, value, next(self._orders))
            if stream or entry.ring is not None:
                self._append(entry, published)
            wakes = [reader.wake for reader in entry.readers if reader.mark(topic, entry)]
        for wake in wakes:
            try:
                wake()
            except Exception as error:  # noqa: BLE001 it only loses its subscription (S93)
                self._remove_broken(wake, error)

    def forget(self, topic: str) -> None:
        """Keep nothing of `topic`; who has not taken its last news yet still gets them, once.

        Published again, it begins anew.
        """
        with self._lock:
            entry = self._topics.pop(topic, None)
            if entry is None:
                return
            entry.forgotten = True
            for reader in entry.readers:
                reader.topics.remove(entry)
                reader.seen.pop(topic, None)

    def latest(self, topic: str) -> object | None:
        """The newest value of `topic`, None if there is none."""
        entry = self._topics.get(topic)
        return None if entry is None or entry.latest is None else entry.latest.value

    def snapshot(self, *patterns: str) -> dict[str, Published]:
        """The newest of each state topic that matches one of `patterns`."""
        with self._lock:
            return self._snapshot(patterns)

    def items(self, topic: str, after: int = 0) -> tuple[list[Published], int]:
        """The items of a stream numbered above `after`, and how many of those are gone."""
        with self._lock:
            entry = self._topics.get(topic)
            return ([], 0) if entry is None else _since(entry, after)

    def subscribe(self, patterns: Sequence[str], wake: Callable[[], None]) -> Subscription:
        """News of all topics that match; `wake` is called once until they are taken.

        The snapshot in the result and the news after it leave no gap.  `wake` is called in the
        publisher's thread: it may only put a token somewhere.  One that raises is removed.
        """
        check_fence()
        with self._lock:
            subscription = Subscription(self, tuple(patterns), wake)
            subscription.initial = self._snapshot(subscription.patterns)
            self._subscriptions.append(subscription)
            for name, entry in self._topics.items():
                if subscription.matches(name):
                    self._connect(entry, subscription)
                    subscription.seen[name] = entry.seq
            return subscription

    def remove(self, subscription: Subscription) -> None:
        """No more news for `subscription`."""
        with self._lock:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)
            for entry in subscription.topics:
                entry.readers = tuple(r for r in entry.readers if r is not subscription)
            subscription.topics.clear()

    def take(self, subscription: Subscription) -> Taken:
        """What is new for `subscription` since it last took."""
        with self._lock:
            dirty, subscription.dirty = subscription.dirty, {}
            state: dict[str, Published] = {}
            streams: dict[str, tuple[list[Published], int]] = {}
            for name, entry in dirty.items():
                if entry.ring is not None:
                    streams[name] = _since(entry, subscription.seen.get(name, 0))
                elif entry.latest is not None:
                    state[name] = entry.latest
                if not entry.forgotten:
                    subscription.seen[name] = entry.seq
            return state, streams

    @property
    def topics(self) -> tuple[str, ...]:
        """All topics that were published and not forgotten."""
        return tuple(self._topics)

    def _open(self, topic: str) -> _Topic:
        entry = self._topics[topic] = _Topic()
        for subscription in self._subscriptions:
            if subscription.matches(topic):
                self._connect(entry, subscription)
        return entry

    def _connect(self, entry: _Topic, subscription: Subscription) -> None:
        entry.readers = (*entry.readers, subscription)
        subscription.topics.append(entry)

    def _append(self, entry: _Topic, published: Published) -> None:
        if entry.ring is None:
            entry.ring = deque(maxlen=self._ring)
        entry.ring.append(published)

    def _snapshot(self, patterns: Sequence[str]) -> dict[str, Published]:
        return {
            name: entry.latest
            for name, entry in self._topics.items()
            if entry.ring is None and entry.latest is not None and _match(name, patterns)
        }

    def _remove_broken(self, wake: Callable[[], None], error: Exception) -> None:
        log.warning("a subscriber is broken and was removed: %r", error)
        for subscription in [s for s in self._subscriptions if s.wake is wake]:
            self.remove(subscription)


class Subscription:
    """One reader's place on the bus."""

    __slots__ = ("_bus", "dirty", "initial", "patterns", "seen", "topics", "wake")

    def __init__(self, bus: EventBus, patterns: tuple[str, ...], wake: Callable[[], None]) -> None:
        self._bus = bus
        self.patterns = patterns
        self.wake = wake
        self.initial: dict[str, Published] = {}
        """The newest of each matching state topic when it was made."""
        self.dirty: dict[str, _Topic] = {}
        self.seen: dict[str, int] = {}
        self.topics: list[_Topic] = []

    def matches(self, topic: str) -> bool:
        """Whether it wants news of `topic`."""
        return _match(topic, self.patterns)

    def mark(self, topic: str, entry: _Topic) -> bool:
        """Note that `topic` has news; whether the reader is to be woken."""
        was_clean = not self.dirty
        self.dirty[topic] = entry
        return was_clean

    def take(self) -> Taken:
        """What is new since the last time: `(state, streams)`."""
        return self._bus.take(self)

    def take_in_order(self) -> tuple[list[Published], int]:
        """What is new, in the order in which it was published, and how many were missed."""
        state, streams = self.take()
        if not streams and len(state) == 1:
            return list(state.values()), 0
        news = list(state.values())
        for items, _ in streams.values():
            news += items
        news.sort(key=lambda published: published.order)
        return news, sum(missed for _, missed in streams.values())

    def close(self) -> None:
        """End it."""
        self._bus.remove(self)


class ConflatingSubscriber:
    """Reads state topics; a slow one gets the newest value of each."""

    def __init__(self, bus: EventBus, patterns: Sequence[str], wake: Callable[[], None]) -> None:
        self._subscription = bus.subscribe(patterns, wake)
        self.initial = self._subscription.initial

    def take(self) -> dict[str, Published]:
        """The newest of each topic that changed since the last time."""
        return self._subscription.take()[0]

    def close(self) -> None:
        """End it."""
        self._subscription.close()


class StreamSubscriber:
    """Reads one stream; learns how many items it missed."""

    def __init__(self, bus: EventBus, topic: str, wake: Callable[[], None]) -> None:
        self._topic = topic
        self._subscription = bus.subscribe([topic], wake)

    def take(self) -> tuple[list[Published], int]:
        """The items since the last time, and how many were lost before the first of them."""
        return self._subscription.take()[1].get(self._topic, ([], 0))

    def close(self) -> None:
        """End it."""
        self._subscription.close()


def _since(entry: _Topic, after: int) -> tuple[list[Published], int]:
    if entry.ring is None:
        return ([] if entry.latest is None or entry.seq <= after else [entry.latest]), 0
    items = [published for published in entry.ring if published.seq > after]
    return items, entry.seq - after - len(items)


def _match(topic: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(topic, pattern) for pattern in patterns)
