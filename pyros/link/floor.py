"""The bare round trip over ZMQ and msgpack: what our protocol is measured against.

Nothing of ours is in it: a ROUTER in a thread that unpacks and packs, a DEALER that does the same.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Final, Self

import msgpack
import numpy as np
import zmq

from pyros.link.sockets import Socket, closed, data_socket
from pyros.link.wake import Wake

END_S: Final = 5.0


class Floor:
    """A bare peer at an address: echoes maps, and sends one frame when asked for it."""

    def __init__(self, address: str, *, reply: dict[str, object], frame: bytes = b"") -> None:
        self._address, self._reply, self._frame = address, reply, frame
        self._wake = Wake()
        self._bound = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="floor", daemon=True)
        self._dealer: Socket | None = None

    def __enter__(self) -> Self:
        """Serve, and connect."""
        self._thread.start()
        self._bound.wait(END_S)
        self._dealer = data_socket(zmq.DEALER)
        self._dealer.connect(self._address)
        self._dealer.poll(int(END_S * 1000.0), zmq.POLLOUT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Stop serving."""
        closed(self._dealer)
        self._wake.ring()
        self._thread.join(END_S)
        self._wake.close()

    def round_trip(self, request: dict[str, object]) -> object:
        """Return the unpacked reply to a request."""
        dealer = self._connected()
        dealer.send(msgpack.packb(request))
        return msgpack.unpackb(dealer.recv())

    def fetch(self) -> np.ndarray:
        """Return the frame, its pixels not copied."""
        dealer = self._connected()
        dealer.send(msgpack.packb({"frame": True}))
        _, pixels = dealer.recv_multipart(copy=False)
        return np.frombuffer(pixels.buffer, dtype="<u2")

    def _connected(self) -> Socket:
        if self._dealer is None:
            raise RuntimeError("enter it first")
        return self._dealer

    def _serve(self) -> None:
        router = data_socket(zmq.ROUTER)
        router.bind(self._address)
        self._bound.set()
        poller = zmq.Poller()
        poller.register(router, zmq.POLLIN)
        poller.register(self._wake.fileno(), zmq.POLLIN)
        while self._wake.fileno() not in (ready := dict(poller.poll())):
            if router not in ready:
                continue
            peer, request = router.recv_multipart()
            if "frame" in msgpack.unpackb(request):
                router.send_multipart([peer, b"header", self._frame], copy=False)
            else:
                router.send_multipart([peer, msgpack.packb(self._reply)])
        closed(router)
