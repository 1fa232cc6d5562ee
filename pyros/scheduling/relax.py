"""The relaxed night, priced: the best chain of starts in which a job may come back.

A chain pays the price of each job that it takes, as often as it takes it, and keeps between two
jobs the least time that any two of their classes need.  Its value with the prices paid back is
above every line's, whatever the prices are.
"""

# ruff: noqa: PLR0913, PLR0917 - a compiled loop takes its arrays one by one

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pyros.scheduling.cells import Floats, Ints, Longs, Singles
from pyros.scheduling.compiled import compiled
from pyros.scheduling.table import Table

LOWEST = -1e18
FAR = 16.0
"""Terms below e^-16 of the largest are left out of a smooth maximum."""


class Chain(NamedTuple):
    """Cells by time; `stay` is duration and least set-up together, `extra` what classes add."""

    at: Longs
    """(steps + 1,): the cells that start at step t are at[t] .. at[t + 1] - 1."""
    job: Ints
    value: Singles
    stay: Ints
    """(jobs,): at least 1."""
    group: Ints
    """(jobs,): the class of each job."""
    extra: Ints
    """(classes + 1, classes): steps from one class to another above `stay`; the last row, zeros,
    is the begin of the night."""


@compiled
def chain_of(table: Table, steps: int, width: int) -> tuple[Longs, Ints, Singles]:
    """Return the cells by time (`at`, `job`, `value`), the best of each `width` steps for all."""
    slices = steps // width + 1
    jobs = table.mount[0].jobs
    at = np.zeros(slices + 1, dtype=np.int64)
    for row in range(jobs):
        for stretch in range(table.rows[row].begin, table.rows[row].end):
            one = table.stretches[stretch]
            for slot in range(one.first // width, one.last // width + 1):
                at[slot + 1] += 1
    for slot in range(slices):
        at[slot + 1] += at[slot]
    fill = at[:-1].copy()
    job = np.empty(at[slices], dtype=np.int32)
    best = np.empty(at[slices], dtype=np.float32)
    for row in range(jobs):
        for stretch in range(table.rows[row].begin, table.rows[row].end):
            one = table.stretches[stretch]
            for slot in range(one.first // width, one.last // width + 1):
                low, high = max(one.first, slot * width), min(one.last, (slot + 1) * width - 1)
                most = table.value[one.cell + low - one.first]
                for step in range(low + 1, high + 1):
                    most = max(most, table.value[one.cell + step - one.first])
                job[fill[slot]] = row
                best[fill[slot]] = most
                fill[slot] += 1
    return at, job, best


class Room(NamedTuple):
    """Memory for one smooth pass, made once: fresh pages cost more than the arithmetic."""

    kept: Longs
    gain: Floats

    @staticmethod
    def of(chain: Chain) -> Room:
        """Return room for a chain's passes."""
        size = chain.job.size
        return Room(np.empty(size, dtype=np.int64), np.empty(size, dtype=np.float64))


@compiled
def smooth(chain: Chain, room: Room, price: Floats, heat: float) -> tuple[float, Floats]:
    """Return the smooth maximum over all chains, and how often each job is in it.

    The maximum is heat x log(sum exp(./heat)), above the true one by at most heat times the
    logarithm of the number of chains.
    """
    slices, classes = chain.at.size - 1, chain.extra.shape[1]
    span = slices + max(chain.extra.max(), chain.stay.max()) + 2
    ahead = np.zeros((classes + 1, span))  # V: best from here, by the class behind
    taken = np.full((classes, span), LOWEST)  # A: best that starts here, by its class
    best_from = ahead.reshape(-1)
    behind = chain.group * span + chain.stay  # where V stands for a job that starts at step 0
    kept, gain = room.kept, room.gain
    kept_at = np.zeros(slices + 1, dtype=np.int64)
    count = 0
    for step in range(slices - 1, -1, -1):
        kept_at[step + 1] = count
        floor = ahead[:, step + 1].min() - FAR * heat
        begin = count
        for cell in range(chain.at[step], chain.at[step + 1]):
            row = chain.job[cell]
            worth = chain.value[cell] - price[row] + best_from[behind[row] + step]
            if worth > floor:
                kept[count] = row
                gain[count] = worth
                count += 1
        _gather(chain, kept, gain, begin, count, heat, taken, step)
        _choose(chain, ahead, taken, step, heat)
    kept_at[0] = count
    used = _flows(chain, room, kept_at, ahead, taken, heat)
    return ahead[classes, 0], used


@compiled
def _gather(
    chain: Chain,
    kept: Longs,
    gain: Floats,
    begin: int,
    end: int,
    heat: float,
    taken: Floats,
    step: int,
) -> None:
    """Set A(step) of each class to the smooth maximum of the cells kept."""
    classes = taken.shape[0]
    total = np.zeros(classes)
    for place in range(begin, end):
        group = chain.group[kept[place]]
        taken[group, step] = max(taken[group, step], gain[place])
    for place in range(begin, end):
        group = chain.group[kept[place]]
        total[group] += math.exp((gain[place] - taken[group, step]) / heat)
    for group in range(classes):
        if total[group] > 0.0:
            taken[group, step] += heat * math.log(total[group])


@compiled
def _choose(chain: Chain, ahead: Floats, taken: Floats, step: int, heat: float) -> None:
    """Set V(step) behind each class: to wait, or to start with one of the classes."""
    classes = taken.shape[0]
    for one in range(classes + 1):
        top = ahead[one, step + 1]
        for group in range(classes):
            top = max(top, taken[group, step + chain.extra[one, group]])
        summed = math.exp((ahead[one, step + 1] - top) / heat)
        for group in range(classes):
            less = (taken[group, step + chain.extra[one, group]] - top) / heat
            if less > -FAR:
                summed += math.exp(less)
        ahead[one, step] = top + heat * math.log(summed)


@compiled
def _flows(
    chain: Chain, room: Room, kept_at: Longs, ahead: Floats, taken: Floats, heat: float
) -> Floats:
    """Return how often each job is in a chain drawn by its weight."""
    classes, span = taken.shape
    slices = kept_at.size - 1
    used = np.zeros(chain.stay.size)
    flow, into = np.zeros((classes + 1, span)), np.zeros((classes, span))
    flow[classes, 0] = 1.0
    for step in range(slices):
        for one in range(classes + 1):
            share = flow[one, step]
            if share > 1e-12:
                here = ahead[one, step]
                flow[one, step + 1] += share * math.exp((ahead[one, step + 1] - here) / heat)
                for group in range(classes):
                    then = step + chain.extra[one, group]
                    less = (taken[group, then] - here) / heat
                    if less > -FAR:
                        into[group, then] += share * math.exp(less)
        for place in range(kept_at[step + 1], kept_at[step]):
            row = room.kept[place]
            group = chain.group[row]
            share = into[group, step]
            if share > 1e-12:
                share *= math.exp((room.gain[place] - taken[group, step]) / heat)
                used[row] += share
                flow[group, min(step + chain.stay[row], slices)] += share
    return used


@compiled
def hard(chain: Chain, price: Floats) -> tuple[float, Floats, Ints]:
    """Return the maximum over all chains, V (classes + 1, slices + 1), and the best cell behind it.

    `choice[class, t]` is the cell that the best chain from t on starts with, behind a job of that
    class; -1: none.
    """
    slices, classes = chain.at.size - 1, chain.extra.shape[1]
    span = slices + chain.extra.max() + 2
    ahead = np.zeros((classes + 1, slices + 1))
    taken = np.full((classes, span + 1), LOWEST)
    by = np.full((classes, span + 1), -1, dtype=np.int32)
    choice = np.full((classes + 1, slices + 1), -1, dtype=np.int32)
    for step in range(slices - 1, -1, -1):
        for cell in range(chain.at[step], chain.at[step + 1]):
            row = chain.job[cell]
            group = chain.group[row]
            worth = chain.value[cell] - price[row]
            worth += ahead[group, min(step + chain.stay[row], slices)]
            if worth > taken[group, step]:
                taken[group, step] = worth
                by[group, step] = cell
        for one in range(classes + 1):
            ahead[one, step] = ahead[one, step + 1]
            choice[one, step] = choice[one, step + 1]
            for group in range(classes):
                then = step + chain.extra[one, group]
                if taken[group, then] > ahead[one, step]:
                    ahead[one, step] = taken[group, then]
                    choice[one, step] = by[group, then]
    return ahead[classes, 0], ahead, choice


@compiled
def best_chain(chain: Chain, choice: Ints) -> tuple[Ints, Ints]:
    """Return jobs and slices of the best chain, in order."""
    slices, classes = chain.at.size - 1, chain.extra.shape[1]
    rows, starts = np.empty(slices, dtype=np.int32), np.empty(slices, dtype=np.int32)
    count, step, behind = 0, 0, classes
    while step < slices and choice[behind, step] >= 0:
        cell = choice[behind, step]
        row = chain.job[cell]
        start = np.searchsorted(chain.at, cell, side="right") - 1
        rows[count], starts[count] = row, start
        count += 1
        step, behind = min(start + chain.stay[row], slices), chain.group[row]
    return rows[:count], starts[:count]


@compiled
def reduced_costs(chain: Chain, price: Floats, ahead: Floats) -> Floats:
    """Return for each job how much the best chain that holds it is worth less; -inf: none does."""
    slices, classes = chain.at.size - 1, chain.extra.shape[1]
    behind = np.full((classes + 1, slices + 1), LOWEST)  # best up to here, by the class that ended
    behind[classes, 0] = 0.0
    best = np.full(chain.stay.size, LOWEST)
    arrive = np.empty(classes)
    for step in range(slices):
        if step:
            for one in range(classes + 1):
                behind[one, step] = max(behind[one, step], behind[one, step - 1])
        for group in range(classes):
            arrive[group] = LOWEST
            for one in range(classes + 1):
                since = step - chain.extra[one, group]
                if since >= 0:
                    arrive[group] = max(arrive[group], behind[one, since])
        for cell in range(chain.at[step], chain.at[step + 1]):
            row = chain.job[cell]
            group = chain.group[row]
            then = min(step + chain.stay[row], slices)
            worth = arrive[group] + chain.value[cell] - price[row]
            behind[group, then] = max(behind[group, then], worth)
            best[row] = max(best[row], worth + ahead[group, then])
    for row in range(best.size):
        best[row] -= ahead[classes, 0]
    return best
