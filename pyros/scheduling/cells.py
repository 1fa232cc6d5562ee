"""A problem in columns: all that the compiled solver sees, one row a job, one cell a start.

A row is a job, or something fixed: a block, a slot that stays, where the night begins.  The jobs
come first (rows 0 .. n - 1), what is fixed behind them.  Steps are whole steps from the grid's
zero.  A cell is one feasible start of one row; the cells of a row are contiguous, stretch by
stretch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


class MoveKind(IntEnum):
    """What the time between two rows depends on."""

    CONSTANT = 0
    """On nothing."""
    GREAT_CIRCLE = 1
    """On the angle between the targets, and their filters."""
    FORK = 2
    GERMAN = 3
    ALTAZ = 4
    """On when, too: axes as `transition.py` has them."""


class Moves(NamedTuple):
    """How long it takes from one row to the next; each array has one row a row.

    Seconds are `settle_s + max (or sum, where `in_turn`) of the move and of
    wheel_s[leaves[i], needs[k]]`, rounded up to steps, at least 1.  An axis is (rate_deg_s,
    accel_deg_s2), acceleration 0 for one that needs no time to get there.
    """

    kind: int
    step_s: float
    settle_s: float
    in_turn: bool
    axes: Floats
    """(2, 2): both axes, or the great circle twice."""
    dome: Floats
    """(2,): its axis; a rate of 0: no dome."""
    vector: Floats
    """(rows, 3): ICRS unit vectors."""
    hour_angle_deg: Floats
    """(rows,): at step 0, and `turn_deg` more each step."""
    dec_deg: Floats
    leaves: Ints
    """(rows,): the set of filters in which a row ends."""
    needs: Ints
    """(rows,): the set of filters with which it begins; the last set is "none is asked"."""
    wheel_s: Floats
    """(sets, sets): seconds for the wheels from one set to another."""
    place: Ints
    """(rows,): 0 a place in the sky; 1 an unknown one (a quarter turn of every axis from it, one
    step to it); 2 nothing at all: no time is needed from it or to it."""
    turn_deg: float
    sin_lat: float
    cos_lat: float
    wrap_from_deg: float
    """NaN: an altaz mount without a stop."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """One night's problem, or that of one tier, in columns.

    `solve(cells, budget, previous=None)` of `solve.py` answers it.
    """

    jobs: int
    """How many rows are jobs; what comes behind them is fixed."""
    steps: int
    """No cell ends behind it."""
    duration: Ints
    """(rows,): steps on target."""
    stretch_of: Ints
    """(rows + 1,): the stretches of row j are stretch_of[j] .. stretch_of[j + 1] - 1."""
    first: Ints
    last: Ints
    """(stretches,): first and last feasible start of each, ascending within a row."""
    cell_of: Longs
    """(stretches + 1,): the cell of each stretch's first start."""
    value: Singles
    """(cells,): what each start is worth; 0 for what is fixed."""
    moves: Moves
    account_of: Ints
    """(rows + 1,): the accounts row j draws on are account[account_of[j] : account_of[j + 1]]."""
    account: Ints
    cost: Floats
    """Beside `account`: what is drawn, in the account's own unit."""
    room: Floats
    """(accounts,): what is left on each; what is fixed has been paid."""
    unit: Ints
    """(jobs,): at most one job of each unit is done; alternatives share one."""
    floor: int = 0
    """No set-up of a job begins before this step."""
    names: tuple[str, ...] = field(default=(), compare=False)
    """Of the jobs; only for people and caches."""

    @property
    def rows(self) -> int:
        """Return the number of jobs and of what is fixed."""
        return int(self.duration.size)

    @property
    def units(self) -> int:
        """Return how many units there are."""
        return int(self.unit.max()) + 1 if self.unit.size else 0

    def starts(self, row: int) -> Longs:
        """Return every feasible start of a row, ascending; its values are `values(row)`."""
        low, high = self.stretch_of[row], self.stretch_of[row + 1]
        spans = [
            np.arange(first, last + 1, dtype=np.int64)
            for first, last in zip(self.first[low:high], self.last[low:high], strict=True)
        ]
        return np.concatenate(spans) if spans else np.zeros(0, dtype=np.int64)

    def values(self, row: int) -> Singles:
        """Return the value of every feasible start of a row."""
        low, high = self.stretch_of[row], self.stretch_of[row + 1]
        return self.value[self.cell_of[low] : self.cell_of[high]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """A line that holds, a bound that holds, and the prices at which it was found."""

    order: Ints
    """(placed,): rows in the order of their starts, what is fixed left out."""
    starts: Ints
    """(placed,): the step at which each is on target."""
    value: float
    """Sum of the values, float64 over the float32 cells."""
    bound: float
    """No line is worth more."""
    unit_price: Floats
    """(units,): multipliers of "at most once"."""
    account_price: Floats
    """(accounts,): what one more unit of each account would add."""
    reduced: Floats
    """(jobs,): at most 0; no line with job j in it is worth more than bound + reduced[j]."""
    moves: int = 0
    """How many the search has made."""


def cells_of(  # noqa: PLR0913 - columns of a table, by name
    *,
    duration: npt.ArrayLike,
    stretch_of: npt.ArrayLike,
    first: npt.ArrayLike,
    last: npt.ArrayLike,
    value: npt.ArrayLike,
    moves: Moves,
    steps: int,
    fixed: tuple[npt.ArrayLike, npt.ArrayLike] = ((), ()),
    account_of: npt.ArrayLike | None = None,
    account: npt.ArrayLike = (),
    cost: npt.ArrayLike = (),
    room: npt.ArrayLike = (),
    unit: npt.ArrayLike | None = None,
    floor: int = 0,
    names: tuple[str, ...] = (),
) -> Cells:
    """Return the columns, checked for their shapes, with what is `fixed` (starts, lengths) behind.

    All but `fixed` and `moves` speak of the jobs alone; `moves` has a row for each, jobs first.

    Raises:
        ValueError: columns that do not belong together.
    """
    durations = np.asarray(duration, dtype=np.int32)
    jobs = int(durations.size)
    held, lengths = (np.asarray(column, dtype=np.int32) for column in fixed)
    stretches = np.asarray(stretch_of, dtype=np.int32)
    begin, end = np.asarray(first, dtype=np.int32), np.asarray(last, dtype=np.int32)
    worth = np.asarray(value, dtype=np.float32)
    cell_of = np.concatenate([[0], np.cumsum(end.astype(np.int64) - begin + 1)])
    if stretches.size != jobs + 1 or stretches[-1] != begin.size or begin.size != end.size:
        raise ValueError("stretch_of, first and last do not belong together")
    if cell_of[-1] != worth.size:
        raise ValueError(f"{worth.size} values for {cell_of[-1]} starts")
    if moves.place.size != jobs + held.size:
        raise ValueError(f"moves has {moves.place.size} rows, {jobs + held.size} are needed")
    owners = np.zeros(jobs + 1) if account_of is None else np.asarray(account_of)
    more = np.arange(1, held.size + 1)
    return Cells(
        jobs=jobs,
        steps=steps,
        duration=np.concatenate([durations, lengths]).astype(np.int32),
        stretch_of=np.concatenate([stretches, stretches[-1] + more]).astype(np.int32),
        first=np.concatenate([begin, held]).astype(np.int32),
        last=np.concatenate([end, held]).astype(np.int32),
        cell_of=np.concatenate([cell_of, cell_of[-1] + more]).astype(np.int64),
        value=np.concatenate([worth, np.zeros(held.size, dtype=np.float32)]),
        moves=moves,
        account_of=np.concatenate([owners, owners[-1] + np.zeros(held.size)]).astype(np.int32),
        account=np.asarray(account, dtype=np.int32).copy(),
        cost=np.asarray(cost, dtype=np.float64).copy(),
        room=np.asarray(room, dtype=np.float64).copy(),
        unit=(np.arange(jobs) if unit is None else np.asarray(unit)).astype(np.int32),
        floor=floor,
        names=names,
    )


def moves_of(  # noqa: PLR0913 - columns of a table, by name
    rows: int,
    *,
    step_s: float,
    settle_s: float,
    kind: MoveKind = MoveKind.CONSTANT,
    axes: npt.ArrayLike = ((math.inf, 0.0), (math.inf, 0.0)),
    vector: npt.ArrayLike | None = None,
    leaves: npt.ArrayLike | None = None,
    needs: npt.ArrayLike | None = None,
    wheel_s: npt.ArrayLike = ((0.0,),),
    place: npt.ArrayLike | None = None,
    in_turn: bool = False,
    dome: npt.ArrayLike = (0.0, 0.0),
    hour_angle_deg: npt.ArrayLike | None = None,
    dec_deg: npt.ArrayLike | None = None,
    turn_deg: float = 0.0,
    lat_rad: float = 0.0,
    wrap_from_deg: float = math.nan,
) -> Moves:
    """Return how long moves take; what is left out is zero.

    One rate v and filters that change behind the slew: kind=GREAT_CIRCLE, axes=((v, 0), (v, 0)),
    in_turn=True, leaves = needs = filters, wheel_s[f, g] = f == g ? 0 : filter_s.
    A constant gap of k steps: settle_s = k x step_s and nothing else.
    """

    def column(given: npt.ArrayLike | None, kind: type, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        empty: npt.NDArray[Any] = np.zeros(shape, dtype=kind)
        return empty if given is None else np.ascontiguousarray(given, dtype=kind).reshape(shape)

    return Moves(
        kind=int(kind),
        step_s=float(step_s),
        settle_s=float(settle_s),
        in_turn=bool(in_turn),
        axes=column(axes, np.float64, (2, 2)),
        dome=column(dome, np.float64, (2,)),
        vector=column(vector, np.float64, (rows, 3)),
        hour_angle_deg=column(hour_angle_deg, np.float64, (rows,)),
        dec_deg=column(dec_deg, np.float64, (rows,)),
        leaves=column(leaves, np.int32, (rows,)),
        needs=column(needs, np.int32, (rows,)),
        wheel_s=np.ascontiguousarray(wheel_s, dtype=np.float64),
        place=column(place, np.int32, (rows,)),
        turn_deg=float(turn_deg),
        sin_lat=math.sin(lat_rad),
        cos_lat=math.cos(lat_rad),
        wrap_from_deg=float(wrap_from_deg),
    )


def only(cells: Cells, jobs: Longs) -> Cells:
    """Return the same night with some of its jobs alone, ascending; all that is fixed stays.

    The accounts keep their numbers, the jobs and their units are counted anew.
    """
    rows = np.concatenate([jobs, np.arange(cells.jobs, cells.rows)])
    stretches = _spread(cells.stretch_of, rows)
    entries = _spread(cells.account_of, rows)
    lengths = cells.last[stretches].astype(np.int64) - cells.first[stretches] + 1
    cell_of = np.concatenate([[0], np.cumsum(lengths)])
    begins = np.repeat(cells.cell_of[stretches] - cell_of[:-1], lengths)
    columns = {
        name: getattr(cells.moves, name)[rows]
        for name in ("vector", "hour_angle_deg", "dec_deg", "leaves", "needs", "place")
    }
    unit: Ints = np.unique(cells.unit[jobs], return_inverse=True)[1].astype(np.int32)
    return Cells(
        jobs=int(jobs.size),
        steps=cells.steps,
        duration=cells.duration[rows],
        stretch_of=_counted(np.diff(cells.stretch_of)[rows]),
        first=cells.first[stretches],
        last=cells.last[stretches],
        cell_of=cell_of,
        value=cells.value[np.arange(cell_of[-1]) + begins],
        moves=cells.moves._replace(**columns),
        account_of=_counted(np.diff(cells.account_of)[rows]),
        account=cells.account[entries],
        cost=cells.cost[entries],
        room=cells.room,
        unit=unit.reshape(-1),
        floor=cells.floor,
        names=tuple(cells.names[job] for job in jobs) if cells.names else (),
    )


def _counted(counts: npt.NDArray[Any]) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _spread(of: Ints, rows: Longs) -> Longs:
    """Return the places of[row] .. of[row + 1] - 1 of each row, one behind the other."""
    counts = np.diff(of)[rows].astype(np.int64)
    begins = np.repeat(of[rows] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    places: Longs = np.arange(counts.sum()) + begins
    return places
