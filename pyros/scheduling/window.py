"""A stretch of a line made anew: the best chain of jobs between two that stay, by labels.

Forward dynamic programming over the ends of jobs: each label is a chain that begins behind the
left neighbour, as early as it can, with no job twice.  Of the labels that end at a step only the
best is kept, hence the chain is good, not proven best.  The chain replaces what stood there as
annealing has it (ruin and recreate: Schrimpf et al. 2000).
"""

# ruff: noqa: PLR0913, PLR0917 - a compiled loop takes its arrays one by one

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pyros.scheduling.anneal import DUST, NOWHERE, State, uniform
from pyros.scheduling.cells import Floats, Ints
from pyros.scheduling.compiled import compiled
from pyros.scheduling.table import Records, Table, follows, gap, last_start, next_start, value_at
from pyros.scheduling.track import LINE, Track, book, bounds, relax, total

WORST = -1e18
MOST_FREED = 64
TWICE = 0.5
"""How often two windows are made anew at once, so that jobs may pass from one to the other."""
KEEP = 0.3
"""A job of the other window costs from this share of its worth there up to all of it."""
LOW_TOLL, HIGH_TOLL, SPREAD = 0.5, 0.9, 0.3
"""Shares of a job's toll that it must bring: one for all of a gap, and a chance of its own."""


class Labels(NamedTuple):
    """Memory: the best chain that ends at each step of a window, and the jobs to choose from."""

    score: Floats
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


LABEL = np.dtype(
    [
        ("row", np.int32),  # the last job of the chain
        ("on", np.int32),
        ("before", np.int32),  # the step at which the chain without it ends; -1: there is none
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
        ("latest", np.int32),  # start, from the window's zero
        ("peak", np.float64),  # the most that it may bring, its price paid
        ("cost", np.float64),
    ],
    align=True,
)


def labels_of(table: Table, steps: int, choices: int) -> Labels:
    """Return room for windows of up to `steps` steps, with up to `choices` jobs to choose from."""
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
def rebuild(
    table: Table,
    track: Track,
    labels: Labels,
    shortlist: Ints,
    toll: Floats,
    state: State,
    moves: int,
    widest: int,
    hot: float,
    cold: float,
    best_row: Ints,
    best_on: Ints,
    best_value: float,
) -> tuple[float, int]:
    """Make one or two windows anew, `moves` times, from `hot` to `cold`; returns as `anneal`.

    `shortlist` are the jobs to choose from, `toll` (jobs,) what each must bring to be taken.
    """
    best_size = 0
    cool = math.exp(math.log(cold / hot) / max(1, moves - 1))
    heat = hot
    used = track.used.copy()
    before = total(track)
    for _ in range(moves):
        heat *= cool
        size = track.size[0]
        labels.old[:size] = track.line[:size]
        used[:] = track.used
        first, freed = _cut(table, track, labels, state, widest, 0, 0)
        second = NOWHERE
        if uniform(state) < TWICE:
            second, freed = _cut(table, track, labels, state, widest, freed, 1)
        _fill(table, track, labels, shortlist, freed, toll, state, first, 0)
        if second != NOWHERE:
            _fill(table, track, labels, shortlist, freed, toll, state, second, 1)
        for at in range(freed):
            labels.marked[labels.freed[at].row] = 0
        value = total(track)
        if value - before < heat * math.log(uniform(state)):
            _restore(table, track, labels, size, used)
            continue
        bounds(table, track)
        before = value
        if value > best_value + DUST:
            best_value, best_size = value, track.size[0]
            for at in range(best_size):
                best_row[at] = track.line[at].row
                best_on[at] = track.line[at].on
    return best_value, best_size


@compiled
def sample(
    table: Table, track: Track, labels: Labels, shortlist: Ints, toll: Floats, state: State
) -> None:
    """Fill every gap of a line with the best chain for it."""
    place = 1
    while place < track.size[0]:
        left, before = track.line[place - 1].row, track.size[0]
        _fill(table, track, labels, shortlist, 0, toll, state, left, 0)
        place += 1 + track.size[0] - before
    bounds(table, track)


