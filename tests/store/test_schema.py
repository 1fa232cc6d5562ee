"""Is the schema the one this program wants."""

from __future__ import annotations

import pytest

from pyros.errors import StartError
from pyros.store import schema
from pyros.store.append_only import triggers
from pyros.store.engine import Store
from pyros.store.sqlite import LIBRARY


@pytest.fixture
def empty(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/state/pyros.db")
    yield store
    store.close()


def test_an_upgrade_makes_the_folder_and_the_database(empty):
    """P02: a first start needs nothing beforehand."""
    assert schema.upgrade(empty) == ""

    schema.check(empty)
    assert schema.current(empty) == schema.head()


def test_a_second_upgrade_changes_nothing(store):
    """P02: it can be run at every start."""
    assert schema.upgrade(store) == schema.head()
    schema.check(store)


def test_a_missing_database_is_told_with_its_remedy(empty):
    """P02: one line, naming the command."""
    with pytest.raises(StartError) as missing:
        schema.check(empty)

    assert str(missing.value) == (
        f"database {empty.path} is not there: run `pyros db upgrade {empty.url}`"
    )


def test_an_older_schema_is_told_with_its_remedy(store):
    """P02: the start does not go on with it."""
    schema.downgrade(store, "base")

    with pytest.raises(StartError, match=rf"wants {schema.head()}: run `pyros db upgrade"):
        schema.check(store)


def test_a_newer_schema_is_told_with_its_revision(store):
    """P02: an older program leaves it alone."""
    store.write(
        lambda session: session.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    )

    with pytest.raises(StartError, match="is at 9999, newer than this program"):
        schema.check(store)


def test_a_table_that_lost_its_guard_is_told(store):
    """P02: append-only tables are judged with the schema."""
    name = triggers()[0].name
    store.write(lambda session: session.exec_driver_sql(f"DROP TRIGGER {name}"))

    with pytest.raises(StartError, match=f"lacks the guard {name}"):
        schema.check(store)


def test_a_database_that_cannot_be_written_is_told(store, monkeypatch):
    """P02: locked by another process, or read-only: before anything starts."""
    monkeypatch.setattr("pyros.store.sqlite.BUSY_MS", 20)
    other = LIBRARY.connect(str(store.path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StartError, match="database is locked: end the process that holds it"):
        schema.check(store)
    other.execute("ROLLBACK")
    other.close()

    schema.check(store)


def test_a_file_that_is_no_database_is_told(tmp_path):
    """P02: never a trace."""
    path = tmp_path / "pyros.db"
    path.write_text("hello, this is no database at all" * 100, encoding="utf-8")
    store = Store(f"sqlite:///{path}")

    with pytest.raises(StartError, match="not a database"):
        schema.check(store)
    with pytest.raises(StartError, match="not a database"):
        schema.upgrade(store)
    store.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """P02: with the remedy."""
    (tmp_path / "file").touch()
    store = Store(f"sqlite:///{tmp_path}/file/pyros.db")

    with pytest.raises(StartError, match=r"data folder .*: make it, or mend its rights"):
        schema.upgrade(store)
    store.close()
