"""astroplan's SequentialScheduler: at each instant the block that scores best."""

from __future__ import annotations

import astroplan
from astropy import units as u

from benchmarks.scheduling.peers.report import Found, Instance, run
from benchmarks.scheduling.peers.sky_blocks import best_values, ranked, schedule

GAP = 60.0 * u.s


def solve(instance: Instance, _limit_s: float) -> Found:
    """Return what it makes of an instance; it knows no limit of time."""
    return schedule(
        instance, astroplan.SequentialScheduler, ranked(best_values(instance)), gap_time=GAP
    )


if __name__ == "__main__":
    run(solve)
