"""Arguments of orders as they come in: of the right type and range, or refused by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyros.errors import InvalidValue

Args = Mapping[str, object]


def number(args: Args, name: str, low: float, high: float) -> float:
    """Return a number from `low` to `high`; raises InvalidValue."""
    value = args.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidValue(name, value, allowed=f"{low:g} to {high:g}")
    return float(value)


def flag(args: Args, name: str, *, default: bool | None = None) -> bool:
    """Return true or false, `default` if it is not given; raises InvalidValue."""
    value = args.get(name, default)
    if not isinstance(value, bool):
        raise InvalidValue(name, value, allowed="true or false")
    return value


def choice(args: Args, name: str, allowed: Sequence[str]) -> str:
    """Return one of the words allowed; raises InvalidValue."""
    value = args.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise InvalidValue(name, value, allowed=", ".join(allowed))
    return value
