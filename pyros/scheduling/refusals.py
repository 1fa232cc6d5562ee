"""Why a request cannot be seen tonight, with the numbers, and what would have to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from pyros.scheduling.grid import Grid
from pyros.scheduling.instants import iso
from pyros.scheduling.model import Request
from pyros.scheduling.reasons import reason
from pyros.scheduling.relaxed import Relaxed, codes, relaxed
from pyros.scheduling.timetable import Refusal
from pyros.scheduling.visibility import Mask, Test, View, flip_s, runs, starts_of
from pyros.scheduling.words import clock, listed, minutes


def unseen(grid: Grid, request: Request) -> Refusal:
    """Return why a request has no feasible start at all: by the sky, or by what is fixed."""
    view, length = grid.view, grid.view.length(request)
    tests = view.tests(request, grid.direction(request))
    culprits = _culprits(tests, length, view.steps)
    if not culprits:
        return _too_long(view, request, tests)
    others = [test for test in tests if test not in culprits]
    allowed = starts_of(others, length, view.steps)
    span = _span(view, allowed, length)
    parts: list[Relaxed] = []
    for test in culprits:
        part = relaxed(view, request, test, allowed)
        parts.append(part)
        allowed = part.starts
    texts = [
        reason(view, request, test, part.numbers | span)
        for test, part in zip(culprits, parts, strict=True)
    ]
    changes = [part.change for part in parts]
    return Refusal(
        id=request.id,
        code=culprits[0].code,
        numbers=parts[0].numbers | span,
        change=changes[0] if len(changes) == 1 else {"all": changes},
        text=" ".join(texts),
        certified=True,
        also=codes(culprits[1:]),
    )


def _span(view: View, allowed: Mask, length: int) -> dict[str, object]:
    """Return from when to when the constraints that are not to blame leave room."""
    starts = np.flatnonzero(allowed)
    return {"from": iso(view.at(int(starts[0]))), "to": iso(view.at(int(starts[-1]) + length))}


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
    longest_s = longest * view.step_s - (flip_s(view.problem, request) if longest else 0.0)
    last = first + longest
    begun, ended = _cut(tests, first, -1), _cut(tests, last, 1)
    numbers: dict[str, object] = {
        "needed_s": request.duration_s,
        "longest_gap_s": longest_s,
        "at": iso(view.at(first)),
        "cut_by": [*begun, *(code for code in ended if code not in begun)],
    }
    cuts = [f"{listed(ended)} until {clock(view.at(last))}"] if ended else []
    cuts += [f"{listed(begun)} from {clock(view.at(first))}"] if begun else []
    possible = "never possible for as long as a step."
    if longest:
        why = f" ({', '.join(cuts)})" if cuts else ""
        possible = f"longest possible {minutes(longest_s)} at {clock(view.at(first))}{why}."
    return Refusal(
        id=request.id,
        code="TOO_LONG",
        numbers=numbers,
        change={"split_s": longest_s} if longest else {},
        text=f"Needs {minutes(request.duration_s)}, {possible}",
        certified=True,
    )


def _longest(view: View, request: Request) -> tuple[int, int]:
    """Return the steps of the longest sequence that could be seen, 0: none; and its start.

    What it is given to turn over in is a part of them.
    """
    low, high, at = 0, view.length(request), 0
    turn_s = flip_s(view.problem, request)
    direction = view.direction(request.target)
    while high - low > 1:
        middle = (low + high) // 2
        lasts_s = middle * view.step_s - turn_s
        if lasts_s <= 0.0:
            low = middle
            continue
        shorter = replace(request, duration_s=lasts_s)
        starts = np.flatnonzero(starts_of(view.tests(shorter, direction), middle, view.steps))
        if starts.size:
            low, at = middle, int(starts[0])
        else:
            high = middle
    return (low, at) if low * view.step_s > turn_s else (0, at)


def _cut(tests: Sequence[Test], step: int, by: int) -> tuple[str, ...]:
    """Return what does not hold just beyond a step."""
    beyond = step + by
    return codes(
        [
            test
            for test in tests
            if not test.on_start and 0 <= beyond < test.holds.size and not test.holds[beyond]
        ]
    )
