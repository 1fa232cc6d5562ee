"""Shapes of requests and replies: which fields a message has, of what type, within what range."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

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


class Request(NamedTuple):
    """One request; `epoch` is (boot, incarnation) of the sender, None if it is nobody's owner."""

    id: int
    op: str
    args: Mapping[str, object]
    key: str
    epoch: tuple[int, int] | None
    boot: str
    seen_ms: int
    ttl_ms: int

    def plain(self) -> dict[str, object]:
        """Return the message of this request."""
        message: dict[str, object] = {
            "v": VERSION,
            "id": self.id,
            "op": self.op,
            "args": self.args,
            "epoch": self.epoch,
        }
        if self.key:
            message["key"] = self.key
            message["boot"] = self.boot
            message["seen_ms"] = self.seen_ms
            message["ttl_ms"] = self.ttl_ms
        return message


class Reply(NamedTuple):
    """One reply; exactly one of `value`, `operation`, `error` is there."""

    id: int
    boot: str
    mono_ms: int
    value: Mapping[str, object] | None
    operation: Mapping[str, object] | None
    error: Mapping[str, object] | None


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
        return Request(request, op, args, key, epoch, "", 0, 0)
    key = _text(message, "key", KEY, "32 hex digits")
    if op in ALWAYS:
        return Request(request, op, args, key, epoch, "", 0, 0)
    boot = _text(message, "boot", BOOT, "16 hex digits")
    seen_ms, ttl_ms = _number(message, "seen_ms", U64), _number(message, "ttl_ms", U32)
    return Request(request, op, args, key, epoch, boot, seen_ms, ttl_ms)


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
    value, operation = message.get("value"), message.get("operation")
    wrong, ok = message.get("error"), message.get("ok")
    good = (isinstance(value, dict), isinstance(operation, dict), isinstance(wrong, dict))
    if sum(good) != 1 or ok is good[2]:
        raise BadPeer("not a reply: one of value, operation, error should be there")
    return Reply(found, boot, mono_ms, _map(value), _map(operation), _map(wrong))


def _map(value: object) -> Mapping[str, object] | None:
    return value if isinstance(value, dict) else None


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
