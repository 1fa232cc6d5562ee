"""What a client needs of a line, whether it is a call or a socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Piece: TypeAlias = bytes | memoryview
Accept: TypeAlias = Callable[[Sequence[Piece]], T | None]
"""Reads what came in; None: not the answer that is waited for, it is dropped."""


class Listener(Protocol):
    """Who hears what comes without having been asked for."""

    def heard(self, status: bytes) -> None:
        """Take a status message."""

    def up(self) -> None:
        """Know that the connection stands."""

    def down(self) -> None:
        """Know that the connection broke."""

    def tick(self) -> None:
        """Know that a while has passed without anything."""


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

    def on_status(self, listener: Listener) -> None:
        """Tell the listener, from a thread of the line; never where there is none."""

    def close(self) -> None:
        """Let go of the line; never raises."""


Transport: TypeAlias = Callable[[], Line]
"""Makes a line to one device; called anew by each driver."""
