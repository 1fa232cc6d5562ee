"""How long the sky takes: masks, starts and values of every request of a night.

`python -m benchmarks.scheduling.seeing FILE`: the best of some rounds, in milliseconds.
"""

from __future__ import annotations

from time import perf_counter

from benchmarks.scheduling.as_problem import as_problem
from benchmarks.scheduling.peers.report import Found, Instance, run
from pyros.scheduling.grid import Grid
from pyros.scheduling.model import Tier

ROUNDS = 5


def seeing(instance: Instance, _limit_s: float) -> Found:
    """Return the milliseconds from a problem to what the solver sees."""
    problem = as_problem(instance)
    took = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        jobs = Grid(problem).jobs(Tier.ROUTINE)
        took.append(1000.0 * (perf_counter() - begun))
    return {"slots": [], "visibility_ms": round(min(took), 2), "visible": len(jobs)}


if __name__ == "__main__":
    run(seeing)
