"""How SQLite is opened here: the newer library, its pragmas, and which of its errors pass."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from pyros.store.tables.columns import dumps, loads

try:
    import pysqlite3.dbapi2 as _newer
except ImportError:  # no wheel for this processor: Python's own, judged by `pyros check`
    LIBRARY: ModuleType = sqlite3
else:
    LIBRARY = _newer

VERSION: str = LIBRARY.sqlite_version
"""Version of the SQLite library in use."""

BUSY_MS = 5000
JOURNAL_LIMIT = 64 * 2**20

PASSING = frozenset({5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 22, 23, 26})
"""SQLite's codes for a database that cannot be used now: busy, locked, no memory, read-only,
interrupted, disk error, malformed, full, cannot open, protocol, too large, no permission, no
database.  Any other error is a mistake of ours."""


def passes(error: DBAPIError) -> bool:
    """Return whether the error is of the disk or the file, so that trying later makes sense."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code is not None and (int(code) & 0xFF) in PASSING


def writing_engine(path: str, *, synchronous: str, busy_ms: int | None = None) -> Engine:
    """Return the engine of the one connection that writes; every transaction is IMMEDIATE.

    `busy_ms` is how long it waits for somebody else's lock, by default as everybody.
    """
    engine = _engine(path, mode="rwc", pool_size=1)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401  DBAPI connections have no type
        waits = () if busy_ms is None else (f"busy_timeout={busy_ms}",)
        _pragmas(connection, f"synchronous={synchronous}", "journal_mode=WAL", *waits)

    _begin_with(engine, "BEGIN IMMEDIATE")
    return engine


def reading_engine(path: str, *, expired: Callable[[], bool], readers: int = 8) -> Engine:
    """Return the engine of those who read; a query is stopped once `expired()` says so."""
    engine = _engine(path, mode="ro", pool_size=readers)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:  # noqa: ANN401  DBAPI connections have no type
        _pragmas(connection, "query_only=ON")
        connection.set_progress_handler(expired, 20_000)

    _begin_with(engine, "BEGIN")
    return engine


def _engine(path: str, *, mode: str, pool_size: int) -> Engine:
    address = f"file:{quote(path)}?mode={mode}"

    def connect() -> Any:  # noqa: ANN401  DBAPI connections have no type
        return LIBRARY.connect(address, uri=True, isolation_level=None, check_same_thread=False)

    return create_engine(
        "sqlite://",
        module=LIBRARY,
        creator=connect,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        json_serializer=dumps,
        json_deserializer=loads,
    )


def _begin_with(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _pragmas(connection: Any, *more: str) -> None:  # noqa: ANN401  DBAPI connections have no type
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "foreign_keys=ON",
        f"journal_size_limit={JOURNAL_LIMIT}",
        "temp_store=MEMORY",
        "trusted_schema=OFF",
        *more,
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
