"""Problems that need no ephemeris: columns of steps, starts and values (kind: "discrete").

`cells` maps one to what the solver sees, `answer` is what the benchmark's judge reads.  How such a
file is written: `schema/discrete.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyros.scheduling.cells import (
    Answer,
    Cells,
    Floats,
    Ints,
    MoveKind,
    Singles,
    cells_of,
    moves_of,
)
from pyros.scheduling.limits import FORMAT

AT_ONCE = 500
"""Requests whose values are computed together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Discrete:
    """One night in steps; each column has a row for each request."""

    name: str
    step_s: float
    steps: int
    gap_steps: int | None
    """Constant steps from one to the next; None: from the three that follow."""
    fixed_s: float
    rate_deg_s: float
    filter_s: float
    phase: tuple[float, float] | None
    """Sidereal angle at step 0 and its rate a step, radians; None: values are constant."""
    floor: float
    power: float
    """value = base x max(floor, sin(altitude at mid-time)) ^ power."""
    room: Floats
    """(accounts,): steps."""
    duration: Ints
    filters: Ints
    account: Ints
    """-1: none."""
    base: Floats
    alt: Floats
    """(N, 3): sin(altitude) = A + B cos(angle) + C sin(angle)."""
    vec: Floats
    """(N, 3): directions, unit vectors."""
    stretch_of: Ints
    first: Ints
    last: Ints
    """As in `Cells`."""
    sha256: str


def cells(problem: Discrete) -> Cells:
    """Return the problem as the solver sees it; jobs are the rows of the file, in their order."""
    drawing = problem.account >= 0
    filters = int(problem.filters.max(initial=0)) + 1
    wheel_s = np.pad(problem.filter_s * (1.0 - np.eye(filters)), ((0, 1), (0, 1)))
    turning = problem.gap_steps is None
    rate = problem.rate_deg_s
    return cells_of(
        duration=problem.duration,
        stretch_of=problem.stretch_of,
        first=problem.first,
        last=problem.last,
        value=np.concatenate(list(_values(problem)) or [np.zeros(0, dtype=np.float32)]),
        moves=moves_of(
            problem.duration.size,
            step_s=problem.step_s,
            settle_s=problem.fixed_s,
            kind=MoveKind.GREAT_CIRCLE if turning else MoveKind.CONSTANT,
            axes=((rate, 0.0), (rate, 0.0)),
            vector=problem.vec,
            leaves=problem.filters,
            needs=problem.filters,
            wheel_s=wheel_s if turning else np.zeros_like(wheel_s),
            in_turn=True,
        ),
        steps=problem.steps,
        account_of=np.concatenate([[0], np.cumsum(drawing)]),
        account=problem.account[drawing],
        cost=problem.duration[drawing],
        room=problem.room,
        names=tuple(map(str, range(problem.duration.size))),
    )


def _values(problem: Discrete) -> Iterator[Singles]:
    """Yield the values of all starts, some requests at a time: there may be millions."""
    angle = np.float64(0.0) if problem.phase is None else _angles(problem)
    cosine, sine = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    for low in range(0, problem.duration.size, AT_ONCE):
        rows = np.arange(low, min(low + AT_ONCE, problem.duration.size))
        stretches = slice(problem.stretch_of[low], problem.stretch_of[rows[-1] + 1])
        counts = problem.last[stretches] - problem.first[stretches] + 1
        owner = np.repeat(rows, np.diff(problem.stretch_of[low : rows[-1] + 2]))
        cells_of_row = np.bincount(owner - low, weights=counts, minlength=rows.size).astype(int)
        if problem.phase is None:
            yield np.repeat(problem.base[rows], cells_of_row).astype(np.float32)
            continue
        middle = problem.first[stretches] + problem.duration[owner] // 2
        place = np.repeat(middle - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        columns = (problem.base[rows], *problem.alt[rows].T)
        base, a, b, c = (np.repeat(one.astype(np.float32), cells_of_row) for one in columns)
        b *= cosine[place]
        c *= sine[place]
        a += b
        a += c
        np.maximum(a, np.float32(problem.floor), out=a)
        np.power(a, np.float32(problem.power), out=a)
        yield base * a


def _angles(problem: Discrete) -> Floats:
    """Return the sidereal angle at each step; at mid-time nothing is beyond `steps`."""
    theta0, rate = problem.phase or (0.0, 0.0)
    return theta0 + rate * np.arange(problem.steps + 1, dtype=np.float64)


def answer(problem: Discrete, found: Answer) -> dict[str, Any]:
    """Return a solution as a document: [step, row] of each slot, in the order of the steps."""
    slots = zip(found.starts.tolist(), found.order.tolist(), strict=True)
    return {
        "format": FORMAT,
        "kind": "answer",
        "sha256": problem.sha256,
        "slots": [[step, row] for step, row in slots],
        "bound": found.bound,
    }
