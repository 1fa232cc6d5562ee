"""Both ends of a line without socket or thread, for virtual time and fast nights.

The codec runs.  A hung or cut device says at once that there is no answer: nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pyros.errors import LinkLost, Unresponsive
from pyros.link.device import Disturbance, Trouble
from pyros.link.frames import answer_data
from pyros.link.server import DeviceServer
from pyros.link.transport import Accept, Listener, Piece

T = TypeVar("T")

GARBAGE = b"\xc1 this is no message"


class DirectLine:
    """A line to a device of this process: a call."""

    def __init__(self, server: DeviceServer) -> None:
        self._server = server

    def open(self, timeout_s: float) -> None:  # noqa: ARG002  a call stands at once
        """Stand; raises LinkLost while the line is cut."""
        self._trouble()

    def exchange(self, frame: bytes, accept: Accept[T], timeout_s: float) -> T:
        """Return the reply; raises LinkLost, Unresponsive."""

        def answer() -> Sequence[Piece]:
            reply = self._server.answer(frame)
            return [] if reply is None else [reply]

        return self._spoilt(answer, accept, timeout_s)

    def fetch(self, frame: bytes, accept: Accept[T], timeout_s: float) -> T:
        """Return the reply on the data socket; raises LinkLost, Unresponsive."""
        return self._spoilt(lambda: answer_data(self._server.device, frame), accept, timeout_s)

    def on_status(self, listener: Listener) -> None:
        """Nobody tells by himself here: whoever wants to know asks."""

    def close(self) -> None:
        """Nothing to let go of."""

    def _trouble(self) -> Disturbance | None:
        found = self._server.device.disturbance()
        if found is not None and found.trouble is Trouble.CUT:
            raise LinkLost(f"{self._server.device.name}: no connection")
        return found

    def _spoilt(
        self, answer: Callable[[], Sequence[Piece]], accept: Accept[T], timeout_s: float
    ) -> T:
        found = self._trouble()
        reply: Sequence[Piece] = []
        if found is None or found.trouble is not Trouble.SILENT:
            reply = answer()
        if found is not None and found.trouble is Trouble.GARBAGE:
            reply = [GARBAGE]
        accepted = None if _is_lost(found, timeout_s) or not reply else accept(reply)
        if accepted is None:
            raise Unresponsive(f"{self._server.device.name}: no answer in {timeout_s:g} s")
        return accepted


def _is_lost(found: Disturbance | None, timeout_s: float) -> bool:
    if found is None:
        return False
    if found.trouble is Trouble.SLOW:
        return found.by_s > timeout_s
    return found.trouble is Trouble.LOST_ACK


class Direct:
    """Makes lines to one device of this process."""

    def __init__(self, server: DeviceServer) -> None:
        self.server = server

    def __call__(self) -> DirectLine:
        """Return a new line."""
        return DirectLine(self.server)
