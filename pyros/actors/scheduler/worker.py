"""What runs in the worker process: a problem in, a plan and what the checker says of it out."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Protocol

from pyros.scheduling import Budget, Problem, Schedule, check, improve, plan
from pyros.scheduling.model import Night, Request, Site, Target
from pyros.scheduling.warm import warm


class Flag(Protocol):
    """The number of the last run that is to stop, as this process and its parent see it."""

    value: int


LOOK_S = 0.02
"""So often a worker looks whether its run is to stop, real seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A problem, the plan in force, and how long to think.

    `until` is the stage to stop at; with `moves` the answer depends on nothing but the problem.
    """

    run: int = 0
    problem: Problem
    previous: Schedule | None = None
    until: str = "full"
    seconds: float = 1.0
    moves: int | None = None
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and each rule that it breaks in words; none: it may be stored."""

    schedule: Schedule
    violations: tuple[str, ...] = ()
    resident_mib: float = 0.0
    """What the worker holds; 0 where plans are counted in moves."""


class _Never:
    value = -1


_stopped: Flag = _Never()


class Stopped(Exception):
    """The run under way was told to end."""


_at_work = 0
"""The run under way in this process, 0 between two."""


def heed(flag: Flag) -> None:
    """Stop from now on what the flag says; to be called in a process of our own."""
    global _stopped  # noqa: PLW0603  a process has one
    _stopped = flag
    signal.signal(signal.SIGALRM, _look)


def _look(*_: object) -> None:
    """End the run under way, wherever it is, if it is to stop."""
    if _at_work and _is_stopped(_at_work):
        raise Stopped(f"run {_at_work}")


@contextmanager
def _looked_after(run: int) -> Iterator[None]:
    """Have the flag looked at every `LOOK_S` while a run is under way in a process of our own."""
    global _at_work  # noqa: PLW0603  a process does one thing
    if isinstance(_stopped, _Never):
        yield
        return
    _at_work = run
    signal.setitimer(signal.ITIMER_REAL, LOOK_S, LOOK_S)
    try:
        yield
    finally:
        _at_work = 0
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def solve(job: Job) -> Planned:
    """Plan, and have the plan checked by arithmetic that shares nothing with the planner's.

    Raises:
        Stopped: nobody waits for it any more.
    """
    with _looked_after(job.run):
        return _planned(job)


def _planned(job: Job) -> Planned:
    budget = Budget(
        seconds=job.seconds, moves=job.moves, threads=job.threads, counter=_counter(job.run)
    )
    schedule = _schedule(job, budget)
    broken = check(job.problem, schedule)
    return Planned(
        schedule=schedule,
        violations=tuple(f"{one.rule}: {', '.join(one.ids)} {one.text}" for one in broken),
        resident_mib=0.0 if job.moves is not None else _resident_mib(),
    )


def _schedule(job: Job, budget: Budget) -> Schedule:
    if job.until == "full":
        return plan(job.problem, job.previous, budget)  # reasons are found once, at the end
    stages = improve(job.problem, job.previous, budget)
    return next(one for one in stages if one.stage == job.until or _is_stopped(job.run))


def _is_stopped(run: int) -> bool:
    return run <= _stopped.value


def _counter(run: int) -> Callable[[], float]:
    """Return what seconds are counted on: for a run that is to stop, they are over."""

    def count() -> float:
        return math.inf if _is_stopped(run) else perf_counter()

    return count


def _resident_mib() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def warm_up(large: bool = False) -> int:  # noqa: FBT001, FBT002 - an executor passes no names
    """Load what the first job needs; return this process's id.

    The compiled solver is a hundred MiB: it is loaded for a house that has had a `large` night.
    """
    if large:
        warm()
    start = datetime(2026, 3, 21, 3, 0, tzinfo=UTC)
    problem = Problem(
        site=Site(lat_deg=31.0, lon_deg=-115.0),
        night=Night(start=start, end=start + timedelta(hours=1)),
        requests=(Request(id="1", target=Target(ra_deg=150.0, dec_deg=30.0), duration_s=600.0),),
    )
    solve(Job(problem=problem))
    return os.getpid()
