"""What a client needs of a line, whether it is a call or a socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Piece: TypeAlias = bytes | memoryview
Accept: TypeAlias = Callable[[Sequence[Piece]], T | None]
"""Reads what came in; None: not the answer that is waited for, it is dropped."""


class Line(Protocol):
    """The client's end of the line to one device."""

    def open(self, timeout_s: float) -> None:
        """Make the connection; raises LinkLost if it does not stand in time."""

    def exchange(self, frame: bytes, accept: Accept[T], timeout_s: float) -> T:
        """Send a request and return what `accept` makes of its reply.

        Raises:
            LinkLost: there is no connection; the request may or may not have arrived.
            Unresponsive: no reply in time; the request may or may not have arrived.
        """

    def fetch(self, frame: bytes, accept: Accept[T], timeout_s: float) -> T:
        """Send a request about frames and return what `accept` makes of header and pixels.

        Raises:
            LinkLost, Unresponsive: as `exchange`.
        """

    def on_status(self, hear: Callable[[bytes], None], news: Callable[[bool], None]) -> None:
        """Have `hear` called with each status message, `news` when the connection comes or breaks.

        Both are called from a thread of the line, or never where there is none.
        """

    def close(self) -> None:
        """Let go of the line; never raises."""


Transport: TypeAlias = Callable[[], Line]
"""Makes a line to one device; called anew by each driver."""
