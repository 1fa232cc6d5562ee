"""The first plan of a fresh process: `python -m benchmarks.scheduling.starting FILE`.

Whoever starts it takes the time, so that imports and whatever is compiled or loaded are counted.
"""

from __future__ import annotations

from benchmarks.scheduling.as_problem import as_problem
from benchmarks.scheduling.peers.report import Found, Instance, run
from pyros.scheduling.plan import improve
from pyros.scheduling.timetable import Budget


def starting(instance: Instance, limit_s: float) -> Found:
    """Return how many slots the first plan has."""
    first = next(improve(as_problem(instance), budget=Budget(seconds=limit_s)))
    return {"slots": [], "scheduled": len(first.slots), "solver": first.solver}


if __name__ == "__main__":
    run(starting)
