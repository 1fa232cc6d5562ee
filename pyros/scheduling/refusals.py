"""Why a request cannot be seen tonight, with the numbers, and what would have to change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

import numpy as np

from pyros.scheduling.air import airmass
from pyros.scheduling.grid import Grid
from pyros.scheduling.instants import iso
from pyros.scheduling.model import Floats, Request
from pyros.scheduling.timetable import Refusal
from pyros.scheduling.visibility import Mask, Test, View, runs, starts_of
from pyros.scheduling.words import clock, listed, minutes, stamp


def unseen(grid: Grid, request: Request) -> Refusal:
    """Return why a request has no feasible start at all: by the sky, or by what is fixed."""
    view, length = grid.view, grid.view.length(request)
    tests = view.tests(request, grid.direction(request))
    culprits = _culprits(tests, length, view.steps)
    if not culprits:
        return _too_long(view, request, tests)
    others = [test for test in tests if test not in culprits]
    allowed = starts_of(others, length, view.steps)
    refusal = _by_constraint(view, request, culprits[0], allowed)
    if len(culprits) == 1:
        return refusal
    also = tuple(test.code for test in culprits[1:])
    return Refusal(
        id=refusal.id,
        code=refusal.code,
        numbers=refusal.numbers,
        text=f"{refusal.text} Nor does {listed(also)} allow it.",
        certified=True,
        also=also,
    )


def _culprits(tests: Sequence[Test], length: int, steps: int) -> tuple[Test, ...]:
    """Return the smallest set of constraints without which a start exists; first in order.

    Empty where all hold together for a while, never long enough.
    """
    if _too_short(tests, length, steps):
        return ()
    movable = [test for test in tests if test.code != "NIGHT"]
    for size in range(1, len(movable) + 1):
        for out in combinations(movable, size):
            rest = [test for test in tests if test not in out]
            if starts_of(rest, length, steps).any():
                return out
    return ()


def _too_short(tests: Sequence[Test], length: int, steps: int) -> bool:
    instants = [test for test in tests if not test.on_start]
    if starts_of(instants, length, steps).any():
        return False
    together: Mask = np.logical_and.reduce([test.holds for test in instants])
    return any(last > first for first, last in runs(together))


def _too_long(view: View, request: Request, tests: Sequence[Test]) -> Refusal:
    longest, first = _longest(view, request)
    longest_s, last = longest * view.step_s, first + longest
    cut = [test.code for test in tests if not test.on_start and not _holds_after(test, last)]
    numbers: dict[str, object] = {
        "needed_s": request.duration_s,
        "longest_gap_s": longest_s,
        "at": iso(view.at(first)),
        "cut_by": cut,
    }
    until = f" (until {clock(view.at(last))}: {listed(cut)})" if cut else ""
    if longest:
        possible = f"longest possible {minutes(longest_s)} at {clock(view.at(first))}{until}."
    else:
        possible = "never possible for as long as a step."
    return Refusal(
        id=request.id,
        code="TOO_LONG",
        numbers=numbers,
        change={"split_s": longest_s} if longest else {},
        text=f"Needs {minutes(request.duration_s)}, {possible}",
        certified=True,
    )


def _longest(view: View, request: Request) -> tuple[int, int]:
    """Return the steps of the longest sequence that could be seen, 0: none; and its start."""
    low, high, at = 0, view.length(request), 0
    while high - low > 1:
        middle = (low + high) // 2
        shorter = replace(request, duration_s=middle * view.step_s)
        starts = np.flatnonzero(starts_of(view.tests(shorter), middle, view.steps))
        if starts.size:
            low, at = middle, int(starts[0])
        else:
            high = middle
    return low, at


def _holds_after(test: Test, step: int) -> bool:
    return step + 1 < test.holds.size and bool(test.holds[step + 1])


def _by_constraint(view: View, request: Request, test: Test, allowed: Mask) -> Refusal:
    """Return the refusal for one constraint; `allowed` are the starts the others leave."""
    numbers: dict[str, object] = {}
    starts = np.flatnonzero(allowed)
    length = view.length(request)
    if starts.size:
        numbers["from"] = iso(view.at(int(starts[0])))
        numbers["to"] = iso(view.at(int(starts[-1]) + length))
    if test.code in ("WINDOW", "NOT_BEFORE"):
        return _by_window(view, request, test, numbers)
    if test.measure is None or not starts.size:
        text = f"{listed((test.code,)).capitalize()} leaves no room for it tonight."
        return Refusal(id=request.id, code=test.code, numbers=numbers, text=text, certified=True)
    best, best_at = _best(test, starts, length)
    limit = _rounded(test, best)
    shown_required, shown_best = _shown(request, test, best)
    numbers |= {"required": shown_required, "best": shown_best, "best_at": iso(view.at(best_at))}
    change: dict[str, object] = {}
    if test.path:
        change = {"set": test.path, "from": shown_required, "to": _limit_of(request, test, limit)}
    return Refusal(
        id=request.id,
        code=test.code,
        numbers=numbers,
        change=change,
        text=_constraint_text(test, numbers),
        certified=True,
    )


def _best(test: Test, starts: np.ndarray, length: int) -> tuple[float, int]:
    """Return the best of the worst values over a sequence, and the instant of that value."""
    taken = test.measure() if test.measure is not None else np.zeros(test.holds.size)
    measure: Floats = -taken if test.at_most else taken
    windows = np.lib.stride_tricks.sliding_window_view(measure, min(length + 1, measure.size))
    worst = windows[starts].min(axis=1)
    start = int(starts[int(np.argmax(worst))])
    at = start + int(np.argmin(windows[start]))
    value = float(measure[at])
    return (-value if test.at_most else value), at


def _rounded(test: Test, best: float) -> float:
    """Return a limit that `best` meets, rounded to the safe side by 0.01 at most."""
    return math.ceil(best * 100.0) / 100.0 if test.at_most else math.floor(best * 100.0) / 100.0


def _shown(request: Request, test: Test, best: float) -> tuple[float, float]:
    """Return required and best as the request says them: air mass for AIRMASS."""
    required = float(test.required or 0.0)
    if test.code != "AIRMASS":
        return required, round(best, 2)
    return float(request.constraints.max_airmass or 0.0), round(airmass(best), 3)


def _limit_of(request: Request, test: Test, limit: float) -> float:
    if test.code != "AIRMASS":
        return limit
    return math.ceil(_shown(request, test, limit)[1] * 1000.0 + 1.0) / 1000.0


TEXTS = {
    "ALTITUDE": "Never above {required:g} deg {between}: best {best:g} deg at {at}.",
    "AIRMASS": "Air mass never below {required:g} {between}: best {best:g} at {at}.",
    "SUN": "Sun never below {required:g} deg {between}: lowest {best:g} deg at {at}.",
    "MOON_DISTANCE": "Moon at {best:g} deg at best ({at}), {required:g} deg asked, {between}.",
    "MOON_LIGHT": "Moon {best:.0%} lit at best ({at}), {required:.0%} allowed, {between}.",
    "HOUR_ANGLE": "Hour angle {best:g} h at best ({at}), limit {required:g} h, {between}.",
    "HORIZON": "Never above the local horizon {between}: {best:g} deg from it at {at}.",
    "ZENITH": "Too near the zenith {between}: {best:g} deg at {at}, {required:g} deg allowed.",
}


def _constraint_text(test: Test, numbers: Mapping[str, object]) -> str:
    between = f"between {_hour(numbers, 'from')} and {_hour(numbers, 'to')}"
    return TEXTS[test.code].format(
        required=numbers["required"],
        best=numbers["best"],
        at=_hour(numbers, "best_at"),
        between=between,
    )


def _by_window(view: View, request: Request, test: Test, numbers: dict[str, object]) -> Refusal:
    first, last = view.night_of(request.tier)
    night = f"the night is {clock(view.at(first))} to {clock(view.at(max(first, last)))}"
    if test.code == "NOT_BEFORE" and request.not_before is not None:
        numbers["not_before"] = iso(request.not_before)
        text = f"Not before {stamp(request.not_before)}, and behind it there is no room: {night}."
        return Refusal(id=request.id, code="NOT_BEFORE", numbers=numbers, text=text, certified=True)
    begin, end = request.window
    numbers |= {
        "window_from": None if begin is None else iso(begin),
        "window_to": None if end is None else iso(end),
        "night_from": iso(view.at(first)),
        "night_to": iso(view.at(max(first, last))),
    }
    if end is not None and view.down(end) < first:
        text = f"Window ends {stamp(end)}, {night}."
    elif begin is not None and view.up(begin) > last:
        text = f"Window begins {stamp(begin)}, {night}."
    else:
        text = (
            f"Nothing fits into its window ({'any' if begin is None else stamp(begin)} to"
            f" {'any' if end is None else stamp(end)}); possible from {_hour(numbers, 'from')}"
            f" to {_hour(numbers, 'to')}."
        )
    change: dict[str, object] = {}
    if "from" in numbers:
        change = {"set": "window", "from": None, "to": [numbers["from"], numbers["to"]]}
    return Refusal(
        id=request.id, code="WINDOW", numbers=numbers, change=change, text=text, certified=True
    )


def _hour(numbers: Mapping[str, object], name: str) -> str:
    return clock(datetime.fromisoformat(str(numbers[name])))
