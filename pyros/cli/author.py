"""Hands a packet in over the VOEvent transport, and waits for the answer."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

from pyros.actors.alerts.literals import instant
from pyros.actors.alerts.vtp import Author, BadFrame, Message, Word, frame, transport
from pyros.errors import StartError

CHUNK = 65_536
OURS = "ivo://pyros.invalid/author"
"""As whom we ask a receiver for its time."""


def send(payload: bytes, *, host: str, port: int, timeout_s: float = 20.0) -> Message:
    """Return the receiver's ack or nak for a packet, sent byte for byte.

    Raises:
        StartError: nobody listens there, or no answer came.
    """
    return _exchange(frame(payload), host=host, port=port, timeout_s=timeout_s)


def time_at(*, host: str, port: int, timeout_s: float = 3.0) -> datetime | None:
    """Return the time at a receiver of ours (a simulated observatory has its own).

    None if it does not say.

    Raises:
        StartError: nobody listens there.
    """
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    question = transport(Word.IAMALIVE, origin=OURS, at=epoch)
    try:
        answer = _exchange(question, host=host, port=port, timeout_s=timeout_s)
    except _NoAnswer:
        return None
    return instant(answer.time)


class _NoAnswer(StartError):
    """Somebody listens, and does not answer."""


def _exchange(data: bytes, *, host: str, port: int, timeout_s: float) -> Message:
    place = f"{host}:{port}"
    try:
        line = socket.create_connection((host, port), timeout=timeout_s)
    except OSError as error:
        text = f"{place}: {error.strerror or error}: is an observatory with an inlet running?"
        raise StartError(text) from None
    author = Author()
    with line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            line.sendall(data)
            while True:
                answer = author.receive(line.recv(CHUNK))
                if answer is not None:
                    return answer
        except (OSError, BadFrame) as error:
            raise _NoAnswer(f"{place}: no answer: {error}") from None
