"""The problem as the compiled loops read it: starts, values, and the steps between two rows."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pyros.scheduling.cells import Cells, Floats, Ints, Moves, Singles
from pyros.scheduling.compiled import compiled

Records = npt.NDArray[Any]
NEVER = 1 << 28
"""A step that never comes."""
QUARTER_TURN_DEG = 90.0
MOST_GAP_STEPS = 4096
TRIES = 5
EPSILON = 1e-9
"""Of a step: what a rounding up forgives."""
SAME = 4e-15
"""Two directions whose cosine differs by less are one."""


ROW = np.dtype(
    [
        ("duration", np.int32),
        ("begin", np.int32),  # its stretches are begin .. end - 1
        ("end", np.int32),
        ("pays", np.int32),  # its entries are pays .. paid - 1
        ("paid", np.int32),
        ("unit", np.int32),
        ("since", np.int32),  # the first start of any job of its unit
        ("leaves", np.int32),
        ("needs", np.int32),
        ("place", np.int32),
        ("floor", np.int32),  # its set-up does not begin before
        ("x", np.float64),
        ("y", np.float64),
        ("z", np.float64),
        ("hour_angle_deg", np.float64),
        ("dec_deg", np.float64),
        ("peak", np.float64),  # its highest value
    ],
    align=True,
)
STRETCH = np.dtype(
    [
        ("cell", np.int64),
        ("first", np.int32),
        ("last", np.int32),
        ("peak", np.int32),  # the start of the highest value in it
    ],
    align=True,
)
ENTRY = np.dtype([("account", np.int64), ("cost", np.float64)], align=True)
MOUNT = np.dtype(
    [
        ("kind", np.int64),
        ("jobs", np.int64),
        ("steps", np.int64),  # no job ends behind it
        ("step_s", np.float64),
        ("settle_s", np.float64),
        ("in_turn", np.float64),
        ("rate_1", np.float64),
        ("accel_1", np.float64),
        ("rate_2", np.float64),
        ("accel_2", np.float64),
        ("dome_rate", np.float64),
        ("dome_accel", np.float64),
        ("turn_deg", np.float64),
        ("sin_lat", np.float64),
        ("cos_lat", np.float64),
        ("wrap_from_deg", np.float64),
    ],
    align=True,
)
LEAST, UNKNOWN, WHEELS, LIMITS = 0, 1, 2, 3
"""What stands in `law[one set, other set]`: steps of a move by nothing; steps from an unknown
place; seconds for the wheels; then, ascending, the cosines below which it takes a step more."""


class Table(NamedTuple):
    """`Cells` with two rows more: where the night begins (the last but one) and where it ends.

    Few arrays of records: a compiled call hands over each array, and records keep together what
    is read together.
    """

    rows: Records
    stretches: Records
    value: Singles
    law: Floats
    """(sets, sets, 3 + k): see `LIMITS`."""
    mount: Records
    """(1,)."""
    entries: Records
    room: Floats


def table_of(cells: Cells) -> Table:
    """Return the table of a problem."""
    moves, rows = cells.moves, cells.rows
    table = np.zeros(rows + 2, dtype=ROW)
    body = table[:rows]
    body["duration"] = cells.duration
    table["begin"] = np.append(cells.stretch_of[:-1], cells.stretch_of[-1] + np.array([0, 1]))
    table["end"] = np.append(cells.stretch_of[1:], cells.stretch_of[-1] + np.array([1, 2]))
    body["pays"], body["paid"] = cells.account_of[:-1], cells.account_of[1:]
    table["unit"][: cells.jobs] = cells.unit
    body["leaves"], body["needs"] = moves.leaves, moves.needs
    table["place"] = np.append(moves.place, [2, 2])
    table["floor"] = np.where(np.arange(rows + 2) < cells.jobs, cells.floor, -NEVER)
    body["x"], body["y"], body["z"] = moves.vector.T
    body["hour_angle_deg"], body["dec_deg"] = moves.hour_angle_deg, moves.dec_deg
    ends = np.array([cells.floor, max(cells.steps, cells.floor) + NEVER // 4])
    stretches = np.zeros(cells.first.size + 2, dtype=STRETCH)
    stretches["first"], stretches["last"] = (
        np.append(cells.first, ends),
        np.append(cells.last, ends),
    )
    stretches["cell"] = np.append(cells.cell_of, cells.cell_of[-1] + 1)
    value = np.append(cells.value, np.zeros(2, dtype=np.float32))
    _find_peaks(table, stretches, value)
    table["since"][: cells.jobs] = _since(cells)
    entries = np.zeros(cells.account.size, dtype=ENTRY)
    entries["account"], entries["cost"] = cells.account, cells.cost
    return Table(table, stretches, value, _law(moves), _mount(cells), entries, cells.room)


def _since(cells: Cells) -> Ints:
    """Return (jobs,): the first start of any job of the same unit."""
    stretches = int(cells.stretch_of[cells.jobs])
    owner = np.repeat(np.arange(cells.jobs), np.diff(cells.stretch_of[: cells.jobs + 1]))
    first = np.full(cells.units, NEVER, dtype=np.int32)
    np.minimum.at(first, cells.unit[owner], cells.first[:stretches])
    since: Ints = first[cells.unit]
    return since


def _mount(cells: Cells) -> Records:
    moves, mount = cells.moves, np.zeros(1, dtype=MOUNT)
    mount["jobs"], mount["steps"] = cells.jobs, cells.steps
    for name in ("kind", "step_s", "settle_s", "in_turn", "turn_deg", "sin_lat", "cos_lat"):
        mount[name] = getattr(moves, name)
    mount["wrap_from_deg"] = moves.wrap_from_deg
    (mount["rate_1"], mount["accel_1"]), (mount["rate_2"], mount["accel_2"]) = moves.axes
    mount["dome_rate"], mount["dome_accel"] = moves.dome
    return mount


def _up(seconds: npt.ArrayLike, step_s: float) -> Ints:
    steps = np.ceil(np.asarray(seconds, dtype=np.float64) / step_s - EPSILON)
    return np.maximum(1, steps).astype(np.int32)


def _joined(moves: Moves, move_s: float, wheels_s: Floats) -> Floats:
    return move_s + wheels_s if moves.in_turn else np.maximum(move_s, wheels_s)


def _all_wheels_s(moves: Moves) -> Floats:
    """Return the seconds from no known set of filters: the last one."""
    wheels_s: Floats = moves.wheel_s[-1]
    return wheels_s


def _quarter_turn_s(moves: Moves) -> float:
    turns = [turn_s(axis[0], axis[1], QUARTER_TURN_DEG) for axis in moves.axes]
    if moves.dome[0] > 0.0:
        turns.append(turn_s(moves.dome[0], moves.dome[1], QUARTER_TURN_DEG))
    return max(turns)


def _law(moves: Moves) -> Floats:
    """Return least steps, steps from the unknown, wheels, and the cosines of the moves' steps."""
    sets = moves.wheel_s.shape[0]
    rate, acceleration = moves.axes[0]
    most = min(MOST_GAP_STEPS, math.ceil(turn_s(rate, acceleration, 180.0) / moves.step_s) + 2)
    law = np.full((sets, sets, LIMITS + most), -2.0)
    law[:, :, LEAST] = _up(moves.settle_s + _joined(moves, 0.0, moves.wheel_s), moves.step_s)
    unknown_s = moves.settle_s + _joined(moves, _quarter_turn_s(moves), _all_wheels_s(moves))
    law[:, :, UNKNOWN] = _up(unknown_s, moves.step_s)
    law[:, :, WHEELS] = moves.wheel_s
    ready_s: Floats = law[:, :, LEAST, None] + np.arange(most, dtype=np.float64) + EPSILON
    ready_s = ready_s * moves.step_s - moves.settle_s
    if moves.in_turn:
        ready_s = ready_s - moves.wheel_s[:, :, None]
    angle_deg = reach_deg(rate, acceleration, ready_s)
    law[:, :, LIMITS:] = np.where(angle_deg < 180.0, np.cos(np.radians(angle_deg)), -2.0)
    return law


