"""The VOEvent transport without a socket: frames, messages, and how each side behaves."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from xml.sax.saxutils import escape, quoteattr

from pyros.actors.alerts.literals import printable
from pyros.actors.alerts.voevent import MAX_BYTES, Unreadable, document, local_name, name_of

BODY_S = 30.0
"""A frame that has begun must be whole so soon, seconds."""
NAMESPACE = "http://www.telescope-networks.org/xml/Transport/v1.1"

_LENGTH = struct.Struct(">I")


class BadFrame(ValueError):
    """The length of a frame is impossible: nothing after it can be read."""


def frame(payload: bytes) -> bytes:
    """Return `payload` with its length before it."""
    return _LENGTH.pack(len(payload)) + payload


class Frames:
    """Cuts a stream of bytes into frames of at most `limit` bytes."""

    def __init__(self, limit: int = MAX_BYTES) -> None:
        self._limit = limit
        self._buffer = bytearray()

    @property
    def partial(self) -> bool:
        """Whether a frame has begun and is not whole."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Return the frames that `data` completes.

        Raises:
            BadFrame: a length of 0 or above the limit.
        """
        self._buffer += data
        found = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if not 1 <= length <= self._limit:
                raise BadFrame(f"frame of {length} bytes: should be 1 to {self._limit}")
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            found.append(bytes(self._buffer[_LENGTH.size : end]))
            del self._buffer[:end]
        return found


class Word(StrEnum):
    """What a message is."""

    EVENT = "event"
    IAMALIVE = "iamalive"
    AUTHENTICATE = "authenticate"
    ACK = "ack"
    NAK = "nak"
    OTHER = "other"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The head of a frame's content: whose it is, and what a transport message says."""

    word: Word
    payload: bytes
    ivorn: str = ""
    """Of an event its name, else the origin."""
    role: str = ""
    text: str = ""
    """Result of an answer, or why it cannot be read."""
    time: str = ""


def read(payload: bytes) -> Message:
    """Return what a frame holds; never raises."""
    try:
        root = document(payload)
        if local_name(root) == "Transport":
            role = (root.get("role") or "").strip()
            word = Word(role) if role in _ANSWERS else Word.OTHER
            origin = (root.findtext("{*}Origin") or "").strip()
            result = (root.findtext("{*}Meta/{*}Result") or "").strip()
            time = (root.findtext("{*}TimeStamp") or "").strip()
            return Message(word=word, payload=payload, ivorn=origin, text=result, time=time)
        role = (root.get("role") or "").strip()
        return Message(word=Word.EVENT, payload=payload, ivorn=name_of(root), role=role)
    except Unreadable as why:
        return Message(word=Word.GARBAGE, payload=payload, text=printable(str(why)))


_ANSWERS = frozenset({Word.IAMALIVE, Word.AUTHENTICATE, Word.ACK, Word.NAK})


