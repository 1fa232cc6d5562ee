"""What a plan writes and says: rows through the store's writer, facts on the bus."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pyros.errors import IllegalTransition, NoSuchRow, NotRunning, StoreUnavailable
from pyros.kernel.context import Context
from pyros.messages import topics
from pyros.messages.events import Event
from pyros.store.engine import Session
from pyros.store.writer import Write

T = TypeVar("T")

log = logging.getLogger(__name__)

WRITE_S = 10.0


@dataclass(slots=True, kw_only=True)
class Pen:
    """Writes for one incarnation of one actor."""

    context: Context
    writer: str
    """Path of the actor that writes."""
    refusal: str = field(default="", init=False)
    """Why the last `now` was not written."""
    _waiting: deque[Write] = field(default_factory=deque, init=False)
    """What the writer was away for, in order."""

    def now(self, work: Callable[[Session], T], what: str) -> T | None:
        """Have it written and wait for that; None if it was not: `refusal` says why."""
        if not self.flush():
            self.refusal = "nobody writes now"
            return None
        write = Write(work=work, epoch=self.context.epoch, what=what)
        try:
            answer: T = self.context.address(self.writer).ask(write, timeout_s=WRITE_S)
        except (StoreUnavailable, NotRunning, IllegalTransition, NoSuchRow) as gone:
            self.refusal = str(gone)
            log.warning("%s: %s not written: %s", self.context.path, what, gone)
            return None
        return answer

    def later(self, work: Callable[[Session], object], what: str) -> None:
        """Have it written in its turn; kept here while nobody writes, then by the writer."""
        self._waiting.append(Write(work=work, epoch=self.context.epoch, what=what))
        if not self.flush():
            log.warning("%s: %s waits: nobody writes now", self.context.path, what)

    def flush(self) -> bool:
        """Hand over what waits; return whether all of it was taken."""
        writer = self.context.address(self.writer)
        while self._waiting and writer.offer(self._waiting[0]):
            self._waiting.popleft()
        return not self._waiting

    def now_or_later(self, work: Callable[[Session], object], what: str) -> None:
        """Have it written now; if the store does not take it, as soon as it does."""
        if self.now(work, what) is None:
            self.later(work, what)

    def say(self, event: Event) -> None:
        """Publish a fact."""
        self.context.bus.publish(topics.topic_of(event), event, stream=topics.is_stream(event))
