"""A parsed JSON value to a value of a type: with every fault in it, each at its place.

What may stand where follows from the types of `model` and `timetable` and the table in `limits`.
"""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Union

from pyros.scheduling.faults import Fault, below, fault
from pyros.scheduling.limits import INSTANT, ITEMS, LENGTHS, TEXT_NEEDED, WORDS, limits_of

LEFT_OUT = frozenset({"sky"})
WRITTEN_AS_INSTANT = re.compile(INSTANT, re.ASCII)
RIGHT: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}


@lru_cache(maxsize=64)
def hints_of(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; hints are whatever `typing` gives, hence Any."""
    return typing.get_type_hints(kind)


@lru_cache(maxsize=64)
def fields_of(kind: type) -> tuple[dataclasses.Field[Any], ...]:
    """Return the fields that stand in a document."""
    return tuple(field for field in dataclasses.fields(kind) if field.name not in LEFT_OUT)


def needed(field: dataclasses.Field[Any]) -> bool:
    """Return whether a field must be there."""
    no = dataclasses.MISSING
    return field.default is no and field.default_factory is no


def read_object(kind: type, data: object, pointer: str, faults: list[Fault]) -> object:
    """Return a dataclass from a JSON object, or None where anything is wrong; faults are added."""
    if not isinstance(data, dict):
        faults.append(fault(pointer, data, "should be an object"))
        return None
    before = len(faults)
    fields = {field.name: field for field in fields_of(kind)}
    for name in sorted(map(str, data.keys() - fields.keys())):
        known = ", ".join(sorted(fields))
        faults.append(
            Fault(pointer=below(pointer, name), wrong="unknown key", right=f"known: {known}")
        )
    values: dict[str, Any] = {}
    for name, field in fields.items():
        at = below(pointer, name)
        if name in data:
            values[name] = _read(hints_of(kind)[name], data[name], at, name, faults)
        elif needed(field):
            faults.append(Fault(pointer=at, wrong="missing", right="is needed"))
    return None if len(faults) > before else kind(**values)


def _read(hint: Any, data: object, pointer: str, name: str, faults: list[Fault]) -> object:  # noqa: ANN401
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        if data is None and type(None) in inner:
            return None
        one = next(one for one in inner if one is not type(None))
        return _read(one, data, pointer, name, faults)
    if origin is tuple:
        return _read_list(inner, data, pointer, name, faults)
    if origin is not None:  # a mapping
        return _read_mapping(inner, data, pointer, name, faults)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return read_object(hint, data, pointer, faults)
    return _read_scalar(hint, data, pointer, name, faults)


def _read_list(
    inner: tuple[Any, ...], data: object, pointer: str, name: str, faults: list[Fault]
) -> tuple[object, ...]:
    if not isinstance(data, list | tuple):
        faults.append(fault(pointer, data, "should be a list"))
        return ()
    hints, names = inner, ITEMS.get(name, (name,) * len(inner))
    if inner[-1] is Ellipsis:
        least, most = LENGTHS.get(name, (0, None))
        if len(data) < least or (most is not None and len(data) > most):
            wanted = f"at least {least}" if most is None else f"{least} to {most}"
            faults.append(fault(pointer, data, f"should have {wanted} items"))
        hints, names = (inner[0],) * len(data), (name,) * len(data)
    if len(data) != len(hints):
        faults.append(fault(pointer, data, f"should have {len(hints)} items"))
        return ()
    rows = zip(hints, data, names, strict=True)
    return tuple(
        _read(hint, one, f"{pointer}/{place}", called, faults)
        for place, (hint, one, called) in enumerate(rows)
    )


def _read_mapping(
    inner: tuple[Any, ...], data: object, pointer: str, name: str, faults: list[Fault]
) -> dict[str, object]:
    if not isinstance(data, dict):
        faults.append(fault(pointer, data, "should be an object"))
        return {}
    return {
        str(key): _read(inner[1], one, below(pointer, str(key)), name, faults)
        for key, one in data.items()
    }


def _read_scalar(
    hint: Any,  # noqa: ANN401
    data: object,
    pointer: str,
    name: str,
    faults: list[Fault],
) -> object:
    if hint is object:
        return data
    if hint is datetime:
        return _instant(data, pointer, faults)
    words = tuple(hint) if issubclass(hint, StrEnum) else WORDS.get(name) if hint is str else None
    if words is not None:
        return _choice(hint, words, data, pointer, faults)
    return _read_plain(hint, data, pointer, name, faults)


def _read_plain(hint: type, data: object, pointer: str, name: str, faults: list[Fault]) -> object:
    if not _is_a(hint, data):
        faults.append(fault(pointer, data, f"should be {RIGHT[hint]}"))
        return None
    if hint is str and name in TEXT_NEEDED and not data:
        faults.append(fault(pointer, data, "should not be empty"))
    if hint is float:
        return _number(float(typing.cast(float, data)), name, pointer, faults)
    return data


def _is_a(hint: type, data: object) -> bool:
    """Return whether a JSON value has a type: true is no number, a whole number is one."""
    if isinstance(data, bool):
        return hint is bool
    return isinstance(data, (int, float) if hint is float else hint)


def _number(value: float, name: str, pointer: str, faults: list[Fault]) -> float:
    low, high = limits_of(name)
    if not math.isfinite(value):
        faults.append(fault(pointer, value, "should be finite"))
    elif not low <= value <= high:
        faults.append(fault(pointer, value, f"should be {low:g} to {high:g}"))
    return value


def _choice(
    make: Callable[[str], object],
    allowed: tuple[str, ...],
    data: object,
    pointer: str,
    faults: list[Fault],
) -> object:
    if data not in allowed:
        faults.append(fault(pointer, data, f"should be one of {', '.join(allowed)}"))
        return None
    return make(str(data))


def _instant(data: object, pointer: str, faults: list[Fault]) -> datetime | None:
    right = "should be UTC as 2026-03-21T03:14:20Z"
    if isinstance(data, str) and WRITTEN_AS_INSTANT.match(data):
        try:
            return datetime.fromisoformat(data)
        except ValueError as error:
            right = f"{right}: {error}"
    faults.append(fault(pointer, data, right))
    return None
