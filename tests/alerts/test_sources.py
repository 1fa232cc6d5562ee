"""The sources over real sockets: a broker that plays packets, and authors at our port."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pyros.actors.alerts.broker import Broker
from pyros.actors.alerts.inlet import Inlet
from pyros.actors.alerts.spool import Spool
from pyros.actors.alerts.vtp import Word, frame
from pyros.cli.author import send, time_at
from pyros.config.alerts import InletSource, VtpSource
from pyros.domain.alert import Packet
from pyros.errors import StartError
from pyros.kernel.clock import SystemClock
from pyros.kernel.spec import Backoff, ChildSpec
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.probe import probe_spec
from pyros.messages.events import LinkReported
from simulators.broker import PlayingBroker, framed

OURS = "ivo://observatory.example/site"
AMPLE_S = 20.0

pytestmark = pytest.mark.realtime


class Line:
    """A source between a probe in the place of the intake and the world."""

    def __init__(self, child: ChildSpec) -> None:
        intake, self.packets = probe_spec("intake")
        links, self.links = probe_spec("links", "alerts/link/*")
        self.system = ActorSystem(
            [supervisor("always_on", [links, supervisor("alerts", [intake, child])])],
            clock=SystemClock(),
        )
        self.system.start()

    def got(self, number: int) -> list[Packet]:
        self.packets.wait_until(lambda seen: len(seen) >= number, AMPLE_S)
        return self.packets.of(Packet)

    def port(self) -> int:
        self.links.wait_until(lambda seen: any("listens" in one.text for one in seen), AMPLE_S)
        return int(self.links.of(LinkReported)[0].text.rpartition(":")[2])


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    built: list[Line] = []
    yield built
    for one in built:
        one.system.stop()


@pytest.fixture
def inlet(lines: list[Line], tmp_path: Path) -> Callable[..., Line]:
    def make(**keys: object) -> Line:
        source = InletSource(kind="inlet", name="local", port=0, **keys)
        spool = Spool(tmp_path / "spool")
        spec = ChildSpec(id="inlet-local", factory=lambda: Inlet(source, name=OURS, spool=spool))
        lines.append(Line(spec))
        return lines[-1]

    return make


@pytest.fixture
def served() -> Iterator[Callable[..., PlayingBroker]]:
    """Brokers, each turned by a thread of its own until the test ends."""
    end = threading.Event()
    threads = []
    brokers: list[PlayingBroker] = []

    def make(*packets: bytes) -> PlayingBroker:
        broker = PlayingBroker(packets)

        def run() -> None:
            while not end.is_set():
                broker.turn()

        brokers.append(broker)
        threads.append(threading.Thread(target=run, daemon=True))  # noqa: TID251 - not the house
        threads[-1].start()
        return broker

    yield make
    end.set()
    for thread in threads:
        thread.join(AMPLE_S)
    for broker in brokers:
        broker.close()


@pytest.fixture
def subscribed(lines: list[Line], tmp_path: Path) -> Callable[[PlayingBroker], Line]:
    def make(broker: PlayingBroker) -> Line:
        host, port = broker.address
        source = VtpSource(kind="vtp", name="played", host=host, port=port)
        spool = Spool(tmp_path / "spool")
        spec = ChildSpec(
            id="broker-played",
            factory=lambda: Broker(source, name=OURS, spool=spool),
            optional=True,
            backoff=Backoff(),
        )
        lines.append(Line(spec))
        return lines[-1]

    return make


def _answers(broker: PlayingBroker, wanted: Callable[[list], bool]) -> list[tuple[str, str]]:
    waited = threading.Event()
    for _ in range(int(AMPLE_S / 0.02)):
        if wanted(broker.answers):
            break
        waited.wait(0.02)
    return broker.answers


def test_a_packet_handed_in_is_delivered_untouched_and_acknowledged(inlet, ours) -> None:
    """P34, B9: byte for byte."""
    line = inlet(tests_only=False)
    payload = ours.eclairs()
    answer = send(payload, host="127.0.0.1", port=line.port())

    assert answer.word is Word.ACK
    (packet,) = line.got(1)
    assert (packet.payload, packet.source) == (payload, "local")


def test_an_acknowledged_packet_is_on_the_disk(inlet, ours, tmp_path) -> None:
    """P34, B9: kill -9 loses nothing that was acknowledged."""
    line = inlet(tests_only=False)
    send(ours.eclairs(), host="127.0.0.1", port=line.port())

    (packet,) = Spool(tmp_path / "spool").load(Spool(tmp_path / "spool").kept())
    assert packet.payload == ours.eclairs()


def test_by_default_the_port_takes_tests_of_the_site_only(inlet, ours) -> None:
    """P34, P43: anything else is refused with the reason."""
    line = inlet()
    port = line.port()
    real = send(ours.eclairs(), host="127.0.0.1", port=port)
    test = send(ours.eclairs(role="test", authority=OURS), host="127.0.0.1", port=port)

    assert real.word is Word.NAK
    assert f"role test of {OURS}" in real.text
    assert test.word is Word.ACK


def test_garbage_on_the_port_is_answered_delivered_and_survived(inlet, ours) -> None:
    """P34, P36: stored and shown; the next author is served."""
    line = inlet(tests_only=False)
    port = line.port()
    garbage = send(b"this is no packet", host="127.0.0.1", port=port)
    good = send(ours.eclairs(), host="127.0.0.1", port=port)

    assert garbage.word is Word.NAK
    assert "no XML" in garbage.text
    assert good.word is Word.ACK
    assert line.got(2)[0].payload == b"this is no packet"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\x00", struct.pack(">I", 0), struct.pack(">I", 2**32 - 1), b"GET / HTTP"],
    ids=["nothing", "half a length", "length 0", "4 GB", "a browser"],
)
def test_who_speaks_no_transport_is_hung_up_on(inlet, ours, data: bytes) -> None:
    """P34: and the port lives on."""
    line = inlet(tests_only=False)
    port = line.port()
    with socket.create_connection(("127.0.0.1", port), timeout=AMPLE_S) as stranger:
        stranger.sendall(data)
        stranger.shutdown(socket.SHUT_WR)
        assert stranger.recv(100) == b""

    assert send(ours.eclairs(), host="127.0.0.1", port=port).word is Word.ACK


def test_a_packet_that_drips_in_is_put_together(inlet, ours) -> None:
    """P34: a frame over many segments."""
    line = inlet(tests_only=False)
    data = frame(ours.eclairs())
    with socket.create_connection(("127.0.0.1", line.port()), timeout=AMPLE_S) as author:
        author.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), 100):
            author.sendall(data[start : start + 100])
        assert author.recv(10_000) != b""

    assert line.got(1)[0].payload == ours.eclairs()


def test_only_listed_networks_may_connect(inlet, ours) -> None:
    """P34."""
    line = inlet(tests_only=False, allow=("192.0.2.0/24",))

    with pytest.raises(StartError):
        send(ours.eclairs(), host="127.0.0.1", port=line.port())


def test_a_receiver_of_ours_says_its_time(inlet) -> None:
    """P43: a packet can be stamped anew for a simulated observatory."""
    line = inlet()

    said = time_at(host="127.0.0.1", port=line.port())
    assert abs((line.system.clock.utc() - said).total_seconds()) < AMPLE_S


def test_a_port_that_is_taken_is_one_clear_line() -> None:
    """B11: which key, which address, what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        source = InletSource(kind="inlet", name="local", port=port)
        spec = ChildSpec(id="inlet-local", factory=lambda: Inlet(source, name=OURS))
        system = ActorSystem([supervisor("always_on", [spec])], clock=SystemClock())
        with pytest.raises(Exception, match=f"alerts.sources local: 127.0.0.1:{port}"):
            system.start()
        system.stop()


