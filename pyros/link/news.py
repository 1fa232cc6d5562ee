"""What a device tells by itself: the newest status, and how the line stands."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from pyros.link import liveness
from pyros.link.liveness import Liveness, Standing
from pyros.link.shapes import gist
from pyros.link.wire import VERSION, Garbled, decode


class News:
    """Listens to one device; the newest status replaces the one before.

    `hook` is called, from the thread of the line, when the device differs: phase, operation, ends,
    faults, interlocks, boot; or when the line stands otherwise than before.
    """

    def __init__(self, name: str, real_s: Callable[[], float]) -> None:
        self.hook: Callable[[], None] = _nothing
        self.counts: Counter[str] = Counter()
        self.latest: Mapping[str, object] | None = None
        self._name, self._real_s = name, real_s
        self._lock = threading.Lock()
        self._line = liveness.opened()
        self._stood = Standing.CONNECTING
        self._seen: object = None

    def standing(self) -> Standing:
        """Return how the line stands now."""
        return liveness.standing(self._line, self._real_s())

    def greeted(self) -> None:
        """Know that a hello was answered."""
        self._become(liveness.greeted)

    def answered(self) -> None:
        """Know that a request was answered."""
        if self._line.missed:
            self._become(liveness.answered)

    def unanswered(self) -> None:
        """Know that a request was not answered in time."""
        self._become(liveness.unanswered)

    def heard(self, status: bytes) -> None:
        """Take a status message; rubbish, those of others and old ones are dropped and counted."""
        try:
            message = decode(status)
        except Garbled:
            self.counts["garbled"] += 1
            return
        seq = message.get("seq")
        if message.get("v") != VERSION or message.get("device") != self._name or not _whole(seq):
            self.counts["foreign"] += 1
            return
        before = self.latest
        if before is not None and _is_older(message, before):
            self.counts["old"] += 1
            return
        self.latest = message
        self.counts["status"] += 1
        now_s = self._real_s()
        sign = f"{message.get('boot')}:{seq}"
        self._become(lambda line: liveness.told(line, sign, now_s))
        seen = gist(message)
        if seen != self._seen:
            self._seen = seen
            self.hook()

    def up(self) -> None:
        """Know that the connection stands: somebody may be there again."""
        self.hook()

    def down(self) -> None:
        """Know that the connection broke."""
        self._become(liveness.broke)

    def tick(self) -> None:
        """Look whether the line has become stale meanwhile."""
        self._become(_same)

    def _become(self, change: Callable[[Liveness], Liveness]) -> None:
        with self._lock:
            self._line = change(self._line)
            stands = self.standing()
            differs, self._stood = stands is not self._stood, stands
        if differs:
            self.hook()


def _is_older(message: Mapping[str, object], before: Mapping[str, object]) -> bool:
    seq, last = message.get("seq"), before.get("seq")
    same = message.get("boot") == before.get("boot")
    return same and isinstance(seq, int) and isinstance(last, int) and seq < last


def _whole(value: object) -> bool:
    return type(value) is int


def _same(line: Liveness) -> Liveness:
    return line


def _nothing() -> None:
    """Whom nobody wants to tell."""
