"""Epochs, and what the thread of an abandoned incarnation may no longer do."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pyros.kernel.cell import ActorCell


class Epoch(NamedTuple):
    """Who speaks: a boot of the process and an incarnation in it.  A later one is greater."""

    boot: int
    incarnation: int


class Fenced(BaseException):
    """Raised in the thread of an abandoned incarnation at whatever it tries to do next.

    A `BaseException`, so that no `except Exception` of a driver eats it.
    """


class EpochGate:
    """Lets nobody through who is older than the newest seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._highest: Epoch | None = None

    @property
    def highest(self) -> Epoch | None:
        """The newest epoch admitted so far, None before the first."""
        return self._highest

    def admit(self, epoch: Epoch) -> bool:
        """Whether `epoch` is at least the highest seen; a higher one is remembered."""
        with self._lock:
            if self._highest is not None and epoch < self._highest:
                return False
            self._highest = epoch
            return True


class Here(threading.local):
    """Whose code this thread runs now; None in a thread that is no actor's."""

    cell: ActorCell | None = None


here = Here()


def check_fence() -> None:
    """Raise `Fenced` if this thread belongs to an abandoned incarnation."""
    cell = here.cell
    if cell is not None and cell.fenced:
        msg = f"{cell.path}#{cell.incarnation} was abandoned"
        raise Fenced(msg)
