"""Memory: what is free goes back to the system, what stands is not looked through again."""

from __future__ import annotations

import ctypes
import gc

# of glibc's malloc.h
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
BLOCK = 64 * 1024
"""Blocks from this size on go back to the system as soon as they are free, bytes."""
ARENAS = 1


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


def settle() -> None:
    """Take what stands now as here to stay: no later collection looks at it, none takes long."""
    gc.freeze()
    gc.enable()
