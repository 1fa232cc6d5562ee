"""Values to plain ones and to JSON that may stand in a page or a frame."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum

HIDDEN = frozenset({"traceback", "stack", "password_hash", "payload", "raw"})
"""Fields that leave the process on pages of their own only, or never."""


def dumps(value: object) -> str:
    """Return a value as JSON that may also stand in a page."""
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def plain(value: object) -> object:
    """Return null, truth, number, text, list or map; what is none of these by its text."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, date):
        return _instant(value)
    return _compound(value)


def _instant(value: date) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    return value.isoformat()


def _compound(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items() if key not in HIDDEN}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, frozenset | set):
        return sorted((plain(each) for each in value), key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: plain(getattr(value, one.name))
            for one in fields(value)
            if one.name not in HIDDEN
        }
    return str(value)
