"""The columns of a night's instance, kept, and cut down to what an event leaves of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.scheduling.state import Instance, State
from pyros.scheduling.cells import Cells, MoveKind, cells_of, moves_of
from pyros.scheduling.discrete import Discrete, cells
from pyros.scheduling.discrete_reading import read_discrete


class Remains:
    """Starts and values of every request that was ever submitted, computed once."""

    def __init__(self, instance: Instance) -> None:
        self._instance = {key: one for key, one in instance.items() if key != "sha256"}
        self._problems: list[Discrete] = []
        self._columns: list[Cells] = []
        self.read(instance["requests"])

    def read(self, requests: dict[str, Any]) -> None:
        """Take requests up, behind those that are here."""
        problem = read_discrete({**self._instance, "requests": requests, "events": [], "sky": {}})
        self._problems.append(problem)
        self._columns.append(cells(problem))
        kept = self._columns
        self._first = np.concatenate([one.first for one in kept])
        self._last = np.concatenate([one.last for one in kept])
        counts = np.concatenate([np.diff(one.stretch_of) for one in kept])
        self._owner = np.repeat(np.arange(counts.size), counts)
        self._values = [
            one.value[low:high]
            for one in kept
            for low, high in zip(one.cell_of[:-1], one.cell_of[1:], strict=True)
        ]
        columns = zip(*(self._row_columns(one) for one in self._problems), strict=True)
        self._duration, self._filters, self._account, self._vec = map(np.concatenate, columns)

    @staticmethod
    def _row_columns(problem: Discrete) -> tuple[Any, ...]:
        return problem.duration, problem.filters, problem.account, problem.vec

    def cells(self, state: State) -> Cells:
        """Return what may still be planned; what runs stands behind the jobs, fixed."""
        may, jobs = np.array(state.eligible()), self._duration.size
        keep = may[self._owner] & (self._last >= state.free_from)
        places = np.flatnonzero(keep)
        first = np.maximum(self._first[places], state.free_from)
        skip = first - self._first[places]
        values = [self._values[place][cut:] for place, cut in zip(places, skip, strict=True)]
        drawing = self._account >= 0
        rows = np.arange(jobs)
        held = [] if state.running is None else [state.running]
        rows = np.concatenate([rows, np.array([index for _, index in held], dtype=np.int64)])
        problem = self._problems[0]
        sets = int(self._filters.max(initial=0)) + 1
        rate = problem.rate_deg_s
        return cells_of(
            duration=self._duration,
            stretch_of=np.concatenate(
                [[0], np.cumsum(np.bincount(self._owner[places], minlength=jobs))]
            ),
            first=first,
            last=self._last[places],
            value=np.concatenate(values) if values else np.zeros(0, dtype=np.float32),
            moves=moves_of(
                rows.size,
                step_s=problem.step_s,
                settle_s=problem.fixed_s,
                kind=MoveKind.GREAT_CIRCLE,
                axes=((rate, 0.0), (rate, 0.0)),
                vector=self._vec[rows],
                leaves=self._filters[rows],
                needs=self._filters[rows],
                wheel_s=np.pad(problem.filter_s * (1.0 - np.eye(sets)), ((0, 1), (0, 1))),
                in_turn=True,
            ),
            steps=problem.steps,
            fixed=([step for step, _ in held], [int(self._duration[j]) for _, j in held]),
            account_of=np.concatenate([[0], np.cumsum(drawing)]),
            account=self._account[drawing],
            cost=self._duration[drawing],
            room=state.room(),
        )