def test_a_broker_s_packets_are_delivered_and_acknowledged(served, subscribed, ours) -> None:
    """P34, P09: two frames in one segment, each answered by its name."""
    broker = served(ours.eclairs(), ours.gbm())
    line = subscribed(broker)

    assert [one.payload for one in line.got(2)] == [ours.eclairs(), ours.gbm()]
    answers = _answers(broker, lambda seen: len(seen) >= 3)
    assert answers[0][0] == "authenticate"
    assert [role for role, _ in answers[1:]] == ["ack", "ack"]
    assert answers[1][1] == "ivo://org.svom/fsc#sb26032101_eclairs-wakeup"


def test_a_broker_that_asks_whether_we_live_is_answered(served, subscribed) -> None:
    """P34."""
    broker = served()
    line = subscribed(broker)
    _answers(broker, lambda seen: len(seen) >= 1)
    broker.say(framed(b'<Transport role="iamalive"><Origin>ivo://b</Origin></Transport>'))

    answers = _answers(broker, lambda seen: ("iamalive", "ivo://b") in seen)
    assert ("iamalive", "ivo://b") in answers
    assert line.packets.messages == []


def test_a_broker_that_dies_is_called_again(served, subscribed, ours) -> None:
    """P34: and its packets come again; duplicates are the intake's business."""
    broker = served(ours.eclairs())
    line = subscribed(broker)
    line.got(1)
    broker.hang_up()

    assert len(line.got(2)) == 2
    assert broker.connections == 2


def test_rubbish_from_a_broker_is_kept_and_the_line_holds(served, subscribed, ours) -> None:
    """P34, P36: the framing is still good."""
    broker = served(b"<html>proxy error", ours.eclairs())
    line = subscribed(broker)

    assert {one.payload for one in line.got(2)} == {b"<html>proxy error", ours.eclairs()}


def test_a_frame_that_cannot_be_ends_the_connection(served, subscribed, ours) -> None:
    """P34: after a wrong length nothing can be read; it is called again."""
    broker = served(ours.eclairs())
    line = subscribed(broker)
    line.got(1)
    broker.say(struct.pack("<I", 200) + b"little endian")

    assert len(line.got(2)) == 2


def test_how_a_line_stands_is_told(served, subscribed, ours) -> None:
    """P34: the lamp."""
    line = subscribed(served(ours.eclairs()))
    line.links.wait_until(lambda seen: any(one.packets == 1 for one in seen), AMPLE_S)

    last = line.links.of(LinkReported)[-1]
    assert (last.source, last.connected) == ("played", True)


def test_a_broker_that_is_not_there_keeps_nobody_from_starting(lines, tmp_path) -> None:
    """P34: a source that fails is tried again alone."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    source = VtpSource(kind="vtp", name="away", host="127.0.0.1", port=port)
    line = Line(ChildSpec(id="broker-away", factory=lambda: Broker(source, name=OURS)))
    lines.append(line)
    line.links.wait_until(lambda seen: any("next try" in one.text for one in seen), AMPLE_S)

    assert not line.links.of(LinkReported)[-1].connected
