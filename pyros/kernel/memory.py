"""Memory: what is free goes back to the system, what stands is not looked through again."""

from __future__ import annotations

import ctypes
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyros.kernel.clock import Clock
    from pyros.kernel.timers import Timer, TimerService

# of glibc's malloc.h
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
BLOCK = 64 * 1024
"""Blocks from this size on go back to the system as soon as they are free, bytes."""
ARENAS = 1
THRESHOLDS = (50_000, 20, 100_000)
"""New objects, and rounds, before the young and the middle-aged are looked through; the old wait
for the minute."""
TIDY_S = 20.0
"""So often all garbage is looked for, real seconds."""


def give_back() -> bool:
    """Have freed memory returned to the system; False where the C library knows no such wish.

    Without it frames of some MB leave a process of forty threads 70 MiB larger than it needs.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    wishes = ((MMAP_THRESHOLD, BLOCK), (TRIM_THRESHOLD, BLOCK), (ARENA_MAX, ARENAS))
    return all(bool(mallopt(wish, value)) for wish, value in wishes)


def grow() -> None:
    """Look for no garbage while a program is loaded: there is none, and looking takes time."""
    gc.disable()


def settle(timers: TimerService, clock: Clock) -> Timer:
    """Take what stands now as here to stay; look through what comes later once a minute.

    Left to itself the whole of what came later is looked through every few seconds of a busy
    night, each time some ten ms in which no thread goes on: an alert may come just then.
    """
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
    every_s = TIDY_S * clock.factor
    return timers.after(every_s, _tidy, period_s=every_s)


def _tidy() -> None:
    gc.collect()
