"""A line of rows with their starts, in arrays that a compiled search changes in place.

Row 0 of the line is where the night begins and the last one where it ends.  `early` and `late`
are how far each could go, given the order; a place is tested against them in constant time
(Savelsbergh 1992).
"""

# ruff: noqa: PLR0913, PLR0917 - a compiled loop takes its arrays one by one

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pyros.scheduling.cells import Floats, Ints, Longs
from pyros.scheduling.compiled import compiled
from pyros.scheduling.table import (
    NEVER,
    Records,
    Table,
    best_start,
    earliest_after,
    follows,
    gap,
    last_start,
    latest_before,
    next_start,
    value_at,
)

WORST = -1e18


LINE = np.dtype(
    [
        ("row", np.int32),
        ("on", np.int32),
        ("early", np.int32),
        ("late", np.int32),
        ("worth", np.float64),  # at its start
    ],
    align=True,
)


class Track(NamedTuple):
    """`size[0]` records of `line` are in use."""

    size: Longs
    line: Records
    holder: Ints
    """(units,): the job in the line that holds a unit, or -1."""
    used: Floats
    """(accounts,): what is drawn."""


def track_of(table: Table) -> Track:
    """Return a line with what is fixed in it, and nothing else."""
    jobs, ends = int(table.mount["jobs"][0]), table.rows.size - 2
    fixed = table.rows[jobs:ends]
    starts = table.stretches["first"][fixed["begin"]]
    order = jobs + np.lexsort((np.arange(fixed.size), starts + fixed["duration"], starts))
    rows = np.concatenate([[ends], order, [ends + 1]]).astype(np.int64)
    line = np.zeros(table.rows.size, dtype=LINE)
    line["row"][: rows.size] = rows
    line["on"][: rows.size] = table.stretches["first"][table.rows["begin"][rows]]
    units = int(table.rows["unit"][:jobs].max()) + 1 if jobs else 1
    track = Track(
        size=np.array([rows.size], dtype=np.int64),
        line=line,
        holder=np.full(units, -1, dtype=np.int32),
        used=np.zeros(table.room.size),
    )
    bounds(table, track)
    return track


def jobs_of(table: Table, track: Track) -> tuple[Ints, Ints]:
    """Return the jobs in a line and their starts, in order."""
    line = track.line[: int(track.size[0])]
    line = line[line["row"] < table.mount["jobs"][0]]
    return line["row"].copy(), line["on"].copy()


@compiled
def copy_track(source: Track, target: Track) -> None:
    """Make the target what the source is."""
    size = source.size[0]
    target.size[0] = size
    target.line[:size] = source.line[:size]
    target.holder[:] = source.holder
    target.used[:] = source.used


@compiled
def total(track: Track) -> float:
    """Return the value of a line."""
    value = 0.0
    for place in range(track.size[0]):
        value += track.line[place].worth
    return value


@compiled
def overdraft(table: Table, track: Track) -> float:
    """Return by how much the accounts are overdrawn."""
    over = 0.0
    for account in range(table.room.size):
        over += max(0.0, track.used[account] - table.room[account])
    return over


@compiled
def bounds(table: Table, track: Track) -> None:
    """Set `early` and `late` of every place."""
    early_from(table, track, 1)
    late_from(table, track, track.size[0] - 2)


@compiled
def early_from(table: Table, track: Track, place: int) -> None:
    """Set `early` from a place on; stop where nothing changes any more."""
    track.line[0].early = track.line[0].on
    for at in range(place, track.size[0]):
        row = track.line[at].row
        if row >= table.mount[0].jobs:
            track.line[at].early = track.line[at].on
            continue
        early = earliest_after(table, track.line[at - 1].row, track.line[at - 1].early, row)
        track.line[at].early = min(early, track.line[at].on)


@compiled
def late_from(table: Table, track: Track, place: int) -> None:
    """Set `late` from a place back to the begin."""
    end = track.size[0] - 1
    track.line[end].late = track.line[end].on
    for at in range(place, -1, -1):
        row = track.line[at].row
        if row >= table.mount[0].jobs:
            track.line[at].late = track.line[at].on
            continue
        late = latest_before(table, row, track.line[at + 1].row, track.line[at + 1].late)
        track.line[at].late = max(late, track.line[at].on)


