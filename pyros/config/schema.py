"""The JSON schema of a configuration, and what may stand at a place of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, TypeAlias

from pyros.config.document import KeyPath
from pyros.config.model import Config

# A schema is a foreign format: maps of anything.
Schema: TypeAlias = dict[str, Any]


@functools.cache
def json_schema() -> Schema:
    """Return the JSON schema (2020-12) of a configuration file."""
    schema = Config.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "PyROS configuration",
    }


def schema_at(location: KeyPath, data: object) -> Schema:
    """Return the schema of what stands at `location` of `data`, empty if nothing may stand there.

    Where several kinds may stand, the one is taken that `data` names by its `kind`.
    """
    schema = _resolved(json_schema(), data)
    for step in location:
        data = _inside(data, step)
        schema = _resolved(_child(schema, step), data)
    return schema


def keys_of(schema: Schema) -> tuple[str, ...]:
    """Return the keys that a block of this schema may have."""
    return tuple(schema.get("properties", {}))


def description(schema: Schema) -> str:
    """Return what is written under a key, in one line."""
    return " ".join(str(schema.get("description", "")).split())


def _inside(data: object, step: str | int) -> object:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _child(schema: Schema, step: str | int) -> Schema:
    if isinstance(step, str):
        found = schema.get("properties", {}).get(step)
        if found is None:
            found = schema.get("additionalProperties") or next(
                iter(schema.get("patternProperties", {}).values()), {}
            )
        return found if isinstance(found, dict) else {}
    prefix = schema.get("prefixItems", [])
    item = prefix[step] if step < len(prefix) else schema.get("items", {})
    return item if isinstance(item, dict) else {}


def _resolved(schema: Schema, data: object) -> Schema:
    """Return `schema` without references, the variant chosen that fits `data`."""
    said = description(schema)
    while True:
        if "$ref" in schema:
            schema = _definition(schema["$ref"])
        elif "discriminator" in schema:
            kind = data.get("kind") if isinstance(data, dict) else None
            mapping: dict[str, str] = schema["discriminator"]["mapping"]
            reference = mapping.get(kind) if isinstance(kind, str) else None
            if reference is None:
                break
            schema = _definition(reference)
        elif "anyOf" in schema:
            schema = _variant(schema["anyOf"])
        else:
            break
    return {**schema, "description": said} if said else schema


def _variant(variants: Iterable[Schema]) -> Schema:
    """Return the first variant that is not null: an optional value is described by its value."""
    return next((one for one in variants if one.get("type") != "null"), {})


def _definition(reference: str) -> Schema:
    definitions: Schema = json_schema()["$defs"]
    found: Schema = definitions[reference.rsplit("/", 1)[-1]]
    return found
