"""Chance that repeats itself: the same seed and name give the same numbers."""

from __future__ import annotations

import math
import random
from hashlib import blake2b


def random_of(*names: object) -> random.Random:
    """Return a source of random numbers that belongs to these names and to nobody else."""
    return random.Random(number_of(*names))  # noqa: S311  not for secrets


def number_of(*names: object) -> int:
    """Return a 64-bit number that belongs to these names."""
    text = ":".join(str(each) for each in names)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


class Wobble:
    """A smooth, never repeating drift around zero; a function of time alone.

    Three sines with incommensurate periods; `rms` is that of the sum, `period_s` the longest one.
    """

    def __init__(self, *names: object, rms: float, period_s: float) -> None:
        source = random_of("wobble", *names)
        periods = (period_s, period_s / math.e, period_s / math.pi**2)
        self._waves = tuple(
            (2.0 * math.pi / each, source.uniform(0.0, 2.0 * math.pi)) for each in periods
        )
        self._scale = rms * math.sqrt(2.0 / len(periods))

    def at(self, now_s: float) -> float:
        """Return the drift at an instant."""
        return self._scale * sum(math.sin(now_s * rate + phase) for rate, phase in self._waves)
