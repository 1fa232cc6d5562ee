"""The process that judges a database and brings it to its schema."""

from __future__ import annotations

import os
import signal

import pytest

from pyros.errors import StartError
from pyros.store import schema
from pyros.store.engine import Store
from pyros.store.schema_process import SchemaProcess


@pytest.fixture
def old(store):
    """A database of an earlier program."""
    schema.downgrade(store, "base")
    return store


def test_a_missing_database_is_made_when_told_and_not_before(tmp_path):
    """P02: a start that is refused for another reason leaves nothing behind."""
    file = tmp_path / "data" / "pyros.db"
    with SchemaProcess(f"sqlite:///{file}", by_itself=False) as process:
        assert process.verdict().missing
        assert not file.parent.exists()
        process.go_on()
        process.await_end()

    assert schema.verdict(f"sqlite:///{file}").good


def test_a_start_that_does_not_go_on_leaves_an_old_database_as_it_was(old):
    """P02."""
    with SchemaProcess(old.url, by_itself=True) as process:
        assert process.verdict().older

    assert schema.current(old) == ""


def test_an_old_database_is_upgraded_only_for_a_house_that_does_so_by_itself(old):
    """P02: a real house sends a person to the command."""
    with SchemaProcess(old.url, by_itself=False) as process:
        process.verdict()
        process.go_on()
        with pytest.raises(StartError, match="pyros db upgrade"):
            process.await_end()
    with SchemaProcess(old.url, by_itself=True) as process:
        process.verdict()
        process.go_on()
        process.await_end()

    assert schema.current(old) == schema.head()


def test_what_hinders_the_judgement_is_one_line(tmp_path, monkeypatch):
    """P02: here, the migrations are not beside the package."""
    code = "from pyros.store import schema as s; s.MIGRATIONS = s.Path('/nowhere')"
    (tmp_path / "sitecustomize.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    store = Store(f"sqlite:///{tmp_path / 'there.db'}")
    schema.upgrade(store)
    store.close()

    with (
        SchemaProcess(store.url, by_itself=True) as process,
        pytest.raises(StartError, match="/nowhere is missing"),
    ):
        process.verdict()


@pytest.mark.parametrize("judged", [False, True])
def test_a_process_that_dies_is_one_line(tmp_path, judged):
    """P02: whenever it dies, the start ends with a sentence."""
    with SchemaProcess(f"sqlite:///{tmp_path / 'pyros.db'}", by_itself=True) as process:
        if judged:
            process.verdict()
        os.kill(process.pid, signal.SIGKILL)

        with pytest.raises(StartError, match="without a word"):
            _finish(process, judged=judged)


def _finish(process, *, judged):
    if not judged:
        process.verdict()
    process.go_on()
    process.await_end()