def reach_deg(rate_deg_s: float, accel_deg_s2: float, seconds: Floats) -> Floats:
    """Return how far an axis turns in a time, from rest to rest."""
    time_s = np.maximum(0.0, seconds)
    if accel_deg_s2 <= 0.0:
        turned: Floats = np.where(time_s > 0.0, rate_deg_s, 0.0) * time_s
        return np.minimum(180.0, turned).astype(np.float64)
    ramps_s = rate_deg_s / accel_deg_s2
    short = accel_deg_s2 * time_s * time_s / 4.0
    far: Floats = np.where(time_s <= 2.0 * ramps_s, short, rate_deg_s * (time_s - ramps_s))
    return far


@compiled
def turn_s(rate_deg_s: float, accel_deg_s2: float, distance_deg: float) -> float:
    """Return the seconds an axis needs for a distance, from rest to rest."""
    if distance_deg <= 0.0:
        return 0.0
    if accel_deg_s2 <= 0.0:
        return distance_deg / rate_deg_s
    if distance_deg <= rate_deg_s * rate_deg_s / accel_deg_s2:
        return 2.0 * math.sqrt(distance_deg / accel_deg_s2)
    return distance_deg / rate_deg_s + rate_deg_s / accel_deg_s2


@compiled
def _find_peaks(rows: Records, stretches: Records, value: Singles) -> None:
    for row in range(rows.size):
        for stretch in range(rows[row].begin, rows[row].end):
            one = stretches[stretch]
            one.peak = one.first
            best = value[one.cell]
            for cell in range(one.cell, one.cell + one.last - one.first + 1):
                if value[cell] > best:
                    best = value[cell]
                    one.peak = one.first + cell - one.cell
            rows[row].peak = max(rows[row].peak, best)


