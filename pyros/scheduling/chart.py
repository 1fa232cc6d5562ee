"""Numbers for a picture of a night; whoever draws, draws them as they are."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from pyros.scheduling.instants import iso
from pyros.scheduling.model import Problem
from pyros.scheduling.timetable import Schedule
from pyros.scheduling.visibility import View

EVERY_S = 120.0


def chart(problem: Problem, schedule: Schedule) -> dict[str, object]:
    """Return altitudes every 2 min, slots as bars, limits: plain lists, numbers and ISO instants.

    Keys: times, sun_deg, moon_deg, targets {id: altitudes}, bars [{id, name, start, on_target,
    end, filler, frozen}], blocks, idle, refused [{id, name, code, text}], night.
    """
    view = View(problem)
    every = max(1, round(EVERY_S / view.step_s))
    steps = np.arange(0, view.steps + 1, every)
    requests = {request.id: request for request in problem.requests}
    targets = {
        slot.id: _rounded(view.altitude_deg(view.direction(requests[slot.id].target))[steps])
        for slot in schedule.slots
    }
    return {
        "times": [iso(view.at(int(step))) for step in steps],
        "sun_deg": _rounded(view.sun_altitude_deg[steps]),
        "moon_deg": _rounded(view.moon_altitude_deg[steps]),
        "targets": targets,
        "bars": [
            {
                "id": slot.id,
                "name": requests[slot.id].name or slot.id,
                "start": iso(slot.start),
                "on_target": iso(slot.on_target),
                "end": iso(slot.end),
                "filler": slot.filler,
                "frozen": slot.frozen,
            }
            for slot in schedule.slots
        ],
        "blocks": [
            {"id": block.id, "start": iso(block.start), "end": iso(block.end)}
            for block in problem.blocks
        ],
        "idle": [
            {"start": iso(idle.start), "end": iso(idle.end), "why": idle.why, "text": idle.text}
            for idle in schedule.idle
        ],
        "refused": [
            {
                "id": refusal.id,
                "name": requests[refusal.id].name or refusal.id,
                "code": refusal.code,
                "text": refusal.text,
            }
            for refusal in schedule.refusals
        ],
        "night": {
            "start": iso(problem.night.start),
            "end": iso(problem.night.end),
            "hours": (problem.night.end - problem.night.start) / timedelta(hours=1),
        },
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 2) for value in values]
