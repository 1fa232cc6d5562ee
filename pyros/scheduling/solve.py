"""The compiled solver: prices and a bound first, then a search that they guide.

`Solver` keeps what a later problem of the same night can go on from: prices, and the best line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pyros.scheduling.anneal import anneal, drop_overdrafts, sweep
from pyros.scheduling.cells import Answer, Cells, Floats, Ints
from pyros.scheduling.dual import Dual
from pyros.scheduling.labels import HARD, MOST_FREED, Labels, labels_of
from pyros.scheduling.memory import Memory
from pyros.scheduling.table import table_of
from pyros.scheduling.timetable import Budget
from pyros.scheduling.track import (
    Track,
    copy_track,
    jobs_of,
    lay,
    overdraft,
    settle_starts,
    total,
    track_of,
)
from pyros.scheduling.window import rebuild, sample

GoOn = Callable[[], bool]
COARSE_HEATS = (0.5, 0.15)
FINE_HEATS = ((0.5, 0.4), (0.12, 0.6))
"""Smoothing, in values of one step, and the share of the evaluations at it."""
RHO = (3.0, 1.2)
"""Prices of an overdraft, in turn, in values of the time it buys."""
HOT, COLD, COLD_WINDOWS = 0.1, 0.01, 0.003
"""Temperatures, in mean values of a slot."""
SHORTLIST_NIGHTS, MOST_CHOICES = 8.0, 2000
ROUND_MOVES, FIRST_ROUND, ROUND_S = 1000, 200, 0.4
"""Windows of a round: the most, in the first one, and how long it may take."""
FINE_FAST, FINE_FULL, FULL_S = 16, 40, 3.0
"""Evaluations of the bound on the fine grid: below so many seconds, and from there on."""
SEARCH_UNTIL = 0.95
"""Of the seconds given; the rest is for the last touch."""
MOST_OUT = 4
GUIDE, CHANCE = 0.002, 0.001
"""A job is drawn by exp(reduced cost / (GUIDE x bound)) + CHANCE."""
START_STEPS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one round of the search goes: single jobs first, then windows."""

    fresh: bool = False
    """Begins with chains made by the prices alone, else with the best line."""
    singles: int = 0
    """Moves of single jobs for each window."""
    widest: int = 8
    """The most jobs that come out of one window."""
    hot: float = 0.01
    soft: float = 1.5
    """What an overdraft costs, in values of the time it buys; 0: there is none."""


