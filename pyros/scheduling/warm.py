"""Compile what planning a large night needs, and keep it: at installation, not in the night."""

from __future__ import annotations

from pyros.scheduling.bench import instance
from pyros.scheduling.by_columns import LARGE, available
from pyros.scheduling.plan import plan
from pyros.scheduling.timetable import Budget

MOVES = 20
"""Every loop is run once by so many; the plan itself is of no use."""


def warm() -> str:
    """Plan a night just large enough for the compiled solver; return what came of it, in words.

    Numba keeps the machine code beside the sources, or in `NUMBA_CACHE_DIR`.
    """
    if not available():
        return "numba is not here: nights are planned without compiled loops"
    problem = instance(LARGE + 40, seed=1)
    first = plan(problem, budget=Budget(moves=MOVES))
    plan(problem, previous=first, budget=Budget(moves=MOVES))
    return f"compiled: {first.solver}"
