"""Problems and schedules as JSON: written, and read with every fault named at once.

What a document may hold follows from the types of `model` and `timetable`: one table, no second
copy.  `schema` gives the same as JSON Schema.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Union

from pyros.scheduling.instants import iso
from pyros.scheduling.model import Problem
from pyros.scheduling.timetable import Schedule

FORMAT = "pyros-scheduling/1"
KINDS: dict[str, type] = {"night": Problem, "schedule": Schedule}
LEFT_OUT = frozenset({"sky"})

LIMITS: dict[str, tuple[float, float]] = {
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 360.0),
    "ra_deg": (0.0, 360.0),
    "dec_deg": (-90.0, 90.0),
    "step_s": (5.0, 60.0),
    "rate_deg_s": (0.001, 1000.0),
    "accel_deg_s2": (0.0001, 10000.0),
    "settle_s": (0.0, 3600.0),
    "filter_s": (0.0, 3600.0),
    "focus_s": (0.0, 3600.0),
    "duration_s": (0.001, 86400.0),
    "cost_s": (0.0, 1e7),
    "priority": (0.0, 100.0),
    "weight": (0.0, 1e6),
    "decay_s": (1.0, 1e7),
    "max_airmass": (1.0, 40.0),
    "moon_max_illumination": (0.0, 1.0),
}
"""The least and the greatest that a field of this name may be, wherever it stands."""
WORDS: dict[str, tuple[str, ...]] = {
    "wheels": ("max", "sum"),
    "combine": ("max", "sum"),
    "moon_counts": ("up", "always"),
    "per": ("minute", "count"),
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in a document."""

    pointer: str
    """JSON pointer: where it stands."""
    wrong: str
    right: str

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {self.wrong}; {self.right}"


class BadDocument(ValueError):
    """A document with faults, all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def load(source: str | Path | Mapping[str, Any]) -> Problem | Schedule:
    """Return what a document (a path, JSON text, or a parsed object) describes.

    Raises:
        BadDocument: with every fault in it.
        OSError: the file cannot be read.
    """
    data = _parsed(source)
    faults: list[Fault] = []
    kind = _kind(data, faults)
    if kind is None:
        raise BadDocument(faults)
    body = {name: value for name, value in data.items() if name not in ("format", "kind")}
    value = _read_object(kind, body, "", faults)
    if isinstance(value, Problem):
        faults += _references(value)
    if faults:
        raise BadDocument(faults)
    if not isinstance(value, Problem | Schedule):
        raise BadDocument([Fault(pointer="/kind", wrong="nothing", right="night or schedule")])
    return value


def dump(value: Problem | Schedule) -> dict[str, Any]:
    """Return a problem or a schedule as a document; `load` reads it back."""
    kind = "night" if isinstance(value, Problem) else "schedule"
    return {"format": FORMAT, "kind": kind, **typing.cast(dict[str, Any], _plain(value))}


def sha256(value: Problem | Schedule) -> str:
    """Return the hash of a document: UTF-8, keys sorted, no spaces."""
    text = json.dumps(dump(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _parsed(source: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(source, Mapping):
        return dict(source)
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        fault = Fault(pointer="", wrong=f"no JSON: {error}", right="should be a JSON object")
        raise BadDocument([fault]) from None
    if not isinstance(data, dict):
        fault = Fault(pointer="", wrong=f"a {type(data).__name__}", right="should be an object")
        raise BadDocument([fault])
    return data


def _kind(data: Mapping[str, Any], faults: list[Fault]) -> type | None:
    if data.get("format") != FORMAT:
        wrong = f"format {data.get('format')!r}"
        faults.append(Fault(pointer="/format", wrong=wrong, right=f"should be {FORMAT!r}"))
    kind = data.get("kind")
    if kind not in KINDS:
        allowed = " or ".join(KINDS)
        faults.append(Fault(pointer="/kind", wrong=f"kind {kind!r}", right=f"should be {allowed}"))
        return None
    return KINDS[kind]


# writing


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.name not in LEFT_OUT
        }
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


# reading


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read_object(kind: type, data: object, pointer: str, faults: list[Fault]) -> object:
    if not isinstance(data, dict):
        faults.append(_fault(pointer, data, "should be an object"))
        return None
    hints = _hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.name not in LEFT_OUT}
    for name in sorted(data.keys() - fields.keys()):
        allowed = ", ".join(sorted(fields))
        faults.append(
            Fault(pointer=f"{pointer}/{name}", wrong="unknown key", right=f"known: {allowed}")
        )
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in data:
            values[name] = _read(hints[name], data[name], f"{pointer}/{name}", faults)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            faults.append(Fault(pointer=f"{pointer}/{name}", wrong="missing", right="is needed"))
    return None if faults else kind(**values)


def _read(hint: Any, data: object, pointer: str, faults: list[Fault]) -> object:  # noqa: ANN401
    """Return a value of a type; hints are whatever `typing` gives, hence Any."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        if data is None and type(None) in inner:
            return None
        return _read(next(one for one in inner if one is not type(None)), data, pointer, faults)
    if origin is tuple:
        return _read_tuple(inner, data, pointer, faults)
    if origin is not None:  # a mapping
        return _read_mapping(inner, data, pointer, faults)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _read_object(hint, data, pointer, faults)
    return _read_scalar(hint, data, pointer, faults)


