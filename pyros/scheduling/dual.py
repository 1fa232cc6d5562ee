"""The upper bound: prices of jobs and accounts at which the relaxed night is worth least.

Lagrangian relaxation (Geoffrion 1974): each job at most once and each account are priced, one
thing at a time stays.  The relaxed night is a chain (`relax.py`); its smooth maximum (Nesterov
2005) has a gradient, so that few evaluations suffice.  Any prices give a valid bound; it is the
hard pass in the end that is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pyros.scheduling.cells import Cells, Floats, Ints
from pyros.scheduling.compiled import compiled
from pyros.scheduling.descent import descend
from pyros.scheduling.relax import Chain, Room, best_chain, chain_of, hard, reduced_costs, smooth
from pyros.scheduling.table import LEAST, NEVER, Table, gap

COARSE_STEPS = 6
SAFETY = 1.0 + 1e-6
"""The cells are float32."""
MOST_CLASSES = 16
"""Of filters; the relaxed night remembers which one it is in."""


@dataclass(slots=True, eq=False)
class Dual:
    """The relaxed night of one problem, and the best prices known for it."""

    cells: Cells
    table: Table
    pace: float = 0.0
    """Value of one step at which the night is full."""
    prices: Floats = field(default_factory=lambda: np.zeros(0))
    """(units + accounts,): those of accounts times `scale`."""
    best: Floats = field(default_factory=lambda: np.zeros(0))
    """The prices of the best bound."""
    bound: float = np.inf
    scale: float = 1.0
    _fine: Chain | None = None
    _room: Room | None = None
    _owner: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int32))

    def __post_init__(self) -> None:
        cells = self.cells
        self._owner = np.repeat(np.arange(cells.jobs), np.diff(cells.account_of[: cells.jobs + 1]))
        paid = cells.cost[: self._owner.size]
        self.scale = max(1e-9, float(paid.mean())) if paid.size else 1.0
        peaks = np.maximum(0.0, self.table.rows["peak"][: cells.jobs])
        self.pace = _pace(peaks, _stay(cells), cells.steps - cells.floor)
        wished = peaks - self.pace * _stay(cells)
        units = np.zeros(cells.units)
        np.maximum.at(units, cells.unit, np.maximum(0.0, wished))
        if self.prices.size != units.size + cells.room.size:
            self.prices = np.concatenate([units, np.zeros(cells.room.size)])

    @property
    def is_long(self) -> bool:
        """Return whether the jobs are long enough for coarse slices."""
        stay = _stay(self.cells)
        return bool(stay.size) and float(np.median(stay)) > 2 * COARSE_STEPS

    @property
    def fine(self) -> Chain:
        """Return the chain on the problem's own steps, made once."""
        if self._fine is None:
            stay, group, extra = _classes(self.cells, self.table)
            self._fine = Chain(*chain_of(self.table, self.cells.steps, 1), stay, group, extra)
            self._room = Room.of(self._fine)
        return self._fine

    def coarsely(
        self, heats: tuple[float, ...], evaluations: int, go_on: Callable[[], bool]
    ) -> None:
        """Descend on slices of several steps: quick, and good prices to go on from."""
        cells = self.cells
        stay = np.round(_stay(cells) / COARSE_STEPS)
        chain = Chain(
            *chain_of(self.table, cells.steps, COARSE_STEPS),
            np.maximum(1, stay).astype(np.int32),
            np.zeros(cells.jobs, dtype=np.int32),
            np.zeros((2, 1), dtype=np.int32),
        )
        room = Room.of(chain)
        for heat in heats:
            self._descend(chain, room, heat * COARSE_STEPS, evaluations, go_on)

    def finely(self, heat: float, evaluations: int, go_on: Callable[[], bool]) -> None:
        """Descend on the problem's own steps, and take the bound."""
        chain = self.fine
        assert self._room is not None  # noqa: S101 - made with the chain
        self._descend(chain, self._room, heat, evaluations, go_on)
        self.take_bound()

    def _descend(
        self, chain: Chain, room: Room, heat: float, evaluations: int, go_on: Callable[[], bool]
    ) -> None:
        cells, owner = self.cells, self._owner
        units, accounts = cells.units, cells.account[: self._owner.size]
        cost = cells.cost[: owner.size]
        unit, warmth = cells.unit, max(heat * self.pace, 1e-9)

        def value_and_gradient(prices: Floats) -> tuple[float, Floats]:
            value, used = smooth(chain, room, self.job_prices(prices), warmth)
            drawn = np.bincount(accounts, weights=cost * used[owner], minlength=cells.room.size)
            gradient = np.concatenate(
                [
                    1.0 - np.bincount(unit, weights=used, minlength=units),
                    (cells.room - drawn) / self.scale,
                ]
            )
            return value + self._paid_back(prices), gradient

        self.prices = descend(value_and_gradient, self.prices, evaluations=evaluations, go_on=go_on)

    def job_prices(self, prices: Floats) -> Floats:
        """Return what each job pays: for itself, and to its accounts."""
        cells, owner = self.cells, self._owner
        each: Floats = prices[: cells.units][cells.unit]
        if owner.size:
            rates = prices[cells.units :][cells.account[: owner.size]] / self.scale
            each = each + np.bincount(
                owner, weights=rates * cells.cost[: owner.size], minlength=cells.jobs
            )
        return each

    def _paid_back(self, prices: Floats) -> float:
        units = self.cells.units
        return float(prices[:units].sum() + prices[units:] @ self.cells.room / self.scale)

    def take_bound(self) -> tuple[Ints, Ints]:
        """Judge the prices by a hard pass; return jobs and steps of the best chain."""
        value, _, choice = hard(self.fine, self.job_prices(self.prices))
        value = (value + self._paid_back(self.prices)) * SAFETY
        if value < self.bound:
            self.bound, self.best = value, self.prices.copy()
        return best_chain(self.fine, choice)

    def reduced(self) -> Floats:
        """Return (jobs,) at most 0: what a line loses on the bound, at least, to hold each."""
        prices = self.job_prices(self.best)
        _, ahead, _ = hard(self.fine, prices)
        return np.minimum(0.0, reduced_costs(self.fine, prices, ahead))

    @property
    def account_prices(self) -> Floats:
        """Return what one more unit of each account would add, at most."""
        prices: Floats = self.best[self.cells.units :] / self.scale
        return prices


