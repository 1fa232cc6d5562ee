"""Wakes a thread that waits for sockets, from any other thread."""

from __future__ import annotations

import os
from contextlib import suppress


class Wake:
    """A pipe whose reading end stands among the sockets of a poller."""

    def __init__(self) -> None:
        self._reads, self._writes = os.pipe()
        os.set_blocking(self._reads, False)
        os.set_blocking(self._writes, False)

    def fileno(self) -> int:
        """Return what to poll."""
        return self._reads

    def ring(self) -> None:
        """Wake the thread; never waits, never raises."""
        with suppress(OSError):
            os.write(self._writes, b".")

    def calm(self) -> None:
        """Forget that it rang."""
        with suppress(BlockingIOError):
            os.read(self._reads, 4096)

    def close(self) -> None:
        """Give both ends back; only when nobody polls it any more."""
        for end in (self._reads, self._writes):
            with suppress(OSError):
                os.close(end)
