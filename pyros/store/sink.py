"""Bus-sink: what the log says on the bus becomes rows that pages scroll back through (P90)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from pyros.domain.audit import LogLine
from pyros.kernel.actor import SupervisedActor
from pyros.messages.events import LogRecorded
from pyros.messages.topics import STREAMS
from pyros.store import house
from pyros.store.engine import Session
from pyros.store.writer import Write

log = logging.getLogger(__name__)

FLUSH_S = 5.0
KEPT = 10_000
"""Lines beyond this that the store does not take are dropped, the oldest first."""


@dataclass(frozen=True, slots=True)
class Flush:
    """To itself: write what was gathered."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Work for the writer: keep these lines."""

    lines: tuple[LogLine, ...]

    def __call__(self, session: Session) -> None:
        """Write them."""
        house.log(session, self.lines)


class BusSink(SupervisedActor):
    """Gathers lines and has them written in batches."""

    def __init__(self, writer: str) -> None:
        super().__init__()
        self._writer = writer
        self._lines: list[LogLine] = []

    def on_start(self) -> None:
        """Listen to the log."""
        self.context.subscribe(STREAMS[LogRecorded])
        self.context.every(FLUSH_S, Flush())

    def on_receive(self, message: object) -> object:
        """Gather a line, or write those there are."""
        match message:
            case LogRecorded():
                self._lines.append(
                    LogLine(
                        at=message.at,
                        level=message.level,
                        actor=message.actor,
                        text=message.text,
                    )
                )
                del self._lines[:-KEPT]
            case Flush():
                self._flush()
            case _:
                pass
        return None

    def on_stop(self) -> None:
        """Write the last lines."""
        self._flush()

    def _flush(self) -> None:
        if not self._lines:
            return
        write = Write(
            work=Lines(tuple(self._lines)), epoch=self.context.epoch, what="log", lazy=True
        )
        if self.context.address(self._writer).offer(write):
            self._lines.clear()
