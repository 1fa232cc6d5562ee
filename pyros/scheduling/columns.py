"""Columns of numbers out of a parsed JSON object, with every fault in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pyros.scheduling.cells import Floats, Ints
from pyros.scheduling.faults import Fault, fault

LARGEST = 1e15


class Columns:
    """Takes numbers and columns from an object; what is wrong is added to `faults`.

    A pointer ends in the key under which the value stands.
    """

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults

    def number(  # noqa: PLR0913 - what a number must be, by name
        self,
        data: Mapping[str, Any],
        pointer: str,
        low: float,
        high: float,
        *,
        whole: bool = False,
        stand_in: float | None = None,
    ) -> float:
        """Return a number; where none as it should be is there, `stand_in` or `low`."""
        value = data.get(pointer.rpartition("/")[2])
        good = self._number(value, pointer, low, high, whole=whole)
        if good and value is not None:
            return float(value)
        return low if stand_in is None else stand_in

    def column(  # noqa: PLR0913 - what a column must be, by name
        self,
        data: Mapping[str, Any],
        pointer: str,
        *,
        low: float,
        high: float = LARGEST,
        whole: bool = False,
        rows: int | None = None,
        default: float | Sequence[float] | None = None,
    ) -> Floats:
        """Return a list of numbers, (rows,); where it is missing its `default`."""
        values = data.get(pointer.rpartition("/")[2])
        filler = low if isinstance(default, Sequence) or default is None else default
        if values is None and default is not None:
            return np.array(default) if rows is None else np.full(rows, filler, dtype=np.float64)
        listed = self._list(values, pointer, rows)
        if listed is None:
            return np.full(rows or 0, filler, dtype=np.float64)
        return self._numbers(listed, pointer, low, high, whole=whole)

    def triples(self, data: Mapping[str, Any], pointer: str, rows: int, *, needed: bool) -> Floats:
        """Return a list of three numbers each, (rows, 3); zeros where it is missing."""
        values = data.get(pointer.rpartition("/")[2])
        found = np.zeros((rows, 3))
        listed = None if values is None and not needed else self._list(values, pointer, rows)
        for place, row in enumerate(listed or ()):
            at = f"{pointer}/{place}"
            three = self._list(row, at, 3)
            if three is not None:
                found[place] = self._numbers(three, at, -1.000001, 1.000001, whole=False)
        return found

    def intervals(
        self, data: Mapping[str, Any], pointer: str, duration: Floats, steps: int
    ) -> tuple[Ints, Ints, Ints]:
        """Return stretch_of (rows + 1,), first and last of lists of [first, last] starts."""
        values = data.get(pointer.rpartition("/")[2])
        first: list[int] = []
        last: list[int] = []
        stretch_of = [0]
        for place, row in enumerate(self._list(values, pointer, duration.size) or ()):
            at = f"{pointer}/{place}"
            latest, before = steps - int(duration[place]), -1
            for number, pair in enumerate(self._list(row, at, None) or ()):
                good = self._interval(pair, f"{at}/{number}", before + 1, latest)
                if good is not None:
                    first.append(good[0])
                    last.append(good[1])
                    before = good[1]
            stretch_of.append(len(first))
        missing = duration.size + 1 - len(stretch_of)
        stretch_of += [len(first)] * missing
        return (
            np.array(stretch_of, dtype=np.int32),
            np.array(first, dtype=np.int32),
            np.array(last, dtype=np.int32),
        )

    def _interval(
        self, pair: object, at: str, earliest: int, latest: int
    ) -> tuple[int, int] | None:
        two = self._list(pair, at, 2)
        if two is None:
            return None
        if not all(type(one) is int for one in two):
            self.faults.append(fault(at, pair, "should be two whole steps"))
            return None
        if not earliest <= two[0] <= two[1] <= latest:
            right = f"should be a first and a last start, ascending, {earliest} to {latest}"
            self.faults.append(fault(at, pair, right))
            return None
        return two[0], two[1]

    def _list(self, values: object, pointer: str, rows: int | None) -> list[Any] | None:
        if not isinstance(values, list):
            wrong = "missing" if values is None else repr(values)[:60]
            self.faults.append(Fault(pointer=pointer, wrong=wrong, right="should be a list"))
            return None
        if rows is not None and len(values) != rows:
            wrong, right = f"{len(values)} items", f"should have {rows}"
            self.faults.append(Fault(pointer=pointer, wrong=wrong, right=right))
            return None
        return values

    def _numbers(
        self, values: list[Any], pointer: str, low: float, high: float, *, whole: bool
    ) -> Floats:
        found = np.full(len(values), low, dtype=np.float64)
        for place, value in enumerate(values):
            if self._number(value, f"{pointer}/{place}", low, high, whole=whole):
                found[place] = value
        return found

    def _number(self, value: object, at: str, low: float, high: float, *, whole: bool) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            wrong = "missing" if value is None else repr(value)[:60]
            right = f"should be a {'whole ' if whole else ''}number"
            self.faults.append(Fault(pointer=at, wrong=wrong, right=right))
            return False
        if not low <= value <= high:
            self.faults.append(fault(at, value, f"should be {low:g} to {high:g}"))
            return False
        return True
