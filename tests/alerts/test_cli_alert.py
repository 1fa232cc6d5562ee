"""`pyros alert`: what a person types."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pyros.actors.alerts import voevent
from pyros.actors.alerts.inlet import Inlet
from pyros.cli.alert import alert
from pyros.config.alerts import InletSource
from pyros.domain.alert import Packet
from pyros.errors import StartError
from pyros.kernel.clock import SystemClock
from pyros.kernel.spec import ChildSpec
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.probe import Recorded, probe_spec
from pyros.messages.events import LinkReported

AMPLE_S = 20.0


@pytest.fixture
def listening() -> Iterator[tuple[int, Recorded]]:
    """Port of an inlet, and what it delivers."""
    intake, packets = probe_spec("intake")
    links, heard = probe_spec("links", "alerts/link/*")
    source = InletSource(kind="inlet", name="local", port=0, tests_only=False)
    inlet = ChildSpec(id="inlet", factory=lambda: Inlet(source, name="ivo://o.example/site"))
    system = ActorSystem(
        [supervisor("always_on", [links, supervisor("alerts", [intake, inlet])])],
        clock=SystemClock(),
    )
    system.start()
    heard.wait_until(lambda seen: len(seen) > 0, AMPLE_S)
    yield int(heard.of(LinkReported)[0].text.rpartition(":")[2]), packets
    system.stop()


@pytest.fixture
def file(tmp_path: Path, ours) -> Path:
    path = tmp_path / "packet.xml"
    path.write_bytes(ours.eclairs())
    return path


def _got(packets: Recorded) -> Packet:
    packets.wait_until(lambda seen: len(seen) > 0, AMPLE_S)
    return packets.of(Packet)[0]


@pytest.mark.realtime
def test_a_file_is_sent_untouched_and_the_answer_is_told(listening, file, ours) -> None:
    """P34: `pyros alert send FILE`."""
    port, packets = listening
    result = CliRunner().invoke(alert, ["send", str(file), "--port", str(port)])

    assert (result.exit_code, result.output) == (0, "packet.xml: ack\n")
    assert _got(packets).payload == ours.eclairs()


@pytest.mark.realtime
def test_fresh_stamps_it_with_the_time_of_the_observatory(listening, file) -> None:
    """P43: so that a packet of the past can be followed."""
    port, packets = listening
    result = CliRunner().invoke(alert, ["send", str(file), "--port", str(port), "--fresh"])

    assert result.exit_code == 0, result.output
    packet = _got(packets)
    notice = voevent.read(packet.payload)
    assert abs((packet.received - notice.written).total_seconds()) < AMPLE_S


@pytest.mark.realtime
def test_a_refused_file_is_told_with_the_reason(listening, tmp_path) -> None:
    """P34: exit code 1."""
    port, _ = listening
    bad = tmp_path / "bad.xml"
    bad.write_bytes(b"<html/>")
    result = CliRunner().invoke(alert, ["send", str(bad), "--port", str(port)])

    assert result.exit_code == 1
    assert "bad.xml: nak: root html: should be VOEvent" in result.output


def test_where_nobody_listens_it_says_so(file) -> None:
    """B11: one clear line."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    result = CliRunner().invoke(alert, ["send", str(file), "--port", str(port)])

    assert isinstance(result.exception, StartError)
    assert "is an observatory with an inlet running?" in str(result.exception)


def test_a_packet_is_explained(file) -> None:
    """P35: what it means, and what would keep it from moving a telescope."""
    result = CliRunner().invoke(alert, ["read", str(file)])

    assert "SVOM eclairs-wakeup sb26032101" in result.output
    assert "may move a telescope" in result.output


def test_a_packet_is_explained_to_programs(tmp_path, ours) -> None:
    """P35."""
    path = tmp_path / "test.xml"
    path.write_bytes(ours.eclairs(role="test"))
    result = CliRunner().invoke(alert, ["read", str(path), "--json"])

    told = json.loads(result.output)
    assert told["reasons"] == ["role test: should be observation"]
    assert told["nature"] == "test"
