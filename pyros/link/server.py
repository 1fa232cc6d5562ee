"""The device side without sockets: a request in, the reply out, in the order of tests that counts.

Size, decode, shape (of the version's own), version, verb, epoch, boot, age by the device's own
clock, key known, arguments, state, accept.  `abort` and `close_shutter` skip epoch, boot and age.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyros.errors import DeviceError, InvalidValue, NotNow, NotSupported, Restarted
from pyros.link.answered import Answer, Answered
from pyros.link.device import Device
from pyros.link.manners import Manners
from pyros.link.refusals import Outdated, error_map
from pyros.link.shapes import ALWAYS, READS, Request, gist, read_request, request_id
from pyros.link.wire import VERSION, Garbled, decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A message for the status socket, what in it is news, and whether something moves."""

    message: bytes
    gist: object
    moving: bool


class DeviceServer:
    """Answers for one device; may be called from several threads, one at a time gets in.

    `real_s` is the device's own monotonic clock, seconds: real ones, or virtual ones where all
    time is virtual.  `counts` says how often what happened, `orders` how many reached the device.
    """

    def __init__(self, device: Device, *, real_s: Callable[[], float]) -> None:
        self.device = device
        self.counts: Counter[str] = Counter()
        self._real_s = real_s
        self._born_s = real_s()
        self._lock = threading.Lock()
        self._boot = device.boot()
        self._highest: tuple[int, int] | None = None
        self._answered = Answered()
        self._manners = Manners()
        self.orders = 0

    def mono_ms(self) -> int:
        """Return the device's own monotonic clock, milliseconds since the server was made."""
        return int((self._real_s() - self._born_s) * 1000.0)

    def answer(self, frame: bytes, peer: bytes = b"") -> bytes | None:
        """Return the reply to a request; None if there is none to give (it is counted).

        `peer` tells senders apart: one that sends too much rubbish is not answered for a while.
        """
        with self._lock:
            now_s = self._real_s()
            if not self._manners.listens(peer, now_s):
                self.counts["ignored"] += 1
                return None
            try:
                message = decode(frame)
            except Garbled:
                message = {}
            request = request_id(message)
            if request is None:
                self.counts["garbled"] += 1
                self._manners.misbehaved(peer, now_s)
                return None
            return self._reply(message, request, peer)

    def status(self) -> Status:
        """Return the message that goes out on the status socket now."""
        snapshot = self.device.snapshot()
        return Status(
            message=encode({"v": VERSION, "mono_ms": self.mono_ms(), **snapshot}),
            gist=gist(snapshot),
            moving=snapshot.get("op") is not None,
        )

    def _reply(self, message: Mapping[str, object], request: int, peer: bytes) -> bytes:
        self._notice_restart()
        reply: dict[str, object] = {"v": VERSION, "id": request, "ok": True}
        try:
            asked = read_request(message, request)
            if asked.op in READS:
                reply["value"] = self._read(asked)
            else:
                reply["operation"] = self._order(asked)
            self.counts["answered"] += 1
        except DeviceError as refusal:
            reply["ok"], reply["error"] = False, error_map(refusal)
            self.counts[type(refusal).__name__] += 1
            if isinstance(refusal, InvalidValue) and refusal.value == "not plain":
                self._manners.misbehaved(peer, self._real_s())
        reply["boot"], reply["mono_ms"] = self._boot, self.mono_ms()
        return encode(reply)

    def _notice_restart(self) -> None:
        """Forget what a box forgets that is started anew."""
        boot = self.device.boot()
        if boot != self._boot:
            self._boot, self._highest = boot, None
            self._answered.clear()

    def _read(self, asked: Request) -> Mapping[str, object]:
        if asked.epoch is not None:
            self._raise_epoch(asked.epoch)
            self.device.heard()
        match asked.op:
            case "hello":
                return {**self.device.hello(), "versions": [VERSION], **self.device.snapshot()}
            case "state":
                return self.device.snapshot()
            case "operation":
                known = self.device.operation(asked.key)
                return {"known": known is not None, "operation": known}
        return {"utc_ms": self.device.snapshot()["utc_ms"]}

    def _order(self, asked: Request) -> Mapping[str, object]:
        if asked.op not in self.device.verbs and asked.op not in ALWAYS:
            raise NotSupported(f"{self.device.name} knows no {asked.op}")
        if asked.op not in ALWAYS:
            self._check_sender(asked)
        known = self._answered.get(asked.key)
        if known is not None:
            if known.is_same(asked.op, asked.args):
                self.counts["again"] += 1
                return known.operation
            raise InvalidValue("key", asked.key, allowed="a new key for a new order")
        self.orders += 1
        operation = self.device.begin(asked.key, asked.op, asked.args)
        answer = Answer(op=asked.op, args=asked.args, operation=operation, at_s=self._real_s())
        self._answered.put(asked.key, answer)
        return operation

    def _check_sender(self, asked: Request) -> None:
        """Let only the newest owner's fresh orders through."""
        if asked.epoch is None:
            raise InvalidValue("epoch", None, allowed="[boot, incarnation]")
        if self._highest is not None and asked.epoch < self._highest:
            raise Outdated(f"epoch {asked.epoch}: {self._highest} has spoken already")
        self._raise_epoch(asked.epoch)
        self.device.heard()
        if asked.boot != self._boot:
            raise Restarted(f"boot {asked.boot}: this is {self._boot}")
        age_ms = self.mono_ms() - asked.seen_ms
        if age_ms > asked.ttl_ms:
            self.counts["expired"] += 1
            raise NotNow(f"expired: the order is {age_ms} ms old, good for {asked.ttl_ms} ms")

    def _raise_epoch(self, epoch: tuple[int, int]) -> None:
        if self._highest is None or epoch > self._highest:
            self._highest = epoch
