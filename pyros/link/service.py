"""A device server behind sockets: orders and status in one thread, frames in another."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Sequence
from typing import Final

import zmq

from pyros.errors import StartError
from pyros.link.address import Address
from pyros.link.device import Disturbance, Trouble
from pyros.link.direct import GARBAGE
from pyros.link.frames import answer_data
from pyros.link.server import DeviceServer
from pyros.link.sockets import Socket, closed, command_socket, data_socket
from pyros.link.transport import Piece
from pyros.link.wake import Wake

log = logging.getLogger(__name__)

STATUS_S: Final = 1.0
MOVING_S: Final = 0.25
LOOK_S: Final = 0.2
"""Whether something has changed is looked at so often, real seconds."""
SHORTEST_S: Final = 0.05
"""After an order it is looked at so soon, real seconds."""
TROUBLED_S: Final = 0.05
"""A spoilt line is looked at so often, real seconds."""
START_S: Final = 5.0


class Service:
    """Serves one device at an address until it is stopped."""

    def __init__(self, server: DeviceServer, address: Address) -> None:
        self.server, self.address = server, address
        name = server.device.name
        self._command = _Port(
            f"link-{name}", server, (zmq.ROUTER, address.command), (zmq.PUB, address.status)
        )
        self._data = _Port(f"frames-{name}", server, (zmq.ROUTER, address.data), None)

    def start(self) -> None:
        """Bind and serve; raises StartError if an address is taken."""
        self._command.start()
        try:
            self._data.start()
        except StartError:
            self._command.stop()
            raise

    def stop(self) -> None:
        """Stop serving and wait until the sockets are closed."""
        self._command.stop()
        self._data.stop()


class _Port:
    """One thread with a ROUTER, and a PUB beside it where status goes out."""

    def __init__(
        self,
        name: str,
        server: DeviceServer,
        router: tuple[int, str],
        publisher: tuple[int, str] | None,
    ) -> None:
        self._server = server
        self._router_at, self._publisher_at = router, publisher
        self._router: Socket | None = None
        self._publisher: Socket | None = None
        self._wake = Wake()
        self._stopping = False
        self._bound = threading.Event()
        self._failed: StartError | None = None
        self._late: list[tuple[float, int, list[Piece]]] = []
        self._count = itertools.count()
        self._status_s = self._look_s = 0.0
        self._told: object = None
        self._orders = 0
        self._poller = self._idle = zmq.Poller()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Have the thread bind; raises StartError."""
        self._thread.start()
        self._bound.wait(START_S)
        if self._failed is not None:
            self._thread.join(START_S)
            raise self._failed

    def stop(self) -> None:
        """End the thread."""
        self._stopping = True
        self._wake.ring()
        if self._thread.is_alive():
            self._thread.join(START_S)
        self._wake.close()

    def _run(self) -> None:
        self._idle.register(self._wake.fileno(), zmq.POLLIN)
        try:
            self._bind()
        except zmq.ZMQError as error:
            where = self._router_at[1]
            self._failed = StartError(f"{where}: {error}; is another simulator or device there?")
            self._unbind()
            self._bound.set()
            return
        self._bound.set()
        while not self._stopping:
            self._turn()
        self._unbind()

    def _bind(self) -> None:
        make = data_socket if self._publisher_at is None else command_socket
        self._router = make(self._router_at[0])
        self._router.bind(self._router_at[1])
        self._poller = zmq.Poller()
        self._poller.register(self._wake.fileno(), zmq.POLLIN)
        self._poller.register(self._router, zmq.POLLIN)
        if self._publisher_at is not None:
            self._publisher = command_socket(self._publisher_at[0])
            self._publisher.bind(self._publisher_at[1])

    def _unbind(self) -> None:
        closed(self._router)
        closed(self._publisher)
        self._router = self._publisher = None

    def _turn(self) -> None:
        """Do what is due, and wait for the next thing."""
        found = self._server.device.disturbance()
        trouble = None if found is None else found.trouble
        if trouble is Trouble.CUT:
            self._unbind()
            self._wait(TROUBLED_S, None)
        elif trouble is Trouble.SILENT:
            self._wait(TROUBLED_S, None)
        elif self._router is None:
            self._bind_again()
        else:
            self._publish_due()
            self._send_late()
            self._answer_until(self._router, self._next_due_s(troubled=found is not None))

    def _bind_again(self) -> None:
        try:
            self._bind()
        except zmq.ZMQError as error:
            log.warning("%s: %s; tried again", self._router_at[1], error)
            self._unbind()
            self._wait(0.5, None)

    def _next_due_s(self, *, troubled: bool) -> float:
        troubled = troubled or self._publisher is None
        dues = [time.monotonic() + (TROUBLED_S if troubled else STATUS_S)]
        if self._publisher is not None:
            dues.append(self._look_s)
        if self._late:
            dues.append(self._late[0][0])
        return min(dues)

    def _answer_until(self, router: Socket, due_s: float) -> None:
        """Answer until something else is due; between two requests nothing but waiting."""
        while (left_s := due_s - time.monotonic()) > 0.0 and self._wait(left_s, router):
            if not self._answer_next(router):
                return
            due_s = min(due_s, self._look_s) if self._publisher is not None else due_s

    def _wait(self, seconds: float, router: Socket | None) -> bool:
        """Whether something came in within so many seconds."""
        poller = self._idle if router is None else self._poller
        ready = [socket for socket, _ in poller.poll(int(seconds * 1000.0) + 1)]
        if self._wake.fileno() in ready:
            self._wake.calm()
        return router in ready

    def _answer_next(self, router: Socket) -> bool:
        """Answer one request; whether all is well with the line."""
        try:
            peer, *frames = router.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return True
        found = self._server.device.disturbance()
        if found is not None and found.trouble in (Trouble.CUT, Trouble.SILENT):
            return False  # it was read, but by nobody
        reply = self._answer(frames[0], peer) if len(frames) == 1 else ()
        if self._server.orders != self._orders:
            self._orders = self._server.orders
            self._look_s = min(self._look_s, time.monotonic() + SHORTEST_S)
        self._reply(router, peer, reply, found)
        return found is None

    def _answer(self, frame: bytes, peer: bytes) -> Sequence[Piece]:
        if self._publisher is None:
            return answer_data(self._server.device, frame)
        reply = self._server.answer(frame, peer)
        return [] if reply is None else [reply]

    def _reply(
        self, router: Socket, peer: bytes, reply: Sequence[Piece], found: Disturbance | None
    ) -> None:
        trouble = None if found is None else found.trouble
        if not reply or trouble is Trouble.LOST_ACK:
            return
        message: list[Piece] = [peer, *reply]
        if trouble is Trouble.GARBAGE:
            message = [peer, GARBAGE]
        if found is not None and trouble is Trouble.SLOW:
            due = time.monotonic() + found.by_s
            heapq.heappush(self._late, (due, next(self._count), message))
            return
        self._send(router, message)
        if trouble is Trouble.TWICE:
            self._send(router, message)

    def _send_late(self) -> None:
        while self._router is not None and self._late and self._late[0][0] <= time.monotonic():
            self._send(self._router, heapq.heappop(self._late)[2])

    def _send(self, router: Socket, message: list[Piece]) -> None:
        try:
            router.send_multipart(message, zmq.NOBLOCK, copy=len(message) < 3)
        except zmq.ZMQError as error:
            log.info("%s: a reply was not sent: %s", self._router_at[1], error)

    def _publish_due(self) -> None:
        """Look whether there is news, and tell it; without any, tell once in a while."""
        publisher, now = self._publisher, time.monotonic()
        if publisher is None or now < self._look_s:
            return
        self._look_s = now + LOOK_S
        status = self._server.status()
        if status.gist == self._told and now < self._status_s:
            return
        self._told = status.gist
        self._status_s = now + (MOVING_S if status.moving else STATUS_S)
        try:
            publisher.send(status.message, zmq.NOBLOCK)
        except zmq.Again:
            log.info("%s: a status was not sent", self._router_at[1])
