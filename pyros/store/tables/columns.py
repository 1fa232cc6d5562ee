"""What all tables share: names of keys by convention, aware UTC instants, JSON values."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar, cast

from sqlalchemy import JSON, BigInteger, DateTime, Double, Enum, Integer, MetaData, String
from sqlalchemy import Table as CoreTable
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone: an instant is aware, in UTC")
    return value.astimezone(UTC)


class Utc(TypeDecorator[datetime]):
    """An instant, aware UTC both ways; a naive one is refused with ValueError."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the instant as the database keeps it: UTC without saying so."""
        return None if value is None else _aware(value).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the instant with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


class UtcMicros(TypeDecorator[datetime]):
    """An instant in eight bytes, microseconds since 1970, for tables of many rows."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return microseconds since 1970."""
        if value is None:
            return None
        span = _aware(value) - EPOCH
        return (span.days * 86400 + span.seconds) * 1_000_000 + span.microseconds

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the instant, aware UTC."""
        return None if value is None else datetime.fromtimestamp(value / 1_000_000, tz=UTC)


def one_of(kind: type[StrEnum], name: str) -> Enum:
    """Return the type of a column that holds a member of `kind`, checked by the database."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )


class Table(DeclarativeBase):
    """Mother of all tables: their metadata, and which column type a Python type becomes."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: Integer,
        float: Double,
        str: String,
        datetime: Utc,
        dict[str, object]: JSON,
        list[object]: JSON,
    }


def table_of(row: type[Table]) -> CoreTable:
    """Return the plain table of a row's class: statements on it skip what only objects need."""
    return cast("CoreTable", row.__table__)


_SHORT: dict[str, Callable[[], object]] = {"null": lambda: None, "{}": dict, "[]": list}
"""What most of the JSON values are, without a parser."""
_INSTANT = "$at"
_DAY = "$date"


def _plain(value: object) -> object:
    match value:
        case datetime():
            return {_INSTANT: _aware(value).isoformat()}
        case date():
            return {_DAY: value.isoformat()}
        case set() | frozenset():
            return sorted(value)
        case Mapping():
            return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{value!r} cannot be kept as JSON")


def _lively(found: dict[str, Any]) -> object:
    if len(found) == 1:
        if _INSTANT in found:
            return datetime.fromisoformat(found[_INSTANT])
        if _DAY in found:
            return date.fromisoformat(found[_DAY])
    return found


_ENCODER = json.JSONEncoder(default=_plain, separators=(",", ":"), allow_nan=False)


def dumps(value: object) -> str:
    """Return `value` as JSON; instants and days come back as such from `loads`.

    Raises:
        ValueError: an instant without zone, or a number that is not finite.
        TypeError: something that JSON cannot hold.
    """
    return _ENCODER.encode(value)


def loads(text: str) -> object:
    """Return what `dumps` was given: tuples as lists, dataclasses as maps."""
    short = _SHORT.get(text)
    return short() if short is not None else json.loads(text, object_hook=_lively)
