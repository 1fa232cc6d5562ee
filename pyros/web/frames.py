"""Values of the bus to JSON, once each, and which topics a page may have."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property

from pyros.domain.user import Right
from pyros.kernel.bus import Published
from pyros.web.plain import dumps
from pyros.web.shapes import shape

STATE_TOPICS: Mapping[str, Right] = {
    "holds": Right.LOOK,
    "house": Right.LOOK,
    "schedule": Right.LOOK,
    "progress": Right.LOOK,
    "conditions": Right.LOOK,
    "device/*": Right.LOOK,
    "alert/*": Right.LOOK,
    "alerts/link/*": Right.LOOK,
    "kernel/tree/*": Right.LOOK,
    "kernel/counters": Right.LOOK,
    "kernel/losses": Right.LOOK,
}
"""Topics of which a page gets the newest value, and who may have them."""

STREAM_TOPICS: Mapping[str, Right] = {
    "log": Right.LOOK,
    "alarms": Right.LOOK,
    "alerts": Right.LOOK,
    "notices": Right.LOOK,
    "executions": Right.LOOK,
    "images": Right.LOOK,
    "analyses": Right.LOOK,
    "device-changes": Right.LOOK,
    "scheduling-failed": Right.LOOK,
    "night-closed": Right.LOOK,
    "kernel/lifecycle": Right.LOOK,
}
"""Topics of which a page gets each item, and who may have them."""

TOPICS: Mapping[str, Right] = {**STATE_TOPICS, **STREAM_TOPICS}
"""Whoever asks for anything else is refused."""


def is_stream(topic: str) -> bool:
    """Return whether each item of the topic counts."""
    return topic in STREAM_TOPICS


def matches(topic: str, pattern: str) -> bool:
    """Return whether a topic is among those that the pattern of the table stands for."""
    return topic == pattern or ("*" in pattern and fnmatchcase(topic, pattern))


class Fragment:
    """One published value; its JSON is made when the first browser wants it."""

    def __init__(self, published: Published) -> None:
        self.seq = published.seq
        self._at = published.at
        self.value = published.value

    @cached_property
    def json(self) -> str:
        """`{"seq": ..., "at": ..., "value": ...}`."""
        return dumps({"seq": self.seq, "at": self._at, "value": shape(self.value)})
