"""The JSON Schemas of the documents: made from the types, kept as files in `schema/`.

`python -m pyros.scheduling.schemas` writes them anew.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Union

from pyros.scheduling.limits import (
    FORMAT,
    INSTANT,
    ITEMS,
    LARGEST,
    LENGTHS,
    LIMITS,
    TEXT_NEEDED,
    WORDS,
)
from pyros.scheduling.model import Problem, Target
from pyros.scheduling.reading import fields_of, hints_of, needed
from pyros.scheduling.timetable import Schedule

FOLDER = Path(__file__).parent / "schema"
MADE: dict[str, type] = {"night": Problem, "schedule": Schedule}
KINDS = ("night", "discrete", "schedule", "answer")
PLAIN = {bool: "boolean", int: "integer", float: "number", str: "string"}
JsonSchema = dict[str, Any]


def schema(kind: str) -> JsonSchema:
    """Return the JSON Schema of a kind of document, as it lies in the package.

    Raises:
        KeyError: no such kind.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    text = (FOLDER / f"{kind}.json").read_text(encoding="utf-8")
    return typing.cast(JsonSchema, json.loads(text))


def made(kind: str) -> JsonSchema:
    """Return the JSON Schema of `night` or `schedule` as the types give it."""
    body = _object(MADE[kind])
    head: JsonSchema = {"format": {"const": FORMAT}, "kind": {"const": kind}}
    body["properties"] = head | body["properties"]
    body["required"] = ["format", "kind", *body["required"]]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body}


def _of(hint: Any, name: str) -> JsonSchema:  # noqa: ANN401 - whatever `typing` gives
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(one, name) for one in inner]}
    if origin is tuple and inner[-1] is Ellipsis:
        return {"type": "array", "items": _of(inner[0], name), **_length(name)}
    if origin is tuple:
        names = ITEMS.get(name, (name,) * len(inner))
        items = [_of(one, called) for one, called in zip(inner, names, strict=True)]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
    if origin is not None:
        return {"type": "object", "additionalProperties": _of(inner[1], name)}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _object(hint)
    return _scalar(hint, name)


def _length(name: str) -> JsonSchema:
    least, most = LENGTHS.get(name, (0, None))
    found: JsonSchema = {"minItems": least} if least else {}
    return found if most is None else found | {"maxItems": most}


def _object(kind: type) -> JsonSchema:
    hints, fields = hints_of(kind), fields_of(kind)
    found: JsonSchema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: _of(hints[field.name], field.name) for field in fields},
        "required": [field.name for field in fields if needed(field)],
    }
    if kind is Target:
        tracked = {"properties": {"track": {"minItems": 1}}, "required": ["track"]}
        found["anyOf"] = [{"required": ["ra_deg", "dec_deg"]}, tracked]
    return found


def _scalar(hint: Any, name: str) -> JsonSchema:  # noqa: ANN401
    if hint is object:
        return {}
    if hint is type(None):
        return {"type": "null"}
    if hint is datetime:
        return {"type": "string", "format": "date-time", "pattern": INSTANT}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"enum": [str(one) for one in hint]}
    if name in WORDS and hint is str:
        return {"enum": list(WORDS[name])}
    found: JsonSchema = {"type": PLAIN[hint]}
    if hint is str and name in TEXT_NEEDED:
        found["minLength"] = 1
    if hint is float:
        found["minimum"], found["maximum"] = LIMITS.get(name, (-LARGEST, LARGEST))
    return found


def written(kind: str) -> str:
    """Return the text of the file of a schema that is made."""
    return json.dumps(made(kind), indent=1) + "\n"


if __name__ == "__main__":
    for name in MADE:
        (FOLDER / f"{name}.json").write_text(written(name), encoding="utf-8")
