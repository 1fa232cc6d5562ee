"""Ids in hand: reserved in blocks beforehand, so that an alert waits for no database."""

from __future__ import annotations

from collections.abc import Callable

BLOCKS = {"alerts": 50, "notices": 1000, "requests": 50, "sequences": 500}
"""How many of each are reserved at once; more are asked for when half are left."""

PROVISIONAL = 1 << 44
"""Ids above this were made without a database, from the clock; none is ever given twice."""


class Ids:
    """Blocks of ids by name; without a block, ids made from the clock."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._blocks: dict[str, list[range]] = {name: [] for name in BLOCKS}
        self._last = 0

    def take(self, name: str) -> int:
        """Return an id that nobody else has."""
        blocks = self._blocks[name]
        if not blocks:
            self._last = max(self._last + 1, PROVISIONAL + self._now_ms())
            return self._last
        first, *rest = blocks[0]
        blocks[0] = range(first + 1, blocks[0].stop)
        if not rest:
            blocks.pop(0)
        return first

    def low(self) -> dict[str, int]:
        """Return how many to reserve of each name that runs low."""
        left = {name: sum(map(len, blocks)) for name, blocks in self._blocks.items()}
        return {name: count for name, count in BLOCKS.items() if left[name] <= count // 2}

    def add(self, name: str, first: int, count: int) -> None:
        """Put a reserved block at hand."""
        self._blocks[name].append(range(first, first + count))
