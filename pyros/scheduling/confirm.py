"""Is a refusal true: its change is applied to the problem, and one looks."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from pyros.scheduling.accounts import Purse, Rules
from pyros.scheduling.greedy import GAIN
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.model import Problem, Request
from pyros.scheduling.starts import arrange
from pyros.scheduling.timetable import Refusal, Schedule, Verdict


def confirm(problem: Problem, schedule: Schedule, refusal: Refusal) -> Verdict:
    """Return whether the refused request gets a slot with the change, and none without it.

    For a constraint: a feasible start exists with it alone changed.  For quota, alternative and
    room: the request goes into the plan as it stands, at a gain.
    """
    request = next((one for one in problem.requests if one.id == refusal.id), None)
    if request is None:
        return Verdict(confirmed=False, text=f"{refusal.id} is not in the problem")
    if not refusal.change:
        return Verdict(confirmed=not _seen(problem, request), text="no change alone would admit it")
    match refusal.code:
        case "QUOTA_NIGHT" | "QUOTA_PERIOD" | "QUOTA_USER" | "ALTERNATIVE" | "NO_ROOM":
            return _into_plan(problem, schedule, refusal, request)
        case _:
            return _seen_with(problem, refusal.change, request)


def changed(request: Request, change: Mapping[str, object]) -> Request:
    """Return a request with a change of its own applied: `set` a value, or `split_s`."""
    if "split_s" in change:
        seconds = float(cast(float, change["split_s"]))
        return dataclasses.replace(request, duration_s=seconds)
    path, value = str(change["set"]), change["to"]
    if path == "window":
        first, last = cast(list[str], value)
        window = (datetime.fromisoformat(first), datetime.fromisoformat(last))
        return dataclasses.replace(request, window=window)
    if path.startswith("constraints/"):
        fields: dict[str, Any] = {path.removeprefix("constraints/"): value}
        constraints = dataclasses.replace(request.constraints, **fields)
        return dataclasses.replace(request, constraints=constraints)
    own: dict[str, Any] = {path: value}
    return dataclasses.replace(request, **own)


def _seen(problem: Problem, request: Request) -> bool:
    return (
        Grid(dataclasses.replace(problem, requests=(request,), armed=())).job(request) is not None
    )


def _seen_with(problem: Problem, change: Mapping[str, object], request: Request) -> Verdict:
    if _seen(problem, request):
        return Verdict(confirmed=False, text="it can be seen without any change")
    if not _seen(problem, changed(request, change)):
        return Verdict(confirmed=False, text="it cannot be seen with the change either")
    less = _less(change)
    if less is not None and _seen(problem, changed(request, less)):
        return Verdict(confirmed=False, text=f"less would do: {less['to']}")
    return Verdict(confirmed=True, text="it can be seen with the change, and not with less")


def _less(change: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return a change that goes a little less far, where it is a number; at least its rounding."""
    before, after = change.get("from"), change.get("to")
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return None
    nudge = max(0.02, abs(after - before) * 0.01)
    if abs(after - before) <= nudge:
        return None
    return {**change, "to": after + math.copysign(nudge, before - after)}


def _into_plan(problem: Problem, schedule: Schedule, refusal: Refusal, request: Request) -> Verdict:
    released = {str(name) for name in cast(list[object], refusal.change.get("release", []))}
    if refusal.code == "NO_ROOM":
        displaced = cast(list[list[object]], refusal.numbers.get("displaced", []))
        released |= {str(name) for name, _ in displaced}
    if "set" in refusal.change:
        request = changed(request, refusal.change)
    gain = _gain(problem, schedule, request, released, refusal.change)
    if gain is None:
        return Verdict(confirmed=False, text="it does not fit with the change")
    if refusal.code != "ALTERNATIVE" and "set" in refusal.change and gain <= GAIN:
        return Verdict(confirmed=False, text=f"it fits with the change, but gains {gain:.3f}")
    return Verdict(confirmed=True, text=f"it fits with the change and gains {gain:.3f}")


def _gain(
    problem: Problem,
    schedule: Schedule,
    request: Request,
    released: set[str],
    change: Mapping[str, object],
) -> float | None:
    """Return what the plan gains with the request in it and `released` out; None: it cannot."""
    accounts = dict(problem.accounts)
    for name, more in cast(dict[str, float], change.get("add_s", {})).items():
        accounts[name] = dataclasses.replace(accounts[name], left_s=accounts[name].left_s + more)
    problem = dataclasses.replace(problem, accounts=accounts)
    requests = tuple(request if one.id == request.id else one for one in problem.requests)
    grid = Grid(dataclasses.replace(problem, requests=requests))
    job = grid.job(request)
    kept = [slot for slot in schedule.slots if not slot.frozen and slot.id not in released]
    nodes = [(grid.view.up(slot.on_target), slot.filler, slot.id) for slot in kept]
    if job is None:
        return None
    return _best_gain(grid, job, nodes, schedule.value)


def _best_gain(
    grid: Grid, job: Node, slots: list[tuple[int, bool, str]], value: float
) -> float | None:
    fixed = grid.fixed()
    rules = Rules(grid.transitions, Purse(grid.problem, fixed))
    placed = [(node.first, node) for node in fixed]
    for on, filler, name in slots:
        node = grid.job(grid.requests[name])
        if node is not None and not filler:
            placed.append((on, node))
            rules.purse.pay(node)
    if not rules.purse.admits(job):
        return None
    nodes = [node for _, node in sorted(placed, key=lambda pair: (pair[0], pair[1].length))]
    best = -math.inf
    for place in range(1, len(nodes) + 1):
        line = arrange(rules.transitions, [*nodes[:place], job, *nodes[place:]])
        if line is not None:
            best = max(best, line.value - value)
    return best if math.isfinite(best) else None
