"""What the problems of one night have in common: the prices of its jobs and accounts.

A plan that is mended after an event goes on from the prices of the last full one.  They guide;
a bound is proven anew, or not given.  All of it may be lost: then prices begin from none.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from pyros.scheduling.cells import Cells, Floats


@dataclass(slots=True, eq=False)
class Memory:
    """Prices by the name of a job (its row, where jobs have no names) and by account."""

    of_jobs: dict[Hashable, float] = field(default_factory=dict)
    of_accounts: Floats = field(default_factory=lambda: np.zeros(0))

    def learn(self, cells: Cells, unit_price: Floats, account_price: Floats) -> None:
        """Keep the prices of a problem, in place of those of the one before."""
        self.of_jobs = dict(zip(_keys(cells), unit_price[cells.unit].tolist(), strict=True))
        self.of_accounts = account_price.copy()

    def knows(self, cells: Cells) -> bool:
        """Return whether there are prices for a problem's accounts, and for some of its jobs."""
        return bool(self.of_jobs) and self.of_accounts.size == cells.room.size

    def recall(self, cells: Cells) -> tuple[Floats, Floats]:
        """Return (units,), NaN where a unit is new, and (accounts,) prices."""
        known = np.array([self.of_jobs.get(key, np.nan) for key in _keys(cells)])
        units = np.full(cells.units, np.nan)
        units[cells.unit] = known
        return units, self.of_accounts


def _keys(cells: Cells) -> tuple[str, ...] | range:
    return cells.names or range(cells.jobs)
