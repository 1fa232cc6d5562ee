"""One connection that writes, others that read."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy.exc import OperationalError

from pyros.errors import StartError, StoreUnavailable
from pyros.store import house as rows
from pyros.store import telemetry
from pyros.store.engine import Store
from pyros.store.sqlite import LIBRARY


def boots(session):
    return session.exec_driver_sql("SELECT count(*) FROM boot").scalar_one()


def test_what_fails_writes_nothing_at_all(store, dusk):
    """P04: a transaction is whole or it is not there."""

    def work(session):
        rows.boot(session, dusk, "1", "")
        raise LookupError("on the way")

    with pytest.raises(LookupError):
        store.write(work)

    assert store.read(boots) == 0


def test_a_work_that_fails_is_undone_alone(store, dusk):
    """P04: the others of its batch stand, in order."""

    def bad(session):
        rows.boot(session, dusk, "1", "")
        raise TypeError("a mistake")

    done = store.write_all(
        [lambda s: rows.boot(s, dusk, "1", ""), bad, lambda s: rows.boot(s, dusk, "2", "")]
    )

    assert [type(one.error) for one in done] == [type(None), TypeError, type(None)]
    assert done[2].result == done[0].result + 1
    assert store.read(boots) == 2


def test_a_reader_cannot_write(store):
    """P04: only one connection writes."""
    with pytest.raises(StoreUnavailable, match="readonly"):
        store.read(lambda session: session.exec_driver_sql("DELETE FROM token"))


def test_a_reader_sees_one_state_while_others_write(store, dusk):
    """P04: a page never sees half of a transaction."""

    def query(session):
        before = boots(session)
        store.write(lambda other: rows.boot(other, dusk, "1", ""))
        return before, boots(session)

    assert store.read(query) == (0, 0)
    assert store.read(boots) == 1


def test_a_query_that_takes_too_long_is_stopped(store):
    """P04: a page cannot hold a reader for ever."""
    impatient = Store(store.url, read_limit_s=0.05)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT max(i) FROM n"

    with pytest.raises(StoreUnavailable, match="interrupted"):
        impatient.read(lambda session: session.exec_driver_sql(endless).all())

    assert impatient.read(boots) == 0
    impatient.close()


def test_a_naive_instant_is_refused(store):
    """P04: an instant without zone never reaches the database."""
    with pytest.raises(Exception, match="no time zone"):
        store.write(lambda session: rows.boot_ended(session, 1, datetime(2026, 1, 1), 0, ""))  # noqa: DTZ001

    assert store.read(telemetry.cause_clocks) == {}


def test_a_full_disk_is_no_mistake_of_the_work(store, dusk):
    """P04: nothing is written, and the next try succeeds once there is room."""

    def fill(session):
        session.exec_driver_sql("PRAGMA max_page_count=1")
        rows.boot(session, dusk, "1", "x" * 1_000_000)

    with pytest.raises(StoreUnavailable, match="full"):
        store.write(fill)

    assert store.write(lambda session: rows.boot(session, dusk, "1", "")) > 0
    assert store.read(boots) == 1


def test_a_database_that_somebody_else_locks_is_unavailable(store, dusk, monkeypatch):
    """P04: after the busy time-out, without harm."""
    monkeypatch.setattr("pyros.store.sqlite.BUSY_MS", 20)
    other = LIBRARY.connect(str(store.path), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(StoreUnavailable, match="locked"):
        store.write(lambda session: rows.boot(session, dusk, "1", ""))
    other.execute("ROLLBACK")
    other.close()

    assert store.write(lambda session: rows.boot(session, dusk, "1", "")) > 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_database_is_unavailable(store, dusk):
    """P04: told in one line, never a trace."""
    store.path.chmod(0o400)

    with pytest.raises(StoreUnavailable):
        store.write(lambda session: rows.boot(session, dusk, "1", ""))


def test_a_missing_database_is_unavailable(tmp_path):
    """P02: a reader never makes one."""
    store = Store(f"sqlite:///{tmp_path}/none.db")

    with pytest.raises(StoreUnavailable, match="unable to open"):
        store.read(boots)
    store.close()

    assert not (tmp_path / "none.db").exists()


def test_a_mistake_in_a_query_is_no_excuse_to_try_later(store):
    """P04: only what passes by itself is StoreUnavailable."""
    with pytest.raises(OperationalError, match="no such table"):
        store.write(lambda session: session.exec_driver_sql("DELETE FROM nonsense"))


def test_only_files_are_databases():
    """P02: the text says what would be right."""
    with pytest.raises(StartError, match="as sqlite:///"):
        Store("postgresql://localhost/pyros")


def test_many_writers_lose_nothing(store, dusk):
    """P04: threads that write at once wait for each other."""

    def work(_):
        return [store.write(lambda s: rows.boot(s, dusk, "1", "")) for _ in range(20)]

    with ThreadPoolExecutor(4) as threads:
        numbers = [number for found in threads.map(work, range(4)) for number in found]

    assert len(set(numbers)) == 80
    assert store.read(boots) == 80
