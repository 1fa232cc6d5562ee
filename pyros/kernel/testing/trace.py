"""What happened, in order, as one hash: the same for the same seed on every machine."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Writer = Callable[[Any, int], str]

DEPTH = 2
"""How deep values within values are looked at."""
WIDTH = 16
"""How many items of a sequence are looked at."""

LENGTH = 200
"""How many characters of a text are looked at."""

_PLAIN = frozenset({int, float, bool, type(None), complex})

TOLD = 256
"""How many messages' texts are kept for whoever else gets the same message."""


class Trace:
    """Collects lines; hashes them in batches."""

    def __init__(self, keep: int = 200) -> None:
        self._hash = hashlib.sha256()
        self._batch: list[str] = []
        self.newest: deque[str] = deque(maxlen=keep)
        """The newest lines, for a person who looks for the cause of a difference."""
        self._told: dict[int, tuple[object, str]] = {}

    def told(self, message: object) -> str:
        """As `text_of`; a frozen message that goes to many is written once."""
        known = self._told.get(id(message))
        if known is not None:
            return known[1]
        if len(self._told) >= TOLD:
            self._told.clear()
        text = text_of(message)
        self._told[id(message)] = message, text  # it lives on, so that its id stays its own
        return text

    def add(self, line: str) -> None:
        """One more line."""
        self._batch.append(line)
        if len(self._batch) >= 512:
            self._flush()

    def digest(self) -> str:
        """SHA-256 of all lines so far, hexadecimal."""
        self._flush()
        return self._hash.copy().hexdigest()

    def lines(self) -> tuple[str, ...]:
        """The newest lines, oldest first."""
        self._flush()
        return tuple(self.newest)

    def _flush(self) -> None:
        if self._batch:
            self._hash.update(("\n".join(self._batch) + "\n").encode())
            self.newest.extend(self._batch)
            self._batch.clear()


def text_of(value: object, depth: int = DEPTH) -> str:
    """A stable text: content of plain and frozen values, of all others the class's name only."""
    kind = value.__class__
    if kind in _PLAIN:
        return repr(value)
    writer = _writers.get(kind)
    if writer is None:
        writer = _writers[kind] = _writer_for(kind)
    return writer(value, depth)


_writers: dict[type, Writer] = {}


def _writer_for(kind: type) -> Writer:  # noqa: PLR0911 one for each kind of value
    if kind in {str, bytes}:
        return lambda value, _: repr(value[:LENGTH])
    if issubclass(kind, Enum):
        return _enum_writer(kind)
    if issubclass(kind, datetime):
        return lambda value, _: value.isoformat()
    if is_dataclass(kind):
        return _dataclass_writer(kind)
    if issubclass(kind, tuple | list):
        return lambda value, depth: _sequence(kind.__name__, value, depth)
    if issubclass(kind, dict):
        return lambda value, depth: _sequence("dict", list(value.items()), max(depth - 1, 0))
    if issubclass(kind, BaseException):
        return lambda value, _: (
            f"{kind.__name__}({str(value)[:200]})" if _says(value) else kind.__name__
        )
    if issubclass(kind, type):
        return lambda value, _: str(value.__qualname__)
    return lambda *_: kind.__name__


def _enum_writer(kind: type[Enum]) -> Writer:
    texts = {member: f"{kind.__name__}.{member.name}" for member in kind}
    return lambda value, _: texts.get(value) or f"{kind.__name__}.{value.name}"


def _dataclass_writer(kind: type) -> Writer:
    name = kind.__name__
    names = [field.name for field in fields(kind) if field.repr]
    read = _reader(names)

    def write(value: Any, depth: int) -> str:  # noqa: ANN401
        if depth == 0:
            return name
        below = depth - 1
        inner = [
            repr(each) if each.__class__ in _PLAIN else text_of(each, below) for each in read(value)
        ]
        return f"{name}({','.join(inner)})"

    return write


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads these attributes at once."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple([getattr(value, name) for name in names])


def _sequence(name: str, items: Any, depth: int) -> str:  # noqa: ANN401
    if depth == 0:
        return f"{name}[{len(items)}]"
    if not items:
        return f"{name}[0]()"
    inner = ",".join([text_of(item, depth - 1) for item in items[:WIDTH]])
    return f"{name}[{len(items)}]({inner})"


def _says(error: BaseException) -> bool:
    """Whether an exception's text is free of addresses."""
    return " at 0x" not in str(error)
