"""A request to and from a plain map, as a YAML document holds it: no ids, no states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import Any

from pyros.domain.devices.orders import Frame
from pyros.domain.problem import Problem
from pyros.domain.request import Album, Dither, DitherPattern, Plan, Request, Sequence
from pyros.domain.target import Constraints, FixedTarget, MinSky
from pyros.errors import Refused

JD_OF_1970 = 2440587.5
_ENUMS: dict[str, type[StrEnum]] = {
    "frame": Frame,
    "pattern": DitherPattern,
    "min_sky": MinSky,
}
_INSTANTS = frozenset({"window_start", "window_end", "preferred_at"})
_REQUEST = ("short_name", "programme", "description")
_SEQUENCE = (
    "name",
    "target",
    "window_start",
    "window_end",
    "preferred_at",
    "priority",
    "carry_over_nights",
    "constraints",
    "albums",
)


class BadDocument(Refused):
    """The document is no request; `problems` says of each field what is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(*(str(problem) for problem in problems))
        self.problems = problems


def to_map(request: Request) -> dict[str, object]:
    """Return the request as a document; what equals its default is left out."""
    document = _written(request, _REQUEST)
    document["sequences"] = [_sequence_to_map(sequence) for sequence in request.sequences]
    return document


def from_map(
    document: object, *, owner: str, window: tuple[datetime, datetime] | None = None
) -> Request:
    """Return the request that the document describes: drafts, with new ids to come.

    Args:
        document: what a YAML reader made of it.
        owner: whose request it becomes.
        window: first and last instant for sequences that name none.

    Raises:
        BadDocument: with every problem of every field.
    """
    read = _Reader()
    top = read.mapping(document, "", (*_REQUEST, "sequences"))
    values = read.values(top, "", Request, _REQUEST)
    rows = read.rows(top.get("sequences"), "sequences")
    sequences = tuple(
        sequence
        for position, (row, place) in enumerate(rows)
        if (sequence := _sequence(read, row, place, position, window)) is not None
    )
    if not rows and not any(problem.field == "sequences" for problem in read.problems):
        read.problem("sequences", "there is none: at least one is needed")
    if read.problems:
        raise BadDocument(tuple(read.problems))
    return Request(owner=owner, sequences=sequences, **values)


def target_to_map(target: FixedTarget) -> dict[str, object]:
    """Return a target as a plain map."""
    return _written(target, _names(FixedTarget))


def target_from_map(plain: Mapping[str, Any]) -> FixedTarget:
    """Return the target that `target_to_map` wrote."""
    return FixedTarget(**plain)


def constraints_to_map(constraints: Constraints) -> dict[str, object]:
    """Return constraints as a plain map, defaults left out."""
    return _written(constraints, _names(Constraints))


def constraints_from_map(plain: Mapping[str, Any]) -> Constraints:
    """Return the constraints that `constraints_to_map` wrote."""
    return Constraints(**{**plain, "min_sky": MinSky(plain.get("min_sky", MinSky.ANY))})


def dither_to_map(dither: Dither) -> dict[str, object]:
    """Return a dither as a plain map, defaults left out."""
    return _written(dither, _names(Dither))


def dither_from_map(plain: Mapping[str, Any]) -> Dither:
    """Return the dither that `dither_to_map` wrote."""
    return Dither(**{**plain, "pattern": DitherPattern(plain.get("pattern", DitherPattern.NONE))})


def _sequence_to_map(sequence: Sequence) -> dict[str, object]:
    document = _written(sequence, _SEQUENCE)
    document["target"] = target_to_map(sequence.target)
    constraints = constraints_to_map(sequence.constraints)
    document.pop("constraints", None)
    if constraints:
        document["constraints"] = constraints
    document["albums"] = [
        {"channel": album.channel, "plans": [_plan_to_map(plan) for plan in album.plans]}
        for album in sequence.albums
    ]
    return document


def _plan_to_map(plan: Plan) -> dict[str, object]:
    document = _written(plan, _names(Plan))
    document.pop("dither", None)
    if plan.dither != Dither():
        document["dither"] = dither_to_map(plan.dither)
    return document


def _written(value: Any, names: tuple[str, ...]) -> dict[str, object]:  # noqa: ANN401  a dataclass
    """Return the named fields that differ from their default."""
    found: dict[str, object] = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if field.name not in names or (field.default is not MISSING and held == field.default):
            continue
        if field.default_factory is not MISSING and held == field.default_factory():
            continue
        found[field.name] = _plain(held)
    return found


def _plain(held: object) -> object:
    match held:
        case StrEnum():
            return held.value
        case datetime():
            return held.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Mapping():
            return dict(held)
    return held


def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


class _Reader:
    """Reads a document and keeps every problem with the place it was found at."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, place: str, text: str) -> None:
        self.problems.append(Problem(place, text))

    def mapping(self, found: object, place: str, allowed: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(found, Mapping):
            self.problem(place or "document", f"should be a map (got {_shown(found)})")
            return {}
        for key in found:
            if key not in allowed:
                self.problem(_at(place, str(key)), f"unknown; allowed is {', '.join(allowed)}")
        return found

    def rows(self, found: object, place: str) -> list[tuple[object, str]]:
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


_PLAIN = ("name", "preferred_at", "priority", "carry_over_nights")


def _sequence(
    read: _Reader,
    found: object,
    place: str,
    position: int,
    window: tuple[datetime, datetime] | None,
) -> Sequence | None:
    before = len(read.problems)
    row = read.mapping(found, place, _SEQUENCE)
    values = read.values(row, place, Sequence, _PLAIN)
    if window is not None:
        values |= {"window_start": window[0], "window_end": window[1]}
        values |= read.values(
            row,
            place,
            Sequence,
            tuple(name for name in ("window_start", "window_end") if name in row),
        )
    else:
        values |= read.values(row, place, Sequence, ("window_start", "window_end"))
    target = _part(read, row.get("target"), f"{place}.target", FixedTarget)
    constraints = _part(read, row.get("constraints", {}), f"{place}.constraints", Constraints)
    albums = tuple(
        _album(read, album, where)
        for album, where in read.rows(row.get("albums"), place + ".albums")
    )
    if len(read.problems) > before:
        return None
    return Sequence(
        position=position, target=target, constraints=constraints, albums=albums, **values
    )


def _part(read: _Reader, found: object, place: str, kind: type) -> Any:  # noqa: ANN401  one of ours
    before = len(read.problems)
    values = read.values(read.mapping(found, place, _names(kind)), place, kind, _names(kind))
    return kind(**values) if len(read.problems) == before else None


def _album(read: _Reader, found: object, place: str) -> Album:
    row = read.mapping(found, place, ("channel", "plans"))
    if not isinstance(row.get("channel"), str):
        read.problem(f"{place}.channel", "should be the name of a channel")
    plans = tuple(
        _plan(read, plan, where) for plan, where in read.rows(row.get("plans"), place + ".plans")
    )
    return Album(channel=str(row.get("channel")), plans=plans)


def _plan(read: _Reader, found: object, place: str) -> Plan:
    names = tuple(name for name in _names(Plan) if name != "dither")
    row = read.mapping(found, place, _names(Plan))
    before = len(read.problems)
    values = read.values(row, place, Plan, names)
    dither = _part(read, row.get("dither", {}), f"{place}.dither", Dither)
    if len(read.problems) > before:
        return Plan(exposure_s=0.0)
    return Plan(dither=dither, **values)