# starts of one row


@compiled
def next_start(table: Table, row: int, step: int) -> int:
    """Return the first feasible start at or after a step, or NEVER."""
    for stretch in range(table.rows[row].begin, table.rows[row].end):
        if table.stretches[stretch].last >= step:
            return int(max(step, table.stretches[stretch].first))
    return NEVER


@compiled
def last_start(table: Table, row: int, step: int) -> int:
    """Return the last feasible start at or before a step, or -1."""
    for stretch in range(table.rows[row].end - 1, table.rows[row].begin - 1, -1):
        if table.stretches[stretch].first <= step:
            return int(min(step, table.stretches[stretch].last))
    return -1


@compiled
def value_at(table: Table, row: int, step: int) -> float:
    """Return the value of a feasible start."""
    for stretch in range(table.rows[row].begin, table.rows[row].end):
        if table.stretches[stretch].last >= step:
            return float(
                table.value[table.stretches[stretch].cell + step - table.stretches[stretch].first]
            )
    return 0.0


@compiled
def best_start(table: Table, row: int, low: int, high: int) -> int:
    """Return the best feasible start in low .. high, or -1; values rise to a peak and fall."""
    found, best = -1, -1.0
    for stretch in range(table.rows[row].begin, table.rows[row].end):
        begin, end = (
            max(low, table.stretches[stretch].first),
            min(high, table.stretches[stretch].last),
        )
        if begin <= end:
            step = min(max(table.stretches[stretch].peak, begin), end)
            value = table.value[
                table.stretches[stretch].cell + step - table.stretches[stretch].first
            ]
            if value > best:
                found, best = step, value
    return found


# steps between two rows


@compiled
def gap(  # noqa: PLR0911 - one for each kind of place
    table: Table, one: int, one_on: int, two: int, two_on: int
) -> int:
    """Return the steps from the end of `one`, on target at `one_on`, to `two` at `two_on`."""
    here, there = table.rows[one], table.rows[two]
    if here.place == 2 or there.place == 2:
        return 0
    if there.place == 1:
        return 1
    law = table.law
    leaves, needs = here.leaves, there.needs
    if here.place == 1:
        return int(law[leaves, needs, UNKNOWN])
    kind = table.mount[0].kind
    if kind >= 2:
        return _gap_by_axes(table, one, one_on, two, two_on)
    steps = int(law[leaves, needs, LEAST])
    if kind == 0:
        return steps
    cosine = here.x * there.x + here.y * there.y + here.z * there.z + SAME
    for more in range(LIMITS, law.shape[2]):
        if cosine >= law[leaves, needs, more]:
            return steps + more - LIMITS
    return int(steps + law.shape[2] - LIMITS)


