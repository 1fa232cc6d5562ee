"""One heap of what is due when; in production one thread that waits for it."""

from __future__ import annotations

import heapq
import itertools
import threading
from typing import TYPE_CHECKING

from pyros.kernel.clock import VirtualClock
from pyros.kernel.logs import quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.clock import Clock

log = quiet(__name__)

LATE_PERIODS = 2
"""A repeated timer that is later than this many periods goes on from now."""


class Timer:
    """Something that is due once, or every `period_s`."""

    __slots__ = ("_service", "action", "cancelled", "due", "period_s")

    def __init__(
        self, service: TimerService, due: float, action: Callable[[], None], period_s: float | None
    ) -> None:
        self._service = service
        self.due = due
        self.action = action
        self.period_s = period_s
        self.cancelled = False

    def cancel(self) -> None:
        """It shall not come any more."""
        if not self.cancelled:
            self.cancelled = True
            self._service.note_cancelled()


class TimerService:
    """Calls actions when they are due by the clock; an action only tells, and never waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._wake = threading.Condition()
        self._cancelled = 0
        self._closed = False
        self.settle: Callable[[], None] = _nothing
        """With a virtual clock: waits until the actors are idle."""

    def after(
        self, delay_s: float, action: Callable[[], None], *, period_s: float | None = None
    ) -> Timer:
        """Call `action` after `delay_s` observatory seconds, then each `period_s` if given."""
        timer = Timer(self, self._clock.monotonic() + max(delay_s, 0.0), action, period_s)
        with self._wake:
            self._push(timer)
        return timer

    def __len__(self) -> int:
        """How many are in the heap, cancelled ones among them."""
        return len(self._heap)

    def next_due(self) -> float | None:
        """When the next is due, by the clock's monotonic; None if nothing is."""
        with self._wake:
            self._drop_cancelled()
            return self._heap[0][0] if self._heap else None

    def fire(self, now: float) -> int:
        """Call all that are due at `now`, in order; how many there were."""
        count = 0
        while (timer := self._pop(now)) is not None:
            count += 1
            try:
                timer.action()
            except Exception:
                log.exception("a timer failed")
        return count

    def run(self) -> None:
        """Serve until closed: the life of the timer thread."""
        while not self._closed:
            self.fire(self._clock.monotonic())
            with self._wake:
                self._drop_cancelled()
                if self._closed or (self._heap and self._heap[0][0] <= self._clock.monotonic()):
                    continue
                self._wake.wait(self._pause_s())

    def advance(self, seconds: float) -> None:
        """Move a virtual clock by `seconds`, stopping at each timer until its work is done."""
        clock = self._clock
        if not isinstance(clock, VirtualClock):
            msg = "only a virtual clock can be moved"
            raise TypeError(msg)
        until = clock.monotonic() + seconds
        self.settle()
        while (due := self.next_due()) is not None and due <= until:
            clock.move_to(due)
            self.fire(due)
            self.settle()
        clock.move_to(until)

    def wait_for(self, event: threading.Event, timeout_s: float) -> bool:
        """Wait for `event` while others move the virtual clock."""
        clock = self._clock
        return isinstance(clock, VirtualClock) and clock.wait_moved(event, timeout_s)

    def close(self) -> None:
        """Call nothing any more."""
        with self._wake:
            self._closed = True
            self._heap.clear()
            self._wake.notify_all()

    def note_cancelled(self) -> None:
        """One more in the heap is to be skipped; a heap half full of such is swept."""
        with self._wake:
            self._cancelled += 1
            if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
                self._heap = [entry for entry in self._heap if not entry[2].cancelled]
                heapq.heapify(self._heap)
                self._cancelled = 0

    def _push(self, timer: Timer) -> None:
        if self._closed:
            return
        heapq.heappush(self._heap, (timer.due, next(self._numbers), timer))
        if self._heap[0][2] is timer:
            self._wake.notify()

    def _pop(self, now: float) -> Timer | None:
        with self._wake:
            self._drop_cancelled()
            if not self._heap or self._heap[0][0] > now:
                return None
            timer = heapq.heappop(self._heap)[2]
            if timer.period_s is not None:
                late = now - timer.due > LATE_PERIODS * timer.period_s
                timer.due = (now if late else timer.due) + timer.period_s
                self._push(timer)
            return timer

    def _drop_cancelled(self) -> None:
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
            self._cancelled = max(self._cancelled - 1, 0)

    def _pause_s(self) -> float | None:
        if isinstance(self._clock, VirtualClock) or not self._heap:
            return None
        return max(self._heap[0][0] - self._clock.monotonic(), 0.0) / self._clock.factor


def _nothing() -> None:
    """Nobody to wait for."""
