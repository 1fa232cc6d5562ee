"""The least of a smooth convex function over x >= 0, by few and dear evaluations."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from pyros.scheduling.cells import Floats

MEMORY = 10
ENOUGH = 1e-4
"""Share of the promised descent that a step must keep (Armijo)."""
SHORTEST = 1e-6


def descend(
    function: Callable[[Floats], tuple[float, Floats]],
    begin: Floats,
    *,
    evaluations: int,
    go_on: Callable[[], bool] = lambda: True,
) -> Floats:
    """Return the best x >= 0 that `evaluations` of the function and its gradient find.

    Source: projected L-BFGS, two-loop recursion (Nocedal and Wright, Numerical Optimization, 2nd
    edition, algorithms 7.4 and 16.5 in its simplest form), with backtracking.
    """
    x = begin
    value, gradient = function(x)
    pairs: deque[tuple[Floats, Floats, float]] = deque(maxlen=MEMORY)
    left = evaluations - 1
    while left > 0 and go_on():
        free = (x > 0.0) | (gradient < 0.0)
        direction = -_turned(np.where(free, gradient, 0.0), pairs) * free
        if float(direction @ gradient) >= 0.0:
            pairs.clear()
            direction = -np.where(free, gradient, 0.0)
        length = 1.0 if pairs else _first_length(x, direction)
        while True:
            tried = np.maximum(0.0, x + length * direction)
            new_value, new_gradient = function(tried)
            left -= 1
            if new_value <= value + ENOUGH * float(gradient @ (tried - x)):
                break
            length *= 0.4
            if left <= 0 or length < SHORTEST:
                return x
        step, bend = tried - x, new_gradient - gradient
        curve = float(step @ bend)
        if curve > 1e-12 * float(bend @ bend):
            pairs.append((step, bend, curve))
        x, value, gradient = tried, new_value, new_gradient
    return x


def _first_length(x: Floats, direction: Floats) -> float:
    """Return a length at which the first step changes x by a twentieth."""
    size = float(np.abs(direction).sum())
    return 0.05 * float(x.sum() + 1e-9) / size if size > 0.0 else 0.0


def _turned(gradient: Floats, pairs: deque[tuple[Floats, Floats, float]]) -> Floats:
    if not pairs:
        return gradient
    turned = gradient.copy()
    shares = []
    for step, bend, curve in reversed(pairs):
        share = float(step @ turned) / curve
        shares.append(share)
        turned -= share * bend
    _, bend, curve = pairs[-1]
    turned *= curve / float(bend @ bend)
    for (step, bend, curve), share in zip(pairs, reversed(shares), strict=True):
        turned += (share - float(bend @ turned) / curve) * step
    return turned
