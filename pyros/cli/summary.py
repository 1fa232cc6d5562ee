"""The last line of a command: one JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path

import click


def summary(values: Mapping[str, object]) -> str:
    """Return `values` as one line of JSON; instants in ISO 8601, dataclasses as maps."""
    return json.dumps(values, default=_plain, allow_nan=False, separators=(", ", ": "))


def print_summary(values: Mapping[str, object]) -> None:
    """Write `values` as the last line of standard output."""
    click.echo(summary(values))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no place in a summary")
