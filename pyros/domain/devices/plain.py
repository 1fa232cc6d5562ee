"""Values of devices to plain maps and back, for wire, store and page.

Plain are None, bool, int, float, text, list and map; an instant is ISO 8601 text in UTC.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pyros.domain.devices.device import Kind
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import STATES, Sample, State
from pyros.errors import InvalidValue

T = TypeVar("T")

Reader = Callable[[Any], Any]
"""From a plain value, of which nothing is known yet, to a field's value; raises ValueError."""

HEAD = frozenset(
    {"device", "link", "boot_id", "seq", "sampled_at", "op", "ended", "faults", "interlocks"}
)
"""Fields of a state that its kind has nothing to say about."""


def to_plain(value: object) -> object:
    """Return the plain form of a value: of a dataclass a map of all its fields."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list | frozenset | set):
        ordered = sorted(value) if isinstance(value, frozenset | set) else value
        return [to_plain(each) for each in ordered]
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def from_plain(cls: type[T], plain: object) -> T:
    """Return the value of a dataclass from its map; fields nobody knows are ignored.

    Raises:
        InvalidValue: a field is missing or of the wrong type; it names the field.
    """
    if not isinstance(plain, Mapping):
        raise InvalidValue(cls.__name__, plain, allowed="a map")
    given = {}
    for name, (read, needed) in _readers(cls).items():
        if name in plain:
            try:
                given[name] = read(plain[name])
            except (ValueError, TypeError) as error:
                raise InvalidValue(name, plain[name], allowed=str(error)) from error
        elif needed:
            raise InvalidValue(name, None, allowed=f"{cls.__name__} needs it")
    return cls(**given)


def operation_from(plain: Mapping[str, object]) -> Operation:
    """Return an operation from its map; raises InvalidValue."""
    return from_plain(Operation, plain)


def state_from(kind: Kind, plain: Mapping[str, object], **head: Any) -> State:  # noqa: ANN401
    """Return the snapshot of a device from the map of its kind's fields.

    `head` are the fields that all kinds share.  A field that cannot be read is None (its default),
    and the snapshot says so by the fault `garbled`.
    """
    cls, given, garbled = STATES[kind], dict(head), False
    for name, (read, _) in _readers(cls).items():
        if name in HEAD or name not in plain:
            continue
        try:
            given[name] = read(plain[name])
        except (ValueError, TypeError):
            garbled = True
    if garbled:
        given["faults"] = (*given.get("faults", ()), "garbled")
    return cls(**given)


_KNOWN: dict[type, Mapping[str, tuple[Reader, bool]]] = {}


def _readers(cls: type[Any]) -> Mapping[str, tuple[Reader, bool]]:
    """Return for each field how it is read, and whether it must be there."""
    if cls not in _KNOWN:
        _KNOWN[cls] = _made(cls)
    return _KNOWN[cls]


def _made(cls: type[Any]) -> Mapping[str, tuple[Reader, bool]]:
    hints = get_type_hints(cls)
    return {
        each.name: (
            _reader(hints[each.name]),
            each.default is MISSING and each.default_factory is MISSING,
        )
        for each in fields(cls)
    }


def _reader(hint: Any) -> Reader:  # noqa: ANN401 a type as Python writes it
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _union(arguments)
    if origin is tuple:
        return _sequence(arguments)
    if hint in _ATOMS:
        return _ATOMS[hint]
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(arguments[1])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        return _sample if hint is Sample else lambda plain: from_plain(hint, plain)
    raise TypeError(f"no plain form of {hint}")


def _union(arguments: tuple[Any, ...]) -> Reader:
    readers = [_reader(each) for each in arguments if each is not type(None)]
    if len(readers) == 1:
        only = readers[0]
        return lambda plain: None if plain is None else only(plain)

    def read(plain: object) -> object:
        if plain is None or isinstance(plain, bool | str):
            return plain
        return _float(plain)

    return read


def _sequence(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        each = _reader(arguments[0])
        return lambda plain: tuple(each(one) for one in _list(plain))
    readers = [_reader(each) for each in arguments]

    def read(plain: object) -> object:
        values = _list(plain)
        if len(values) != len(readers):
            raise ValueError(f"{len(readers)} values")
        return tuple(one(value) for one, value in zip(readers, values, strict=True))

    return read


def _mapping(hint: Any) -> Reader:  # noqa: ANN401 a type as Python writes it
    each = _reader(hint)

    def read(plain: object) -> object:
        if not isinstance(plain, Mapping):
            raise TypeError("a map")
        return {name: each(value) for name, value in plain.items()}

    return read


def _sample(plain: object) -> Sample:
    """Return a reading; one whose value cannot be read is there, but unknown."""
    if not isinstance(plain, Mapping):
        raise TypeError("a map")
    value, good = plain.get("value"), plain.get("good") is True
    if not isinstance(value, bool | str | int | float | None):
        value, good = None, False
    if isinstance(value, float) and not math.isfinite(value):
        value, good = None, False
    return Sample(
        value=value, at=_instant(plain.get("at")), unit=str(plain.get("unit", "")), good=good
    )


def _float(plain: object) -> float:
    if isinstance(plain, bool) or not isinstance(plain, int | float) or not math.isfinite(plain):
        raise ValueError("a finite number")
    return float(plain)


def _int(plain: object) -> int:
    if isinstance(plain, bool) or not isinstance(plain, int):
        raise TypeError("a whole number")
    return plain


def _bool(plain: object) -> bool:
    if not isinstance(plain, bool):
        raise TypeError("true or false")
    return plain


def _str(plain: object) -> str:
    if not isinstance(plain, str):
        raise TypeError("text")
    return plain


def _instant(plain: object) -> datetime:
    found = datetime.fromisoformat(_str(plain))
    if found.tzinfo is None:
        raise ValueError("an instant with its zone")
    return found


def _list(plain: object) -> list[Any] | tuple[Any, ...]:
    if not isinstance(plain, list | tuple):
        raise TypeError("a list")
    return plain


_ATOMS: dict[Any, Reader] = {
    float: _float,
    int: _int,
    bool: _bool,
    str: _str,
    datetime: _instant,
    object: lambda plain: plain,
}
