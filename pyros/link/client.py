"""The client side of one device: deadlines, and the same key again when no answer came."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np

from pyros.errors import BadPeer, HardwareFault, LinkLost, NotNow, Unresponsive
from pyros.link.frames import Part, data_request, read_header, read_part
from pyros.link.liveness import Standing
from pyros.link.news import News
from pyros.link.refusals import error_of
from pyros.link.shapes import ALWAYS, TTL_MS, Reply, Request, read_reply, request_id
from pyros.link.transport import Line, Piece, Transport
from pyros.link.wire import VERSION, Garbled, cleaned, decode, encode

T = TypeVar("T")

ANSWER_S: Final = 1.0
"""A request is answered within this, real seconds."""
PATIENCE_S: Final = 3.0
"""An order is sent again, with the same key, until so long after the first time."""
TRIES: Final = 3
"""A corrupt frame is asked for so often."""


class LinkClient:
    """Speaks to one device; used by one thread.

    `real_s` counts the seconds that link limits are in.  `boot` is the boot that `connect` found;
    orders go to that one and to no later one.
    """

    def __init__(
        self,
        name: str,
        transport: Transport,
        *,
        epoch: tuple[int, int],
        real_s: Callable[[], float],
        answer_s: float = ANSWER_S,
    ) -> None:
        self.name = name
        self.boot = ""
        self.counts: Counter[str] = Counter()
        self.line: Line = transport()
        self._epoch = epoch
        self._real_s = real_s
        self._answer_s = answer_s
        self._ids = itertools.count(1)
        self._mono_ms, self._heard_s = 0, real_s()
        self.news = News(name, real_s)

    def connect(self, timeout_s: float) -> Mapping[str, object]:
        """Open the line and return the device's hello.

        Raises:
            LinkLost, Unresponsive: nobody answers.
            BadPeer: it speaks another version, or is another device.
        """
        self.line.open(timeout_s)
        self.line.on_status(self.news)
        reply = self._request("hello", {}, timeout_s)
        hello = _value(reply)
        versions = hello.get("versions")
        if not isinstance(versions, list) or VERSION not in versions:
            raise BadPeer(f"device speaks {versions!r}, we speak {VERSION}")
        if hello.get("device") != self.name:
            raise BadPeer(f"this is {hello.get('device')!r}, not {self.name!r}")
        self.boot = reply.boot
        self.news.greeted()
        return hello

    def state(self, timeout_s: float = ANSWER_S) -> Reply:
        """Return the reply whose value is the newest snapshot, its fields not yet looked at.

        Raises:
            DeviceUnreachable: nobody answers.
        """
        reply = self._request("state", {}, timeout_s)
        _value(reply)
        return reply

    def operation(self, key: str) -> Mapping[str, object] | None:
        """Return what became of a key, None if it never came; raises DeviceUnreachable."""
        found = _value(self._request("operation", {"key": key}, self._answer_s)).get("operation")
        return found if isinstance(found, dict) else None

    def order(self, op: str, args: Mapping[str, object], *, key: str) -> Mapping[str, object]:
        """Send an order and return its operation; no answer: the same again, done at most once.

        Raises:
            CommandRefused: the device began nothing.
            DeviceUnreachable: nobody knows.
        """
        if op not in ALWAYS and self.news.standing() in (Standing.STALE, Standing.LOST):
            raise Unresponsive(f"{self.name}: the line is stale, no order but abort and close")
        since_s = self._real_s()
        for last in (False, False, True):
            try:
                reply = self._request(op, args, self._answer_s, key=key)
            except Unresponsive:
                if last or self._real_s() + self._answer_s > since_s + PATIENCE_S:
                    raise
                self.counts["again"] += 1
            else:
                return reply.operation or {}
        raise Unresponsive(f"{self.name}: no answer")

    def fetch(self, key: str, timeout_s: float) -> tuple[np.ndarray, Mapping[str, object]]:
        """Return pixels (rows, columns) and meta of a held frame.

        Raises:
            NotNow: no such frame.
            HardwareFault: it came corrupt three times.
            DeviceUnreachable: nobody answers.
        """
        first = self._part(key, 0, timeout_s)
        others = [self._part(key, part, timeout_s) for part in range(1, first.parts)]
        rows = [first.rows, *(each.rows for each in others)]
        pixels = first.rows if not others else np.concatenate(rows)
        return pixels, first.meta

    def drop(self, key: str) -> None:
        """Let the device forget a frame; raises DeviceUnreachable."""
        request = next(self._ids)
        frame = data_request(request, "drop", key)

        def accept(reply: Sequence[Piece]) -> Mapping[str, object] | None:
            return read_header(reply) if self._is_mine(reply, request) else None

        self.line.fetch(frame, accept, self._answer_s)

    def on_change(self, hook: Callable[[], None]) -> None:
        """Have `hook` called, from a thread of the line, when the device tells of a change."""
        self.news.hook = hook

    def close(self) -> None:
        """Let go of the line; never raises."""
        self.line.close()

    def _request(
        self, op: str, args: Mapping[str, object], timeout_s: float, *, key: str = ""
    ) -> Reply:
        number, seen_ms = next(self._ids), self._device_ms()
        request = Request(number, op, args, key, self._epoch, self.boot, seen_ms, TTL_MS)
        if key and op not in ALWAYS and not self.boot:
            raise LinkLost(f"{self.name}: never connected")
        self.counts["requests"] += 1

        def accept(pieces: Sequence[Piece]) -> Reply | None:
            return self._read(pieces, number, trusting=op == "state")

        try:
            reply = self.line.exchange(encode(request.plain()), accept, timeout_s)
        except Unresponsive:
            self.news.unanswered()
            raise
        self.news.answered()
        self._mono_ms, self._heard_s = reply.mono_ms, self._real_s()
        if reply.error is not None:
            raise error_of(reply.error)
        return reply

    def _device_ms(self) -> int:
        """Return the device's own clock as reckoned now: what it said last, and the time since."""
        return self._mono_ms + int((self._real_s() - self._heard_s) * 1000.0)

    def _read(self, pieces: Sequence[Piece], request: int, *, trusting: bool) -> Reply | None:
        """Return the reply to a request; None for rubbish and for replies to others.

        `trusting`: who reads the value looks at each field, so that nobody needs to do it here.
        """
        try:
            message = decode(bytes(pieces[0]))
        except Garbled:
            self.counts["garbled"] += 1
            return None
        if request_id(message) != request:
            self.counts["stale"] += 1
            return None
        if trusting:
            return read_reply(message)
        clean, flaws = cleaned(message)
        self.counts["flaws"] += len(flaws)
        return read_reply(clean if isinstance(clean, dict) else {})

    def _part(self, key: str, part: int, timeout_s: float) -> Part:
        for last in (False,) * (TRIES - 1) + (True,):
            request = next(self._ids)

            def accept(reply: Sequence[Piece], request: int = request) -> Sequence[Piece] | None:
                return reply if self._is_mine(reply, request) else None

            reply = self.line.fetch(data_request(request, "get", key, part), accept, timeout_s)
            try:
                return read_part(reply, key, part)
            except HardwareFault:
                self.counts["corrupt"] += 1
                if last:
                    raise
        raise NotNow("never asked")

    def _is_mine(self, reply: Sequence[Piece], request: int) -> bool:
        try:
            return request_id(decode(bytes(reply[0]))) == request
        except (Garbled, IndexError):
            self.counts["garbled"] += 1
            return False


def _value(reply: Reply) -> Mapping[str, object]:
    if reply.value is None:
        raise BadPeer("an answer without a value")
    return reply.value
