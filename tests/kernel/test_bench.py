"""The figures of the kernel: that they are measured, and those that depend on no machine."""

from __future__ import annotations

import json

import pytest

from pyros.kernel.bench import figures


@pytest.mark.realtime
def test_the_figures_are_measured_and_those_of_no_machine_hold():
    """S56, S96: no reply is lost, no crash does harm, the same seed gives the same trace."""
    found = figures(quick=True)

    assert set(found) == {
        "ask_ratio",
        "tell_ratio",
        "memory_ratio",
        "replace_ms",
        "hung_excess_scans",
        "publish10_us",
        "lost_replies",
        "same_trace",
        "crash_points_failed",
    }
    for figure in found.values():
        assert set(figure) == {"value", "unit", "bound", "holds", "against"}
    assert found["lost_replies"]["value"] == 0
    assert found["same_trace"]["value"] is True
    assert found["crash_points_failed"]["value"] == 0
    assert json.loads(json.dumps(found)) == found
