"""What would have to change for a refused sequence to be planned, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from pyros.web.formats import spell, stamp

LIMITS = {
    "min_altitude_deg": ("the lowest altitude", "deg"),
    "max_airmass": ("the highest air mass", ""),
    "moon_min_distance_deg": ("the distance from the Moon", "deg"),
    "moon_max_illumination": ("the Moon's light", ""),
    "sun_max_altitude_deg": ("the Sun's altitude", "deg"),
    "ha_min_h": ("the earliest hour angle", "h"),
    "ha_max_h": ("the latest hour angle", "h"),
    "zenith_max_deg": ("the mount's highest altitude", "deg"),
    "past_meridian_deg": ("how far the mount tracks past the meridian", "deg"),
    "min_s": ("the shortest time between two of its series", "s"),
    "max_s": ("the longest time between two of its series", "s"),
    "priority": ("its priority", ""),
}
"""What a path in a request's document is called, and its unit."""


def remedy(change: Mapping[str, object], name_of: Callable[[str], str]) -> tuple[str, ...]:
    """Return what a refusal's change asks for, a phrase each; nothing where nothing alone would.

    `name_of` tells the name of a sequence from its id, as far as who reads may know it.
    """
    return tuple(_phrases(change, name_of))


def _phrases(change: Mapping[str, object], name_of: Callable[[str], str]) -> Iterable[str]:
    together = change.get("all")
    for part in together if isinstance(together, list | tuple) else ():
        if isinstance(part, Mapping):
            yield from _phrases(part, name_of)
    if isinstance(change.get("set"), str):
        yield _set(change)
    split_s = change.get("split_s")
    if isinstance(split_s, int | float):
        yield f"split it into sequences of at most {spell(split_s)}"
    yield from _quota(change)
    released = change.get("release")
    if isinstance(released, list | tuple) and released:
        names = " and ".join(name_of(str(each)) for each in released)
        yield f"give up {names}"


def _set(change: Mapping[str, object]) -> str:
    name = str(change["set"]).rpartition("/")[2]
    wanted = change.get("to")
    if name == "window" and isinstance(wanted, list | tuple) and len(wanted) == 2:
        return f"open its window to {_instant(wanted[0])} to {_instant(wanted[1])} UTC"
    if name == "not_before":
        return f"let it begin at {_instant(wanted)} UTC"
    if name == "horizon":
        return f"lower the local horizon by {_value(_size(wanted))} deg"
    if name == "members":
        return "let its series go on without it"
    if name == "track":
        return "bring an ephemeris that covers the night"
    words, unit = LIMITS.get(name, (name.replace("_", " "), ""))
    before = change.get("from")
    was = f" from {_value(before)}" if isinstance(before, int | float) else ""
    return f"change {words}{was} to {_value(wanted)} {unit}".rstrip()


def _quota(change: Mapping[str, object]) -> Iterable[str]:
    wanted = change.get("add_s")
    if isinstance(wanted, Mapping):
        for account, seconds in sorted(wanted.items()):
            yield _more(str(account), seconds)
    elif wanted is not None:
        yield _more(str(change.get("account", "its account")), wanted)


def _more(account: str, seconds: object) -> str:
    amount = spell(seconds) if isinstance(seconds, int | float) else str(seconds)
    return f"{amount} more for {account}"


def _size(value: object) -> object:
    return abs(value) if isinstance(value, int | float) else value


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _instant(value: object) -> str:
    try:
        return stamp(datetime.fromisoformat(str(value)))[:16]
    except ValueError:
        return str(value)
