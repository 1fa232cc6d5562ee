"""A house in a process of its own, and what it takes to be sure that nothing of it is left."""

from __future__ import annotations

from functools import partial

import pytest
from builders.process import Process, a_simulation


@pytest.fixture
def config(tmp_path):
    """Writes the simulation, changed, into a file of its own."""
    return partial(a_simulation, tmp_path / "config")


@pytest.fixture
def process(config, tmp_path):
    """A house in a process; whatever is left of it is killed at the end."""
    made = Process(data=tmp_path / "data", config=config())
    yield made
    if made.starts and made.popen.poll() is None:
        made.kill()