@compiled
def _cut(
    table: Table,
    track: Track,
    labels: Labels,
    state: State,
    widest: int,
    freed: int,
    window: int,
) -> tuple[int, int]:
    """Take some jobs in a row out; return the row before them, and how many are out by now."""
    jobs, size = table.mount[0].jobs, track.size[0]
    begin = min(1 + int(uniform(state) * (size - 1)), size - 1)
    end, wanted = begin, int(uniform(state) * (widest + 1))
    while end - begin < wanted and track.line[end].row < jobs and freed < MOST_FREED:
        gone = labels.freed[freed]
        gone.row = track.line[end].row
        gone.worth = track.line[end].worth
        gone.window = window
        labels.marked[gone.row] = 1
        book(table, track, gone.row, -1)
        freed += 1
        end += 1
    for at in range(end, size):
        track.line[at - end + begin] = track.line[at]
    track.size[0] = size - end + begin
    return track.line[begin - 1].row, freed


@compiled
def _fill(
    table: Table,
    track: Track,
    labels: Labels,
    shortlist: Ints,
    freed: int,
    toll: Floats,
    state: State,
    left: int,
    window: int,
) -> None:
    """Put the best chain behind a row, if that is still there."""
    place, size = 0, track.size[0]
    while place < size - 1 and track.line[place].row != left:
        place += 1
    place += 1
    if place >= size:
        return
    choices = _choices(table, track, labels, shortlist, freed, toll, state, place, window)
    step = _chain(table, track, labels, choices, place)
    count, at = 0, step
    while at >= 0:
        count += 1
        at = labels.last[at].before
    if count == 0 or size + count > track.line.size:
        return
    for behind in range(size - 1, place - 1, -1):
        track.line[behind + count] = track.line[behind]
    track.size[0] = size + count
    for into in range(place + count - 1, place - 1, -1):
        row, on = labels.last[step].row, labels.last[step].on
        track.line[into].row = row
        track.line[into].on = on
        track.line[into].worth = value_at(table, row, on)
        book(table, track, row, 1)
        step = labels.last[step].before
    for at in range(place - 1, place + count + 2, 2):
        relax(table, track, at)


@compiled
def _restore(table: Table, track: Track, labels: Labels, size: int, used: Floats) -> None:
    jobs = table.mount[0].jobs
    for at in range(track.size[0]):
        if track.line[at].row < jobs:
            track.holder[table.rows[track.line[at].row].unit] = NOWHERE
    track.line[:size] = labels.old[:size]
    track.size[0] = size
    for at in range(size):
        if track.line[at].row < jobs:
            track.holder[table.rows[track.line[at].row].unit] = track.line[at].row
    track.used[:] = used


@compiled
def _span(table: Table, track: Track, place: int) -> tuple[int, int]:
    """Return where the gap before a place begins, and its steps."""
    left = track.line[place - 1]
    zero = left.on + table.rows[left.row].duration
    until = track.line[place].on if place < track.size[0] - 1 else table.mount[0].steps
    return zero, until - zero


@compiled
def _choices(
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
    zero, span = _span(table, track, place)
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
def _chain(  # noqa: C901 - the loop that all time is spent in
    table: Table, track: Track, labels: Labels, choices: int, place: int
) -> int:
    """Find the best chain for a gap; return the step at which it ends, -1: it is empty."""
    left, right = track.line[place - 1], track.line[place]
    zero, span = _span(table, track, place)
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
            finish = here + choice.duration
            if here > choice.latest or have + choice.peak <= top[finish]:
                continue
            row, ready = choice.row, max(zero + here, table.rows[choice.row].floor)
            on = next_start(table, row, ready + gap(table, row_before, on_before, row, ready))
            if on - zero > choice.latest:
                continue
            finish = on - zero + choice.duration
            more = have + value_at(table, row, on) - choice.cost
            if more <= top[finish] or not _admits(table, track, labels, step, row):
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
def _admits(table: Table, track: Track, labels: Labels, step: int, row: int) -> bool:
    """Return whether a chain may go on with a job: not done yet, and its accounts reach."""
    target = table.rows[row]
    at = step
    while at >= 0:
        if table.rows[labels.last[at].row].unit == target.unit:
            return False
        at = labels.last[at].before
    for entry in range(target.pays, target.paid):
        account = table.entries[entry].account
        left = table.room[account] - track.used[account] - table.entries[entry].cost
        at = step
        while at >= 0:
            before = table.rows[labels.last[at].row]
            for other in range(before.pays, before.paid):
                if table.entries[other].account == account:
                    left -= table.entries[other].cost
            at = labels.last[at].before
        if left < -DUST:
            return False
    return True