def _read_tuple(
    inner: tuple[Any, ...], data: object, pointer: str, faults: list[Fault]
) -> tuple[object, ...]:
    if not isinstance(data, list | tuple):
        faults.append(_fault(pointer, data, "should be a list"))
        return ()
    if inner[-1] is Ellipsis:
        return tuple(
            _read(inner[0], one, f"{pointer}/{place}", faults) for place, one in enumerate(data)
        )
    if len(data) != len(inner):
        faults.append(_fault(pointer, data, f"should have {len(inner)} items"))
        return ()
    return tuple(
        _read(hint, one, f"{pointer}/{place}", faults)
        for place, (hint, one) in enumerate(zip(inner, data, strict=True))
    )


def _read_mapping(
    inner: tuple[Any, ...], data: object, pointer: str, faults: list[Fault]
) -> dict[str, object]:
    if not isinstance(data, dict):
        faults.append(_fault(pointer, data, "should be an object"))
        return {}
    return {
        str(name): _read(inner[1], one, f"{pointer}/{name}", faults) for name, one in data.items()
    }


RIGHT: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
}


def _read_scalar(hint: Any, data: object, pointer: str, faults: list[Fault]) -> object:  # noqa: ANN401
    name = pointer.rsplit("/", 1)[-1]
    if hint is datetime:
        return _instant(data, pointer, faults)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _choice(hint, tuple(hint), data, pointer, faults)
    if name in WORDS and hint is str:
        return _choice(str, WORDS[name], data, pointer, faults)
    if hint is not object and not _is_a(hint, data):
        faults.append(_fault(pointer, data, f"should be {RIGHT[hint]}"))
        return None
    if hint is float:
        return _number(float(typing.cast(float, data)), name, pointer, faults)
    return data


def _is_a(hint: type, data: object) -> bool:
    """Return whether a JSON value has a type: true is no number, a whole number is one."""
    if isinstance(data, bool):
        return hint is bool
    return isinstance(data, (int, float) if hint is float else hint)


def _number(value: float, name: str, pointer: str, faults: list[Fault]) -> float:
    low, high = LIMITS.get(name, (-math.inf, math.inf))
    if not math.isfinite(value):
        faults.append(_fault(pointer, value, "should be finite"))
    elif not low <= value <= high:
        faults.append(_fault(pointer, value, f"should be {low:g} to {high:g}"))
    return value


def _choice(
    make: Callable[[str], object],
    allowed: tuple[str, ...],
    data: object,
    pointer: str,
    faults: list[Fault],
) -> object:
    if data not in allowed:
        faults.append(_fault(pointer, data, f"should be one of {', '.join(allowed)}"))
        return None
    return make(str(data))


def _instant(data: object, pointer: str, faults: list[Fault]) -> datetime | None:
    try:
        instant = datetime.fromisoformat(str(data))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        faults.append(_fault(pointer, data, "should be UTC as 2026-03-21T03:14:20Z"))
        return None
    return instant


def _fault(pointer: str, data: object, right: str) -> Fault:
    return Fault(pointer=pointer, wrong=repr(data)[:60], right=right)


# what types cannot say


def _references(problem: Problem) -> list[Fault]:
    faults: list[Fault] = []
    if problem.night.end < problem.night.start:
        faults.append(_fault("/night/end", iso(problem.night.end), "should not be before start"))
    known: set[str] = set()
    for place, request in enumerate(problem.requests):
        at = f"/requests/{place}"
        if not request.id or request.id in known:
            faults.append(_fault(f"{at}/id", request.id, "should be there once"))
        known.add(request.id)
        faults += [
            _fault(f"{at}/accounts", name, "should be one of /accounts")
            for name in request.accounts
            if name not in problem.accounts
        ]
    for place, armed in enumerate(problem.armed):
        if armed.id not in known:
            faults.append(_fault(f"/armed/{place}/id", armed.id, "should be one of /requests"))
    return faults


# schema


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of document: `night` or `schedule`.

    Raises:
        KeyError: no such kind.
    """
    body = _schema_of(KINDS[kind], kind)
    head = {"format": {"const": FORMAT}, "kind": {"const": kind}}
    body["properties"] = head | body["properties"]
    body["required"] = ["format", "kind", *body["required"]]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body}


def _schema_of(hint: Any, name: str) -> dict[str, Any]:  # noqa: ANN401
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema_of(one, name) for one in inner]}
    if origin is tuple and inner[-1] is Ellipsis:
        return {"type": "array", "items": _schema_of(inner[0], name)}
    if origin is tuple:
        items = [_schema_of(one, name) for one in inner]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
    if origin is not None:
        return {"type": "object", "additionalProperties": _schema_of(inner[1], name)}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _schema_of_object(hint)
    return _schema_of_scalar(hint, name)


def _schema_of_object(kind: type) -> dict[str, Any]:
    hints = _hints(kind)
    fields = [field for field in dataclasses.fields(kind) if field.name not in LEFT_OUT]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: _schema_of(hints[field.name], field.name) for field in fields},
        "required": [
            field.name
            for field in fields
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ],
    }


def _schema_of_scalar(hint: Any, name: str) -> dict[str, Any]:  # noqa: ANN401
    if hint is object:
        return {}
    if hint is type(None):
        return {"type": "null"}
    if hint is datetime:
        return {"type": "string", "format": "date-time"}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [str(one) for one in hint]}
    if name in WORDS and hint is str:
        return {"enum": list(WORDS[name])}
    plain = {bool: "boolean", int: "integer", float: "number", str: "string"}[hint]
    found: dict[str, Any] = {"type": plain}
    if hint is float and name in LIMITS:
        found["minimum"], found["maximum"] = LIMITS[name]
    return found
