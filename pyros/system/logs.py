"""The log of the house: one listener, readable lines, one JSON object a line, and the bus."""

from __future__ import annotations

import logging
import logging.handlers
import queue
import sys
import threading
from pathlib import Path

from pyros.kernel.bus import EventBus
from pyros.kernel.clock import Clock
from pyros.messages.events import LogRecorded
from pyros.messages.topics import STREAMS

QUEUE = 10_000


class ToBus(logging.Handler):
    """Publishes each line of the log; `actor` is the path of who wrote it, as its thread says."""

    def __init__(self, bus: EventBus, clock: Clock) -> None:
        super().__init__()
        self._bus, self._clock = bus, clock

    def emit(self, record: logging.LogRecord) -> None:
        """Publish a record as a `LogRecorded`."""
        event = LogRecorded(
            at=self._clock.utc(),
            level=record.levelname,
            actor=str(getattr(record, "actor", record.name)),
            text=record.getMessage(),
        )
        self._bus.publish(STREAMS[LogRecorded], event, stream=True)


class FromHere(logging.handlers.QueueHandler):
    """Hands records to the listener with the actor that wrote them; a full queue drops them."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Keep the thread's name while we are in it: an actor's thread is named `path#n`."""
        name = threading.current_thread().name
        record.actor = name.partition("#")[0] if name.startswith("/") else record.name
        prepared: logging.LogRecord = super().prepare(record)
        return prepared

    def enqueue(self, record: logging.LogRecord) -> None:
        """Put it, or count it as lost: no actor waits for a disk."""
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return


class Log:
    """The log from its start to its end; made once by a command."""

    def __init__(self, level: str, file: Path | None = None) -> None:
        self._queue: queue.Queue[logging.LogRecord] = queue.Queue(QUEUE)
        self._handlers: list[logging.Handler] = [_terminal()]
        if file is not None:
            self._handlers.append(_json_file(file))
        self._root = logging.getLogger()
        self._entry = FromHere(self._queue)
        self._root.addHandler(self._entry)
        self._root.setLevel(level)
        for chatty in ("pykka", "alembic"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        self._listener = self._listen()

    def show_on(self, bus: EventBus, clock: Clock) -> None:
        """From now on publish each line, too."""
        self._listener.stop()
        self._handlers.append(ToBus(bus, clock))
        self._listener = self._listen()

    def close(self) -> None:
        """Write what waits and stop."""
        self._root.removeHandler(self._entry)
        self._listener.stop()
        for handler in self._handlers:
            handler.close()

    def _listen(self) -> logging.handlers.QueueListener:
        listener = logging.handlers.QueueListener(self._queue, *self._handlers)
        listener.start()
        return listener


def _terminal() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)-7s %(actor)s: %(message)s"))
    return handler


def _json_file(file: Path) -> logging.Handler:
    import structlog  # noqa: PLC0415  2 MiB that a house without a log file does without

    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.WatchedFileHandler(file, encoding="utf-8")
    shared = (
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.stdlib.ExtraAdder(allow={"actor"}),
    )
    processors: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.dict_tracebacks,
        structlog.processors.EventRenamer("text"),
        structlog.processors.JSONRenderer(),
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=processors)
    )
    return handler
