"""What the checker of the models found, in the words of an operator."""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import ErrorDetails

from pyros.config.complaint import Complaint, did_you_mean, nearest
from pyros.config.document import Document, KeyPath
from pyros.config.schema import Schema, description, keys_of, schema_at

NOT_BUILT = {
    "focuser",
    "rotator",
    "cover",
    "guider",
    "indi",
    "alpaca",
    "kafka",
    "nats",
    "dask",
    "uplinks",
    "centres",
    "mail",
    "backup",
    "metrics",
    "exchange",
    "lease",
    "role",
}
"""Words of the design that this version does not know yet: refused, never ignored."""

SENTENCES = {
    "string_type": "should be text",
    "string_pattern_mismatch": "is not written as it should be",
    "string_too_short": "should not be empty",
    "string_too_long": "should have at most {max_length} characters",
    "float_type": "should be a number",
    "float_parsing": "should be a number",
    "finite_number": "should be a finite number",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_from_float": "should be a whole number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "greater_than": "should be above {gt}",
    "greater_than_equal": "should be at least {ge}",
    "less_than": "should be below {lt}",
    "less_than_equal": "should be at most {le}",
    "literal_error": "should be {expected}",
    "tuple_type": "should be a list: [...]",
    "dict_type": "should be a block of keys",
    "model_type": "should be a block of keys",
    "model_attributes_type": "should be a block of keys",
    "too_short": "should hold at least {min_length}",
    "too_long": "should hold at most {max_length}",
    "path_type": "should be the name of a file or folder",
    "date_from_datetime_parsing": "should be a date",
    "date_type": "should be a date",
    "timezone_aware": "should be an instant with its zone",
}

EXAMPLES = {
    "timezone_aware": "write it in UTC, for example 2026-03-01T02:00:00Z",
    "date_from_datetime_parsing": "write a date, for example 2026-03-01",
    "date_type": "write a date, for example 2026-03-01",
}

SEXAGESIMAL = re.compile(r"^([+-]?)(\d+):(\d+)(?::(\d+(?:\.\d*)?))?$")
SHORT = 60
KIND = "what it is, for example camera or vtp"


def complaint_of(error: ErrorDetails, document: Document) -> Complaint:
    """Return what pydantic found as a complaint with its place in the file."""
    location = error["loc"]
    if location[-1:] == ("[key]",):
        return _bad_name(error, document)
    match error["type"]:
        case "extra_forbidden":
            return _unknown_key(error, document)
        case "missing" | "union_tag_not_found":
            return _missing_key(error, document)
        case _:
            return _wrong_value(error, document)


def _bad_name(error: ErrorDetails, document: Document) -> Complaint:
    path = document.walked(error["loc"])
    return document.sheet.complain(
        document.keys[path],
        key=dotted(path[:-1]),
        code="bad_name",
        message=f"'{error['input']}' cannot be a name",
        remedy="letters, digits, dot, dash and underscore; at most 32, a letter or digit first",
    )


def _unknown_key(error: ErrorDetails, document: Document) -> Complaint:
    path = document.walked(error["loc"])
    word = str(path[-1])
    known = keys_of(schema_at(path[:-1], document.data))
    built = word not in NOT_BUILT
    return document.sheet.complain(
        document.keys[path],
        key=dotted(path[:-1]),
        code=error["type"] if built else "not_built",
        message=f"unknown key '{word}'" if built else f"'{word}' is not built yet",
        remedy=did_you_mean(word, known) if built else "take the key away",
    )


def _missing_key(error: ErrorDetails, document: Document) -> Complaint:
    path = document.walked(error["loc"])
    word = "kind" if error["type"] == "union_tag_not_found" else str(error["loc"][-1])
    inner: Schema = schema_at(path, document.data).get("properties", {}).get(word, {})
    said = KIND if word == "kind" else description(inner)
    return document.sheet.complain(
        document.keys.get(path, document.values[path]),
        key=dotted((*path, word)),
        code="missing",
        message="is missing",
        remedy=f"write {word}: {said}" if said else f"write {word}: ...",
    )


def _wrong_value(error: ErrorDetails, document: Document) -> Complaint:
    path = document.walked(error["loc"])
    value, code = error["input"], error["type"]
    known = _words(error)
    word = _word(error)
    built = word not in NOT_BUILT
    message = _sentence(error) if built else f"'{word}' is not built yet"
    schema = schema_at(path, document.data)
    near = f"did you mean '{nearest(word, known)}'?" if nearest(word, known) else ""
    remedy = near or _degrees(value) or EXAMPLES.get(code) or _said(path, schema)
    return document.sheet.complain(
        document.values[(*path, "kind")] if code == "union_tag_invalid" else document.values[path],
        key=dotted(path),
        code=code if built else "not_built",
        message=message,
        remedy=remedy or (did_you_mean(word, known) if known else ""),
    )


def dotted(path: KeyPath) -> str:
    """Return a path as people write it: devices.camera-vis.cooler."""
    return ".".join(str(step) for step in path)


def _words(error: ErrorDetails) -> list[str]:
    """Return the words that may stand there, if only some may."""
    context: dict[str, Any] = error.get("ctx", {})
    return re.findall(r"'([^']*)'", str(context.get("expected_tags", context.get("expected", ""))))


def _word(error: ErrorDetails) -> str:
    context: dict[str, Any] = error.get("ctx", {})
    return str(context.get("tag", error["input"]))


def _sentence(error: ErrorDetails) -> str:
    if error["type"] == "union_tag_invalid":
        return f"unknown kind '{_word(error)}'"
    template = SENTENCES.get(error["type"])
    if template is None:
        return error["msg"]
    context: dict[str, Any] = error.get("ctx", {})
    words = template.format(**{name: _number(one) for name, one in context.items()})
    return f"{words} (got {_got(error['input'])})"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _got(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a block of keys" if value else "an empty block"
        case list():
            return f"a list of {len(value)}"
        case str():
            return repr(value if len(value) <= SHORT else value[: SHORT - 3] + "...")
        case _:
            return str(value)


def _said(path: KeyPath, schema: Schema) -> str:
    """Return the reference text of the key, or of the list that it is in."""
    said = description(schema)
    words = [str(step) for step in path if isinstance(step, str)]
    if not said or not words or isinstance(path[-1], int):
        return ""
    first = said[0] if said[:2].isupper() else said[0].lower()
    return f"{words[-1]}: {first}{said[1:].rstrip('.')}"


def _degrees(value: object) -> str:
    """Return the decimal number that a sexagesimal text means, as a remedy; else empty."""
    found = SEXAGESIMAL.match(value) if isinstance(value, str) else None
    if found is None:
        return ""
    sign, whole, minutes, seconds = found.groups()
    number = int(whole) + int(minutes) / 60 + float(seconds or 0) / 3600
    return f"write degrees as a decimal number, for example {sign}{number:.4f}"
