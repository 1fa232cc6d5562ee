"""Memory that is free goes back."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import ctypes
from pyros.kernel.memory import BLOCK, give_back

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

assert give_back()
blocks = [bytearray(8 * BLOCK) for _ in range(50)]
full = resident()
del blocks
print(full - resident() > 45 * 8 * BLOCK)
"""


def test_large_blocks_go_back_to_the_system_as_soon_as_they_are_free() -> None:
    """B1: a frame that is gone takes no room."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "True"


COLLECTIONS = """
import gc
from datetime import UTC, datetime
from pyros.kernel.clock import VirtualClock
from pyros.kernel.memory import TIDY_S, settle
from pyros.kernel.timers import TimerService

class Ring:
    def __init__(self):
        self.me = self

full = []
gc.callbacks.append(lambda phase, info: full.append(info) if info["generation"] == 2 else None)
clock = VirtualClock(datetime(2026, 1, 1, tzinfo=UTC))
timers = TimerService(clock)
settle(timers, clock)
kept = [Ring() for _ in range(300_000)]
by_itself = len(full)
timers.advance(TIDY_S)
print(by_itself, len(full) // 2)
"""


def test_a_busy_house_looks_through_all_it_holds_once_a_minute_and_not_by_itself() -> None:
    """B9: a full collection stops every thread; it is not to come with each alert."""
    ran = subprocess.run(
        [sys.executable, "-c", COLLECTIONS], capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == ["0", "1"]
