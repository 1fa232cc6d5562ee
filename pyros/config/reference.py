"""The reference page of the configuration, made from the models."""

from __future__ import annotations

from pyros.config.schema import Schema, description, json_schema

FORMATS = {"path": "file", "date": "date", "date-time": "instant"}

INTRODUCTION = """# Configuration

One YAML 1.2 file says everything about an observatory; `pyros config check FILE` says what is wrong
with it, and `pyros config show FILE` what is in force.
Relative file names count from the folder of the file.
An unknown key is an error, and so is a key whose part is not built yet.
`pyros config schema > pyros.schema.json` and a first line
`# yaml-language-server: $schema=pyros.schema.json` give completion in editors.
"""


def reference_page() -> str:
    """Return the page: one table for each block of keys, the whole file first."""
    schema = json_schema()
    parts = [INTRODUCTION, _table("The file", schema)]
    for name, block in sorted(schema["$defs"].items()):
        if "properties" in block:
            parts.append(_table(name, block))
    return "\n".join(parts)


def _table(title: str, block: Schema) -> str:
    said = block.get("description", "")
    lines = [f"## {title}", "", said, "", "| key | what may stand there | default | meaning |"]
    lines.append("|---|---|---|---|")
    required = set(block.get("required", ()))
    for key, inner in block["properties"].items():
        default = "required" if key in required else _default(inner)
        lines.append(f"| `{key}` | {_kind(inner)} | {default} | {_meaning(inner)} |")
    return "\n".join([*lines, ""])


def _meaning(schema: Schema) -> str:
    """Return the text under a key, or that of the block it holds where both would be the same."""
    name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    block: Schema = json_schema()["$defs"].get(name, {})
    return description(schema) or description(block)


def _default(schema: Schema) -> str:
    match schema.get("default", "missing"):
        case "missing" | [] | "":
            said = "empty"
        case None:
            said = "none"
        case dict():
            said = "its own defaults"
        case list() as several:
            said = ", ".join(f"`{one}`" for one in several)
        case bool() as answer:
            said = f"`{str(answer).lower()}`"
        case value:
            said = f"`{value}`"
    return said


def _kind(schema: Schema) -> str:
    """Return in words what a schema allows."""
    match schema:
        case {"$ref": reference}:
            name = str(reference).rsplit("/", 1)[-1]
            said = f"[{name}](#{name.lower()})"
        case {"anyOf": several} | {"oneOf": several}:
            said = " or ".join(_kind(one) for one in several if one.get("type") != "null")
        case {"enum": words}:
            said = " or ".join(f"`{word}`" for word in words)
        case {"const": word}:
            said = f"`{word}`"
        case {"type": "array"}:
            said = f"list of {_items(schema)}"
        case {"type": "object"}:
            said = f"by name: {_kind(_values(schema))}"
        case {"type": "number" | "integer"}:
            said = _number(schema)
        case {"type": "boolean"}:
            said = "true or false"
        case _:
            said = FORMATS.get(schema.get("format", ""), "text")
    return said


def _items(schema: Schema) -> str:
    if "prefixItems" in schema:
        return ", ".join(_kind(one) for one in schema["prefixItems"])
    return _kind(schema.get("items", {}))


def _values(schema: Schema) -> Schema:
    patterns: Schema = schema.get("patternProperties", {})
    found: Schema = schema.get("additionalProperties") or next(iter(patterns.values()), {})
    return found


def _number(schema: Schema) -> str:
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    bounds = [f"{word} {schema[key]:g}" for key, word in words.items() if key in schema]
    what = "whole number" if schema["type"] == "integer" else "number"
    return ", ".join([what, *bounds])
