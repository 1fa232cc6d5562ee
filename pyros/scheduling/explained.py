"""One request explained: each constraint as a bar over the night, and who holds its places."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from pyros.scheduling.model import Problem, Request
from pyros.scheduling.printed import remedy_of
from pyros.scheduling.timetable import Schedule
from pyros.scheduling.visibility import Mask, View, runs, starts_of
from pyros.scheduling.words import clock

WIDTH = 60
YES, PARTLY, NO = "#", "+", "."


def explained(problem: Problem, schedule: Schedule, request: Request) -> Iterator[str]:
    """Yield the lines: bars, best altitude, what became of it."""
    view = View(problem)
    direction = view.direction(request.target)
    tests = view.tests(request, direction)
    yield f"{request.name or request.id}: {YES} all of the time, {PARTLY} some, {NO} never"
    yield f"{'':14} {clock(view.at(0))}{clock(view.at(view.steps)):>{WIDTH - 5}} UTC"
    for code in dict.fromkeys(test.code for test in tests):
        holds = np.logical_and.reduce([test.holds for test in tests if test.code == code])
        yield f"{code:14} {_bar(holds)} {_times(view, holds)}"
    starts = starts_of(tests, view.length(request), view.steps)
    yield f"{'may start':14} {_bar(starts)} {_times(view, starts)}"
    taken = np.zeros(view.steps + 1, dtype=np.bool_)
    for slot in schedule.slots:
        taken[max(0, view.down(slot.start)) : max(0, view.up(slot.end))] = True
    yield f"{'others planned':14} {_bar(taken)}"
    altitude = view.altitude_deg(direction)
    best = int(np.argmax(altitude))
    yield f"highest {altitude[best]:.1f} deg at {clock(view.at(best))}"
    yield from _outcome(problem, schedule, request)


def _outcome(problem: Problem, schedule: Schedule, request: Request) -> Iterator[str]:
    names = {one.id: one.name or one.id for one in problem.requests}
    for slot in schedule.slots:
        if slot.id == request.id:
            yield f"planned: on target {slot.on_target:%H:%M:%S} to {slot.end:%H:%M:%S}"
            yield f"worth {slot.value:.2f}, {slot.quality:.0%} of its best"
    for refusal in schedule.refusals:
        if refusal.id == request.id:
            yield f"not planned, {refusal.code}: {refusal.text}"
            remedy = remedy_of(refusal, names)
            yield f"it would be with: {remedy}" if remedy else "nothing alone would change that"


def _bar(holds: Mask) -> str:
    edges = np.linspace(0, holds.size, WIDTH + 1).astype(int)
    shares = [float(holds[low : max(high, low + 1)].mean()) for low, high in pairwise(edges)]
    return "".join(YES if share == 1.0 else NO if share == 0.0 else PARTLY for share in shares)


def _times(view: View, holds: Mask) -> str:
    found = [f"{clock(view.at(first))}-{clock(view.at(last))}" for first, last in runs(holds)]
    more = " ..." if len(found) > 3 else ""
    return ", ".join(found[:3]) + more if found else "never"
