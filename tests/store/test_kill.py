"""What a process that is killed leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pyros.domain.execution import StepState
from pyros.domain.request import SequenceState
from pyros.store import images, journal, ledger, observations, requests
from pyros.store.engine import Store

OBSERVER = Path(__file__).with_name("killed.py")


def observed_until(url, said):
    """Run the observer until it has said so many things, then SIGKILL it; all that it said."""
    with subprocess.Popen(
        [sys.executable, str(OBSERVER), url], stdout=subprocess.PIPE, text=True
    ) as observer:
        lines = []
        for line in observer.stdout:
            lines.append(tuple(line.split()))
            if len(lines) == said:
                observer.kill()
        observer.wait()
    return lines


@pytest.mark.realtime
@pytest.mark.parametrize("said", [1, 2, 10, 11, 25])
def test_after_a_kill_everything_that_was_said_is_there_and_adds_up(store, house, a_sequence, said):
    """P04: kill -9 in mid-night: schedule, quota, executions, journal and images are consistent."""
    many = tuple(a_sequence(name=f"s{n}", estimate_s=200.0) for n in range(4))
    ids = {one.id for one in house.submitted(sequences=many).sequences}

    lines = observed_until(store.url, said)

    again = Store(store.url)
    assert again.read(lambda s: s.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    assert again.read(ledger.mismatches) == ()
    executed = {int(what) for event, what in lines if event == "executed"}
    states = {i: again.read(lambda s, i=i: requests.sequence(s, i)).state for i in ids}
    assert executed <= {i for i in ids if states[i] is SequenceState.EXECUTED}
    keys = {what for event, what in lines if event == "done"}
    assert keys <= {one.exposure_key for one in again.read(images.list)}
    running = again.read(observations.open_execution)
    of_open = again.read(lambda s: journal.steps(s, running.id)) if running else ()
    started = {one.key for one in of_open if one.state is not StepState.PLANNED}
    saved = {one.exposure_key for one in again.read(images.list)}
    assert {what for event, what in lines if event == "started"} <= started | saved
    assert (running is None) == (SequenceState.EXECUTING not in states.values())
    again.close()


@pytest.mark.realtime
def test_the_observer_that_is_not_killed_executes_everything(store, house, a_sequence):
    """P04: so that the test above tests something."""
    house.submitted(sequences=(a_sequence(estimate_s=200.0),))

    lines = observed_until(store.url, -1)

    assert lines[-1] == ("finished", "0")
    assert len([line for line in lines if line[0] == "done"]) == 5
