"""Problems and schedules as JSON documents: written, read, and told apart by a hash."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pyros.scheduling.faults import BadDocument, Fault, fault
from pyros.scheduling.instants import iso
from pyros.scheduling.limits import FORMAT
from pyros.scheduling.model import Problem, Request
from pyros.scheduling.reading import fields_of, read_object
from pyros.scheduling.references import references
from pyros.scheduling.timetable import Schedule

KINDS: dict[str, type] = {"night": Problem, "schedule": Schedule}
REMEMBERED = 20_000


def load(source: str | Path | Mapping[str, Any]) -> Problem | Schedule:
    """Return what a document (a path, JSON text, or a parsed object) describes.

    Raises:
        BadDocument: with every fault in it.
        OSError: the file cannot be read.
    """
    data = parsed(source)
    faults: list[Fault] = []
    kind = _kind(data, faults)
    if kind is None:
        raise BadDocument(faults)
    body = {name: value for name, value in data.items() if name not in ("format", "kind")}
    value = read_object(kind, body, "", faults)
    if kind is Problem:
        faults += references(data)
    if faults or not isinstance(value, Problem | Schedule):
        raise BadDocument(faults)
    return value


def parsed(source: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as a JSON object.

    Raises:
        BadDocument: it is no JSON object.
        OSError: the file cannot be read.
    """
    if isinstance(source, Mapping):
        return dict(source)
    try:
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        broken = Fault(pointer="", wrong=f"no JSON: {error}", right="should be a JSON object")
        raise BadDocument([broken]) from None
    if not isinstance(data, dict):
        raise BadDocument([fault("", data, "should be an object")])
    return data


def _kind(data: Mapping[str, Any], faults: list[Fault]) -> type | None:
    if data.get("format") != FORMAT:
        wrong = f"format {data.get('format')!r}"
        faults.append(Fault(pointer="/format", wrong=wrong, right=f"should be {FORMAT!r}"))
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        allowed = " or ".join(KINDS)
        faults.append(Fault(pointer="/kind", wrong=f"kind {kind!r}", right=f"should be {allowed}"))
        return None
    return KINDS[kind]


def dump(value: Problem | Schedule) -> dict[str, Any]:
    """Return a problem or a schedule as a document; `load` reads it back."""
    kind = "night" if isinstance(value, Problem) else "schedule"
    return {"format": FORMAT, "kind": kind, **typing.cast(dict[str, Any], _plain(value))}


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | float | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, datetime):
        return iso(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields_of(type(value))}
    return value


def sha256(value: Problem | Schedule) -> str:
    """Return the hash of a document: UTF-8, keys sorted, no spaces."""
    if not isinstance(value, Problem):
        return hashlib.sha256(_canonical(dump(value)).encode()).hexdigest()
    parts = {
        field.name: _canonical(_plain(getattr(value, field.name)))
        for field in fields_of(Problem)
        if field.name != "requests"
    }
    parts |= {"format": _canonical(FORMAT), "kind": _canonical("night")}
    parts["requests"] = f"[{','.join(map(_text_of, value.requests))}]"
    text = ",".join(f'"{name}":{parts[name]}' for name in sorted(parts))
    return hashlib.sha256(f"{{{text}}}".encode()).hexdigest()


def _canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_texts: OrderedDict[int, tuple[Request, str]] = OrderedDict()
"""Requests written before, by identity: a night is planned again with most of them the same."""


def _text_of(request: Request) -> str:
    known = _texts.get(id(request))
    if known is not None and known[0] is request:
        return known[1]
    text = _canonical(_plain(request))
    _texts[id(request)] = (request, text)
    while len(_texts) > REMEMBERED:
        _texts.popitem(last=False)
    return text
