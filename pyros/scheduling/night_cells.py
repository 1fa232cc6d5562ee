"""One tier of a night in columns, as the compiled solver sees it: its jobs, and what is fixed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pyros.scheduling.accounts import Purse
from pyros.scheduling.cells import Cells, Floats, Ints, MoveKind, Moves, cells_of, moves_of
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.model import Axis, MountKind, Tier
from pyros.scheduling.transition import Pointing, Transitions

KINDS = {
    MountKind.SIMPLE: MoveKind.GREAT_CIRCLE,
    MountKind.FORK: MoveKind.FORK,
    MountKind.GERMAN: MoveKind.GERMAN,
    MountKind.ALTAZ: MoveKind.ALTAZ,
}
MOST_SETS = 40
"""Of filters: the solver keeps a table of every set to every other."""
FORGIVEN_S = 5e-7
"""An account may be overdrawn by rounding: half of what a purse forgives."""
Filters = tuple[tuple[str, str], ...]
NO_FILTERS: Filters = ()
FREE, UNKNOWN = 0, 1
"""`place` of a row: somewhere in the sky, or nobody knows where."""


@dataclass(frozen=True, slots=True, eq=False)
class NightCells:
    """Columns, and the node that each of their job rows stands for."""

    cells: Cells
    jobs: tuple[Node, ...]
    exact: bool
    """Moves take as long as they do; else a line of rows may not hold, and no bound is taken."""


def night_cells(
    grid: Grid, tier: Tier, jobs: Sequence[Node], fixed: Sequence[Node], purse: Purse
) -> NightCells | None:
    """Return a tier in columns; None where its filters are too many for a table.

    `fixed` is the line without the tier's jobs, in its order; `purse` has paid for that alone.
    A job that no account affords, whose alternative is in `fixed`, or that has no start between
    what is fixed is in no row: it is in no line either.
    """
    places = [(job, starts) for job, starts in _places(jobs, fixed) if purse.admits(job)]
    open_jobs = [job for job, _ in places]
    sets = _sets([job.pointing for job in open_jobs] + [node.pointing for node in fixed])
    if len(sets) > MOST_SETS:
        return None
    first, last, stretch_of = _stretches([starts for _, starts in places])
    begin, end = grid.view.night_of(tier)
    pays = _Payments.of(purse, open_jobs)
    return NightCells(
        cells_of(
            duration=np.array([job.length for job in open_jobs], dtype=np.int32),
            stretch_of=stretch_of,
            first=first,
            last=last,
            value=np.concatenate(
                [job.values[starts - job.first] for job, starts in places] or [np.zeros(0)]
            ),
            moves=_moves(grid, [*open_jobs, *fixed], sets),
            steps=max(end, begin),
            fixed=([node.first for node in fixed], [node.length for node in fixed]),
            account_of=pays.account_of,
            account=pays.account,
            cost=pays.cost_s,
            room=pays.room_s,
            unit=_units(open_jobs),
            floor=begin,
            names=tuple(job.id for job in open_jobs),
        ),
        tuple(open_jobs),
        not any(job.pointing is not None and job.pointing.moving for job in open_jobs),
    )


def _places(jobs: Sequence[Node], fixed: Sequence[Node]) -> list[tuple[Node, Ints]]:
    """Return the jobs with their starts beside what is fixed, a step between; none without."""
    begins = np.array([node.first for node in fixed])
    ends = begins + np.array([node.length for node in fixed])
    found = []
    for job in jobs:
        free = np.isfinite(job.values)
        for begin, end in zip(
            np.maximum(0, begins - job.length - job.first), ends + 1 - job.first, strict=True
        ):
            free[begin : max(0, end)] = False
        starts = np.flatnonzero(free) + job.first
        if starts.size:
            found.append((job, starts.astype(np.int32)))
    return found


def _stretches(starts: Sequence[Ints]) -> tuple[Ints, Ints, Ints]:
    """Return first and last start of each stretch, and where those of each job begin."""
    if not starts:
        empty = np.zeros(0, dtype=np.int32)
        return empty, empty, np.zeros(1, dtype=np.int32)
    every = np.concatenate(starts)
    owner = np.repeat(np.arange(len(starts)), [one.size for one in starts])
    new = np.ones(every.size, dtype=np.bool_)
    new[1:] = (np.diff(every) != 1) | (np.diff(owner) != 0)
    opens = np.flatnonzero(new)
    closes = np.append(opens[1:], every.size) - 1
    stretch_of = np.searchsorted(owner[opens], np.arange(len(starts) + 1))
    return every[opens], every[closes], stretch_of.astype(np.int32)


def _units(jobs: Sequence[Node]) -> Ints:
    """Return (jobs,): alternatives share a number."""
    numbers: dict[str, int] = {}
    units = []
    for job in jobs:
        group = job.request.one_of if job.request is not None else ""
        name = f"of:{group}" if group else f"job:{job.id}"
        units.append(numbers.setdefault(name, len(numbers)))
    return np.array(units, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class _Payments:
    account_of: Ints
    account: Ints
    cost_s: Floats
    room_s: Floats

    @classmethod
    def of(cls, purse: Purse, jobs: Sequence[Node]) -> _Payments:
        rooms = purse.rooms_s
        numbers = {name: number for number, name in enumerate(rooms)}
        account_of, account, cost_s = [0], [], []
        for job in jobs:
            names = () if job.request is None else job.request.accounts
            drawn = [numbers[name] for name in names if name in numbers and job.cost() > 0.0]
            account += drawn
            cost_s += [job.cost()] * len(drawn)
            account_of.append(len(account))
        return cls(
            np.array(account_of, dtype=np.int32),
            np.array(account, dtype=np.int32),
            np.array(cost_s, dtype=np.float64),
            np.array([max(0.0, room_s) + FORGIVEN_S for room_s in rooms.values()]),
        )


# moves


def _sets(pointings: Sequence[Pointing | None]) -> dict[Filters, int]:
    """Return a number for each set of filters; the last one asks for none, and knows none."""
    known = [pointing for pointing in pointings if pointing is not None]
    found = {_filters(pointing.first_filters) for pointing in known}
    found |= {_filters(pointing.last_filters) for pointing in known}
    ordered = [*sorted(found - {NO_FILTERS}), NO_FILTERS]
    return {filters: number for number, filters in enumerate(ordered)}


def _filters(filters: Mapping[str, str]) -> Filters:
    return tuple(sorted(filters.items()))


def _moves(grid: Grid, rows: Sequence[Node], sets: Mapping[Filters, int]) -> Moves:
    mount, problem = grid.problem.mount, grid.problem
    none = len(sets) - 1
    pointings = [node.pointing for node in rows]
    return moves_of(
        len(rows),
        step_s=grid.view.step_s,
        settle_s=mount.settle_s,
        kind=KINDS[mount.kind],
        axes=(_axis(mount.axes[0]), _axis(mount.axes[-1])),
        vector=[(0.0, 0.0, 1.0) if one is None else one.vector for one in pointings],
        leaves=[none if one is None else sets[_filters(one.last_filters)] for one in pointings],
        needs=[none if one is None else sets[_filters(one.first_filters)] for one in pointings],
        wheel_s=_wheel_s(grid.transitions, list(sets)),
        place=[UNKNOWN if one is None else FREE for one in pointings],
        in_turn=problem.combine == "sum",
        dome=(0.0, 0.0) if mount.dome is None else _axis(mount.dome),
        hour_angle_deg=[0.0 if one is None else one.hour_angle0_deg for one in pointings],
        dec_deg=[0.0 if one is None else one.dec_deg for one in pointings],
        turn_deg=grid.hour_deg,
        lat_rad=math.radians(problem.site.lat_deg),
        wrap_from_deg=math.nan if mount.wrap_from_deg is None else mount.wrap_from_deg,
    )


def _axis(axis: Axis) -> tuple[float, float]:
    return axis.rate_deg_s, axis.accel_deg_s2 or 0.0


def _wheel_s(transitions: Transitions, sets: Sequence[Filters]) -> Floats:
    """Return (sets, sets): seconds for the wheels from one set to another."""
    table: Floats = np.array(
        [[transitions.wheels_s(dict(one), dict(two)) for two in sets] for one in sets]
    )
    return table
