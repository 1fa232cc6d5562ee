"""Reads the fields of a plain map and keeps every problem with the place it was found at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import Any

from pyros.domain.devices.orders import Frame
from pyros.domain.problem import Problem
from pyros.domain.request import DitherPattern
from pyros.domain.target import MinSky
from pyros.errors import Refused

JD_OF_1970 = 2440587.5


_ENUMS: dict[str, type[StrEnum]] = {
    "frame": Frame,
    "pattern": DitherPattern,
    "min_sky": MinSky,
}


_INSTANTS = frozenset({"window_start", "window_end", "preferred_at"})


class BadDocument(Refused):
    """The document is no request; `problems` says of each field what is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(*(str(problem) for problem in problems))
        self.problems = problems


def names_of(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields, in order."""
    return tuple(field.name for field in fields(kind))


class Reader:
    """Reads a document and keeps every problem with the place it was found at."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, place: str, text: str) -> None:
        """Keep one more problem."""
        self.problems.append(Problem(place, text))

    def mapping(self, found: object, place: str, allowed: tuple[str, ...]) -> Mapping[str, Any]:
        """Return what was found if it is a map, else an empty one; other keys are problems."""
        if not isinstance(found, Mapping):
            self.problem(place or "document", f"should be a map (got {_shown(found)})")
            return {}
        for key in found:
            if key not in allowed:
                self.problem(_at(place, str(key)), f"unknown; allowed is {', '.join(allowed)}")
        return found

    def rows(self, found: object, place: str) -> list[tuple[object, str]]:
        """Return each item of a list with its place; what is no list is a problem."""
        if found is None:
            return []
        if not isinstance(found, list | tuple):
            self.problem(place, f"should be a list (got {_shown(found)})")
            return []
        return [(row, f"{place}.{n}") for n, row in enumerate(found)]

    def values(
        self, found: Mapping[str, Any], place: str, kind: type, names: tuple[str, ...]
    ) -> dict[str, Any]:
        """Return the named fields of `kind` that stand in the map, each of its right type."""
        kinds = {field.name: str(field.type) for field in fields(kind)}
        needed = {
            field.name
            for field in fields(kind)
            if field.default is MISSING and field.default_factory is MISSING
        }
        values: dict[str, Any] = {}
        for name in names:
            if name in found:
                self._take(values, name, found[name], _at(place, name), kinds[name])
            elif name in needed:
                self.problem(_at(place, name), "is missing")
        return values

    def _take(self, values: dict[str, Any], name: str, held: object, place: str, kind: str) -> None:
        try:
            values[name] = _value(name, held, kind)
        except ValueError as wrong:
            self.problem(place, str(wrong))


def _value(name: str, held: object, kind: str) -> object:
    if held is None and "None" in kind:
        return None
    if name in _ENUMS:
        return _member(_ENUMS[name], held)
    if name in _INSTANTS:
        return instant(held)
    if kind.startswith(("int", "float")):
        return _number(held, whole=kind.startswith("int"))
    return _map(held) if kind.startswith("Mapping") else _text(held)


def _map(held: object) -> dict[str, object]:
    if not isinstance(held, Mapping):
        raise ValueError(f"should be a map (got {_shown(held)})")  # noqa: TRY004  a field's value
    return dict(held)


def _text(held: object) -> str:
    if isinstance(held, bool) or not isinstance(held, str | int | float):
        raise ValueError(f"should be text (got {_shown(held)})")  # noqa: TRY004  a field's value
    return str(held)


def instant(held: object) -> datetime:
    """Return the instant that a date, an ISO text or a Julian date means, aware UTC (P77).

    Raises:
        ValueError: it is none of them.
    """
    if isinstance(held, int | float) and not isinstance(held, bool):
        if not 2_400_000 < held < 2_600_000:
            raise ValueError(f"should be a Julian date such as 2461370.5 (got {held})")
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=held - JD_OF_1970)
    try:
        found = held if isinstance(held, datetime) else datetime.fromisoformat(str(held))
    except ValueError:
        raise ValueError(
            f"should be an instant such as 2026-11-25T22:00:00Z (got {_shown(held)})"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _member(kind: type[StrEnum], held: object) -> StrEnum:
    try:
        return kind(str(held))
    except ValueError:
        allowed = ", ".join(member.value for member in kind)
        raise ValueError(f"should be one of {allowed} (got {_shown(held)})") from None


def _number(held: object, *, whole: bool) -> int | float:
    if isinstance(held, bool) or not isinstance(held, int | float):
        raise ValueError(f"should be a number (got {_shown(held)})")  # noqa: TRY004  a field's value
    if not isfinite(held):
        raise ValueError(f"should be a finite number (got {held})")
    if whole:
        if held != int(held):
            raise ValueError(f"should be a whole number (got {held})")
        return int(held)
    return float(held)


def _shown(held: object) -> str:
    return repr(held)[:60]


def _at(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
