"""What runs in the worker process: a problem in, a plan and what the checker says of it out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyros.scheduling import Budget, Problem, Schedule, check, plan
from pyros.scheduling.model import Night, Request, Site, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A problem, the plan in force, and how many moves to search."""

    problem: Problem
    previous: Schedule | None = None
    moves: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and each rule that it breaks in words; none: it may be stored."""

    schedule: Schedule
    violations: tuple[str, ...] = ()


def solve(job: Job) -> Planned:
    """Plan, and have the plan checked by arithmetic that shares nothing with the planner's."""
    schedule = plan(job.problem, job.previous, Budget(moves=job.moves))
    broken = check(job.problem, schedule)
    return Planned(
        schedule=schedule,
        violations=tuple(f"{one.rule}: {', '.join(one.ids)} {one.text}" for one in broken),
    )


def warm_up() -> int:
    """Load what the first job needs; return this process's id."""
    start = datetime(2026, 3, 21, 3, 0, tzinfo=UTC)
    problem = Problem(
        site=Site(lat_deg=31.0, lon_deg=-115.0),
        night=Night(start=start, end=start + timedelta(hours=1)),
        requests=(Request(id="1", target=Target(ra_deg=150.0, dec_deg=30.0), duration_s=600.0),),
    )
    solve(Job(problem=problem))
    return os.getpid()
