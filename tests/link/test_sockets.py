"""The same promises over real sockets: dead, hung, stopped and slow devices."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import zmq
from builders.process import until

from pyros.errors import ConfigError, LinkLost, NotNow, StartError, Unresponsive
from pyros.kernel.clock import SystemClock
from pyros.link.address import PORTS, parse
from pyros.link.admin import Admin, ask
from pyros.link.client import LinkClient
from pyros.link.dealer import over_sockets
from pyros.link.device import Trouble
from pyros.link.liveness import Standing
from pyros.link.ports import free_ports
from pyros.link.server import DeviceServer
from pyros.link.service import Service
from pyros.link.sockets import closed, command_socket
from pyros.link.wire import MAX_COMMAND_BYTES

KEY = "a" * 32
REAL_S = SystemClock().real_monotonic
PATIENCE_S = 10.0
"""What must happen happens within this, or the test fails; it decides nothing else."""


@pytest.fixture(params=["inproc", "tcp"])
def address(request: pytest.FixtureRequest) -> str:
    return (
        f"tcp://127.0.0.1:{free_ports(PORTS)}"
        if request.param == "tcp"
        else f"inproc://{free_ports(PORTS)}"
    )


@pytest.fixture
def service(box, address: str) -> Iterator[Service]:
    server = DeviceServer(box, real_s=REAL_S)
    made = Service(server, parse(address))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client(service: Service) -> Iterator[LinkClient]:
    made = LinkClient(
        "box",
        over_sockets(service.address),
        epoch=(1, 1),
        real_s=REAL_S,
        answer_s=0.5,
    )
    made.connect(5.0)
    yield made
    made.close()


def test_an_order_goes_out_and_its_operation_comes_back(client, box) -> None:
    assert client.order("open", {}, key=KEY)["key"] == KEY
    assert box.done == [("open", KEY)]


def test_status_comes_by_itself_and_a_change_is_told(client, box) -> None:
    told = threading.Event()
    until(lambda: client.news.latest is not None)
    client.on_change(told.set)

    box.extra = {"phase": "closing"}

    assert told.wait(PATIENCE_S)
    assert client.news.latest["state"]["phase"] == "closing"
    assert client.news.standing() is Standing.CONNECTED


def test_a_lost_answer_is_asked_for_again_and_the_order_is_done_once(client, box) -> None:
    box.trouble = Trouble.LOST_ACK
    with pytest.raises(Unresponsive):
        client.order("open", {}, key=KEY)
    box.trouble = None

    assert client.operation(KEY)["key"] == KEY
    assert box.done == [("open", KEY)]


def test_a_late_reply_is_dropped_and_the_next_one_is_right(client, box) -> None:
    """Late, double and out of order: the answer belongs to its request."""
    box.trouble, box.by_s = Trouble.SLOW, 0.7
    with pytest.raises(Unresponsive):
        client.state(0.3)
    box.trouble = None

    until(lambda: client.counts["stale"] > 0 or client.state(1.0) is None)

    assert client.counts["stale"] >= 1


def test_double_answers_do_no_harm(client, box) -> None:
    box.trouble = Trouble.TWICE
    sequence = [client.state(1.0).value["seq"] for _ in range(20)]

    assert sequence == sorted(set(sequence))


def test_an_order_that_lay_before_a_hung_device_is_refused_when_it_wakes(client, box) -> None:
    """The order was in its socket all the while; it has grown too old."""
    box.trouble = Trouble.SILENT
    with pytest.raises(Unresponsive):
        client.order("open", {}, key=KEY)
    until(lambda: client.news.standing() is Standing.LOST)
    expiry = threading.Event()
    expiry.wait(1.2)
    box.trouble = None

    client.connect(5.0)

    assert client.operation(KEY) is None
    assert box.done == []


def test_a_cut_connection_is_known_and_it_comes_back_by_itself(client, box) -> None:
    box.trouble = Trouble.CUT
    until(lambda: _raises(LinkLost, client))
    box.trouble = None
    client.close()

    until(lambda: _connects(client))

    assert client.order("open", {}, key=KEY)["key"] == KEY


def _raises(error: type[Exception], client: LinkClient) -> bool:
    try:
        client.state(0.3)
    except error:
        return True
    except Unresponsive:
        return False
    return False


def _connects(client: LinkClient) -> bool:
    try:
        client.connect(0.5)
    except (LinkLost, Unresponsive):
        return False
    return True


def test_nobody_at_the_address_is_a_lost_link_and_no_order_waits_for_him(address, box) -> None:
    """IMMEDIATE: whoever starts later gets no order of before."""
    client = LinkClient(
        "box", over_sockets(parse(address)), epoch=(1, 1), real_s=REAL_S, answer_s=0.2
    )
    with pytest.raises((LinkLost, Unresponsive)):
        client.connect(0.2)
    with pytest.raises((LinkLost, Unresponsive)):
        client.order("open", {}, key=KEY)
    service = Service(DeviceServer(box, real_s=REAL_S), parse(address))
    service.start()
    try:
        until(lambda: _connects(client))
        assert box.done == []
    finally:
        client.close()
        service.stop()


def test_frames_come_by_their_own_socket(client) -> None:
    pixels, _ = client.fetch("b" * 32, 5.0)
    assert pixels.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    client.drop("b" * 32)
    with pytest.raises(NotNow):
        client.fetch("b" * 32, 5.0)


@pytest.mark.parametrize("address", ["tcp"], indirect=True)
def test_what_is_too_large_cuts_its_sender_and_nobody_else(client, service) -> None:
    eve = command_socket(zmq.DEALER)
    eve.setsockopt(zmq.MAXMSGSIZE, -1)
    eve.connect(service.address.command)
    assert eve.poll(5000, zmq.POLLOUT)
    eve.send(b"x" * (MAX_COMMAND_BYTES + 1))
    closed(eve)

    assert client.order("open", {}, key=KEY)["key"] == KEY


def test_rubbish_is_dropped_and_the_next_order_is_obeyed(client, box, service) -> None:
    eve = command_socket(zmq.DEALER)
    eve.connect(service.address.command)
    assert eve.poll(5000, zmq.POLLOUT)
    for rubbish in (b"", b"\xc1", b"\x81\xa1v\x01"):
        eve.send(rubbish)
    until(lambda: service.server.counts["garbled"] == 3)
    closed(eve)

    assert client.order("open", {}, key=KEY)["key"] == KEY


def test_an_address_that_is_taken_is_told_in_one_line(service, box) -> None:
    second = Service(DeviceServer(box, real_s=REAL_S), service.address)
    with pytest.raises(StartError, match="is another simulator or device there"):
        second.start()


@pytest.mark.parametrize("text", ["udp://x", "tcp://127.0.0.1", "tcp://127.0.0.1:70000", ""])
def test_an_address_of_no_known_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="should be tcp://host:port"):
        parse(text)


def test_tcp_beyond_loopback_is_refused_unless_someone_says_insecure() -> None:
    with pytest.raises(ConfigError, match="not encrypted"):
        parse("tcp://192.0.2.7:7310")
    assert parse("tcp://192.0.2.7:7310", insecure=True).status == "tcp://192.0.2.7:7311"


def test_the_administrative_socket_answers_and_tells_why_not() -> None:
    address = f"tcp://127.0.0.1:{free_ports(PORTS)}"

    def handle(question):
        if question.get("op") == "no":
            raise NotNow("not now")
        return {"echo": question["op"]}

    admin = Admin(address, handle)
    admin.start()
    try:
        assert ask(address, {"op": "yes"}, timeout_s=5.0)["echo"] == "yes"
        with pytest.raises(Exception, match="not now"):
            ask(address, {"op": "no"}, timeout_s=5.0)
    finally:
        admin.stop()
    with pytest.raises(Unresponsive):
        ask(address, {"op": "yes"}, timeout_s=0.1)
