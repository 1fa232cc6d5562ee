"""Ids of executions, reserved ahead in blocks: an alert does not wait for the disk to have one."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial

from pyros.errors import PyrosError
from pyros.kernel.context import Context
from pyros.kernel.ref import BoundedFuture
from pyros.store import ids
from pyros.store.writer import Write

log = logging.getLogger(__name__)

BLOCK = 50
LOW = 10
WRITE_S = 10.0


@dataclass(frozen=True, slots=True)
class Reserved:
    """To itself: a block of ids begins here; 0 if the store gave none."""

    first: int


@dataclass(slots=True, kw_only=True)
class Numbers:
    """The ids that one incarnation may give."""

    context: Context
    writer: str
    """Path of the store-writer."""
    _free: list[int] = field(default_factory=list)
    _asked: bool = False

    def take(self) -> int:
        """Return an id that nobody else gets; waits for the store only if none is left.

        Raises:
            PyrosError: none is left, and the store gives none.
        """
        if not self._free:
            self.add(Reserved(self._reserve().get()))
        number = self._free.pop(0)
        self.refill()
        return number

    def refill(self) -> None:
        """Ask for another block when few are left; it comes as a message."""
        if self._asked or len(self._free) > LOW:
            return
        self._asked = True
        mine = self.context.mine

        def answered(future: BoundedFuture) -> None:
            mine.offer(Reserved(0 if future.error is not None else future.get(0.0)))

        try:
            self._reserve().on_done(answered)
        except PyrosError as away:
            log.warning("no ids of executions reserved: %s", away)
            self._asked = False

    def add(self, block: Reserved) -> None:
        """Take a block in."""
        self._asked = False
        if block.first:
            self._free += range(block.first, block.first + BLOCK)

    def _reserve(self) -> BoundedFuture:
        work = partial(ids.reserve, name="executions", count=BLOCK)
        write = Write(work=work, epoch=self.context.epoch, what="ids")
        return self.context.address(self.writer).begin_ask(write, WRITE_S)
