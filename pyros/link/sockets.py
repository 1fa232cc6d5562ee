"""ZMQ sockets with the options of our protocol; one context for the whole process."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeAlias

import zmq

from pyros.link.wire import MAX_COMMAND_BYTES, MAX_FRAME_BYTES

if TYPE_CHECKING:
    Socket: TypeAlias = zmq.Socket[bytes]
else:
    Socket = zmq.Socket

HEARTBEAT_MS: Final = 200
DEAD_MS: Final = 1000
WAITING: Final = 100
FRAMES_WAITING: Final = 4

_context: zmq.Context[Socket] = zmq.Context()


def command_socket(kind: int) -> Socket:
    """Return a socket for orders and replies (ROUTER, DEALER) or status (PUB, SUB)."""
    return _socket(kind, waiting=WAITING, most_bytes=MAX_COMMAND_BYTES)


def data_socket(kind: int) -> Socket:
    """Return a socket for frames (ROUTER, DEALER)."""
    return _socket(kind, waiting=FRAMES_WAITING, most_bytes=MAX_FRAME_BYTES)


def _socket(kind: int, *, waiting: int, most_bytes: int) -> Socket:
    socket = _context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, waiting)
    socket.setsockopt(zmq.RCVHWM, waiting)
    socket.setsockopt(zmq.MAXMSGSIZE, most_bytes)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, DEAD_MS)
    socket.setsockopt(zmq.HEARTBEAT_TTL, DEAD_MS)
    socket.setsockopt(zmq.RECONNECT_IVL, 200)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 5000)
    return socket


def closed(socket: Socket | None) -> None:
    """Close a socket; only its own thread may."""
    if socket is not None:
        with suppress(zmq.ZMQError):
            socket.close(0)
