"""Series inside a night: members in order, each start in its limits behind the one before.

What breaks off, breaks off: the rest of the members is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pyros.scheduling.instants import elapsed_s
from pyros.scheduling.model import Problem
from pyros.scheduling.timetable import Schedule, Violation

TOLERANCE_S = 0.002


def series_rule(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    """Yield where a schedule breaks a series; what runs counts as done, its start unknown."""
    slots = {slot.id: slot for slot in schedule.slots}
    running = "" if problem.running is None else problem.running.id
    for name, series in problem.series.items():
        done = [member for member in series.members if member in slots or member == running]
        if done != list(series.members[: len(done)]):
            yield Violation(rule="series", ids=tuple(done), text=f"{name} has a hole")
        elif series.whole and 0 < len(done) < len(series.members):
            yield Violation(rule="series", ids=tuple(done), text=f"{name} is not whole")
        for one, two in pairwise(done):
            if one in slots and two in slots:
                apart = elapsed_s(slots[one].on_target, slots[two].on_target)
                if not series.min_s - TOLERANCE_S <= apart <= series.max_s + TOLERANCE_S:
                    text = f"{apart:g} s apart, {series.min_s:g} to {series.max_s:g} s asked"
                    yield Violation(rule="series", ids=(one, two), text=text)
