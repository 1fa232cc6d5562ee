"""The time that simulated devices live by."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Observatory time; the kernel's clocks are such clocks."""

    @property
    def factor(self) -> float:
        """Observatory seconds in one real second."""

    def monotonic(self) -> float:
        """Return observatory seconds that never fall."""

    def real_monotonic(self) -> float:
        """Return real seconds that never fall; virtual ones where all time is virtual."""

    def utc(self) -> datetime:
        """Return observatory time, aware UTC."""
