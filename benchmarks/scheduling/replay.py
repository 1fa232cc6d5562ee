"""A night of class G, event by event: how soon a new plan is there, and how good it is.

`python -m benchmarks.scheduling.replay FILE [--limit S]`: at each event the plan is repaired, and
the same state solved anew in S seconds; the night goes on with the better of the two.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.scheduling.instances import make
from benchmarks.scheduling.judge import judge, worth
from benchmarks.scheduling.peers.report import Found, Instance, run
from benchmarks.scheduling.remains import Remains
from benchmarks.scheduling.solve import THREADS
from benchmarks.scheduling.state import Slot, State, after
from pyros.scheduling.cells import Answer
from pyros.scheduling.memory import Memory
from pyros.scheduling.repair import repair
from pyros.scheduling.solve import solve
from pyros.scheduling.timetable import Budget

WARM = ("G", 60, 1)
REPAIR_S = 0.06
"""What a repair may search, so that all of it is there within 100 ms."""
IN_TIME_MS = 100.0


def warm() -> None:
    """Load whatever the first repair of a process has to, by a short night of every event."""
    replay(make(*WARM), 0.0)


def replay(instance: Instance, limit_s: float) -> Found:
    """Return what happened at each event."""
    remains = Remains(instance)
    state = State(instance=instance)
    memory, budget = Memory(), Budget(seconds=limit_s, threads=THREADS)
    plan = slots_of(solve(remains.cells(state), budget, memory=memory))
    rows = []
    for event in instance["events"]:
        state = after(state, event, plan)
        if event["kind"] == "SUBMIT":
            remains.read(event["requests"])
        row, plan = _answered(remains, state, plan, limit_s, memory)
        rows.append({"kind": event["kind"], "step": event["step"], **row})
    return {"slots": [], "events": rows}


def _answered(
    remains: Remains, state: State, plan: list[Slot], limit_s: float, memory: Memory
) -> tuple[dict[str, Any], list[Slot]]:
    """Return how one event was answered, and the plan the night goes on with."""
    begun = perf_counter()
    cells = remains.cells(state)
    previous = answer_of(state.standing(plan))
    answers = []
    for answer in repair(cells, Budget(seconds=REPAIR_S, threads=THREADS), previous, memory):
        slots = slots_of(answer)
        answers.append((1000.0 * (perf_counter() - begun), slots))
    rest = state.rest()
    judged = [(ms, slots, _judged(state, rest, slots)) for ms, slots in answers]
    good = [(ms, slots, value) for ms, slots, value in judged if value is not None]
    in_time = [row for row in good if row[0] <= IN_TIME_MS] or good[:1]
    full = slots_of(solve(cells, Budget(seconds=limit_s, threads=THREADS), previous, memory))
    value = _judged(state, rest, full)
    if not good or value is None:
        return {"valid": False, "first_ms": None, "polished_ms": None, "ratio": 0.0}, plan
    row = {
        "valid": len(good) == len(answers),
        "first_ms": good[0][0],
        "polished_ms": in_time[-1][0],
        "first_ratio": good[0][2] / value if value else 1.0,
        "ratio": in_time[-1][2] / value if value else 1.0,
    }
    return row, full if value >= in_time[-1][2] else in_time[-1][1]


def _judged(state: State, rest: Instance, slots: list[Slot]) -> float | None:
    """Return what a plan of the rest is worth without what runs; None where it breaks a rule."""
    running = [] if state.running is None else [list(state.running)]
    verdict = judge(rest, {"sha256": rest["sha256"], "slots": [*running, *slots]})
    paid = sum(worth(rest, *slot) for slot in running)
    return float(verdict["value"] - paid) if verdict["valid"] else None


def slots_of(answer: Answer) -> list[Slot]:
    """Return [step, row] of each slot."""
    pairs = zip(answer.starts.tolist(), answer.order.tolist(), strict=True)
    return [[int(step), int(row)] for step, row in pairs]


def answer_of(slots: list[Slot]) -> Answer:
    """Return slots as an answer to go on from; its prices are not known."""
    table = np.array(slots, dtype=np.int32).reshape(-1, 2)
    none = np.zeros(0)
    return Answer(
        order=table[:, 1],
        starts=table[:, 0],
        value=0.0,
        bound=0.0,
        unit_price=none,
        account_price=none,
        reduced=none,
    )


if __name__ == "__main__":
    run(replay, before=warm)
