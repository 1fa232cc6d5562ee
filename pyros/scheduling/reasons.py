"""What a constraint forbids, in a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from pyros.scheduling.model import Request
from pyros.scheduling.visibility import Test, View, fixed_times
from pyros.scheduling.words import clock, stamp

Numbers = Mapping[str, object]

LIMITS = {
    "ALTITUDE": "Never above {required:g} deg {between}: best {best:g} deg at {at}.",
    "AIRMASS": "Air mass never below {required:g} {between}: best {best:g} at {at}.",
    "SUN": "Sun never below {required:g} deg {between}: lowest {best:g} deg at {at}.",
    "MOON_DISTANCE": "Moon at {best:g} deg at best ({at}), {required:g} deg asked, {between}.",
    "MOON_LIGHT": "Moon {best:.0%} lit at best ({at}), {required:.0%} allowed, {between}.",
    "HOUR_ANGLE": "Hour angle {best:g} h at best ({at}), limit {required:g} h, {between}.",
    "HORIZON": "Never above the local horizon {between}: {best:g} deg from it at {at}.",
    "ZENITH": "Too near the zenith {between}: {best:g} deg at {at}, {required:g} deg allowed.",
    "MERIDIAN": (
        "Always crosses the meridian, {between}: {best:g} deg beyond it at best (begun {at}),"
        " {required:g} deg allowed."
    ),
}


def reason(view: View, request: Request, test: Test, numbers: Numbers) -> str:
    """Return why a constraint leaves no start, for people; times are UTC."""
    if test.code in OWN:
        return OWN[test.code](view, request, numbers)
    between = _between(numbers)
    if "best" not in numbers:
        return f"Crosses the stop of the azimuth axis whenever it is begun {between}."
    at = _hour(numbers, "best_at")
    if numbers["best"] is None:
        return f"Never rises {between}: best {numbers['best_altitude_deg']:g} deg at {at}."
    return LIMITS[test.code].format(
        required=numbers["required"], best=numbers["best"], at=at, between=between
    )


def _between(numbers: Numbers) -> str:
    return f"between {_hour(numbers, 'from')} and {_hour(numbers, 'to')}"


def _not_before(view: View, request: Request, numbers: Numbers) -> str:
    asked = datetime.fromisoformat(str(numbers["not_before"]))
    return f"Not before {stamp(asked)}, and behind it no room: {_night(view, request)}."


def _ephemeris(_view: View, _request: Request, numbers: Numbers) -> str:
    given, needed = (_span(numbers, name) for name in ("given", "needed"))
    return f"Its places are given for {given}; {needed} are needed."


def _window(view: View, request: Request, numbers: Numbers) -> str:
    first, last = view.night_of(request.tier)
    begin, end = request.window
    night = _night(view, request)
    if end is not None and view.down(end) < first:
        return f"Window ends {stamp(end)}, {night}."
    if begin is not None and view.up(begin) > last:
        return f"Window begins {stamp(begin)}, {night}."
    ends = " to ".join("any" if instant is None else stamp(instant) for instant in (begin, end))
    return (
        f"Nothing fits into its window ({ends}); possible from {_hour(numbers, 'from')}"
        f" to {_hour(numbers, 'to')}."
    )


def _night(view: View, request: Request) -> str:
    first, last = view.night_of(request.tier)
    return f"the night is {clock(view.at(first))} to {clock(view.at(max(first, last)))}"


def _fixed(view: View, _request: Request, numbers: Numbers) -> str:
    names = cast(list[str], numbers["fixed"])
    times = [
        f"{name.partition(':')[2] or name} ({clock(view.at(first))} to {clock(view.at(last))})"
        for name, first, last in fixed_times(view)
        if name in names
    ]
    more = f" and {len(times) - 2} more" if len(times) > 2 else ""
    named = f"{' and '.join(times[:2])}{more}"
    return f"What is fixed, {named}, leaves no room for it {_between(numbers)}."


def _span(numbers: Numbers, name: str) -> str:
    instants = [datetime.fromisoformat(text) for text in cast(list[str], numbers[name])]
    return f"{stamp(instants[0])} to {stamp(instants[1])}"


def _hour(numbers: Numbers, name: str) -> str:
    return clock(datetime.fromisoformat(str(numbers[name])))


OWN = {
    "WINDOW": _window,
    "NOT_BEFORE": _not_before,
    "EPHEMERIS": _ephemeris,
    "FIXED_BLOCK": _fixed,
}
"""Sentences that are more than a limit."""
