"""A process that is killed in mid-night and started again on the same data."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from builders.process import alive, until

from pyros.actors.alerts.templates import burst_packet
from pyros.actors.alerts.vtp import Word
from pyros.cli.author import send, time_at
from pyros.cli.invariants import RULES_OF_THE_STORE as RULES
from pyros.domain.execution import Outcome, StepState
from pyros.domain.image import Level
from pyros.domain.request import SequenceState
from pyros.errors import StartError
from pyros.link.ports import free_ports
from pyros.store import alerts, images, journal, observations, requests

pytestmark = pytest.mark.realtime

KILLS = 5
"""So often at most is a house killed until one is met in the first half of a sequence."""


def test_a_night_goes_on_after_a_kill_and_nothing_is_executed_twice(process):
    """P04, P46, S75, S88: schedule, quota, executions and images agree; the interrupted sequence
    is settled and what is saved is not exposed again."""
    cut, workers = killed_in_mid_sequence(process)
    until(lambda: not any(alive(worker) for worker in workers))
    kept, done = process.read(raw_images), process.read(executed)
    assert process.read(lambda s: observations.execution(s, cut.id)).end is None

    process.start()
    process.until(lambda: process.read(lambda s: observations.execution(s, cut.id)).end)
    process.until(lambda: process.read(executed) - done)
    assert process.stop() == 0

    settled = process.read(lambda s: observations.execution(s, cut.id))
    steps = process.read(lambda s: journal.steps(s, cut.id))
    assert settled.outcome in {Outcome.INTERRUPTED, Outcome.FAILED}
    assert {step.state for step in steps} <= {StepState.DONE, StepState.ABORTED, StepState.SKIPPED}
    assert any(step.decision for step in steps)
    assert broken_rules(process) == {}
    now_kept = process.read(raw_images)
    assert keys(kept) <= keys(now_kept)
    for image in now_kept:
        content = (process.data / image.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == image.sha256
    assert process.read(observations.current_schedule) is not None


def test_a_packet_that_was_acknowledged_outlives_a_kill(process, config):
    """P34, P40: no accepted alert is lost, whenever the process dies after its ack."""
    port = free_ports(1)
    process.config = config(("port: 8098", f"port: {port}"))
    process.start().wait_for("dashboard:")
    now = process.until(lambda: time_there(port))
    packet = burst_packet(now=now + timedelta(seconds=1), ra_deg=10.0, dec_deg=30.0, number=1)

    assert send(packet, host="127.0.0.1", port=port).word is Word.ACK
    process.kill()
    process.start()

    process.until(lambda: packet in {notice.raw for notice in process.read(alerts.notices)})
    assert process.stop() == 0
    assert [notice.raw for notice in process.read(alerts.notices)] == [packet]
    assert len(process.read(alerts.alerts)) == 1


def killed_in_mid_sequence(process):
    """Kill a house whose sequence has a frame and still most of its exposures to do.

    Returns the execution that is cut, and the worker processes of the killed house.
    """
    for _ in range(KILLS):
        process.start().wait_for("begins, ")
        process.until(lambda: process.read(frames_of_what_runs))
        assert any(process.data.glob("**/L0/*.fits"))
        workers = process.workers()
        process.kill()
        cut, frames = process.read(observations.open_execution), process.read(frames_of_what_runs)
        if cut is not None and 2 * len(frames) < cut.exposures_planned:
            return cut, workers
    raise AssertionError(f"of {KILLS} kills none hit a sequence in its first half")


def frames_of_what_runs(session):
    """Raw frames of the execution that has no end."""
    running = observations.open_execution(session)
    frames = images.of_execution(session, running.id) if running is not None else ()
    return [image for image in frames if image.level is Level.L0]


def raw_images(session):
    """Raw frames in the store."""
    return images.list(session, level=Level.L0, limit=10_000)


def keys(frames):
    """The exposures that these are of."""
    return {image.exposure_key for image in frames}


def executed(session):
    """The sequences that are done."""
    return {one.id for one in requests.sequences(session, {SequenceState.EXECUTED})}


def broken_rules(process):
    """What must hold of a store and does not, by the name of its rule."""
    return {name: found for name, rule in RULES.items() if (found := process.read(rule))}


def time_there(port):
    """The time at the inlet, once it is there."""
    try:
        return time_at(host="127.0.0.1", port=port)
    except StartError:
        return None
