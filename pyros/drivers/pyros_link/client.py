"""A driver over our own protocol: snapshots, operations and their check against the goal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final, Generic, TypeVar, cast

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.plain import from_plain, operation_from, state_from
from pyros.domain.devices.state import Identity, Link, State
from pyros.drivers.compare import verified
from pyros.drivers.interface import Capabilities
from pyros.drivers.port import Port
from pyros.errors import BadPeer, InvalidValue, LinkLost, Unresponsive
from pyros.link.shapes import Reply

StateT = TypeVar("StateT", bound=State)

EPOCH_0: Final = datetime(1970, 1, 1, tzinfo=UTC)


class LinkDriver(Generic[StateT]):
    """What the drivers of all kinds share; `factor` is our observatory seconds in a real one."""

    kind: ClassVar[Kind]

    def __init__(self, name: str, port: Port, *, factor: float = 1.0) -> None:
        self.name = name
        self.port = port
        self._factor = factor
        self._capabilities: Capabilities | None = None
        self._state: StateT | None = None
        self._judged: dict[str, Operation] = {}

    def connect(self, timeout_s: float) -> Identity:
        """Reach the device; raises DeviceUnreachable (BadPeer: version, identity, time factor)."""
        hello = self.port.connect(timeout_s)
        if hello.get("kind") != self.kind:
            raise BadPeer(f"{self.name} is a {hello.get('kind')}, not a {self.kind}")
        if hello.get("factor") != self._factor:
            raise BadPeer(f"its time runs {hello.get('factor')}-fold, ours {self._factor}-fold")
        try:
            identity = from_plain(Identity, hello.get("identity"))
            self._capabilities = _capabilities(hello.get("capabilities"))
        except InvalidValue as error:
            raise BadPeer(f"its hello is garbled: {error}") from error
        self._judged.clear()
        self._state = self._read(self.port.client.boot, hello)
        return replace(identity, boot_id=self.port.client.boot)

    def capabilities(self) -> Capabilities:
        """Return what it can; raises LinkLost before the first connection."""
        if self._capabilities is None:
            raise LinkLost(f"{self.name}: never connected")
        return self._capabilities

    def sample(self, timeout_s: float) -> StateT:
        """Return the newest truth; raises DeviceUnreachable."""
        reply: Reply = self.port.ask(lambda: self.port.client.state(timeout_s), "state")
        self._state = self._read(reply.boot, reply.value or {})
        return self._state

    def state(self) -> StateT | None:
        """Return the last snapshot with how the line stands now, None before the first."""
        told, last = self.port.client.news.latest, self._state
        if last is None:
            return None
        if told is not None and told.get("boot") == last.boot_id and _newer(told, last.seq):
            with suppress(Unresponsive):
                last = self._state = self._read(last.boot_id, told)
        link = Link(self.port.client.news.standing())
        return last if link is last.link else replace(last, link=link)

    def on_change(self, hook: Callable[[], None]) -> None:
        """Have `hook` called when the device tells of a change by itself."""
        self.port.client.on_change(hook)

    def order(self, verb: str, args: Mapping[str, object], *, key: str) -> Operation:
        """Send any verb by name; raises CommandRefused, DeviceUnreachable."""
        try:
            return operation_from(self.port.order(verb, args, key=key))
        except InvalidValue as error:
            if error.parameter in Operation.__slots__ and error.parameter != "key":
                raise Unresponsive(f"its answer is garbled: {error}") from error
            raise

    def abort(self, key: str | None = None) -> Operation:
        """Stop that operation, or whatever moves."""
        return self.order("abort", {} if key is None else {"key": key}, key=new_key())

    def reset(self) -> Operation:
        """Clear a latched fault whose cause is gone."""
        return self.order("reset", {}, key=new_key())

    def disconnect(self) -> None:
        """Let go of the line; never raises."""
        self.port.client.close()

    def _read(self, boot: str, value: Mapping[str, object]) -> StateT:
        """Return the snapshot that came in; raises Unresponsive if even its head is garbled."""
        try:
            seq, utc_ms, fields = _head(value)
            op = value.get("op")
            head = {
                "device": self.name,
                "link": Link.CONNECTED,
                "boot_id": boot,
                "seq": seq,
                "sampled_at": EPOCH_0 + timedelta(milliseconds=utc_ms),
                "op": operation_from(op) if isinstance(op, dict) else None,
                "faults": _words(value.get("faults")),
                "interlocks": _words(value.get("interlocks")),
            }
            state = state_from(self.kind, fields, **head)
            ended = tuple(self._judge(each, state) for each in _maps(value.get("ended")))
        except (KeyError, TypeError, OverflowError, InvalidValue) as error:
            raise Unresponsive(f"{self.name}: its answer is garbled: {error!r}") from error
        return cast("StateT", replace(state, ended=ended) if ended else state)

    def _judge(self, plain: Mapping[str, object], state: State) -> Operation:
        """Return an ended operation, held once against the first sample that told of its end."""
        key = str(plain.get("key"))
        known = self._judged.get(key)
        if known is None:
            known = verified(operation_from(plain), state)
            self._judged = {**dict(list(self._judged.items())[-50:]), key: known}
        return known


def new_key() -> str:
    """Return a key that nobody has used."""
    return os.urandom(16).hex()


def _head(value: Mapping[str, object]) -> tuple[int, int, Mapping[str, object]]:
    seq, utc_ms, fields = value["seq"], value["utc_ms"], value["state"]
    if isinstance(seq, int) and isinstance(utc_ms, int) and isinstance(fields, dict):
        return seq, utc_ms, fields
    raise TypeError("seq, utc_ms or state of the wrong type")


def _newer(told: Mapping[str, object], seq: int) -> bool:
    told_seq = told.get("seq")
    return isinstance(told_seq, int) and told_seq > seq


def _capabilities(plain: object) -> Capabilities:
    if not isinstance(plain, dict):
        raise InvalidValue("capabilities", plain, allowed="a map")
    limits = plain.get("limits")
    return Capabilities(
        verbs=frozenset(_words(plain.get("verbs"))),
        limits=limits if isinstance(limits, dict) else {},
    )


def _words(plain: object) -> tuple[str, ...]:
    return tuple(str(each) for each in plain) if isinstance(plain, list) else ()


def _maps(plain: object) -> tuple[Mapping[str, object], ...]:
    if not isinstance(plain, list):
        return ()
    return tuple(each for each in plain if isinstance(each, dict))