def _stay(cells: Cells) -> Floats:
    """Return the steps of each job with the least of a set-up."""
    return cells.duration[: cells.jobs].astype(np.float64) + 1.0


def _pace(peaks: Floats, stay: Floats, steps: int) -> float:
    """Return the value per step of the job with which the night is full (fractional knapsack)."""
    if not peaks.size:
        return 0.0
    density = peaks / stay
    order = np.argsort(-density, kind="stable")
    full = int(np.searchsorted(np.cumsum(stay[order]), max(1, steps)))
    return float(density[order[min(full, order.size - 1)]])


def _classes(cells: Cells, table: Table) -> tuple[Ints, Ints, Ints]:
    """Return least stays, classes of the jobs by their filters, and steps between the classes."""
    jobs = cells.jobs
    pairs = np.stack([cells.moves.leaves[:jobs], cells.moves.needs[:jobs]], axis=1)
    _, place = np.unique(pairs, axis=0, return_inverse=True)
    group: Ints = np.minimum(place.reshape(-1), MOST_CLASSES - 1).astype(np.int32)
    classes = int(group.max()) + 1 if jobs else 1
    stay, extra = _least_steps(table, group, classes)
    return stay, group, extra


@compiled
def _least_steps(table: Table, group: Ints, classes: int) -> tuple[Ints, Ints]:
    """Return for each job duration and its class's least set-up, and what pairs of classes add.

    Over every pair of jobs, until the least that can be is found.  Where something fixed lies
    between two jobs, what that takes stands for their set-up.  (A job's own least set-up, where
    it is longer than its class's, would take more from `extra` than it gives.)
    """
    jobs = table.mount[0].jobs
    floor = _floors(table, group, classes)
    over = _over_fixed(table)
    stay = np.empty(jobs, dtype=np.int32)
    extra = np.zeros((classes + 1, classes), dtype=np.int32)
    for second in range(classes):
        for first in range(classes):
            extra[first, second] = NEVER
    for one in range(jobs):
        behind = np.full(classes, NEVER, dtype=np.int32)
        for second in range(classes):
            behind[second] = _least_gap(table, group, one, second, floor[group[one], second])
        least = min(floor[group[one]].min(), over)
        stay[one] = table.rows[one].duration + least
        for second in range(classes):
            more = min(behind[second], over) - least
            extra[group[one], second] = min(extra[group[one], second], more)
    for first in range(classes):
        for second in range(classes):
            if extra[first, second] >= NEVER // 2:
                extra[first, second] = 0
    return stay, extra


@compiled
def _least_gap(table: Table, group: Ints, one: int, second: int, floor: int) -> int:
    """Return the least steps from a job to any of a class, at least `floor`; NEVER: to none."""
    if floor >= NEVER or table.mount[0].kind >= 2:  # depends on when: as if it moved by nothing
        return floor
    found = NEVER
    for two in range(group.size):
        if group[two] == second and two != one:
            found = min(found, gap(table, one, 0, two, 0))
            if found <= floor:
                break
    return found


@compiled
def _floors(table: Table, group: Ints, classes: int) -> Ints:
    """Return (classes, classes): the steps between two of them that do not move the mount."""
    sets = table.law.shape[0]
    floor = np.full((classes, classes), NEVER, dtype=np.int32)
    ends, begins = np.zeros((sets, classes)), np.zeros((sets, classes))
    for one in range(group.size):
        ends[table.rows[one].leaves, group[one]] = 1.0
        begins[table.rows[one].needs, group[one]] = 1.0
    for first in range(classes):
        for second in range(classes):
            for leaves in range(sets):
                for needs in range(sets):
                    if ends[leaves, first] > 0.0 and begins[needs, second] > 0.0:
                        steps = int(table.law[leaves, needs, LEAST])
                        floor[first, second] = min(floor[first, second], steps)
    return floor


@compiled
def _over_fixed(table: Table) -> int:
    """Return the least steps that something fixed between two jobs takes, or NEVER."""
    over = NEVER
    for fixed in range(table.mount[0].jobs, table.rows.size - 2):
        row = table.rows[fixed]
        if table.stretches[row.begin].first > table.rows[0].floor:
            over = min(over, row.duration + (0 if row.place == 2 else 1))
    return over
