"""The observatory's time: real, faster than real, or moved by hand."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What everybody asks for the time."""

    @property
    def factor(self) -> float:
        """How many observatory seconds pass in a real one; 1 for a clock that is moved by hand."""

    def monotonic(self) -> float:
        """Seconds of observatory time since the clock was made; never falls."""

    def real_monotonic(self) -> float:
        """Seconds that supervision counts (restart windows): real, or virtual when moved."""

    def utc(self) -> datetime:
        """Observatory time, aware UTC."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Whether `event` was set within `timeout_s` observatory seconds."""


class SystemClock:
    """The machine's clock, or one that runs `factor` times as fast from `start` on."""

    def __init__(self, factor: float = 1.0, start: datetime | None = None) -> None:
        if factor <= 0:
            msg = f"factor {factor}: should be above 0"
            raise ValueError(msg)
        self._pace = (time.monotonic(), 0.0, factor)
        self._follows = start is None and factor == 1.0
        self._utc_0 = _aware(start) if start is not None else datetime.now(UTC)

    @property
    def factor(self) -> float:
        """How many observatory seconds pass in a real one."""
        return self._pace[2]

    def run_at(self, factor: float) -> None:
        """Go on at another pace from now on; who waits already, waits as long as he meant to."""
        self._pace = (time.monotonic(), self.monotonic(), factor)

    def monotonic(self) -> float:
        """Seconds of observatory time since the clock was made."""
        real_s, passed_s, factor = self._pace
        return passed_s + (time.monotonic() - real_s) * factor

    def real_monotonic(self) -> float:
        """Real seconds; their zero means nothing."""
        return time.monotonic()

    def utc(self) -> datetime:
        """Observatory time, aware UTC; the machine's own if factor is 1 and no start was given."""
        if self._follows:
            return datetime.now(UTC)
        return self._utc_0 + timedelta(seconds=self.monotonic())

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Whether `event` was set within `timeout_s` observatory seconds."""
        return event.wait(max(timeout_s, 0.0) / self.factor)


class Driver(Protocol):
    """Who moves a virtual clock together with the actors that live by it."""

    def advance(self, seconds: float) -> None:
        """Let `seconds` of virtual time pass and everything happen that is due in them."""

    def wait_for(self, event: threading.Event, timeout_s: float) -> bool:
        """Whether `event` was set within `timeout_s` virtual seconds."""


class VirtualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self.factor = 1.0
        self._start = self._utc = _aware(start)
        self._now_s = 0.0
        self._moved = threading.Condition()
        self.driver: Driver | None = None

    def monotonic(self) -> float:
        """Virtual seconds since the start."""
        return self._now_s

    def real_monotonic(self) -> float:
        """Virtual seconds, too: restart windows and backoffs are moved by hand as well."""
        return self._now_s

    def utc(self) -> datetime:
        """Virtual time, aware UTC."""
        return self._utc

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Whether `event` was set before the clock had been moved by `timeout_s`."""
        if self.driver is not None:
            return self.driver.wait_for(event, timeout_s)
        return self.wait_moved(event, timeout_s)

    def wait_moved(self, event: threading.Event, timeout_s: float) -> bool:
        """Block this thread until `event` is set or another thread has moved the clock enough."""
        until_s = self._now_s + timeout_s
        with self._moved:
            while not event.is_set() and self._now_s < until_s:
                self._moved.wait(0.01)  # an event set by others wakes nobody here
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass; with actors about, each timer on the way is worked off."""
        if self.driver is not None:
            self.driver.advance(seconds)
        else:
            self.move_to(self._now_s + seconds)

    def step_utc(self, seconds: float) -> None:
        """Put UTC forward, or back, as a time server does; monotonic time goes on as it was."""
        with self._moved:
            self._start += timedelta(seconds=seconds)
            self._utc = self._start + timedelta(seconds=self._now_s)

    def move_to(self, now_s: float) -> None:
        """Put the clock to `now_s`; never back."""
        with self._moved:
            self._now_s = max(self._now_s, now_s)
            self._utc = self._start + timedelta(seconds=self._now_s)
            self._moved.notify_all()


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        msg = f"{instant.isoformat()}: should be aware, as with tzinfo=UTC"
        raise ValueError(msg)
    return instant.astimezone(UTC)
