"""What one browser has still to get: the newest of each state, all of each stream, by credit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from pyros.web.frames import Fragment
from pyros.web.plain import dumps

CREDIT = 2
"""So many frames may be on their way unacknowledged."""
FASTEST_HZ = 10.0
KEPT = 500
"""Items of one stream that wait for a slow browser; older ones are missed, and said so."""


class Outbox:
    """Pure: it is told what is published and acknowledged, and gives frames when they may go."""

    def __init__(self, rate_hz: float = FASTEST_HZ, *, kept: int = KEPT) -> None:
        self.sent = 0
        self.acked = 0
        self._kept = kept
        self._last_at_s = -1e9
        self._state: dict[str, Fragment] = {}
        self._streams: dict[str, deque[Fragment]] = {}
        self._missed: dict[str, int] = {}
        self._notes: dict[str, object] = {}
        self.set_rate(rate_hz)

    def set_rate(self, rate_hz: float) -> None:
        """At most so many frames a second; never more than ten."""
        self._period_s = 1.0 / min(max(rate_hz, 0.05), FASTEST_HZ)

    def put(self, topic: str, fragment: Fragment) -> None:
        """The newest value of a state topic replaces the one that waits."""
        self._state[topic] = fragment

    def extend(self, topic: str, fragments: Iterable[Fragment], missed: int = 0) -> None:
        """Items of a stream, in order; `missed` so many were lost before the first of them."""
        waiting = self._streams.setdefault(topic, deque())
        if missed:
            self._missed[topic] = self._missed.get(topic, 0) + missed + len(waiting)
            waiting.clear()
        waiting.extend(fragments)
        while len(waiting) > self._kept:
            waiting.popleft()
            self._missed[topic] = self._missed.get(topic, 0) + 1

    def note(self, name: str, value: object) -> None:
        """Something for this browser alone."""
        self._notes[name] = value

    def ack(self, number: int) -> None:
        """The browser has frame `number`; one that was never sent counts for nothing."""
        if self.acked < number <= self.sent:
            self.acked = number

    @property
    def unacknowledged(self) -> int:
        """How many frames are on their way."""
        return self.sent - self.acked

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send."""
        streams = any(self._streams.values()) or any(self._missed.values())
        return not (self._state or streams or self._notes)

    def wait_s(self, now_s: float) -> float | None:
        """Return in how many seconds a frame may go; None: not before a message or an ack."""
        if self.empty or self.unacknowledged >= CREDIT:
            return None
        return max(0.0, self._last_at_s + self._period_s - now_s)

    def take(self, now_s: float, head: str) -> str:
        """Return the next frame with all that waits; `head` is JSON to stand in it."""
        self.sent += 1
        self._last_at_s = now_s
        state = ",".join(f"{dumps(topic)}:{one.json}" for topic, one in self._state.items())
        streams = ",".join(self._stream(topic, items) for topic, items in self._streams.items())
        notes = "".join(f",{dumps(name)}:{dumps(value)}" for name, value in self._notes.items())
        self._state, self._streams, self._missed, self._notes = {}, {}, {}, {}
        return f'{{"n":{self.sent},{head},"state":{{{state}}},"stream":{{{streams}}}{notes}}}'

    def _stream(self, topic: str, items: deque[Fragment]) -> str:
        first, last = (items[0].seq, items[-1].seq) if items else (0, 0)
        listed = ",".join(item.json for item in items)
        missed = self._missed.get(topic, 0)
        return (
            f'{dumps(topic)}:{{"items":[{listed}],"first":{first},"last":{last},"missed":{missed}}}'
        )
