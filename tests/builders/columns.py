"""Problems in columns, drawn small, and what holds of any answer to them, by plain arithmetic."""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np
from hypothesis import strategies as st

from pyros.scheduling.cells import Cells, MoveKind, cells_of, moves_of

STEP_S, SETTLE_S, RATE_DEG_S, FILTER_S = 10.0, 5.0, 4.0, 10.0
NIGHT_STEPS = 60


@st.composite
def columns(draw: st.DrawFn, most: int = 10) -> Cells:
    """Return a night of sixty steps: jobs with one or two stretches, accounts, twins, blocks."""
    jobs = draw(st.integers(0, most))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    constant = draw(st.booleans())
    blocks = draw(st.sampled_from([(), ((20, 5),), ((0, 0), (30, 10))]))
    duration = rng.integers(1, 15, jobs)
    stretch_of, first, last, value = [0], [], [], []
    for job in range(jobs):
        for begin, end in _stretches(rng, blocks, int(duration[job])):
            first.append(begin)
            last.append(end)
            steps = np.arange(begin, end + 1)
            value.append(rng.uniform(1, 20) * (2 - np.abs(steps - rng.integers(0, 60)) / 60))
        stretch_of.append(len(first))
    accounts = int(rng.integers(0, 3))
    drawn = rng.random(jobs) < (0.7 if accounts else 0.0)
    return cells_of(
        duration=duration,
        stretch_of=stretch_of,
        first=first,
        last=last,
        value=np.concatenate(value) if value else [],
        moves=_moves(rng, jobs, len(blocks), constant=constant),
        steps=NIGHT_STEPS,
        fixed=([start for start, _ in blocks], [length for _, length in blocks]),
        account_of=np.concatenate([[0], np.cumsum(drawn)]),
        account=rng.integers(0, max(1, accounts), int(drawn.sum())),
        cost=duration[drawn],
        room=rng.integers(0, 40, accounts),
        unit=_units(rng, jobs),
    )


def _stretches(rng: np.random.Generator, blocks: tuple, long: int) -> list[tuple[int, int]]:
    free = np.ones(NIGHT_STEPS + 1, dtype=bool)
    for start, length in blocks:
        free[max(0, start - long + 1) : start + length] = False
    free[NIGHT_STEPS - long + 1 :] = False
    low, high = sorted(rng.integers(0, NIGHT_STEPS, 2))
    free[:low] = free[high + 1 :] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], free.astype(int), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _moves(rng: np.random.Generator, jobs: int, fixed: int, *, constant: bool):
    rows = jobs + fixed
    place = np.concatenate([np.zeros(jobs), np.full(fixed, 1)])
    if constant:
        return moves_of(rows, step_s=STEP_S, settle_s=2 * STEP_S, place=place)
    vector = rng.normal(size=(rows, 3))
    filters = rng.integers(0, 3, rows)
    return moves_of(
        rows,
        step_s=STEP_S,
        settle_s=SETTLE_S,
        kind=MoveKind.GREAT_CIRCLE,
        axes=((RATE_DEG_S, 0.0), (RATE_DEG_S, 0.0)),
        vector=vector / np.linalg.norm(vector, axis=1, keepdims=True),
        leaves=filters,
        needs=filters,
        wheel_s=np.pad(FILTER_S * (1.0 - np.eye(3)), ((0, 1), (0, 1)), constant_values=FILTER_S),
        place=place,
        in_turn=True,
    )


def _units(rng: np.random.Generator, jobs: int) -> np.ndarray:
    twins = rng.integers(0, max(1, jobs), jobs) if rng.random() < 0.3 else np.arange(jobs)
    return np.unique(twins, return_inverse=True)[1]


def gap_steps(cells: Cells, one: int, two: int) -> int:
    """Return the steps from the end of a row to the begin of another, as section 1.4 has it."""
    moves = cells.moves
    if moves.place[two] == 1:
        return 1
    if moves.place[one] == 1:
        wheels_s = moves.wheel_s[-1, moves.needs[two]]
        angle_deg = 90.0 if moves.kind else 0.0
    else:
        wheels_s = moves.wheel_s[moves.leaves[one], moves.needs[two]]
        cosine = float(moves.vector[one] @ moves.vector[two])
        angle_deg = math.degrees(math.acos(max(-1.0, min(1.0, cosine)))) if moves.kind else 0.0
    seconds = moves.settle_s + angle_deg / RATE_DEG_S + wheels_s
    return max(1, math.ceil(seconds / STEP_S - 1e-9))