@compiled
def _gap_by_axes(table: Table, one: int, one_on: int, two: int, two_on: int) -> int:
    mount = table.mount[0]
    end = one_on + table.rows[one].duration
    old_1, old_2 = _axes(table, one, one_on, end)
    new_1, new_2 = _axes(table, two, two_on, two_on)
    far_1, far_2 = abs(new_1 - old_1), abs(new_2 - old_2)
    if mount.kind == 4 and math.isnan(mount.wrap_from_deg):
        far_1 = min(far_1, 360.0 - far_1)
    move_s = turn_s(mount.rate_1, mount.accel_1, far_1)
    move_s = max(move_s, turn_s(mount.rate_2, mount.accel_2, far_2))
    if mount.dome_rate > 0.0:
        swing = abs(_altaz(table, one, end)[1] - _altaz(table, two, two_on)[1])
        swing = min(swing, 360.0 - swing)
        move_s = max(move_s, turn_s(mount.dome_rate, mount.dome_accel, swing))
    wheels_s = table.law[table.rows[one].leaves, table.rows[two].needs, WHEELS]
    both_s = move_s + wheels_s if mount.in_turn > 0.0 else max(move_s, wheels_s)
    return max(1, int(math.ceil((mount.settle_s + both_s) / mount.step_s - EPSILON)))  # noqa: RUF046 - a float, compiled


@compiled
def _axes(table: Table, row: int, on: int, at: int) -> tuple[float, float]:
    """Return both axes, degrees, at step `at` of a row that came on target at step `on`."""
    mount, target = table.mount[0], table.rows[row]
    if mount.kind == 4:
        altitude, azimuth = _altaz(table, row, at)
        wrap = mount.wrap_from_deg
        return (azimuth - (0.0 if math.isnan(wrap) else wrap)) % 360.0, altitude
    start = (target.hour_angle_deg + mount.turn_deg * on + 180.0) % 360.0 - 180.0
    angle = start + mount.turn_deg * (at - on)
    if mount.kind == 3 and start >= 0.0:
        return angle - 180.0, 180.0 - target.dec_deg
    return angle, target.dec_deg


@compiled
def _altaz(table: Table, row: int, at: int) -> tuple[float, float]:
    mount, target = table.mount[0], table.rows[row]
    angle = math.radians(target.hour_angle_deg + mount.turn_deg * at)
    dec = math.radians(target.dec_deg)
    up = mount.sin_lat * math.sin(dec) + mount.cos_lat * math.cos(dec) * math.cos(angle)
    north = mount.cos_lat * math.sin(dec) - mount.sin_lat * math.cos(dec) * math.cos(angle)
    east = -math.cos(dec) * math.sin(angle)
    altitude = math.degrees(math.asin(min(1.0, max(-1.0, up))))
    return altitude, math.degrees(math.atan2(east, north)) % 360.0


@compiled
def earliest_after(table: Table, one: int, one_on: int, two: int) -> int:
    """Return the earliest start of `two` behind `one`, or NEVER."""
    ready = max(one_on + table.rows[one].duration, table.rows[two].floor)
    if table.mount[0].kind < 2:
        return next_start(table, two, ready + gap(table, one, one_on, two, 0))
    on = next_start(table, two, ready)
    for _ in range(TRIES):
        if on >= NEVER:
            return NEVER
        needed = ready + gap(table, one, one_on, two, on)
        if on >= needed:
            return on
        on = next_start(table, two, needed)
    return NEVER


@compiled
def latest_before(table: Table, one: int, two: int, two_on: int) -> int:
    """Return the latest start of `one` that leaves `two` its start, or -1."""
    long, floor = table.rows[one].duration, table.rows[two].floor
    if table.mount[0].kind < 2:
        steps = gap(table, one, 0, two, two_on)
        if two_on - steps < floor:
            return -1
        return last_start(table, one, two_on - steps - long)
    on = last_start(table, one, two_on - long)
    for _ in range(TRIES):
        if on < 0:
            return -1
        needed = gap(table, one, on, two, two_on)
        if max(on + long, floor) + needed <= two_on:
            return on
        on = last_start(table, one, min(on - 1, two_on - needed - long))
    return -1


@compiled
def follows(table: Table, one: int, one_on: int, two: int, two_on: int) -> bool:
    """Return whether `two` may be on target when it is, behind `one` when that is."""
    ready = max(one_on + table.rows[one].duration, table.rows[two].floor)
    return bool(ready + gap(table, one, one_on, two, two_on) <= two_on)
