"""An administrative socket: one plain question, one plain answer, on loopback only."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

import zmq

from pyros.errors import DeviceError, PyrosError, StartError, Unresponsive
from pyros.link.address import parse
from pyros.link.sockets import closed, command_socket
from pyros.link.wake import Wake
from pyros.link.wire import Garbled, decode, encode

log = logging.getLogger(__name__)

START_S: Final = 5.0

Handler = Callable[[Mapping[str, object]], Mapping[str, object]]
"""Answers a question; what it raises of ours is told to who asked."""


class Admin:
    """Answers questions at a TCP address of this machine until it is stopped."""

    def __init__(self, address: str, handler: Handler) -> None:
        self._address = parse(address).command
        self._handler = handler
        self._wake = Wake()
        self._bound = threading.Event()
        self._failed: StartError | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="admin", daemon=True)

    def start(self) -> None:
        """Bind and answer; raises StartError if the address is taken."""
        self._thread.start()
        self._bound.wait(START_S)
        if self._failed is not None:
            raise self._failed

    def stop(self) -> None:
        """Stop answering."""
        self._stopping = True
        self._wake.ring()
        self._thread.join(START_S)
        self._wake.close()

    def _run(self) -> None:
        socket = command_socket(zmq.ROUTER)
        try:
            socket.bind(self._address)
        except zmq.ZMQError as error:
            self._failed = StartError(f"{self._address}: {error}")
            self._stopping = True
        self._bound.set()
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        poller.register(self._wake.fileno(), zmq.POLLIN)
        while not self._stopping:
            if socket in dict(poller.poll()):
                peer, *frames = socket.recv_multipart()
                socket.send_multipart([peer, encode(self._answer(frames[0] if frames else b""))])
        closed(socket)

    def _answer(self, frame: bytes) -> Mapping[str, object]:
        try:
            return {"ok": True, **self._handler(decode(frame))}
        except (PyrosError, Garbled, KeyError) as error:
            log.info("admin: refused: %s", error)
            return {"ok": False, "error": str(error)}


def ask(address: str, question: Mapping[str, object], *, timeout_s: float) -> Mapping[str, object]:
    """Return the answer to a question.

    Raises:
        Unresponsive: nobody answers there.
        DeviceError: the answer is a no; the text says why.
    """
    socket = command_socket(zmq.DEALER)
    socket.connect(parse(address).command)
    try:
        if not socket.poll(int(timeout_s * 1000.0), zmq.POLLOUT):
            raise Unresponsive(f"{address}: nobody there")
        socket.send(encode(question))
        if not socket.poll(int(timeout_s * 1000.0), zmq.POLLIN):
            raise Unresponsive(f"{address}: no answer in {timeout_s:g} s")
        answer = decode(socket.recv())
    except Garbled as error:
        raise Unresponsive(f"{address}: {error}") from error
    finally:
        closed(socket)
    if answer.get("ok") is not True:
        raise DeviceError(str(answer.get("error")))
    return answer
