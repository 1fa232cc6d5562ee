"""OR-Tools CP-SAT: optional intervals that do not overlap (classes E and Eq)."""

from __future__ import annotations

from importlib.metadata import version
from itertools import chain

from ortools.sat.python import cp_model

from benchmarks.scheduling.peers.report import Found, Instance, run

WORKERS = 2
UNITS = 1_000_000
"""The objective is in whole millionths, as the values of the file are."""


def solve(instance: Instance, limit_s: float) -> Found:
    """Return what CP-SAT finds within a limit, seconds."""
    model, requests = cp_model.CpModel(), instance["requests"]
    gap = instance["gap"]["constant"]
    jobs, starts, intervals = {}, {}, []
    for index, spans in enumerate(requests["starts"]):
        if not spans:
            continue
        done = model.new_bool_var(f"done{index}")
        flat = cp_model.Domain.from_flat_intervals(list(chain.from_iterable(spans)))
        start = model.new_int_var_from_domain(flat, f"start{index}")
        size = requests["dur"][index] + gap
        intervals.append(
            model.new_optional_fixed_size_interval_var(start, size, done, f"slot{index}")
        )
        jobs[index], starts[index] = done, start
    model.add_no_overlap(intervals)
    for number, room in enumerate(instance["accounts"]):
        payers = [index for index in jobs if requests["account"][index] == number]
        model.add(sum(requests["dur"][index] * jobs[index] for index in payers) <= room)
    worth = {index: round(UNITS * requests["base"][index]) for index in jobs}
    model.maximize(sum(worth[index] * done for index, done in jobs.items()))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = WORKERS
    status = solver.solve(model)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    taken = [index for index in jobs if found and solver.value(jobs[index])]
    return {
        "slots": sorted([solver.value(starts[index]), index] for index in taken),
        "version": version("ortools"),
        "bound": solver.best_objective_bound / UNITS if found else None,
        "status": solver.status_name(status),
    }


if __name__ == "__main__":
    run(solve)
