"""Simulated annealing over lines: one job at a time goes in where it gains most, or comes out.

Accounts may be overdrawn on the way, at a price; only lines in which none is are kept.
"""

# ruff: noqa: PLR0913, PLR0917, FBT001 - a compiled loop takes its arrays one by one

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pyros.scheduling.cells import Floats, Ints
from pyros.scheduling.compiled import compiled
from pyros.scheduling.table import (
    NEVER,
    Table,
    best_start,
    earliest_after,
    gap,
    last_start,
    latest_before,
    next_start,
    value_at,
)
from pyros.scheduling.track import Track, overdraft, put, total

State = npt.NDArray[np.uint64]
NOWHERE = -1
DUST = 1e-6
"""Accounts and values that differ by less are equal."""


@compiled
def uniform(state: State) -> float:
    """Return the next number in (0, 1] of a generator of 64 bits (splitmix64, Vigna 2015)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = state[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = mixed ^ (mixed >> np.uint64(31))
    return (float(mixed >> np.uint64(11)) + 1.0) * (1.0 / 9007199254740992.0)


@compiled
def anneal(
    table: Table,
    track: Track,
    weight: Floats,
    state: State,
    moves: int,
    hot: float,
    cold: float,
    over_price: float,
    most_out: int,
    best_row: Ints,
    best_on: Ints,
    best_value: float,
) -> tuple[float, int]:
    """Make `moves` moves from `hot` to `cold` (values); return the best value and its size.

    `weight` (jobs,) adds up how often each is drawn.  The best line without overdraft, if it is
    worth more than `best_value`, is in `best_row` and `best_on`; a size of 0: there was none.
    """
    best_size = 0
    worth = total(track)
    cool = math.exp(math.log(cold / hot) / max(1, moves - 1))
    heat = hot
    for _ in range(moves):
        heat *= cool
        row = int(np.searchsorted(weight, uniform(state) * weight[-1]))
        row = min(row, table.mount[0].jobs - 1)
        ask = heat * math.log(uniform(state))
        if table.rows[row].begin == table.rows[row].end:
            continue
        if track.holder[table.rows[row].unit] == row:
            changed = _out(table, track, row, ask, over_price, most_out, uniform(state) < 0.5)
        else:
            changed = _in(table, track, row, ask, over_price, most_out)
        if changed:
            worth = total(track)
            if worth > best_value + DUST and overdraft(table, track) <= DUST:
                best_value, best_size = worth, track.size[0]
                for at in range(best_size):
                    best_row[at] = track.line[at].row
                    best_on[at] = track.line[at].on
    return best_value, best_size


@compiled
def _in(table: Table, track: Track, row: int, ask: float, over_price: float, most_out: int) -> bool:
    place, out, on, _ = best_place(table, track, row, ask, over_price, most_out)
    if place == NOWHERE:
        return False
    put(table, track, place, out, row, on)
    return True


@compiled
def _out(
    table: Table,
    track: Track,
    row: int,
    ask: float,
    over_price: float,
    most_out: int,
    elsewhere: bool,
) -> bool:
    """Take a job out, for good or to another place."""
    place = 1
    while track.line[place].row != row:
        place += 1
    on, worth = track.line[place].on, track.line[place].worth
    relief = -over_price * over_change(table, track, NOWHERE, place, 1)
    if not elsewhere:
        if relief - worth < ask:
            return False
        put(table, track, place, 1, NOWHERE, 0)
        return True
    before = total(track)
    put(table, track, place, 1, NOWHERE, 0)
    lost = before - total(track) - relief
    there, out, then, _ = best_place(table, track, row, ask + lost, over_price, most_out)
    if there == NOWHERE:
        put(table, track, place, 0, row, on)
        return False
    put(table, track, there, out, row, then)
    return True


@compiled
def over_change(table: Table, track: Track, row: int, place: int, out: int) -> float:
    """Return how much more the accounts are overdrawn with `row` in for `out` from `place` on."""
    if table.room.size == 0:
        return 0.0
    change = 0.0
    used, room = track.used, table.room
    for at in range(place, place + out):
        taken = track.line[at].row
        for entry in range(table.rows[taken].pays, table.rows[taken].paid):
            account = table.entries[entry].account
            change -= max(0.0, used[account] - room[account])
            used[account] -= table.entries[entry].cost
            change += max(0.0, used[account] - room[account])
    if row != NOWHERE:
        for entry in range(table.rows[row].pays, table.rows[row].paid):
            account = table.entries[entry].account
            change += max(0.0, used[account] + table.entries[entry].cost - room[account])
            change -= max(0.0, used[account] - room[account])
            used[account] += table.entries[entry].cost
        for entry in range(table.rows[row].pays, table.rows[row].paid):
            used[table.entries[entry].account] -= table.entries[entry].cost
    for at in range(place, place + out):
        taken = track.line[at].row
        for entry in range(table.rows[taken].pays, table.rows[taken].paid):
            used[table.entries[entry].account] += table.entries[entry].cost
    return change


@compiled
def best_place(  # noqa: C901, PLR0912 - the loop that all time is spent in
    table: Table, track: Track, row: int, ask: float, over_price: float, most_out: int
) -> tuple[int, int, int, float]:
    """Return place, how many go out there, start and gain of the best insertion above `ask`.

    A place of NOWHERE: there is none.
    """
    size, long = track.size[0], table.rows[row].duration
    low_stretch, high_stretch = table.rows[row].begin, table.rows[row].end
    first, last = table.stretches[low_stretch].first, table.stretches[high_stretch - 1].last
    peak = table.rows[row].peak
    twin = track.holder[table.rows[row].unit]
    found, found_out, found_on, best = NOWHERE, 0, 0, ask
    relief = over_price * overdraft(table, track)
    static = table.mount[0].kind < 2
    for place in range(1, size):
        one = track.line[place - 1].row
        if track.line[place - 1].early + table.rows[one].duration > last:
            break
        if track.line[min(place + most_out, size - 1)].late < first + long:
            continue
        before = 0
        if static:
            before = gap(table, one, 0, row, 0)
            ready = track.line[place - 1].early + table.rows[one].duration
            ready = max(ready, table.rows[row].floor)
            low = next_start(table, row, ready + before)
        else:
            low = earliest_after(table, one, track.line[place - 1].early, row)
        if low >= NEVER:
            continue
        lost, freed = 0.0, False
        for out in range(min(most_out, size - 1 - place) + 1):
            if out:
                gone = track.line[place + out - 1].row
                if gone >= table.mount[0].jobs:
                    break
                lost += track.line[place + out - 1].worth
                freed = freed or gone == twin
            if peak - lost + relief <= best:
                break
            if twin >= 0 and not freed:
                continue
            behind = place + out
            two = track.line[behind].row
            if track.line[behind].late - long < low:
                continue
            high = latest_before(table, row, two, track.line[behind].late)
            if high < low:
                continue
            price = lost + over_price * over_change(table, track, row, place, out)
            if peak - price <= best:
                continue
            on, gain = _start_between(table, track, row, place, behind, low, high, price, best)
            if on >= 0 and gain > best:
                found, found_out, found_on, best = place, out, on, gain
    return found, found_out, found_on, best


@compiled
def _start_between(
    table: Table,
    track: Track,
    row: int,
    place: int,
    behind: int,
    low: int,
    high: int,
    price: float,
    best: float,
) -> tuple[int, float]:
    """Return the best start, and its gain, between two places that may be pushed; -1: none."""
    free_low = earliest_after(table, track.line[place - 1].row, track.line[place - 1].on, row)
    free_high = latest_before(table, row, track.line[behind].row, track.line[behind].on)
    if free_low <= free_high:
        on = best_start(table, row, free_low, free_high)
        if on >= 0:
            return on, value_at(table, row, on) - price
    found, gain = -1, best
    for choice in range(3):
        if choice == 0:
            on = next_start(table, row, max(low, min(free_low, high)))
        elif choice == 1:
            on = last_start(table, row, min(high, max(free_high, low)))
        else:
            on = next_start(table, row, (max(low, free_high) + min(high, free_low)) // 2)
        if on < low or on > high:
            continue
        more = value_at(table, row, on) - price
        if more > gain:
            more -= _push_loss(table, track, row, on, place, behind)
            if more > gain:
                found, gain = on, more
    return found, gain


@compiled
def _push_loss(table: Table, track: Track, row: int, on: int, place: int, behind: int) -> float:
    """Return what is lost where others make room for `row` at `on`; 1e18: they cannot."""
    loss = 0.0
    one, one_on = row, on
    for at in range(behind, track.size[0]):
        two = track.line[at].row
        then = earliest_after(table, one, one_on, two)
        if then <= track.line[at].on:
            break
        if then > track.line[at].late:
            return 1e18
        loss += track.line[at].worth - value_at(table, two, then)
        one, one_on = two, then
    two, two_on = row, on
    for at in range(place - 1, -1, -1):
        one = track.line[at].row
        then = latest_before(table, one, two, two_on)
        if then >= track.line[at].on:
            break
        if then < track.line[at].early:
            return 1e18
        loss += track.line[at].worth - value_at(table, one, then)
        two, two_on = one, then
    return loss


@compiled
def drop_overdrafts(table: Table, track: Track) -> None:
    """Take out the least dense jobs of each account that is overdrawn until none is."""
    while overdraft(table, track) > DUST:
        worst, at_worst = 1e18, NOWHERE
        for at in range(1, track.size[0] - 1):
            row = track.line[at].row
            if row >= table.mount[0].jobs:
                continue
            over = False
            for entry in range(table.rows[row].pays, table.rows[row].paid):
                account = table.entries[entry].account
                if (
                    track.used[account] > table.room[account] + DUST
                    and table.entries[entry].cost > 0.0
                ):
                    over = True
            density = track.line[at].worth / (table.rows[row].duration + 1.0)
            if over and density < worst:
                worst, at_worst = density, at
        if at_worst == NOWHERE:
            break
        put(table, track, at_worst, 1, NOWHERE, 0)


@compiled
def sweep(table: Table, track: Track, order: Ints, most_out: int) -> bool:
    """Insert, and exchange for up to `most_out`, each job in turn while that gains; quotas hold."""
    gained = False
    for at in range(order.size):
        row = order[at]
        if (
            track.holder[table.rows[row].unit] == row
            or table.rows[row].begin == table.rows[row].end
        ):
            continue
        before = total(track)
        place, out, on, _ = best_place(table, track, row, DUST, 1e9, most_out)
        if place != NOWHERE:
            put(table, track, place, out, row, on)
            gained = gained or total(track) > before + DUST
    return gained