KINDS = (
    Kind(singles=10),
    Kind(fresh=True, hot=0.1, soft=0.0),
    Kind(singles=10, widest=16, soft=4.0),
    Kind(widest=12, hot=0.1),
)


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What one round needs of its own."""

    shortlist: Ints
    toll: Floats
    labels: Labels
    state: npt.NDArray[np.uint64]
    kind: Kind


@dataclass(slots=True, eq=False)
class Best:
    """The best line known."""

    rows: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    starts: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    value: float = -1.0

    def offer(self, rows: Ints, starts: Ints, value: float) -> bool:
        """Take a line if it is worth more."""
        if value <= self.value + 1e-9:
            return False
        self.rows, self.starts, self.value = rows, starts, value
        return True


class Solver:
    """One problem under work; `best` is a line that holds at any time."""

    def __init__(self, cells: Cells, *, seed: int = 0, threads: int = 1) -> None:
        self.cells, self.table = cells, table_of(cells)
        self.dual = Dual(cells, self.table)
        self.best = Best()
        self.moves = 0
        self._seed, self._threads = seed, max(1, threads)
        self._rounds = 0
        self.recalled = False
        """Whether the prices are those of an earlier problem."""
        self._reduced: Floats | None = None
        self._memory = [np.empty(START_STEPS // 8) for _ in range(self._threads)]
        choices = min(self.cells.jobs, MOST_CHOICES)
        self._labels = [labels_of(self.table, cells.steps + 1, choices) for _ in self._memory]
        self.keep(track_of(self.table))

    def recall(self, memory: Memory) -> None:
        """Go on from the prices of an earlier problem of the night, new jobs from their own."""
        if memory.knows(self.cells):
            units, accounts = memory.recall(self.cells)
            own = self.dual.prices[: self.cells.units]
            units = np.where(np.isnan(units), own, units)
            self.dual.prices = np.concatenate([units, accounts * self.dual.scale])
            self.recalled = True

    def recall_if_better(self, memory: Memory) -> None:
        """Go on from earlier prices where they bound this problem lower than its own do."""
        if not memory.knows(self.cells) or not self.cells.jobs:
            return
        own = self.dual.prices
        self.dual.take_bound()
        bound = self.dual.bound
        self.recall(memory)
        self.dual.take_bound()
        if self.dual.bound >= bound:
            self.dual.prices, self.recalled = own, False

    def begin(self, rows: Ints, starts: Ints) -> None:
        """Take over what still stands of a line."""
        track = track_of(self.table)
        lay(self.table, track, rows.astype(np.int32), starts.astype(np.int32))
        drop_overdrafts(self.table, track)
        self.keep(track)

    def keep(self, track: Track, memory: Floats | None = None) -> None:
        """Give a line its best starts, and keep it if it is the best."""
        settle_starts(self.table, track, self._memory[0] if memory is None else memory)
        self.best.offer(*jobs_of(self.table, track), total(track))

    def fill(self, most_out: int = 0) -> None:
        """Put in what fits, the densest first, and with `most_out` what gains by replacing."""
        track = self._track()
        density = self.table.rows["peak"][: self.cells.jobs] / (
            self.cells.duration[: self.cells.jobs] + 1.0
        )
        order = np.argsort(-density, kind="stable").astype(np.int32)
        while sweep(self.table, track, order, most_out):
            settle_starts(self.table, track, self._memory[0])
        self.keep(track)

    def price(self, coarse: int, fine: int, go_on: GoOn) -> None:
        """Find prices, the bound, and the jobs that they speak for."""
        if not self.cells.jobs:
            return
        self.dual.take_bound()
        if coarse and self.dual.is_long:
            self.dual.coarsely(COARSE_HEATS, coarse, go_on)
        for heat, share in FINE_HEATS:
            self.dual.finely(heat, max(2, round(fine * share)), go_on)
        self._reduced = self.dual.reduced()

    def search(self, moves: int) -> None:
        """Search in every thread, in turn from a line of its own and from the best; keep it."""
        if not self.cells.jobs:
            return
        places = range(self._rounds * self._threads, (self._rounds + 1) * self._threads)
        self._rounds += 1
        self.moves += moves * self._threads
        if self._threads == 1:
            found = [self._round(place, moves) for place in places]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                found = list(pool.map(lambda place: self._round(place, moves), places))
        for rows, starts, value in found:
            self.best.offer(rows, starts, value)

    def _round(self, place: int, moves: int) -> tuple[Ints, Ints, float]:
        """Make moves of the place's own kind; return the best line found and its value."""
        thread, kind = place % self._threads, KINDS[place % len(KINDS)]
        state = np.array([self._seed * 1_000_003 + place], dtype=np.uint64)
        work = Work(self._shortlist(), self._toll(), self._labels[thread], state, kind)
        if kind.fresh:
            track = track_of(self.table)
            sample(self.table, track, work.labels, work.shortlist, work.toll, state)
        else:
            track = self._track()
        if kind.singles:
            self._anneal(track, state, moves * kind.singles, RHO[place // len(KINDS) % len(RHO)])
        self._rebuild(track, work, moves)
        value = settle_starts(self.table, track, self._memory[thread])
        return *jobs_of(self.table, track), value

    def _rebuild(self, track: Track, work: Work, moves: int) -> None:
        """Make windows of a line anew; the track is then the best that was found."""
        table, mean, kind = self.table, self._mean, work.kind
        rows, starts = (np.zeros(table.rows.size, dtype=np.int32) for _ in range(2))
        _, size = rebuild(
            table,
            track,
            work.labels,
            work.shortlist,
            work.toll,
            work.state,
            moves,
            kind.widest,
            kind.hot * mean,
            COLD_WINDOWS * mean,
            kind.soft * self._unit_price if kind.soft else HARD,
            rows,
            starts,
            total(track) if overdraft(table, track) <= 0.0 else 0.0,
        )
        self._become(track, rows, starts, size)

    def _anneal(self, track: Track, state: npt.NDArray[np.uint64], moves: int, rho: float) -> None:
        table, mean = self.table, self._mean
        rows, starts = (np.zeros(table.rows.size, dtype=np.int32) for _ in range(2))
        _, size = anneal(
            table,
            track,
            self._weights(),
            state,
            moves,
            HOT * mean,
            COLD * mean,
            rho * self._unit_price,
            MOST_OUT,
            rows,
            starts,
            0.0,
        )
        self._become(track, rows, starts, size)

    def _become(self, track: Track, rows: Ints, starts: Ints, size: int) -> None:
        """Make a track the line given, if there is one; else free it of overdrafts."""
        if not size:
            drop_overdrafts(self.table, track)
            return
        inside = rows[:size] < self.cells.jobs
        fresh = track_of(self.table)
        lay(self.table, fresh, rows[:size][inside], starts[:size][inside])
        copy_track(fresh, track)

    @property
    def _mean(self) -> float:
        """Return the mean value of a slot."""
        return max(self.best.value, self.dual.pace, 1e-9) / max(1, self.best.rows.size)

    def _toll(self) -> Floats:
        """Return (jobs,): what each must bring by the prices of the bound."""
        if self._reduced is None and not self.recalled:
            return np.zeros(self.cells.jobs)
        return self.dual.job_prices(self.dual.prices if self._reduced is None else self.dual.best)

    def _shortlist(self) -> Ints:
        """Return the jobs nearest to the bound, several nights of them."""
        jobs = self.cells.jobs
        if self._reduced is None:
            above = self.table.rows["peak"][:jobs] - self._toll()
            wish = above / (self.cells.duration[:jobs] + 1.0)
        else:
            wish = self._reduced
        order = np.argsort(-wish, kind="stable")
        nights = np.cumsum(self.cells.duration[order] + 1.0) / max(1, self.cells.steps)
        count = int(np.searchsorted(nights, SHORTLIST_NIGHTS)) + 1
        return order[: min(count, self._labels[0].choice.size - MOST_FREED)].astype(np.int32)

    @property
    def _unit_price(self) -> float:
        """Return the value of the time that one unit of an account buys, about."""
        paid, steps = self.cells.cost.sum(), self.cells.duration[: self.cells.jobs].sum()
        return self.dual.pace * float(steps) / float(paid) if paid > 0.0 else self.dual.pace

    def _weights(self) -> Floats:
        """Return (jobs,): summed up, how often each is drawn."""
        if self._reduced is None:
            density = self.table.rows["peak"][: self.cells.jobs]
            density = density / (self.cells.duration[: self.cells.jobs] + 1.0)
            wish = np.minimum(0.0, density / max(self.dual.pace, 1e-9) - 1.0) * 6.0
        else:
            wish = self._reduced / (GUIDE * max(self.dual.bound, 1e-9))
        return np.cumsum(np.exp(np.maximum(wish, -700.0)) + CHANCE)

    def _track(self) -> Track:
        track = track_of(self.table)
        lay(self.table, track, self.best.rows, self.best.starts)
        return track

    def answer(self) -> Answer:
        """Return what is known by now."""
        jobs, units = self.cells.jobs, self.cells.units
        if self._reduced is None and jobs:
            self.dual.take_bound()
            self._reduced = self.dual.reduced()
        return Answer(
            order=self.best.rows,
            starts=self.best.starts,
            value=self.best.value,
            bound=self.dual.bound if jobs else 0.0,
            unit_price=self.dual.best[:units],
            account_price=self.dual.account_prices,
            reduced=np.zeros(0) if self._reduced is None else self._reduced,
            moves=self.moves,
        )


def solve(
    cells: Cells,
    budget: Budget,
    previous: Answer | None = None,
    memory: Memory | None = None,
) -> Answer:
    """Return a line that holds, as good as the budget allows, and an upper bound.

    With `moves` the answer depends on the cells, moves, seed and threads alone; else prices go on
    from `memory`, which learns the new ones.
    """
    *_, solver = stages(cells, budget, previous, memory)
    return solver.answer()


def stages(
    cells: Cells,
    budget: Budget,
    previous: Answer | None = None,
    memory: Memory | None = None,
) -> Iterator[Solver]:
    """Yield the solver whenever its best line is one to show."""
    solver = Solver(cells, seed=budget.seed, threads=budget.threads)
    if previous is not None:
        solver.begin(previous.order, previous.starts)
    if memory is not None and budget.moves is None:
        solver.recall_if_better(memory)
    solver.fill()
    yield solver
    if budget.moves is not None:
        _by_moves(solver, budget.moves)
    else:
        _by_seconds(solver, budget)
    solver.fill(1)
    if memory is not None and cells.jobs:
        memory.learn(cells, solver.dual.best[: cells.units], solver.dual.account_prices)
    yield solver


def _by_moves(solver: Solver, moves: int) -> None:
    solver.price(20, 20, lambda: True)
    left = moves
    while left > 0:
        solver.search(min(left, ROUND_MOVES))
        left -= ROUND_MOVES


def _by_seconds(solver: Solver, budget: Budget) -> None:
    begun = budget.counter()

    def left_s() -> float:
        return SEARCH_UNTIL * budget.seconds - (budget.counter() - begun)

    fine = FINE_FULL if budget.seconds >= FULL_S else FINE_FAST
    solver.price(0 if solver.recalled else 30, fine, lambda: left_s() > 0.5 * budget.seconds)
    moves = FIRST_ROUND
    while (left := left_s()) > 0.0:
        since = budget.counter()
        solver.search(moves)
        took_s = max(1e-4, budget.counter() - since)
        goal_s = min(ROUND_S, max(left - took_s, 0.02))
        moves = max(20, min(ROUND_MOVES, round(moves * goal_s / took_s)))
