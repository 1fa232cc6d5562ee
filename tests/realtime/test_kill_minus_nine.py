"""A process that is killed in mid-night and started again on the same data."""

from __future__ import annotations

import hashlib
import socket
from datetime import timedelta

import pytest
from builders.process import SIMULATION, Process, alive, kill

from pyros.actors.alerts.templates import burst_packet
from pyros.actors.alerts.vtp import Word
from pyros.cli.author import send, time_at
from pyros.cli.invariants import RULES_OF_THE_STORE as RULES
from pyros.config.load import load
from pyros.domain.execution import Outcome
from pyros.domain.image import Level
from pyros.domain.request import SequenceState
from pyros.errors import StartError
from pyros.store import alerts, images, observations, requests

pytestmark = pytest.mark.realtime


@pytest.fixture
def process(tmp_path):
    """A house in a process; whatever is left of it is killed at the end."""
    made = Process(data=tmp_path / "data")
    yield made
    if made.popen.poll() is None:
        made.kill()


def raw_images(session):
    """Raw frames in the store."""
    return images.list(session, level=Level.L0, limit=10_000)


def test_a_night_goes_on_after_a_kill_and_nothing_is_executed_twice(process):
    """P04, P46, S75, S88: schedule, quota, executions and images agree; the interrupted sequence
    is settled and planned again."""
    process.start().wait_for("begins, ")
    process.until(lambda: process.read(raw_images))
    process.until(lambda: process.read(observations.open_execution) is not None)
    workers = process.children()
    cut = process.read(observations.open_execution)
    process.kill()
    before = {image.exposure_key for image in process.read(raw_images)}

    process.start()
    process.until(lambda: process.read(lambda s: observations.execution(s, cut.id)).end is not None)
    done_before = len(process.read(lambda s: requests.sequences(s, {SequenceState.EXECUTED})))
    process.until(
        lambda: (
            len(process.read(lambda s: requests.sequences(s, {SequenceState.EXECUTED})))
            > done_before
        )
    )
    assert process.stop() == 0

    assert not any(alive(worker) for worker in workers)
    settled = process.read(lambda s: observations.execution(s, cut.id))
    assert settled.outcome in {Outcome.INTERRUPTED, Outcome.DONE}
    broken = {name: found for name, rule in RULES.items() if (found := process.read(rule))}
    assert broken == {}
    kept = process.read(raw_images)
    assert before <= {image.exposure_key for image in kept}
    for image in kept:
        content = (process.data / image.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == image.sha256
    assert process.read(observations.current_schedule) is not None


def test_a_packet_that_was_acknowledged_outlives_a_kill(process, tmp_path):
    """P40, P34: no accepted alert is lost, whenever the process dies after its ack."""
    port = free_port()
    process.config = config_with_inlet(tmp_path, port)
    process.start().wait_for("dashboard:")
    process.until(lambda: answers(port))
    now = time_at(host="127.0.0.1", port=port)
    packet = burst_packet(now=now + timedelta(seconds=1), ra_deg=10.0, dec_deg=30.0, number=1)

    assert send(packet, host="127.0.0.1", port=port).word is Word.ACK
    process.kill()
    process.start()

    process.until(lambda: stored(process, packet))


def test_a_killed_image_worker_costs_no_image(process):
    """P04, P69: its pool is made anew and the image is reduced all the same."""
    process.start().wait_for("begins, ")
    process.until(lambda: process.read(analysed) > 0)
    for worker in process.children():
        kill(worker)
    known = process.read(analysed)

    process.until(lambda: process.read(analysed) > known + 1)

    assert process.stop() == 0


def analysed(session):
    """How many reduced images there are."""
    return len(images.list(session, level=Level.L1A, limit=10_000))


def stored(process, packet):
    """Whether the packet has its row."""
    return any(notice.raw == packet for notice in process.read(alerts.notices))


def answers(port):
    """Whether the inlet is there."""
    try:
        return time_at(host="127.0.0.1", port=port) is not None
    except StartError:
        return False


def free_port():
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def config_with_inlet(folder, port):
    """The simulation with its inlet at another port."""
    assert load(SIMULATION).alerts.sources[0].port == 8098
    text = SIMULATION.read_text().replace("port: 8098", f"port: {port}")
    for name in ("strategy.yaml", "examples"):
        (folder / name).symlink_to(SIMULATION.parent / name)
    (folder / "house.yaml").write_text(text)
    return folder / "house.yaml"
