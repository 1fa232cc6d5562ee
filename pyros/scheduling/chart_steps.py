"""Numbers for a picture of a problem in steps: what its columns know, in the words of `chart`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from pyros.scheduling.air import altitude_of_airmass
from pyros.scheduling.chart import AIRMASSES, EVERY_S, Numbers
from pyros.scheduling.discrete import Discrete
from pyros.scheduling.instants import iso, label
from pyros.scheduling.model import Floats

START = "2000-01-01T00:00:00Z"
"""Where a file does not say when its steps begin."""


def chart_steps(
    document: Mapping[str, Any], problem: Discrete, answer: Mapping[str, Any], *, value: float
) -> Numbers:
    """Return the picture of an answer as plain lists, numbers and ISO instants, as `chart` does.

    Args:
        document: the file as it was parsed: `t0`, `night` and `sky` stand in it alone.
        problem: the same, read.
        answer: {"slots": [[step, index], ...], "bound"}.
        value: what the slots are worth.

    There is no Moon in such a file, set-ups are not told from waiting, and the sky is called dark
    in the night and twilight around it.
    """
    t0 = datetime.fromisoformat(str(document.get("t0", START)))
    first, last = _night(document, problem)
    slots = [(int(step), int(index)) for step, index in answer["slots"]]
    bound = float(answer["bound"])

    def at(step: float) -> str:
        return iso(label(t0, step * problem.step_s))

    steps = np.arange(0, problem.steps + 1, max(1, round(EVERY_S / problem.step_s)))
    edges = [
        (0, first, "astronomical"),
        (first, last, "dark"),
        (last, problem.steps, "astronomical"),
    ]
    return {
        "start": at(0),
        "end": at(problem.steps),
        "times": [at(int(step)) for step in steps],
        "light": [
            {"start": at(low), "end": at(high), "state": state}
            for low, high, state in edges
            if high > low
        ],
        "night": {
            "start": at(first),
            "end": at(last),
            "hours": (last - first) * problem.step_s / 3600.0,
        },
        "moon_deg": None,
        "moon_lit": None,
        "targets": {str(index): _target(document, problem, steps, index) for _, index in slots},
        "airmass": [[mass, round(altitude_of_airmass(mass), 2)] for mass in AIRMASSES],
        "bars": [_bar(problem, step, index, at(step), at) for step, index in slots],
        "running": None,
        "blocks": [],
        "idle": [],
        "refused": [None] * (problem.duration.size - len(slots)),
        "accounts": _accounts(problem, [index for _, index in slots]),
        "value": value,
        "bound": bound,
        "gap": 1.0 - value / bound if bound > 0.0 else 0.0,
        "stage": "full",
        "solver": problem.name or "discrete",
    }


def _night(document: Mapping[str, Any], problem: Discrete) -> tuple[int, int]:
    given = document.get("night")
    if isinstance(given, Sequence) and len(given) == 2:
        return int(given[0]), int(given[1])
    return 0, problem.steps


def _target(
    document: Mapping[str, Any], problem: Discrete, steps: np.ndarray, index: int
) -> Numbers:
    """Return a target's altitudes: none where values do not depend on them."""
    altitude: Floats = np.zeros(steps.size)
    if problem.phase is not None:
        theta = problem.phase[0] + problem.phase[1] * steps
        a, b, c = problem.alt[index]
        altitude = np.degrees(np.arcsin(np.clip(a + b * np.cos(theta) + c * np.sin(theta), -1, 1)))
    limits = document.get("sky", {}).get("max_airmass", [])
    limit = float(limits[index]) if index < len(limits) else math.inf
    floor = math.degrees(math.asin(1.0 / limit)) if limit >= 1.0 else 0.0
    return {
        "altitude_deg": [round(float(one), 2) for one in altitude],
        "floor_deg": [round(floor, 2)] * steps.size,
    }


def _bar(problem: Discrete, step: int, index: int, start: str, at: Any) -> Numbers:  # noqa: ANN401
    return {
        "id": str(index),
        "name": str(index),
        "start": start,
        "on_target": start,
        "end": at(step + int(problem.duration[index])),
        "filters": {"filter": [str(int(problem.filters[index]))] * 2},
        "filler": False,
        "frozen": False,
    }


def _accounts(problem: Discrete, planned: Sequence[int]) -> list[Numbers]:
    used = np.zeros(problem.room.size)
    for index in planned:
        if problem.account[index] >= 0:
            used[problem.account[index]] += problem.duration[index]
    return [
        {
            "id": f"account {n}",
            "left_s": float(room) * problem.step_s,
            "used_s": float(used[n]) * problem.step_s,
            "price_per_h": 0.0,
        }
        for n, room in enumerate(problem.room)
    ]