@compiled
def book(table: Table, track: Track, row: int, sign: int) -> None:
    """Take a job into the line's books (+1) or out of them (-1)."""
    track.holder[table.rows[row].unit] = row if sign > 0 else -1
    for entry in range(table.rows[row].pays, table.rows[row].paid):
        track.used[table.entries[entry].account] += sign * table.entries[entry].cost


@compiled
def put(table: Table, track: Track, place: int, out: int, row: int, on: int) -> None:
    """Put a row at a place, `out` rows from there on taken out; a row of -1 puts none.

    The neighbours are pushed as far as needed, which the caller has found to be possible.
    """
    size = track.size[0]
    for at in range(place, place + out):
        book(table, track, track.line[at].row, -1)
    more = (1 if row >= 0 else 0) - out
    if more > 0:
        for at in range(size - 1, place + out - 1, -1):
            track.line[at + more] = track.line[at]
    elif more < 0:
        for at in range(place + out, size):
            track.line[at + more] = track.line[at]
    track.size[0] = size + more
    if row >= 0:
        track.line[place].row = row
        track.line[place].on = on
        track.line[place].worth = value_at(table, row, on)
        book(table, track, row, 1)
        _push(table, track, place)
    relax(table, track, place)
    bounds(table, track)


@compiled
def _push(table: Table, track: Track, place: int) -> None:
    for at in range(place + 1, track.size[0] - 1):
        before = at - 1
        if follows(
            table,
            track.line[before].row,
            track.line[before].on,
            track.line[at].row,
            track.line[at].on,
        ):
            break
        track.line[at].on = earliest_after(
            table, track.line[before].row, track.line[before].on, track.line[at].row
        )
        track.line[at].worth = value_at(table, track.line[at].row, track.line[at].on)
    for at in range(place - 1, 0, -1):
        behind = at + 1
        if follows(
            table,
            track.line[at].row,
            track.line[at].on,
            track.line[behind].row,
            track.line[behind].on,
        ):
            break
        track.line[at].on = latest_before(
            table, track.line[at].row, track.line[behind].row, track.line[behind].on
        )
        track.line[at].worth = value_at(table, track.line[at].row, track.line[at].on)


@compiled
def lay(table: Table, track: Track, rows: Ints, starts: Ints) -> int:
    """Put jobs, in order of their starts, into a line that holds only what is fixed.

    Each starts when it is given or as soon after as it can; what cannot is left out, and so is
    the second of two alternatives.  Returns how many are in.
    """
    place, count = 1, 0
    for at in range(rows.size):
        row = rows[at]
        if track.holder[table.rows[row].unit] >= 0:
            continue
        while track.line[place].row >= table.mount[0].jobs and track.line[place].on < starts[at]:
            if place == track.size[0] - 1:
                break
            place += 1
        on = _room_for(table, track, place, row, starts[at])
        if on < 0 and _closer(table, track, place):
            on = _room_for(table, track, place, row, starts[at])
        if on < 0:
            continue
        for behind in range(track.size[0] - 1, place - 1, -1):
            track.line[behind + 1] = track.line[behind]
        track.size[0] += 1
        track.line[place].row = row
        track.line[place].on = on
        track.line[place].worth = value_at(table, row, on)
        book(table, track, row, 1)
        place += 1
        count += 1
    bounds(table, track)
    return count


@compiled
def _room_for(table: Table, track: Track, place: int, row: int, wished: int) -> int:
    """Return the first start from `wished` on that holds before a place, or -1."""
    one, two = track.line[place - 1], track.line[place]
    on = earliest_after(table, one.row, one.on, row)
    on = next_start(table, row, max(on, wished))
    if on >= NEVER or not follows(table, one.row, one.on, row, on):
        return -1
    return on if follows(table, row, on, two.row, two.on) else -1


@compiled
def _closer(table: Table, track: Track, place: int) -> bool:
    """Move what is before a place as far forward as it can go, up to what is fixed."""
    begin = place - 1
    while track.line[begin].row < table.mount[0].jobs:
        begin -= 1
    moved = False
    for at in range(begin + 1, place):
        one, two = track.line[at - 1], track.line[at].row
        on = earliest_after(table, one.row, one.on, two)
        if on < track.line[at].on:
            track.line[at].on = on
            track.line[at].worth = value_at(table, two, on)
            moved = True
    return moved