def transport(  # noqa: PLR0913 - the fields of a message, by name
    word: Word,
    *,
    origin: str,
    at: datetime,
    response: str = "",
    result: str = "",
    filters: tuple[str, ...] = (),
) -> bytes:
    """Return a framed transport message."""
    inside = [f"<Origin>{escape(origin)}</Origin>"]
    if response:
        inside.append(f"<Response>{escape(response)}</Response>")
    inside.append(f"<TimeStamp>{at:%Y-%m-%dT%H:%M:%S.%f}Z</TimeStamp>")
    meta = [f"<Param name={quoteattr('xpath-filter')} value={quoteattr(one)}/>" for one in filters]
    if result:
        meta.append(f"<Result>{escape(printable(result))}</Result>")
    if meta:
        inside.append(f"<Meta>{''.join(meta)}</Meta>")
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><trn:Transport role="{word}" version="1.0" '
        f'xmlns:trn="{NAMESPACE}">{"".join(inside)}</trn:Transport>'
    )
    return frame(text.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows from bytes or from silence: bytes to send, events to deliver, an end."""

    send: bytes = b""
    events: tuple[Message, ...] = ()
    garbage: tuple[Message, ...] = ()
    close: str = ""
    """Why the connection is to be closed; empty to keep it."""


@dataclass(slots=True, kw_only=True)
class Subscriber:
    """Our side of a connection to a broker.  Times are seconds of one monotonic clock.

    An event is acknowledged by `ack` once it is safe; it is never refused, since brokers close on
    that.
    """

    name: str
    """Our ivorn, as Response."""
    since_s: float
    silent_s: float = 150.0
    filters: tuple[str, ...] = ()
    _frames: Frames = field(default_factory=Frames)
    _began_s: float | None = None

    def receive(self, data: bytes, *, now_s: float, at: datetime) -> Step:
        """Return what follows from `data`; no data means that the broker closed."""
        if not data:
            return Step(close="the broker closed")
        try:
            frames = self._frames.feed(data)
        except BadFrame as bad:
            return Step(close=str(bad))
        if frames:
            self.since_s = now_s
        if not self._frames.partial:
            self._began_s = None
        elif frames or self._began_s is None:
            self._began_s = now_s
        messages = [read(one) for one in frames]
        return Step(
            send=b"".join(self._answer(one, at) for one in messages),
            events=tuple(one for one in messages if one.word is Word.EVENT),
            garbage=tuple(one for one in messages if one.word is Word.GARBAGE),
        )

    def quiet(self, now_s: float) -> str:
        """Return why the silence has lasted too long, empty if it has not."""
        if self._began_s is not None and now_s - self._began_s > BODY_S:
            return f"a frame was not whole after {BODY_S:g} s"
        if now_s - self.since_s > self.silent_s:
            return f"no frame for {self.silent_s:g} s"
        return ""

    def ack(self, event: Message, at: datetime) -> bytes:
        """Return the receipt for an event."""
        return transport(Word.ACK, origin=event.ivorn, response=self.name, at=at)

    def _answer(self, message: Message, at: datetime) -> bytes:
        match message.word:
            case Word.IAMALIVE:
                return transport(Word.IAMALIVE, origin=message.ivorn, response=self.name, at=at)
            case Word.AUTHENTICATE:
                return transport(
                    Word.AUTHENTICATE,
                    origin=message.ivorn,
                    response=self.name,
                    at=at,
                    filters=self.filters,
                )
            case _:
                return b""


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Our side of a connection from an author: one event, one answer, the end."""

    name: str
    since_s: float
    limit: int = 100_000
    patience_s: float = 20.0
    _frames: Frames = field(init=False)

    def __post_init__(self) -> None:
        self._frames = Frames(self.limit)

    def receive(self, data: bytes, *, at: datetime) -> Step:
        """Return what follows from `data`; who only asks whether we live learns our time."""
        if not data:
            return Step(close="the author closed")
        try:
            messages = [read(one) for one in self._frames.feed(data)]
        except BadFrame as bad:
            return Step(close=str(bad))
        alive = b"".join(
            transport(Word.IAMALIVE, origin=one.ivorn, response=self.name, at=at)
            for one in messages
            if one.word is Word.IAMALIVE
        )
        return Step(
            send=alive,
            events=tuple(one for one in messages if one.word is Word.EVENT)[:1],
            garbage=tuple(one for one in messages if one.word is Word.GARBAGE)[:1],
        )

    def quiet(self, now_s: float) -> str:
        """Return why the author has had time enough, empty if not."""
        return (
            f"no event in {self.patience_s:g} s" if now_s - self.since_s > self.patience_s else ""
        )

    def answer(self, event: Message, refusal: str, at: datetime) -> bytes:
        """Return ack, or nak with the reason."""
        word = Word.NAK if refusal else Word.ACK
        origin = event.ivorn or self.name
        return transport(word, origin=origin, response=self.name, result=refusal, at=at)


@dataclass(slots=True, kw_only=True)
class Author:
    """Who hands in one event and waits for its answer; a nak is final."""

    _frames: Frames = field(default_factory=Frames)

    def receive(self, data: bytes) -> Message | None:
        """Return the answer, None while it has not come.

        Raises:
            BadFrame: the other side speaks no VOEvent transport, or closed without an answer.
        """
        if not data:
            raise BadFrame("closed without an answer")
        for one in self._frames.feed(data):
            message = read(one)
            if message.word in {Word.ACK, Word.NAK, Word.IAMALIVE}:
                return message
        return None
