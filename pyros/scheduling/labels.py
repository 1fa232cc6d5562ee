"""The best chain of jobs for a gap between two that stay, by labels.

Forward dynamic programming over the ends of jobs: a label is a chain that begins behind the left
neighbour, as early as it can, with no job twice.  Of the labels that end at a step only the best
is kept, hence the chain is good, not proven best (a label for each filter takes five times as long
and finds nothing better).  A job must bring its toll: the price that it has in the bound keeps it
for where it is needed more.
"""

# ruff: noqa: PLR0913, PLR0917 - a compiled loop takes its arrays one by one

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pyros.scheduling.anneal import DUST, State, uniform
from pyros.scheduling.cells import Floats, Ints
from pyros.scheduling.compiled import compiled
from pyros.scheduling.table import (
    Records,
    Table,
    follows,
    gap,
    last_start,
    next_start,
    value_at,
)
from pyros.scheduling.track import LINE, Track

WORST, HARD = -1e18, 1e18
MOST_FREED = 64
KEEP = 0.3
"""A job of the other window costs from this share of its worth there up to all of it."""
LOW_TOLL, HIGH_TOLL, SPREAD = 0.5, 0.9, 0.3
"""Shares of a job's toll that it must bring: one for all of a gap, and a chance of its own."""
LABEL = np.dtype(
    [
        ("row", np.int32),  # the last job of the chain
        ("on", np.int32),
        ("before", np.int32),  # the step where the chain without it ends; -1: there is none
    ],
    align=True,
)
FREED = np.dtype(
    [
        ("row", np.int32),
        ("window", np.int32),
        ("worth", np.float64),  # where it stood
    ],
    align=True,
)
CHOICE = np.dtype(
    [
        ("row", np.int32),
        ("duration", np.int32),
        ("latest", np.int32),  # start, from the gap's zero
        ("peak", np.float64),  # the most that it may bring, its price paid
        ("cost", np.float64),
    ],
    align=True,
)


class Labels(NamedTuple):
    """Memory: the best chain that ends at each step of a gap, and the jobs to choose from."""

    score: Floats
    """(steps,): of the label that ends there."""
    top: Floats
    """(steps,): the best score up to each step."""
    last: Records
    choice: Records
    freed: Records
    """Jobs that a move has taken out."""
    marked: Ints
    """(rows,): 1 for these."""
    old: Records
    """The line as it was before the move."""


def labels_of(table: Table, steps: int, choices: int) -> Labels:
    """Return room for gaps of up to `steps` steps, with up to `choices` jobs to choose from."""
    return Labels(
        np.zeros(steps + 1),
        np.zeros(steps + 1),
        np.zeros(steps + 1, dtype=LABEL),
        np.zeros(choices + MOST_FREED, dtype=CHOICE),
        np.zeros(MOST_FREED, dtype=FREED),
        np.zeros(table.rows.size, dtype=np.int32),
        np.zeros(table.rows.size, dtype=LINE),
    )


@compiled
def span_of(table: Table, track: Track, place: int) -> tuple[int, int]:
    """Return where the gap before a place begins, and its steps."""
    left = track.line[place - 1]
    zero = left.on + table.rows[left.row].duration
    until = track.line[place].on if place < track.size[0] - 1 else table.mount[0].steps
    return zero, until - zero


@compiled
def list_choices(
    table: Table,
    track: Track,
    labels: Labels,
    shortlist: Ints,
    freed: int,
    toll: Floats,
    state: State,
    place: int,
    window: int,
) -> int:
    """List the jobs that could stand in a gap with their prices, a little of them chance."""
    zero, span = span_of(table, track, place)
    low = LOW_TOLL + (HIGH_TOLL - LOW_TOLL) * uniform(state)
    count = 0
    for at in range(freed):
        gone = labels.freed[at]
        cost = toll[gone.row] * low
        if gone.window != window:
            cost = max(cost, gone.worth * (KEEP + (1.0 - KEEP) * uniform(state)))
        count = _offer(table, track, labels, gone.row, cost, zero, span, count)
    for at in range(shortlist.size):
        row = shortlist[at]
        if labels.marked[row] == 0:
            cost = toll[row] * (low + SPREAD * uniform(state))
            count = _offer(table, track, labels, row, cost, zero, span, count)
    return count


