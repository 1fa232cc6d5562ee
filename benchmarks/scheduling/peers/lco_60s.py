"""LCO's adaptive_scheduler with slices of 60 s instead of its 300 s."""

from __future__ import annotations

from functools import partial

from benchmarks.scheduling.peers.lco import solve
from benchmarks.scheduling.peers.report import run

if __name__ == "__main__":
    run(partial(solve, slice_s=60))