def broken(cells: Cells, order: np.ndarray, starts: np.ndarray) -> list[str]:
    """Return what is wrong with an answer: starts, order, quotas, twins; empty: nothing."""
    faults = []
    pairs = list(zip(order.tolist(), starts.tolist(), strict=True))
    faults += [f"{row} cannot start at {on}" for row, on in pairs if on not in cells.starts(row)]
    if len(set(cells.unit[order].tolist())) < len(pairs):
        faults.append("a job, or a twin, is in twice")
    for account, room in enumerate(cells.room):
        if drawn(cells, order, account) > room + 1e-6:
            faults.append(f"account {account} is overdrawn")
    fixed = range(cells.jobs, cells.rows)
    line = sorted([*pairs, *((row, int(cells.starts(row)[0])) for row in fixed)], key=_by_start)
    for (one, one_on), (two, two_on) in pairwise(line):
        if one >= cells.jobs and two >= cells.jobs:
            continue
        if one_on + cells.duration[one] + gap_steps(cells, one, two) > two_on:
            faults.append(f"{two} at {two_on} is too early behind {one} at {one_on}")
    return faults


def _by_start(pair: tuple[int, int]) -> tuple[int, int]:
    return pair[1], -pair[0]


def drawn(cells: Cells, order: np.ndarray, account: int) -> float:
    """Return what jobs draw on an account."""
    spans = (slice(cells.account_of[row], cells.account_of[row + 1]) for row in order)
    return float(sum(cells.cost[span][cells.account[span] == account].sum() for span in spans))


def worth(cells: Cells, order: np.ndarray, starts: np.ndarray) -> float:
    """Return the sum of the values."""
    pairs = zip(order.tolist(), starts.tolist(), strict=True)
    return float(
        sum(float(cells.values(row)[np.searchsorted(cells.starts(row), on)]) for row, on in pairs)
    )


def best_of_all(cells: Cells) -> float:
    """Return the value of the best line, by every order of every choice of the jobs."""
    best = 0.0
    for count in range(1, cells.jobs + 1):
        for order in permutations(range(cells.jobs), count):
            rows = np.array(order)
            if len(set(cells.unit[rows].tolist())) == count and all(
                drawn(cells, rows, account) <= room for account, room in enumerate(cells.room)
            ):
                best = max(best, _best_starts(cells, order))
    return best


def _best_starts(cells: Cells, order: tuple[int, ...]) -> float:
    """Return the most that an order is worth at its best starts; -inf where it cannot be."""
    reached = {(-1, 0): 0.0}  # (row before, end of it): value
    for row in order:
        new: dict[tuple[int, int], float] = {}
        for on, value in zip(cells.starts(row).tolist(), cells.values(row).tolist(), strict=True):
            for (before, end), have in reached.items():
                if _may_start(cells, before, end, row, on):
                    key = (row, on + int(cells.duration[row]))
                    new[key] = max(new.get(key, -math.inf), have + value)
        reached = new
    left = [
        value
        for (row, end), value in reached.items()
        if all(
            end <= cells.starts(block)[0] - 1 or cells.starts(block)[0] < end
            for block in range(cells.jobs, cells.rows)
        )
    ]
    return max(left, default=-math.inf)


def _may_start(cells: Cells, before: int, end: int, row: int, on: int) -> bool:
    """Return whether a row may start behind another that ends at a step, and behind each block."""
    last, last_end = before, end
    for block in range(cells.jobs, cells.rows):
        start = int(cells.starts(block)[0])
        if start <= on and start >= last_end:
            if last >= 0 and last < cells.jobs and start < last_end + 1:
                return False
            last, last_end = block, start + int(cells.duration[block])
    if last < 0:
        return True
    return last_end + gap_steps(cells, last, row) <= on
