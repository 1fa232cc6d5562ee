"""A request to and from a plain map, as a YAML document holds it: no ids, no states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pyros.domain.document import BadDocument, Reader, instant, names_of
from pyros.domain.request import Album, Dither, DitherPattern, Plan, Request, Sequence
from pyros.domain.target import Constraints, FixedTarget, MinSky

__all__ = [
    "BadDocument",
    "constraints_from_map",
    "constraints_to_map",
    "dither_from_map",
    "dither_to_map",
    "from_map",
    "instant",
    "target_from_map",
    "target_to_map",
    "to_map",
]

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
    read = Reader()
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
    return _written(target, names_of(FixedTarget))


def target_from_map(plain: Mapping[str, Any]) -> FixedTarget:
    """Return the target that `target_to_map` wrote."""
    return FixedTarget(**plain)


def constraints_to_map(constraints: Constraints) -> dict[str, object]:
    """Return constraints as a plain map, defaults left out."""
    return _written(constraints, names_of(Constraints))


def constraints_from_map(plain: Mapping[str, Any]) -> Constraints:
    """Return the constraints that `constraints_to_map` wrote."""
    return Constraints(**{**plain, "min_sky": MinSky(plain.get("min_sky", MinSky.ANY))})


def dither_to_map(dither: Dither) -> dict[str, object]:
    """Return a dither as a plain map, defaults left out."""
    return _written(dither, names_of(Dither))


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
    document = _written(plan, names_of(Plan))
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


_PLAIN = ("name", "preferred_at", "priority", "carry_over_nights")


def _sequence(
    read: Reader,
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


def _part(read: Reader, found: object, place: str, kind: type) -> Any:  # noqa: ANN401  one of ours
    before = len(read.problems)
    values = read.values(read.mapping(found, place, names_of(kind)), place, kind, names_of(kind))
    return kind(**values) if len(read.problems) == before else None


def _album(read: Reader, found: object, place: str) -> Album:
    row = read.mapping(found, place, ("channel", "plans"))
    if not isinstance(row.get("channel"), str):
        read.problem(f"{place}.channel", "should be the name of a channel")
    plans = tuple(
        _plan(read, plan, where) for plan, where in read.rows(row.get("plans"), place + ".plans")
    )
    return Album(channel=str(row.get("channel")), plans=plans)


def _plan(read: Reader, found: object, place: str) -> Plan:
    names = tuple(name for name in names_of(Plan) if name != "dither")
    row = read.mapping(found, place, names_of(Plan))
    before = len(read.problems)
    values = read.values(row, place, Plan, names)
    dither = _part(read, row.get("dither", {}), f"{place}.dither", Dither)
    if len(read.problems) > before:
        return Plan(exposure_s=0.0)
    return Plan(dither=dither, **values)
