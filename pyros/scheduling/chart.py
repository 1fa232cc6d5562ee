"""Numbers for a picture of a night; whoever draws, draws them as they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from pyros.scheduling.air import altitude_of_airmass
from pyros.scheduling.instants import iso
from pyros.scheduling.model import Constraints, Floats, Night, Problem, Request
from pyros.scheduling.timetable import Refusal, Schedule, Slot
from pyros.scheduling.visibility import View, visibility

EVERY_S = 120.0
MARGIN = timedelta(minutes=90)
"""So much of dusk and dawn is shown where the caller says nothing else."""
TWILIGHTS = (("day", -0.8333), ("civil", -6.0), ("nautical", -12.0), ("astronomical", -18.0))
"""Each lasts while the Sun is above its altitude, degrees; below all of them it is dark."""
AIRMASSES = (1.0, 1.1, 1.2, 1.5, 2.0, 3.0, 5.0)

Numbers = dict[str, Any]  # plain lists, numbers, texts: what JSON can hold


def chart(
    problem: Problem,
    schedule: Schedule,
    *,
    span: tuple[datetime, datetime] | None = None,
    every_s: float = EVERY_S,
    explain: Collection[str] = (),
) -> Numbers:
    """Return the picture of a night as plain lists, numbers and ISO instants (UTC).

    Args:
        problem: what was asked for; its `sky` is not used, since it may end with the night.
        schedule: the plan of that problem; a slot of a request that is not in it is left out.
        span: from when to when it is drawn; None: from 90 min before to 90 min after the night.
        every_s: seconds between two altitudes.
        explain: ids of requests whose constraints are given as bars over the night.

    Returns:
        start, end, times [T]; night {start, end, hours}; light [{start, end, state}];
        sun_deg, moon_deg [T], moon_lit (0 to 1); targets {id: {altitude_deg [T], floor_deg [T]}},
        the floor being the tightest of the request's limits and the horizon below it; airmass
        [[mass, altitude_deg]] for an axis; bars, running, blocks, idle; refused; explained
        {id: {code: [[start, end]]}}; accounts [{id, kind, left_s, used_s, price_per_h}];
        value, bound, gap, stage, solver, changes.
    """
    view = _view(problem, span, every_s)
    requests = {request.id: request for request in problem.requests}
    slots = [slot for slot in schedule.slots if slot.id in requests]
    asked = replace(problem, requests=tuple(requests[one] for one in explain))
    return {
        **_sky(view),
        "night": {
            "start": iso(problem.night.start),
            "end": iso(problem.night.end),
            "hours": (problem.night.end - problem.night.start) / timedelta(hours=1),
        },
        "targets": {slot.id: _target(view, requests[slot.id]) for slot in slots},
        "airmass": [[mass, round(altitude_of_airmass(mass), 2)] for mass in AIRMASSES],
        "bars": [_bar(slot, requests[slot.id]) for slot in slots],
        "running": _running(problem, requests),
        "blocks": [
            {"id": block.id, "start": iso(block.start), "end": iso(block.end)}
            for block in problem.blocks
        ],
        "idle": [
            {"start": iso(idle.start), "end": iso(idle.end), "why": idle.why, "text": idle.text}
            for idle in schedule.idle
        ],
        "refused": [_refused(refusal, requests) for refusal in schedule.refusals],
        "explained": _explained(asked) if explain else {},
        "accounts": _accounts(problem, schedule),
        **_worth(schedule),
    }


def _view(problem: Problem, span: tuple[datetime, datetime] | None, every_s: float) -> View:
    """Return the sky over the picture's own times, one step an altitude."""
    night = problem.night
    first = min(night.start, night.alert_start or night.start)
    last = max(night.end, night.alert_end or night.end)
    start, end = span or (first - MARGIN, last + MARGIN)
    wide = Night(start=start, end=end, step_s=every_s, dut1_s=night.dut1_s)
    return View(replace(problem, night=wide, sky=None, now=None))


