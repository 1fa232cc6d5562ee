"""HiGHS: integer programme over starts, in flow form on a grid of 60 s (classes E and Eq).

A node a minute; a column is either a minute of idling or one start of one request, an arc from its
minute to the one in which the next may start.  So a column has at most four non-zeros.
"""

from __future__ import annotations

import math
from importlib.metadata import version
from typing import Any

import highspy
import numpy as np

from benchmarks.scheduling.peers.report import Found, Instance, run

GRID_S = 60.0
THREADS = 2


def solve(instance: Instance, limit_s: float) -> Found:
    """Return what HiGHS finds within a limit, seconds."""
    every = int(GRID_S / instance["step_s"])
    nodes = instance["steps"] // every + 1
    starts = _starts(instance, every)
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("time_limit", limit_s), ("threads", THREADS)):
        solver.setOptionValue(option, value)
    solver.passModel(_model(instance, starts, nodes, every))
    solver.run()
    chosen = np.array(solver.getSolution().col_value)[nodes - 1 :]
    taken = [pair for pair, share in zip(starts, chosen, strict=False) if share > 0.5]
    info = solver.getInfo()
    bound = info.mip_dual_bound if math.isfinite(info.mip_dual_bound) else None
    return {
        "slots": sorted([minute * every, index] for index, minute in taken),
        "version": version("highspy"),
        "own_bound": bound,
        "status": str(solver.modelStatusToString(solver.getModelStatus())),
    }


def _starts(instance: Instance, every: int) -> list[tuple[int, int]]:
    """Return (request, minute) of every start on the coarse grid."""
    return [
        (index, minute)
        for index, spans in enumerate(instance["requests"]["starts"])
        for first, last in spans
        for minute in range(-(-first // every), last // every + 1)
    ]


def _model(instance: Instance, starts: list[tuple[int, int]], nodes: int, every: int) -> Any:  # noqa: ANN401
    """Return the programme: rows are nodes, then requests, then accounts."""
    requests, gap = instance["requests"], instance["gap"]["constant"]
    n, accounts = len(requests["dur"]), len(instance["accounts"])
    index, values, begin = [], [], [0]
    for node in range(nodes - 1):
        index += [node, node + 1]
        values += [1.0, -1.0]
        begin.append(len(index))
    for job, minute in starts:
        steps, account = requests["dur"][job], requests["account"][job]
        behind = min(nodes - 1, minute + -(-(steps + gap) // every))
        rows = [(minute, 1.0), (behind, -1.0), (nodes + job, 1.0)]
        rows += [(nodes + n + account, float(steps))] if account >= 0 else []
        index += [row for row, _ in rows]
        values += [value for _, value in rows]
        begin.append(len(index))
    model = highspy.HighsLp()
    columns = nodes - 1 + len(starts)
    model.num_col_, model.num_row_ = columns, nodes + n + accounts
    base = np.array(requests["base"], dtype=np.float64)
    model.col_cost_ = np.concatenate([np.zeros(nodes - 1), base[[job for job, _ in starts]]])
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.ones(columns)
    flow = np.zeros(nodes)
    flow[0], flow[-1] = 1.0, -1.0
    room = np.array(instance["accounts"], dtype=np.float64)
    model.row_lower_ = np.concatenate([flow, np.full(n + accounts, -highspy.kHighsInf)])
    model.row_upper_ = np.concatenate([flow, np.ones(n), room])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.array(begin, dtype=np.int32)
    model.a_matrix_.index_ = np.array(index, dtype=np.int32)
    model.a_matrix_.value_ = np.array(values, dtype=np.float64)
    model.integrality_ = [highspy.HighsVarType.kInteger] * columns
    model.sense_ = highspy.ObjSense.kMaximize
    return model


if __name__ == "__main__":
    run(solve)
