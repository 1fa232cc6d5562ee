"""The client's end over sockets: a DEALER for each calling thread, one thread that listens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import zmq
from zmq.utils.monitor import recv_monitor_message

from pyros.errors import LinkLost, Unresponsive
from pyros.link.address import Address
from pyros.link.sockets import Socket, closed, command_socket, data_socket
from pyros.link.transport import Accept, Listener, Piece
from pyros.link.wake import Wake

T = TypeVar("T")

SLICE_MS: Final = 50
"""While it waits for an answer it looks so often whether the connection still stands."""
TICK_S: Final = 0.5
END_S: Final = 2.0


class Dealer:
    """A line over sockets; a socket is used and closed by the thread that made it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._own = threading.local()
        self._ear: _Ear | None = None
        self.sent_s = float("-inf")
        """When the last request had left, real monotonic seconds."""

    def open(self, timeout_s: float) -> None:
        """Connect anew; raises LinkLost if nobody is there in time."""
        self._let_go()
        socket = self._command()
        if not socket.poll(int(timeout_s * 1000.0), zmq.POLLOUT):
            self._let_go()
            raise LinkLost(f"{self._address.command}: nobody there within {timeout_s:g} s")

    def exchange(self, frame: bytes, accept: Accept[T], timeout_s: float) -> T:
        """Return what `accept` makes of the reply; raises LinkLost, Unresponsive."""
        return self._ask(self._command(), frame, accept, timeout_s)

    def fetch(self, frame: bytes, accept: Accept[T], timeout_s: float) -> T:
        """Return what `accept` makes of header and pixels; raises LinkLost, Unresponsive."""
        fresh = getattr(self._own, "data", None) is None
        socket = self._data()
        if fresh:
            socket.poll(int(timeout_s * 1000.0), zmq.POLLOUT)
        return self._ask(socket, frame, accept, timeout_s)

    def on_status(self, listener: Listener) -> None:
        """Listen in a thread of its own until closed."""
        if self._ear is None:
            self._ear = _Ear(self._address, listener)
            self._ear.start()

    def close(self) -> None:
        """Stop listening, and close the sockets of this thread."""
        self._let_go()
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.stop()

    def _ask(self, socket: Socket, frame: bytes, accept: Accept[T], timeout_s: float) -> T:
        try:
            socket.send(frame, zmq.NOBLOCK)
        except zmq.Again:
            raise LinkLost(f"{self._address.command}: no connection") from None
        self.sent_s = time.monotonic()
        until_s = self.sent_s + timeout_s
        while True:
            try:
                found = accept(_received(socket))
            except zmq.Again:
                if not socket.poll(0, zmq.POLLOUT):
                    raise LinkLost(f"{self._address.command}: the connection broke") from None
                found = None
            if found is not None:
                return found
            if time.monotonic() >= until_s:
                break
        raise Unresponsive(f"{self._address.command}: no answer in {timeout_s:g} s")

    def _command(self) -> Socket:
        found: Socket | None = getattr(self._own, "command", None)
        if found is None:
            found = command_socket(zmq.DEALER)
            found.setsockopt(zmq.RCVTIMEO, SLICE_MS)
            found.connect(self._address.command)
            self._own.command = found
        return found

    def _data(self) -> Socket:
        found: Socket | None = getattr(self._own, "data", None)
        if found is None:
            found = data_socket(zmq.DEALER)
            found.setsockopt(zmq.RCVTIMEO, SLICE_MS)
            found.connect(self._address.data)
            self._own.data = found
        return found

    def _let_go(self) -> None:
        for name in ("command", "data"):
            closed(getattr(self._own, name, None))
            setattr(self._own, name, None)


def _received(socket: Socket) -> Sequence[Piece]:
    """Return the parts of a message, a second one (pixels) not copied.

    Raises:
        zmq.Again: nothing came within a slice of time.
    """
    first = socket.recv()
    if not socket.getsockopt(zmq.RCVMORE):
        return [first]
    return [first, *(part.buffer for part in socket.recv_multipart(copy=False))]


class _Ear:
    """A thread that hears the status messages, and whether the connection stands."""

    def __init__(self, address: Address, listener: Listener) -> None:
        self._address, self._listener = address, listener
        self._wake = Wake()
        self._stopping = False
        self._thread = threading.Thread(
            target=self._run, name=f"status-{address.status}", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self._wake.ring()
        if self._thread is not threading.current_thread():
            self._thread.join(END_S)

    def _run(self) -> None:
        socket = command_socket(zmq.SUB)
        socket.setsockopt(zmq.SUBSCRIBE, b"")
        events = zmq.Event.HANDSHAKE_SUCCEEDED | zmq.Event.DISCONNECTED
        monitor: Socket | None = None
        if self._address.remote:
            monitor = socket.get_monitor_socket(events)
        socket.connect(self._address.status)
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(self._wake.fileno(), zmq.POLLIN)
        if monitor is not None:
            poller.register(monitor, zmq.POLLIN)
        while not self._stopping:
            ready = dict(poller.poll(int(TICK_S * 1000.0)))
            if monitor is not None and monitor in ready:
                self._news(monitor)
            if socket in ready:
                self._listener.heard(socket.recv())
            if not ready:
                self._listener.tick()
        if monitor is not None:
            socket.disable_monitor()
            closed(monitor)
        closed(socket)
        self._wake.close()

    def _news(self, monitor: Socket) -> None:
        event = recv_monitor_message(monitor)["event"]
        if event == zmq.Event.DISCONNECTED:
            self._listener.down()
        elif event == zmq.Event.HANDSHAKE_SUCCEEDED:
            self._listener.up()


def over_sockets(address: Address) -> Callable[[], Dealer]:
    """Return what makes lines to the device at an address."""

    def make() -> Dealer:
        return Dealer(address)

    return make
