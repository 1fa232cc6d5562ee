"""A house in the night, at work on its first sequence."""

from __future__ import annotations

import contextlib

import pytest
from builders.house import running, simulation

from pyros.store import schema
from pyros.store.engine import Store


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """A database as a start makes it, without rows: upgraded once for all tests."""
    path = tmp_path_factory.mktemp("database") / "pyros.db"
    store = Store(f"sqlite:///{path}")
    schema.upgrade(store)
    store.close()
    return path


@pytest.fixture
def a_house(database, tmp_path):
    """Return how to run a house of this test's; it is stopped after it."""
    with contextlib.ExitStack() as stack:

        def run(*, seed=1, **simulated):
            config = simulation(tmp_path / "data", **simulated)
            return stack.enter_context(running(config, database=database, seed=seed))

        yield run


@pytest.fixture
def house(a_house):
    """A house that observes, a few seconds into the first exposure of its first sequence."""
    found = a_house()
    found.until_exposing()
    return found
