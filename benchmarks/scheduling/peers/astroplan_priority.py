"""astroplan's PriorityScheduler: by value and by value per minute, the better one counts."""

from __future__ import annotations

import astroplan

from benchmarks.scheduling.judge import judge
from benchmarks.scheduling.peers.report import Found, Instance, run
from benchmarks.scheduling.peers.sky_blocks import RESOLUTION, best_values, ranked, schedule


def solve(instance: Instance, _limit_s: float) -> Found:
    """Return the better of two rankings; it knows no limit of time."""
    best = best_values(instance)
    pairs = zip(best, instance["requests"]["dur"], strict=True)
    rankings = {"value": best, "value per minute": [value / steps for value, steps in pairs]}
    found = []
    for name, scores in rankings.items():
        answer = schedule(
            instance, astroplan.PriorityScheduler, ranked(scores), time_resolution=RESOLUTION
        )
        said = {"sha256": instance["sha256"], **answer}
        value = judge(instance, said, lenient=True)["value"]
        found.append((value, {**answer, "ranked_by": name, "runs": len(rankings)}))
    return max(found, key=lambda pair: pair[0])[1]


if __name__ == "__main__":
    run(solve)
