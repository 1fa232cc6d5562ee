"""A VOEvent broker that plays the packets of a folder to whoever subscribes."""

from __future__ import annotations

import select
import socket
import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

HEAD = struct.Struct(">I")
CHUNK = 65_536
NAME = "ivo://pyros.invalid/simulated-broker"
NAMESPACE = "http://www.telescope-networks.org/xml/Transport/v1.1"
WHEN = "2026-01-01T00:00:00Z"
"""Subscribers do not look at a broker's time."""


def packets_in(folder: Path) -> list[bytes]:
    """Return the VOEvents of a folder, by name."""
    return [file.read_bytes() for file in sorted(folder.glob("*.xml"))]


def transport(role: str) -> bytes:
    """Return a framed transport message of this broker."""
    text = (
        f'<trn:Transport role="{role}" version="1.0" xmlns:trn="{NAMESPACE}">'
        f"<Origin>{NAME}</Origin><TimeStamp>{WHEN}</TimeStamp></trn:Transport>"
    )
    return framed(text.encode())


def framed(payload: bytes) -> bytes:
    """Return `payload` with its length before it."""
    return HEAD.pack(len(payload)) + payload


@dataclass(slots=True)
class _Line:
    """One subscriber: what came in and is not whole, what is still to be sent."""

    inbox: bytearray = field(default_factory=bytearray)
    outbox: bytearray = field(default_factory=bytearray)


class PlayingBroker:
    """Sends `authenticate` on connection, then packet by packet; notes every answer.

    Serve it by calling `turn` again and again; `say` and `hang_up` may be called from any thread.
    """

    def __init__(
        self, packets: Iterable[bytes] = (), *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._packets = list(packets)
        self._door = socket.create_server((host, port))
        self._door.settimeout(0.0)
        self._lines: dict[socket.socket, _Line] = {}
        self._orders: deque[bytes | None] = deque()
        self.answers: list[tuple[str, str]] = []
        """Role and origin of each transport message of a subscriber, in order."""
        self.connections = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where to subscribe."""
        host, port = self._door.getsockname()[:2]
        return str(host), int(port)

    def say(self, data: bytes) -> None:
        """Send these bytes, framed or not, to all subscribers."""
        self._orders.append(data)

    def hang_up(self) -> None:
        """Close all connections; the next ones are welcome."""
        self._orders.append(None)

    def turn(self, timeout_s: float = 0.05) -> None:
        """Do whatever can be done now, waiting at most `timeout_s`."""
        self._obey()
        writers = [line for line, state in self._lines.items() if state.outbox]
        readers = [self._door, *self._lines]
        ready, writable, _ = select.select(readers, writers, [], timeout_s)
        for line in ready:
            if line is self._door:
                self._admit()
            else:
                self._hear(line)
        for line in writable:
            self._send(line)

    def close(self) -> None:
        """Close everything."""
        for line in (*self._lines, self._door):
            line.close()
        self._lines.clear()

    def _obey(self) -> None:
        while self._orders:
            data = self._orders.popleft()
            if data is None:
                for line in list(self._lines):
                    self._drop(line)
            else:
                for state in self._lines.values():
                    state.outbox += data

    def _admit(self) -> None:
        line, _ = self._door.accept()
        line.settimeout(0.0)
        state = self._lines[line] = _Line()
        self.connections += 1
        state.outbox += transport("authenticate")
        for packet in self._packets:
            state.outbox += framed(packet)

    def _hear(self, line: socket.socket) -> None:
        state = self._lines.get(line)
        if state is None:
            return
        try:
            data = line.recv(CHUNK)
        except OSError:
            data = b""
        if not data:
            self._drop(line)
            return
        state.inbox += data
        while len(state.inbox) >= HEAD.size:
            (length,) = HEAD.unpack_from(state.inbox)
            if len(state.inbox) < HEAD.size + length:
                return
            self._note(bytes(state.inbox[HEAD.size : HEAD.size + length]))
            del state.inbox[: HEAD.size + length]

    def _note(self, payload: bytes) -> None:
        root = etree.fromstring(payload)
        self.answers.append((root.get("role") or "", root.findtext("{*}Origin") or ""))

    def _send(self, line: socket.socket) -> None:
        state = self._lines.get(line)
        if state is None:
            return
        try:
            sent = line.send(state.outbox)
        except OSError:
            self._drop(line)
            return
        del state.outbox[:sent]

    def _drop(self, line: socket.socket) -> None:
        self._lines.pop(line, None)
        line.close()