def _sky(view: View) -> Numbers:
    times = [iso(view.at(step)) for step in range(view.steps + 1)]
    return {
        "start": times[0],
        "end": times[-1],
        "times": times,
        "light": _light(view),
        "sun_deg": _rounded(view.sun_altitude_deg),
        "moon_deg": _rounded(view.moon_altitude_deg),
        "moon_lit": round(float(view.moon_lit[view.steps // 2]), 3),
    }


def _light(view: View) -> list[Numbers]:
    """Return how bright the sky is, as stretches that follow each other without a gap."""
    states = [
        next((name for name, limit in TWILIGHTS if altitude > limit), "dark")
        for altitude in view.sun_altitude_deg
    ]
    edges = [0, *(n for n in range(1, len(states)) if states[n] != states[n - 1]), view.steps]
    return [
        {"start": iso(view.at(first)), "end": iso(view.at(last)), "state": states[first]}
        for first, last in pairwise(edges)
        if last > first
    ]


def _target(view: View, request: Request) -> Numbers:
    where = view.direction(request.target)
    horizon = view.problem.site.horizon
    below: Floats = np.full(view.steps + 1, _lowest_deg(request.constraints))
    if horizon:
        azimuth, altitude = np.asarray(horizon, dtype=np.float64).T
        mask = np.interp(view.azimuth_deg(where), azimuth, altitude, period=360.0)
        below = np.maximum(below, mask)
    return {"altitude_deg": _rounded(view.altitude_deg(where)), "floor_deg": _rounded(below)}


def _lowest_deg(limits: Constraints) -> float:
    air = limits.max_airmass
    return max(limits.min_altitude_deg, 0.0 if air is None else altitude_of_airmass(air))


def _bar(slot: Slot, request: Request) -> Numbers:
    return {
        "id": slot.id,
        "name": request.name or slot.id,
        "start": iso(slot.start),
        "on_target": iso(slot.on_target),
        "end": iso(slot.end),
        "filters": {channel: list(pair) for channel, pair in sorted(request.setup.items())},
        "tier": str(request.tier),
        "priority": request.priority,
        "value": round(slot.value, 3),
        "airmass": slot.airmass,
        "altitude_deg": slot.altitude_deg,
        "moon_distance_deg": slot.moon_distance_deg,
        "slide_s": [slot.slide_before_s, slot.slide_after_s],
        "filler": slot.filler,
        "frozen": slot.frozen,
    }


def _running(problem: Problem, requests: dict[str, Request]) -> Numbers | None:
    running = problem.running
    if running is None:
        return None
    name = requests[running.id].name if running.id in requests else ""
    start = problem.now or problem.night.start
    return {
        "id": running.id,
        "name": name or running.id,
        "start": iso(start),
        "end": iso(running.end),
    }


def _refused(refusal: Refusal, requests: dict[str, Request]) -> Numbers:
    request = requests.get(refusal.id)
    return {
        "id": refusal.id,
        "name": (request.name if request is not None else "") or refusal.id,
        "code": refusal.code,
        "text": refusal.text,
        "change": dict(refusal.change),
        "certified": refusal.certified,
    }


def _explained(problem: Problem) -> Numbers:
    return {
        name: {
            code: [[iso(start), iso(end)] for start, end in windows]
            for code, windows in seen.windows.items()
        }
        for name, seen in visibility(problem).items()
    }


def _accounts(problem: Problem, schedule: Schedule) -> list[Numbers]:
    return [
        {
            "id": name,
            "kind": str(account.kind),
            "enforce": account.enforce,
            "left_s": account.left_s,
            "used_s": schedule.accounts[name].used_s,
            "price_per_h": schedule.accounts[name].price_per_h,
        }
        for name, account in sorted(problem.accounts.items())
        if name in schedule.accounts
    ]


def _worth(schedule: Schedule) -> Numbers:
    changes = schedule.changes
    return {
        "value": schedule.value,
        "bound": schedule.bound,
        "gap": schedule.gap,
        "stage": schedule.stage,
        "solver": schedule.solver,
        "changes": {
            "kept": list(changes.kept),
            "moved": list(changes.moved),
            "new": list(changes.new),
            "dropped": list(changes.dropped),
        },
    }


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 2) for value in values]
