"""Shapes of requests and replies: which fields a message has, of what type, within what range."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pyros.errors import BadPeer, InvalidValue
from pyros.link.wire import VERSION, flaw

READS: Final = frozenset({"hello", "ping", "state", "operation"})
"""Requests that change nothing and so need no key."""
ALWAYS: Final = frozenset({"abort", "close_shutter"})
"""Orders that are good from everybody, at any age."""
TTL_MS: Final = 1000
"""How long an order is good, by the device's own clock."""

SHOWN: Final = ("boot", "faults", "interlocks")
"""Fields of a status whose change is news whatever the kind."""

KEY: Final = re.compile(r"[0-9a-f]{32}")
BOOT: Final = re.compile(r"[0-9a-f]{16}")
U64, U32 = 2**64 - 1, 2**32 - 1
MAX_NAME: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; `epoch` is (boot, incarnation) of the sender, None if it is nobody's owner."""

    id: int
    op: str
    args: Mapping[str, object] = field(default_factory=dict)
    key: str = ""
    epoch: tuple[int, int] | None = None
    boot: str = ""
    seen_ms: int = 0
    ttl_ms: int = TTL_MS

    def plain(self) -> dict[str, object]:
        """Return the message of this request."""
        message: dict[str, object] = {"v": VERSION, "id": self.id, "op": self.op}
        message["args"] = dict(self.args)
        if self.epoch is not None:
            message["epoch"] = list(self.epoch)
        if self.key:
            message["key"] = self.key
            message["boot"] = self.boot
            message["seen_ms"] = self.seen_ms
            message["ttl_ms"] = self.ttl_ms
        return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One reply; exactly one of `value`, `operation`, `error` is there."""

    id: int
    boot: str
    mono_ms: int
    value: Mapping[str, object] | None = None
    operation: Mapping[str, object] | None = None
    error: Mapping[str, object] | None = None

    def plain(self) -> dict[str, object]:
        """Return the message of this reply."""
        message: dict[str, object] = {
            "v": VERSION,
            "id": self.id,
            "ok": self.error is None,
            "boot": self.boot,
            "mono_ms": self.mono_ms,
        }
        for name in ("value", "operation", "error"):
            body = getattr(self, name)
            if body is not None:
                message[name] = body
        return message


def request_id(message: Mapping[str, object]) -> int | None:
    """Return the id of a request, None if it has none that can be answered."""
    found = message.get("id")
    return found if type(found) is int and 0 <= found <= U64 else None


def read_request(message: Mapping[str, object], request: int) -> Request:
    """Return the request that a message is; `request` is its id.

    Raises:
        BadPeer: another version than ours; the rest of such a message is not looked at.
        InvalidValue: a field is missing, of the wrong type or out of range; it names the field.
    """
    if message.get("v") != VERSION:
        raise BadPeer(f"version {message.get('v')!r}: we speak {VERSION}")
    place = flaw(message)
    if place is not None:
        raise InvalidValue(place, "not plain", allowed="see the link protocol")
    op, args, epoch = _op(message), message.get("args", {}), _epoch(message)
    if not isinstance(args, dict):
        raise InvalidValue("args", args, allowed="a map")
    if op in READS:
        key = str(args.get("key", "")) if op == "operation" else ""
        return Request(id=request, op=op, args=args, key=key, epoch=epoch)
    return Request(
        id=request,
        op=op,
        args=args,
        key=_text(message, "key", KEY, "32 hex digits"),
        epoch=epoch,
        boot="" if op in ALWAYS else _text(message, "boot", BOOT, "16 hex digits"),
        seen_ms=0 if op in ALWAYS else _number(message, "seen_ms", U64),
        ttl_ms=0 if op in ALWAYS else _number(message, "ttl_ms", U32),
    )


def read_reply(message: Mapping[str, object]) -> Reply:
    """Return the reply that a message is.

    Raises:
        BadPeer: another version than ours, or not the shape of a reply.
    """
    if message.get("v") != VERSION:
        raise BadPeer(f"device speaks {message.get('v')!r}, we speak {VERSION}")
    try:
        found, boot = _number(message, "id", U64), _text(message, "boot", BOOT, "16 hex digits")
        mono_ms = _number(message, "mono_ms", U64)
    except InvalidValue as error:
        raise BadPeer(f"not a reply: {error}") from error
    bodies = {
        name: body
        for name in ("value", "operation", "error")
        if isinstance(body := message.get(name), dict)
    }
    if len(bodies) != 1 or (message.get("ok") is True) == ("error" in bodies):
        raise BadPeer("not a reply: one of value, operation, error should be there")
    return Reply(
        id=found,
        boot=boot,
        mono_ms=mono_ms,
        value=bodies.get("value"),
        operation=bodies.get("operation"),
        error=bodies.get("error"),
    )


def gist(status: Mapping[str, object]) -> object:
    """Return what of a status is worth being told at once: nothing that drifts."""
    state, op, ended = status.get("state"), status.get("op"), status.get("ended")
    return (
        *(status.get(name) for name in SHOWN),
        state.get("phase") if isinstance(state, dict) else None,
        op.get("key") if isinstance(op, dict) else None,
        [each.get("key") for each in ended if isinstance(each, dict)]
        if isinstance(ended, list)
        else None,
    )


def _op(message: Mapping[str, object]) -> str:
    op = message.get("op")
    if isinstance(op, str) and 0 < len(op) <= MAX_NAME:
        return op
    raise InvalidValue("op", op, allowed=f"a name of at most {MAX_NAME} characters")


def _epoch(message: Mapping[str, object]) -> tuple[int, int] | None:
    epoch = message.get("epoch")
    if epoch is None:
        return None
    if (
        isinstance(epoch, list)
        and len(epoch) == 2
        and all(type(each) is int for each in epoch)
        and 0 <= epoch[0] <= U64
        and 0 <= epoch[1] <= U32
    ):
        return epoch[0], epoch[1]
    raise InvalidValue("epoch", epoch, allowed="[boot, incarnation]")


def _text(message: Mapping[str, object], name: str, shape: re.Pattern[str], allowed: str) -> str:
    found = message.get(name)
    if isinstance(found, str) and shape.fullmatch(found):
        return found
    raise InvalidValue(name, found, allowed=allowed)


def _number(message: Mapping[str, object], name: str, largest: int) -> int:
    found = message.get(name)
    if type(found) is int and 0 <= found <= largest:
        return found
    raise InvalidValue(name, found, allowed=f"0 to {largest}")
