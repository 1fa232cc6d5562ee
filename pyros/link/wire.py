"""Bytes of our protocol to plain values and back, within limits; whatever is wrong is told apart.

Plain are: None, bool, int of at most 64 bits, finite float, text, list, map with text keys, at most
`MAX_DEPTH` deep.  Bytes that are no message are `Garbled`; a message with something in it that is
not plain comes through, and `flaw` names the place, `cleaned` puts None there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import msgpack

from pyros.errors import InvalidValue

VERSION: Final = 1
MAX_COMMAND_BYTES: Final = 64 * 1024
MAX_FRAME_BYTES: Final = 64 * 1024 * 1024
MAX_DEPTH: Final = 8
PLAIN: Final = "None, bool, 64-bit int, finite float, text, lists and maps of these"

_ATOMS = frozenset({type(None), bool, str, int})
"""Types that cannot be wrong once they were decoded: no bytes give a longer int."""


class Garbled(ValueError):
    """These bytes are no message."""


class Strange:
    """Stands for an extension type, which our protocol does not know."""

    def __init__(self, code: int, _data: bytes) -> None:
        self.code = code

    def __repr__(self) -> str:
        return f"<extension type {self.code}>"


def encode(message: Mapping[str, object]) -> bytes:
    """Return the bytes of a message; floats that are not finite are let through.

    Raises:
        InvalidValue: something in it has no bytes, or it is too large; nothing was sent.
    """
    try:
        data: bytes = msgpack.packb(message)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidValue("message", str(error), allowed=PLAIN) from error
    if len(data) > MAX_COMMAND_BYTES:
        raise InvalidValue("message size", len(data), allowed=f"at most {MAX_COMMAND_BYTES} bytes")
    return data


def decode(data: bytes) -> dict[str, object]:
    """Return the message that the bytes are.

    Raises:
        Garbled: too large, not msgpack, truncated, trailing bytes, bad UTF-8, or not a map.
    """
    if len(data) > MAX_COMMAND_BYTES:
        raise Garbled(f"{len(data)} bytes: at most {MAX_COMMAND_BYTES} are read")
    try:
        message = msgpack.unpackb(data, strict_map_key=True, ext_hook=Strange)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Garbled(str(error) or type(error).__name__) from error
    if not isinstance(message, dict):
        raise Garbled(f"{type(message).__name__}: a message is a map")
    return message


def flaw(value: object, *, depth: int = 0) -> str | None:
    """Return the place of the first thing in a decoded value that is not plain; None if all is.

    The place is written like `args.window[2]`; "" is the value itself.
    """
    kind = type(value)
    if kind in _ATOMS:
        return None
    if kind is float:
        return None if math.isfinite(value) else ""  # type: ignore[arg-type]
    if depth >= MAX_DEPTH:
        return ""
    if kind is dict:
        return _flaw_in_map(value, depth)  # type: ignore[arg-type]
    if kind is list:
        return _flaw_in_list(value, depth)  # type: ignore[arg-type]
    return ""


def _flaw_in_map(value: dict[object, object], depth: int) -> str | None:
    for key, each in value.items():
        if type(key) is not str:
            return repr(key)
        if type(each) in _ATOMS:  # most are; a call for each would cost more than the codec
            continue
        found = flaw(each, depth=depth + 1)
        if found is not None:
            return _joined(key, found)
    return None


def _flaw_in_list(value: list[object], depth: int) -> str | None:
    for place, each in enumerate(value):
        if type(each) in _ATOMS:
            continue
        found = flaw(each, depth=depth + 1)
        if found is not None:
            return _joined(f"[{place}]", found)
    return None


def cleaned(value: object) -> tuple[object, tuple[str, ...]]:
    """Return `value` with None for each thing that is not plain, and their places."""
    if flaw(value) is None:
        return value, ()
    places: list[str] = []
    return _clean(value, "", 0, places), tuple(places)


def _clean(value: object, place: str, depth: int, places: list[str]) -> object:
    if isinstance(value, dict) and depth < MAX_DEPTH:
        places.extend(_joined(place, repr(key)) for key in value if not isinstance(key, str))
        return {
            key: _clean(each, _joined(place, key), depth + 1, places)
            for key, each in value.items()
            if isinstance(key, str)
        }
    if isinstance(value, list) and depth < MAX_DEPTH:
        return [
            _clean(each, _joined(place, f"[{index}]"), depth + 1, places)
            for index, each in enumerate(value)
        ]
    if flaw(value, depth=depth) is None:
        return value
    places.append(place)
    return None


def _joined(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and inner and inner[0] != "[" else outer + inner