@compiled
def relax(table: Table, track: Track, place: int) -> None:
    """Let the neighbours of a place slide to where they are worth most."""
    for at in range(max(1, place - 2), min(track.size[0] - 1, place + 3)):
        row = track.line[at].row
        if row < table.mount[0].jobs:
            low = earliest_after(table, track.line[at - 1].row, track.line[at - 1].on, row)
            high = latest_before(table, row, track.line[at + 1].row, track.line[at + 1].on)
            on = best_start(table, row, low, high)
            if on >= 0:
                worth = value_at(table, row, on)
                if worth > track.line[at].worth:
                    track.line[at].on = on
                    track.line[at].worth = worth


@compiled
def settle_starts(table: Table, track: Track, gains: Floats) -> float:
    """Give every row of a line its best start for this order; return the line's value.

    `gains` is memory, of more steps than there are from early to late of all places together;
    where there is less, or gaps depend on when and the best starts do not hold, the line stays.
    """
    size, before, kept = track.size[0], total(track), _starts(track)
    offset = np.zeros(size + 1, dtype=np.int64)
    for at in range(size):
        offset[at + 1] = offset[at] + track.line[at].late - track.line[at].early + 1
    if offset[size] > gains.size:
        return before
    for at in range(size - 1, -1, -1):
        _gains_of(table, track, at, offset, gains)
    _walk(table, track, offset, gains)
    if _holds(table, track):
        for at in range(size):
            track.line[at].worth = value_at(table, track.line[at].row, track.line[at].on)
        if total(track) > before:
            bounds(table, track)
            return total(track)
    for at in range(size):
        track.line[at].on = kept[at]
        track.line[at].worth = value_at(table, track.line[at].row, kept[at])
    return before


@compiled
def _gains_of(table: Table, track: Track, at: int, offset: Longs, gains: Floats) -> None:
    """Set f(t) = max(f(t + 1), value(t) + f_behind(t + length + gap)) of one place."""
    one = track.line[at]
    last = at + 1 == track.size[0]
    wait, low, high = 0, 0, 0
    if not last:
        two = track.line[at + 1]
        wait = table.rows[one.row].duration + gap(table, one.row, one.on, two.row, two.on)
        low, high = two.early, two.late
        if one.row >= table.mount[0].jobs and two.row >= table.mount[0].jobs:
            wait = -NEVER
    best = WORST
    for on in range(one.late, one.early - 1, -1):
        worth = _start_value(table, one.row, on)
        if worth > WORST and not last:
            then = max(on + wait, low)
            worth = worth + gains[offset[at + 1] + then - low] if then <= high else WORST
        best = max(best, worth)
        gains[offset[at] + on - one.early] = best


@compiled
def _walk(table: Table, track: Track, offset: Longs, gains: Floats) -> None:
    """Set the starts that the gains promise, from the first place on."""
    low = track.line[0].early
    for at in range(track.size[0]):
        one = track.line[at]
        begin = offset[at] - one.early
        on = min(max(low, one.early), one.late)
        while on < one.late and gains[begin + on + 1] >= gains[begin + on]:
            on += 1
        if at + 1 < track.size[0]:
            two = track.line[at + 1]
            low = on + table.rows[one.row].duration + gap(table, one.row, one.on, two.row, two.on)
        track.line[at].on = on


@compiled
def _holds(table: Table, track: Track) -> bool:
    jobs = table.mount[0].jobs
    for at in range(1, track.size[0]):
        one, two = track.line[at - 1], track.line[at]
        if one.row >= jobs and two.row >= jobs:
            continue
        if next_start(table, two.row, two.on) != two.on:
            return False
        if not follows(table, one.row, one.on, two.row, two.on):
            return False
    return True


@compiled
def _starts(track: Track) -> Ints:
    starts = np.empty(track.size[0], dtype=np.int32)
    for at in range(starts.size):
        starts[at] = track.line[at].on
    return starts


@compiled
def _start_value(table: Table, row: int, on: int) -> float:
    if next_start(table, row, on) != on or last_start(table, row, on) != on:
        return WORST
    return value_at(table, row, on)