@compiled
def _offer(
    table: Table,
    track: Track,
    labels: Labels,
    row: int,
    cost: float,
    zero: int,
    span: int,
    count: int,
) -> int:
    target = table.rows[row]
    if track.holder[target.unit] >= 0 or target.duration > span or target.peak <= cost:
        return count
    latest = last_start(table, row, zero + span - target.duration)
    if next_start(table, row, zero) > latest:
        return count
    choice = labels.choice[count]
    choice.row = row
    choice.duration = target.duration
    choice.latest = latest - zero
    choice.peak = target.peak - cost
    choice.cost = cost
    return count + 1


@compiled
def best_chain(  # noqa: C901 - the loop that all time is spent in
    table: Table, track: Track, labels: Labels, choices: int, place: int, over_price: float
) -> int:
    """Find the best chain for the gap before a place; return the step where it ends, -1: empty.

    `over_price` is what overdrawing an account by one unit costs; HARD: none is overdrawn.
    """
    left, right = track.line[place - 1], track.line[place]
    zero, span = span_of(table, track, place)
    if span <= 0 or span >= labels.score.size:
        return -1
    score, top, last = labels.score, labels.top, labels.last
    score[: span + 1] = WORST
    top[: span + 1] = 0.0
    best, best_at, reached = 0.0, -1, 0.0
    for step in range(-1, span + 1):
        have, row_before, on_before = 0.0, left.row, left.on
        if step >= 0:
            if score[step] <= reached:
                continue
            have = reached = score[step]
            row_before, on_before = last[step].row, last[step].on
        here = max(step, 0)
        for at in range(choices):
            choice = labels.choice[at]
            if here > choice.latest or have + choice.peak <= top[here + choice.duration]:
                continue
            row, ready = choice.row, max(zero + here, table.rows[choice.row].floor)
            on = next_start(table, row, ready + gap(table, row_before, on_before, row, ready))
            if on - zero > choice.latest:
                continue
            finish = on - zero + choice.duration
            more = have + value_at(table, row, on) - choice.cost
            if more <= top[finish]:
                continue
            over = _overdrawn(table, track, labels, step, row)
            more -= over_price * over
            if over >= HARD or more <= top[finish]:
                continue
            score[finish] = more
            last[finish].row = row
            last[finish].on = on
            last[finish].before = step
            for then in range(finish, span + 1):
                if top[then] >= more:
                    break
                top[then] = more
            if more > best and follows(table, row, on, right.row, right.on):
                best, best_at = more, finish
    return best_at


@compiled
def chain_length(labels: Labels, step: int) -> int:
    """Return how many jobs the chain has that ends at a step."""
    count = 0
    while step >= 0:
        count += 1
        step = labels.last[step].before
    return count


@compiled
def _overdrawn(table: Table, track: Track, labels: Labels, step: int, row: int) -> float:
    """Return by how much a job behind a chain overdraws more; HARD: the chain has it."""
    target = table.rows[row]
    at = step
    while at >= 0 and labels.last[at].on >= target.since:
        if table.rows[labels.last[at].row].unit == target.unit:
            return HARD
        at = labels.last[at].before
    over = 0.0
    for entry in range(target.pays, target.paid):
        account = table.entries[entry].account
        free = table.room[account] - track.used[account]
        at = step
        while at >= 0:
            before = table.rows[labels.last[at].row]
            for other in range(before.pays, before.paid):
                if table.entries[other].account == account:
                    free -= table.entries[other].cost
            at = labels.last[at].before
        over += max(0.0, table.entries[entry].cost - max(0.0, free) - DUST)
    return over
