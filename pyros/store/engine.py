"""The database of one process: one connection that writes, others that only read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoReaderFree

from pyros.errors import StartError, StoreUnavailable
from pyros.kernel.fence import check_fence
from pyros.store.sqlite import VERSION, passes, reading_engine, writing_engine

Session: TypeAlias = Connection
"""What every function of the store takes first: a connection inside a transaction."""

T = TypeVar("T")
Work: TypeAlias = Callable[[Session], T]

READ_LIMIT_S = 2.0


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one work of a batch: its result, or the error that undid it alone."""

    result: object = None
    error: Exception | None = None


class Store:
    """The database at `url` (`sqlite:///path`); opens nothing until it is used.

    `synchronous` FULL survives a power cut; NORMAL is for simulated nights.  `busy_ms`: how long a
    write waits for another program's lock, by default five seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        synchronous: Literal["FULL", "NORMAL", "OFF"] = "FULL",
        read_limit_s: float = READ_LIMIT_S,
        busy_ms: int | None = None,
    ) -> None:
        self.path = _path_of(url)
        self.url = url
        self._read_limit_s = read_limit_s
        self._deadline = threading.local()
        self._writes = threading.Lock()
        self._writer: Engine = writing_engine(
            str(self.path), synchronous=synchronous, busy_ms=busy_ms
        )
        self._readers: Engine = reading_engine(str(self.path), expired=self._expired)

    def read(self, query: Work[T]) -> T:
        """Return what `query` finds in one snapshot of the database; it cannot write.

        Raises:
            StoreUnavailable: it cannot be read now, or the query took longer than its limit.
        """
        check_fence()
        with self._translated(), self._readers.connect() as session, session.begin():
            self._deadline.at = time.perf_counter() + self._read_limit_s
            try:
                return query(session)
            finally:
                self._deadline.at = None

    def write(self, work: Work[T]) -> T:
        """Return the result of `work`, written in one transaction, or nothing of it at all.

        Raises:
            StoreUnavailable: full disk, read-only, locked or gone; nothing was written.
            Whatever else `work` raises; nothing was written.
        """
        check_fence()
        with self._translated(), self._writes, self._writer.begin() as session:
            return work(session)

    def write_all(self, works: Sequence[Work[object]]) -> tuple[Done, ...]:
        """Return what became of each work, in order, all committed at once.

        A work that fails is undone alone and the others stand: then all are run a second time,
        each under its own savepoint, which the usual case is spared.

        Raises:
            StoreUnavailable: nothing of any of them was written.
        """
        try:
            return tuple(Done(result) for result in self.write(partial(_all, works=works)))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  as in _attempt
            if len(works) == 1:
                return (Done(error=error),)
        return self.write(lambda session: tuple(_attempt(session, work) for work in works))

    def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        self._readers.dispose()
        with self._writes:
            self._writer.dispose()

    def _expired(self) -> bool:
        at = getattr(self._deadline, "at", None)
        return at is not None and time.perf_counter() > at

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if not passes(error):
                raise
            self._writer.dispose()  # the next try opens the file anew
            raise StoreUnavailable(f"{self.path}: {error.orig}") from error
        except NoReaderFree as error:
            raise StoreUnavailable(f"{self.path}: every reader is busy") from error


def _all(session: Session, works: Sequence[Work[object]]) -> tuple[object, ...]:
    return tuple(work(session) for work in works)


def _attempt(session: Session, work: Work[object]) -> Done:
    """Run a stranger's function: whatever it raises is its own affair, but for the disk's."""
    try:
        with session.begin_nested():
            return Done(work(session))
    except DBAPIError as error:
        if passes(error):
            raise
        return Done(error=error)
    except Exception as error:  # noqa: BLE001  one work's mistake must not cost the others' rows
        return Done(error=error)


def _path_of(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise StartError(f"database {url}: should be a file, as sqlite:///data/pyros.db")
    return Path(parsed.database)


def sqlite_version() -> str:
    """Return the version of the SQLite library in use."""
    return VERSION
