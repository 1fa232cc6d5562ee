"""A running house that is told to stop."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from builders.process import alive, until

from pyros.domain.execution import Outcome
from pyros.store import images, observations, telemetry

pytestmark = pytest.mark.realtime


def test_a_stop_while_observing_closes_parks_and_leaves_no_process(process):
    """P52, S46: the dome is shut by its switches and the telescope parked before the house goes."""
    process.start().wait_for("begins, ")
    running = process.until(lambda: process.read(observations.open_execution))
    process.until(lambda: process.read(images.latest))
    children = process.children()

    assert process.stop() == 0

    assert "closed, both switches say so" in process.said
    assert process.read(last_phase("dome")) == "closed"
    assert process.read(last_phase("telescope")) == "parked"
    ended = process.read(lambda s: observations.execution(s, running.id))
    assert ended.outcome in {Outcome.INTERRUPTED, Outcome.DONE}
    assert process.read(observations.open_execution) is None
    assert children
    until(lambda: not any(alive(child) for child in children))
    assert "Traceback" not in process.said


def test_a_stop_while_it_starts_is_a_stop_in_order(process):
    """S46: from the first actor on a signal closes the house down, however far it has come."""
    process.start().wait_for("supervision tree up")

    assert process.stop() == 0

    assert "Traceback" not in process.said


def last_phase(device):
    """Asks what a device said last of itself."""
    first, last = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    return lambda s: telemetry.statuses(s, device, first, last, limit=1)[0].values["phase"]
