"""The compiled solver on columns.  The first run compiles it: half a minute; later ones load it."""

from __future__ import annotations

import numpy as np
from builders.columns import best_of_all, broken, columns, gap_steps, worth
from builders.planning import CALM
from hypothesis import given
from hypothesis import strategies as st

from pyros.scheduling.cells import Answer, Cells, only
from pyros.scheduling.memory import Memory
from pyros.scheduling.repair import repair
from pyros.scheduling.solve import Solver, solve, stages
from pyros.scheduling.table import gap, table_of
from pyros.scheduling.timetable import Budget

MOVES = Budget(moves=60)


@CALM
@given(columns())
def test_every_stage_holds_and_is_worth_what_it_says_and_no_more_than_the_bound(
    cells: Cells,
) -> None:
    """P27: orders, starts, quotas, twins and blocks, by arithmetic of the test's own."""
    value = 0.0
    for solver in stages(cells, MOVES):
        answer = solver.answer()
        assert broken(cells, answer.order, answer.starts) == []
        assert np.isclose(answer.value, worth(cells, answer.order, answer.starts))
        assert value - 1e-9 <= answer.value <= answer.bound + 1e-6
        value = answer.value


@CALM
@given(columns(most=4))
def test_no_line_of_a_few_jobs_is_worth_more_than_the_bound(cells: Cells) -> None:
    """P27: against every order at its best starts."""
    best, answer = best_of_all(cells), solve(cells, MOVES)

    assert best <= answer.bound * (1 + 1e-6) + 1e-6
    assert answer.value <= best + 1e-4


@CALM
@given(columns())
def test_no_line_found_holds_a_job_that_the_bound_rules_out(cells: Cells) -> None:
    """P25: what a refusal calls certified is proven."""
    answer = solve(cells, MOVES)

    for row in answer.order:
        assert answer.value <= answer.bound + answer.reduced[row] + 1e-3


@CALM
@given(columns(), st.integers(1, 2))
def test_the_same_moves_give_the_same_answer(cells: Cells, threads: int) -> None:
    """P23: to the byte, with any number of threads."""
    budget = Budget(moves=60, threads=threads)
    one, two = solve(cells, budget), solve(cells, budget)

    assert one.order.tobytes() == two.order.tobytes()
    assert one.starts.tobytes() == two.starts.tobytes()
    assert one.bound == two.bound


@CALM
@given(columns(), st.integers(0, 40))
def test_a_mended_plan_holds_and_keeps_what_still_stands(cells: Cells, now: int) -> None:
    """P46, P50: whatever the night has become, and whether prices are known or not."""
    memory = Memory()
    before = solve(cells, MOVES, memory=memory)
    later = _from(cells, now)
    standing = before.starts >= now
    left = _with(before, before.order[standing], before.starts[standing])
    kept = 0.0
    if not broken(later, left.order, left.starts):
        kept = worth(later, left.order, left.starts)

    for known in (memory, None):
        value = kept
        for answer in repair(later, MOVES, left, known):
            assert broken(later, answer.order, answer.starts) == []
            assert answer.value >= value - 1e-6
            value = answer.value


@CALM
@given(columns(), columns())
def test_prices_of_another_night_do_no_harm(cells: Cells, other: Cells) -> None:
    """P27: what is remembered guides; the bound is proven anew, and the line holds."""
    memory = Memory()
    solve(other, MOVES, memory=memory)
    alone, led = Solver(cells), Solver(cells)
    led.recall_if_better(memory)

    assert led.dual.bound <= alone.answer().bound + 1e-6 or not led.recalled
    answer = solve(cells, Budget(seconds=0.0), memory=memory)
    assert broken(cells, answer.order, answer.starts) == []
    assert answer.value <= answer.bound + 1e-6


@CALM
@given(columns())
def test_gaps_are_what_the_mount_and_the_filters_take(cells: Cells) -> None:
    """P21: settling, slewing and the wheel, rounded up to steps."""
    table = table_of(cells)

    for one in range(cells.rows):
        for two in range(cells.jobs):
            if one != two:
                assert gap(table, one, 0, two, 0) == gap_steps(cells, one, two)


@CALM
@given(columns(), st.data())
def test_some_jobs_alone_are_what_they_were_among_all(cells: Cells, data: st.DataObject) -> None:
    """P23."""
    chosen = [row for row in range(cells.jobs) if data.draw(st.booleans())]
    few = only(cells, np.array(chosen, dtype=np.int64))

    for place, row in enumerate(chosen):
        assert few.starts(place).tolist() == cells.starts(row).tolist()
        assert few.values(place).tolist() == cells.values(row).tolist()
    assert few.rows - few.jobs == cells.rows - cells.jobs


def _from(cells: Cells, now: int) -> Cells:
    """Return the same night with no start before a step."""
    stretches = int(cells.stretch_of[cells.jobs])
    keep = np.ones(cells.first.size, dtype=bool)
    keep[:stretches] = cells.last[:stretches] >= now
    first = cells.first.copy()
    first[:stretches] = np.maximum(first[:stretches], now)
    skip = (first - cells.first)[keep]
    begins = cells.cell_of[:-1][keep] + skip
    lengths = (cells.last - first + 1)[keep]
    owner = np.repeat(np.arange(cells.rows), np.diff(cells.stretch_of))[keep]
    value = [cells.value[a : a + n] for a, n in zip(begins, lengths, strict=True)]
    return Cells(
        jobs=cells.jobs,
        steps=cells.steps,
        duration=cells.duration,
        stretch_of=np.searchsorted(owner, np.arange(cells.rows + 1)).astype(np.int32),
        first=first[keep],
        last=cells.last[keep],
        cell_of=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        value=np.concatenate([*value, np.zeros(0)]).astype(np.float32),
        moves=cells.moves,
        account_of=cells.account_of,
        account=cells.account,
        cost=cells.cost,
        room=cells.room,
        unit=cells.unit,
    )


def _with(answer: Answer, order: np.ndarray, starts: np.ndarray) -> Answer:
    none = np.zeros(0)
    return Answer(
        order=order,
        starts=starts,
        value=answer.value,
        bound=answer.bound,
        unit_price=none,
        account_price=none,
        reduced=none,
    )
