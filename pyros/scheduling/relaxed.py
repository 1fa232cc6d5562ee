"""How far one constraint would have to give way, and which starts it leaves then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pyros.scheduling.air import airmass, altitude_of_airmass
from pyros.scheduling.changes import rows_span
from pyros.scheduling.instants import elapsed_s, iso
from pyros.scheduling.model import Floats, Request
from pyros.scheduling.tracks import instant_of
from pyros.scheduling.visibility import Mask, Test, View, fixed_times

AIRMASS_DIGITS = 1000.0
DIGITS = 100.0
Steps = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relaxed:
    """The least change of one constraint that leaves a start, its numbers, and those starts."""

    change: dict[str, object]
    numbers: dict[str, object] = field(default_factory=dict)
    starts: Mask


def relaxed(view: View, request: Request, test: Test, allowed: Mask) -> Relaxed:
    """Return how far a constraint must give way; `allowed` are the starts that all others leave."""
    starts = np.flatnonzero(allowed)
    match test.code:
        case "WINDOW":
            return _window(view, request, starts, allowed)
        case "NOT_BEFORE":
            return _not_before(view, request, starts, allowed)
        case "EPHEMERIS":
            return _track(view, request, starts, allowed)
        case "FIXED_BLOCK":
            return _blocks(view, request, starts, allowed)
    if test.measure is None:
        change: dict[str, object] = {
            "set": test.path,
            "from": view.problem.mount.wrap_from_deg,
            "to": None,
        }
        return Relaxed(change=change, starts=allowed)
    return _limit(view, request, test, allowed)


def _limit(view: View, request: Request, test: Test, allowed: Mask) -> Relaxed:
    measure = test.measure() if test.measure is not None else np.zeros(test.holds.size)
    counted: Floats = -measure if test.at_most else measure
    length = 0 if test.on_start else view.length(request)
    worst = np.where(allowed, lowest_over(counted, length), -np.inf)
    start = int(np.argmax(worst))
    at = start + int(np.argmin(counted[start : start + length + 1]))
    best = float(measure[at])
    up, down = math.ceil(best * DIGITS - 1e-9), math.floor(best * DIGITS + 1e-9)
    limit = (up if test.at_most else down) / DIGITS
    starts = allowed & (worst >= (-limit if test.at_most else limit) - 1e-9)
    before, shown, to = float(test.required or 0.0), round(best, 2), limit
    if test.code == "AIRMASS":
        return _air(view, request, test, (best, at), np.where(allowed, worst, -np.inf))
    return Relaxed(
        change={"set": test.path, "from": before, "to": to},
        numbers={"required": before, "best": shown, "best_at": iso(view.at(at))},
        starts=starts,
    )


def _air(
    view: View, request: Request, test: Test, best: tuple[float, int], worst: Floats
) -> Relaxed:
    """Return a limit on the air mass; none where the target does not rise."""
    mass, asked = airmass(best[0]), request.constraints.max_airmass
    up = math.isfinite(mass)
    to = math.ceil(mass * AIRMASS_DIGITS + 1e-6) / AIRMASS_DIGITS if up else None
    numbers: dict[str, object] = {
        "required": asked,
        "best": round(mass, 3) if up else None,
        "best_altitude_deg": round(best[0], 2),
        "best_at": iso(view.at(best[1])),
    }
    change: dict[str, object] = {"set": test.path, "from": asked, "to": to}
    floor = -90.0 if to is None else altitude_of_airmass(to)
    return Relaxed(change=change, numbers=numbers, starts=worst >= floor)


def lowest_over(measure: Floats, length: int) -> Floats:
    """Return for each start the lowest value from it to `length` steps on; -inf: beyond the end."""
    found, span = measure.copy(), 1
    while span < length + 1:
        by = min(span, length + 1 - span)
        found[: found.size - by] = np.minimum(found[: found.size - by], found[by:])
        span += by
    if length:
        found[found.size - length :] = -np.inf
    return found


# spans of time


def _window(view: View, request: Request, starts: Steps, allowed: Mask) -> Relaxed:
    begin, end = request.window
    low = -1 if begin is None else view.up(begin)
    high = view.steps + 1 if end is None else view.down(end)
    start, first, last = _nearest(view, request, starts, (low, high))
    span = [None if instant is None else iso(instant) for instant in (begin, end)]
    to = [
        iso(view.at(start)) if first else span[0],
        iso(view.at(start + view.length(request))) if last else span[1],
    ]
    return Relaxed(
        change={"set": "window", "from": span, "to": to},
        starts=_inside(view, request, allowed, (min(low, start), high), start),
    )


def _nearest(
    view: View, request: Request, starts: Steps, span: tuple[int, int]
) -> tuple[int, bool, bool]:
    """Return the start for which a span must be widened least, and at which ends."""
    length = view.length(request)
    early = np.maximum(0, span[0] - starts)
    late = np.maximum(0, starts + length - span[1])
    place = int(np.argmin(early + late))
    return int(starts[place]), bool(early[place] > 0), bool(late[place] > 0)


def _inside(view: View, request: Request, allowed: Mask, span: tuple[int, int], start: int) -> Mask:
    length, steps = view.length(request), np.arange(view.steps + 1)
    last = max(span[1], start + length)
    inside: Mask = allowed & (steps >= span[0]) & (steps + length <= last)
    return inside


def _not_before(view: View, request: Request, starts: Steps, allowed: Mask) -> Relaxed:
    last = int(starts[-1])
    asked = None if request.not_before is None else iso(request.not_before)
    return Relaxed(
        change={"set": "not_before", "from": asked, "to": iso(view.at(last))},
        numbers={"not_before": asked},
        starts=allowed & (np.arange(view.steps + 1) >= last),
    )


def _track(view: View, request: Request, starts: Steps, allowed: Mask) -> Relaxed:
    rows = request.target.track
    low = elapsed_s(view.t0, instant_of(rows[0][0])) / view.step_s
    high = elapsed_s(view.t0, instant_of(rows[-1][0])) / view.step_s
    span = math.ceil(low - 1e-6), math.floor(high + 1e-6)
    start, first, last = _nearest(view, request, starts, span)
    given = rows_span(request)
    to = [
        iso(view.at(start)) if first else given[0],
        iso(view.at(start + view.length(request))) if last else given[1],
    ]
    return Relaxed(
        change={"set": "target/track", "from": given, "to": to},
        numbers={"given": given, "needed": to},
        starts=_inside(view, request, allowed, (min(span[0], start), span[1]), start),
    )


def _blocks(view: View, request: Request, starts: Steps, allowed: Mask) -> Relaxed:
    length = view.length(request)
    taken = [fixed for fixed in fixed_times(view) if fixed[0] != f"armed:{request.id}"]
    hit = np.array([(starts > first - length) & (starts < last) for _, first, last in taken])
    place = int(np.argmin(hit.sum(axis=0)))
    names = [name for (name, _, _), over in zip(taken, hit[:, place], strict=True) if over]
    free = np.ones(view.steps + 1, dtype=np.bool_)
    for name, first, last in taken:
        if name not in names:
            free[max(0, first - length + 1) : max(0, last)] = False
    numbers: dict[str, object] = {"fixed": names}
    return Relaxed(change={"release": names}, numbers=numbers, starts=allowed & free)


def codes(tests: Sequence[Test]) -> tuple[str, ...]:
    """Return the codes of constraints, each once."""
    return tuple(dict.fromkeys(test.code for test in tests))
