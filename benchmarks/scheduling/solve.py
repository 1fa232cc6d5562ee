"""One solve in a process of its own, warm: `python -m benchmarks.scheduling.solve FILE`."""

from __future__ import annotations

from time import perf_counter

from benchmarks.scheduling.instances import make
from benchmarks.scheduling.peers.report import Found, Instance, run
from pyros.scheduling.discrete import answer, cells
from pyros.scheduling.discrete_reading import read_discrete
from pyros.scheduling.solve import solve
from pyros.scheduling.timetable import Budget

THREADS = 2
WARM = ("A", 60, 1)
WARM_S = 0.3


def planned(instance: Instance, limit_s: float, *, begun: float) -> Found:
    """Return our answer; the seconds count from `begun`, so columns are made within them."""
    problem = read_discrete(instance)
    columns = cells(problem)
    left_s = max(0.0, limit_s - (perf_counter() - begun))
    found = solve(columns, Budget(seconds=left_s, threads=THREADS))
    return {**answer(problem, found), "moves": found.moves, "own_value": found.value}


def warm() -> None:
    """Load or compile whatever the first solve of a process has to."""
    problem = read_discrete(make(*WARM))
    solve(cells(problem), Budget(seconds=WARM_S, threads=THREADS))


def ours(instance: Instance, limit_s: float) -> Found:
    """Plan an instance with pyros.scheduling."""
    return planned(instance, limit_s, begun=perf_counter())


if __name__ == "__main__":
    run(ours, before=warm)
