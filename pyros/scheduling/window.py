"""Stretches of a line made anew: some jobs in a row come out, and the best chain goes in.

Ruin and recreate (Schrimpf et al. 2000), accepted as annealing has it.
"""

# ruff: noqa: PLR0913, PLR0917 - a compiled loop takes its arrays one by one

from __future__ import annotations

import math

from pyros.scheduling.anneal import DUST, NOWHERE, State, uniform
from pyros.scheduling.cells import Floats, Ints
from pyros.scheduling.compiled import compiled
from pyros.scheduling.labels import HARD, MOST_FREED, Labels, best_chain, chain_length, list_choices
from pyros.scheduling.table import Table, value_at
from pyros.scheduling.track import Track, book, bounds, overdraft, relax, total

TWICE = 0.5
"""How often two windows are made anew at once, so that jobs may pass from one to the other."""


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
    over_price: float,
    best_row: Ints,
    best_on: Ints,
    best_value: float,
) -> tuple[float, int]:
    """Make one or two windows anew, `moves` times, from `hot` to `cold`; returns as `anneal`.

    `shortlist` are the jobs to choose from, `toll` (jobs,) what each must bring to be taken,
    `over_price` what overdrawing an account by a unit costs; HARD: none is.
    """
    best_size = 0
    cool = math.exp(math.log(cold / hot) / max(1, moves - 1))
    heat = hot
    used = track.used.copy()
    before = total(track) - over_price * overdraft(table, track)
    for _ in range(moves):
        heat *= cool
        size = track.size[0]
        labels.old[:size] = track.line[:size]
        used[:] = track.used
        first, freed = _cut(table, track, labels, state, widest, 0, 0)
        second = NOWHERE
        if uniform(state) < TWICE:
            second, freed = _cut(table, track, labels, state, widest, freed, 1)
        _fill(table, track, labels, shortlist, freed, toll, state, over_price, first, 0)
        if second != NOWHERE:
            _fill(table, track, labels, shortlist, freed, toll, state, over_price, second, 1)
        for at in range(freed):
            labels.marked[labels.freed[at].row] = 0
        value, over = total(track), overdraft(table, track)
        after = value if over <= DUST else value - over_price * over
        if after - before < heat * math.log(uniform(state)):
            _restore(table, track, labels, size, used)
            continue
        bounds(table, track)
        before = after
        if value > best_value + DUST and over <= DUST:
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
        _fill(table, track, labels, shortlist, 0, toll, state, HARD, left, 0)
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
    over_price: float,
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
    choices = list_choices(table, track, labels, shortlist, freed, toll, state, place, window)
    step = best_chain(table, track, labels, choices, place, over_price)
    count = chain_length(labels, step)
    if count == 0 or size + count > track.line.size:
        return
    for behind in range(size - 1, place - 1, -1):
        track.line[behind + count] = track.line[behind]
    track.size[0] = size + count
    for into in range(place + count - 1, place - 1, -1):
        one = labels.last[step]
        row, on = one.row, one.on
        track.line[into].row = row
        track.line[into].on = on
        track.line[into].worth = value_at(table, row, on)
        book(table, track, row, 1)
        step = one.before
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
