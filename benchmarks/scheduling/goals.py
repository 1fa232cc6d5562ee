"""What is to be held, and whether it is: the table of what our figures should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One bound on one figure; `path` leads to it in what the benchmark has measured."""

    key: str
    path: tuple[str, ...]
    bound: float
    unit: str
    at_most: bool = False


def _ratio(name: str, seconds: int, bound: float) -> Goal:
    key = f"{name}_{seconds}s_ratio".replace("-", "_")
    return Goal(
        key=key, path=("solve", name, f"{seconds}s", "ratio_min"), bound=bound, unit="ratio"
    )


def _events(name: str) -> tuple[Goal, ...]:
    bounds = {"first_ms_p99": 40.0, "polished_ms_p99": 100.0, "ratio_min": 0.985}
    return tuple(
        Goal(
            key=f"{name}_{key}".replace("-", "_"),
            path=("events", name, key),
            bound=bound,
            unit="ms" if "_ms_" in key else "ratio",
            at_most="_ms_" in key,
        )
        for key, bound in bounds.items()
    )


def _at_most(key: str, path: tuple[str, ...], bound: float, unit: str) -> Goal:
    return Goal(key=key, path=path, bound=bound, unit=unit, at_most=True)


GOALS = (
    _ratio("A-100", 3, 0.97),
    _ratio("A-300", 3, 0.98),
    _ratio("A-1000", 1, 0.97),
    _ratio("A-1000", 5, 0.98),
    _ratio("A-10000", 10, 0.96),
    _at_most("A_10000_10s_rss_MiB", ("solve", "A-10000", "10s", "rss_mib_max"), 800.0, "MiB"),
    _ratio("B-1000", 5, 0.95),
    _ratio("C-1000", 5, 0.92),
    _ratio("D-1000", 5, 0.97),
    _ratio("E-100", 2, 0.99),
    _ratio("E-300", 2, 0.99),
    _ratio("E-1000", 2, 0.99),
    _ratio("F-1000", 4, 0.98),
    *_events("G-1000"),
    *_events("G-10000"),
    Goal(key="refusals_confirmed_ratio", path=("refusals", "share"), bound=1.0, unit="ratio"),
    _at_most("visibility_1000_ms", ("visibility_ms", "1000"), 30.0, "ms"),
    _at_most("visibility_10000_ms", ("visibility_ms", "10000"), 250.0, "ms"),
    _at_most("start_cached_s", ("start_s", "cached"), 4.0, "s"),
    _at_most("start_cold_s", ("start_s", "cold"), 1.0, "s"),
)
OTHERWISE_S = (5,)


def profiles_of(name: str) -> tuple[int, ...]:
    """Return the budgets in seconds, each once, for a class and size such as A-1000."""
    paths = [goal.path for goal in GOALS if goal.path[:2] == ("solve", name)]
    return tuple(dict.fromkeys(int(path[2][:-1]) for path in paths)) or OTHERWISE_S


def judged(measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return {key, bound, value, met, unit, at_most} of each goal that was measured."""
    rows = [(goal, at(measured, goal.path)) for goal in GOALS]
    return [
        {
            "key": goal.key,
            "bound": goal.bound,
            "value": value,
            "met": value <= goal.bound if goal.at_most else value >= goal.bound,
            "unit": goal.unit,
            "at_most": goal.at_most,
        }
        for goal, value in rows
        if value is not None
    ]


def at(measured: Mapping[str, Any], path: tuple[str, ...]) -> float | None:
    """Return the number at the end of a path, or None where it was not measured."""
    place: Any = measured
    for part in path:
        if not isinstance(place, Mapping) or part not in place:
            return None
        place = place[part]
    return None if place is None else float(place)
