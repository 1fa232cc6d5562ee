"""Are the reasons true: each refusal's change is applied, and one looks.

`python -m benchmarks.scheduling.refusals FILE [--limit S]`: the night of the file is planned in S
seconds; `confirm` then judges every refusal of that plan.
"""

from __future__ import annotations

from collections import Counter

from benchmarks.scheduling.as_problem import as_problem
from benchmarks.scheduling.peers.report import Found, Instance, run
from pyros.scheduling.check import check
from pyros.scheduling.confirm import confirm
from pyros.scheduling.plan import plan
from pyros.scheduling.timetable import Budget

EXAMPLES = 5


def refusals(instance: Instance, limit_s: float) -> Found:
    """Return how many refusals there are, are confirmed and certified, by code too."""
    problem = as_problem(instance)
    schedule = plan(problem, budget=Budget(seconds=limit_s))
    verdicts = [(one, confirm(problem, schedule, one)) for one in schedule.refusals]
    wrong = [(one, verdict) for one, verdict in verdicts if not verdict.confirmed]
    return {
        "slots": [],
        "count": len(verdicts),
        "confirmed": len(verdicts) - len(wrong),
        "certified": sum(one.certified for one, _ in verdicts),
        "codes": dict(Counter(one.code for one, _ in verdicts)),
        "wrong": [f"{one.id} {one.code}: {verdict.text}" for one, verdict in wrong[:EXAMPLES]],
        "violations": [one.text for one in check(problem, schedule)[:EXAMPLES]],
    }


if __name__ == "__main__":
    run(refusals)
