"""The fewest of some causes that still have an effect: delta debugging.

After Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions
on Software Engineering 28 (2002): try each part alone, then each part left out, in ever smaller
parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class _SpentError(Exception):
    """No more tries are allowed."""


def shrink(
    causes: Sequence[T], fails: Callable[[tuple[T, ...]], bool], *, tries: int
) -> tuple[T, ...]:
    """Return the smallest part of `causes`, in order, that was seen to fail in so many tries.

    `causes` is known to fail.  With tries enough no single one of the result can be left out.
    """
    left = [tries]
    smallest = tuple(causes)

    def failing(part: tuple[T, ...]) -> bool:
        if left[0] <= 0:
            raise _SpentError
        left[0] -= 1
        return fails(part)

    parts = 2
    try:
        while len(smallest) > 1:
            found = _smaller(smallest, min(parts, len(smallest)), failing)
            if found is not None:
                smallest, kept = found
                parts = max(2, kept)
            elif parts >= len(smallest):
                break
            else:
                parts *= 2
    except _SpentError:
        pass
    return smallest


def _smaller(
    causes: tuple[T, ...], parts: int, failing: Callable[[tuple[T, ...]], bool]
) -> tuple[tuple[T, ...], int] | None:
    """Return a part that fails alone, or the rest without one; and into how many to part it."""
    bounds = [len(causes) * n // parts for n in range(parts + 1)]
    slices = [slice(bounds[n], bounds[n + 1]) for n in range(parts)]
    for one in slices:
        if failing(causes[one]):
            return causes[one], 2
    if parts > 2:
        for one in slices:
            rest = causes[: one.start] + causes[one.stop :]
            if failing(rest):
                return rest, parts - 1
    return None
