"""A circuit breaker: after some failures it fails fast for a while, then lets one try through."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyros.kernel.clock import Clock


class BreakerState(StrEnum):
    """Whether calls are let through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class CircuitBreaker:
    """Used by one actor, hence without a lock: `admit`, call, then `succeeded` or `failed`."""

    def __init__(self, clock: Clock, *, failures: int = 3, open_s: float = 30.0) -> None:
        self._clock = clock
        self._limit = failures
        self._open_s = open_s
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def state(self) -> BreakerState:
        """Closed, open, or half open when the time for one try has come."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        if self._trying or self._clock.monotonic() - self._opened_at >= self._open_s:
            return BreakerState.HALF_OPEN
        return BreakerState.OPEN

    def admit(self) -> bool:
        """Whether a call may be made now; half open, exactly one may."""
        match self.state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.HALF_OPEN if not self._trying:
                self._trying = True
                return True
            case _:
                return False

    def succeeded(self) -> None:
        """The call went well: closed."""
        self._failures, self._opened_at, self._trying = 0, None, False

    def failed(self) -> None:
        """The call failed or timed out: one more, or open again."""
        self._failures += 1
        if self._trying or self._failures >= self._limit:
            self._opened_at, self._trying = self._clock.monotonic(), False
