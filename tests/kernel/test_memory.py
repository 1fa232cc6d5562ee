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
