"""One order on its way: what is computed for it now, what after it, what of it is in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyros.actors.scheduler import jobs, judgement
from pyros.actors.scheduler.facts import Facts
from pyros.actors.scheduler.judgement import Effort
from pyros.actors.scheduler.settings import REPAIR_S, Settings
from pyros.actors.scheduler.worker import Job, Planned
from pyros.domain.schedule import Cause, Schedule
from pyros.messages.commands import Reschedule
from pyros.scheduling import Problem
from pyros.scheduling import Schedule as Answer

THREADS = 2
"""A worker searches with so many; with one while an alert is observed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An order, its facts and problem; `number` is new with each job handed in."""

    number: int
    order: Reschedule
    facts: Facts
    begun_s: float
    problem: Problem | None = None
    """None: there is nothing to plan in."""
    efforts: tuple[Effort, ...] = ()
    """What is computed now, and after it."""
    again: bool = False
    """It has failed once: now a plan without any search is asked for."""
    answer: Answer | None = None
    """The planner's plan that is in force."""
    asked: Answer | None = None
    """The planner's plan that the store was given, as `sent`, and has not answered yet."""
    sent: Schedule | None = None


def prepared(run: Run, settings: Settings, *, warm: bool) -> Run:
    """Return a run with its problem, and what is to be computed for it."""
    facts, cause = run.facts, run.order.cause
    refused = frozenset(one.sequence_id for one in jobs.refused_by_house(facts))
    stays = judgement.armed(facts, cause, refused)
    return replace(
        run,
        problem=jobs.problem_of(facts, settings, stays),
        efforts=judgement.efforts(cause, warm=warm, busy=facts.running is not None),
    )


def job_of(run: Run, problem: Problem, settings: Settings) -> Job:
    """Return what the worker is asked for now."""
    last = len(run.efforts) < 2  # it says all reasons, however little was thought
    until = "first" if run.again else "full" if last else "polished"
    moves = settings.full_moves if run.answer is None else settings.again_moves
    if run.efforts[0] is Effort.QUICK:
        moves = 0
    running = run.facts.running
    alert = run.order.cause is Cause.ALERT or (running is not None and running.alert)
    return Job(
        run=run.number,
        problem=problem,
        previous=_places(run.answer) or jobs.previous_of(run.facts),
        until=until,
        seconds=budget_s(run, settings),
        moves=moves if settings.counted else None,
        threads=1 if alert or settings.counted else THREADS,
    )


def _places(answer: Answer | None) -> Answer | None:
    """Return of a plan what the next one needs: the reasons of a thousand refusals stay here."""
    return None if answer is None else replace(answer, refusals=(), idle=())


def budget_s(run: Run, settings: Settings) -> float:
    """Return how long the worker may think now, real seconds."""
    if run.efforts[0] is Effort.QUICK or run.again:
        return REPAIR_S
    return settings.full_s(len(run.facts.wanted))


def patience_s(run: Run, settings: Settings, *, warm: bool) -> float:
    """Return after how long its worker is given up, real seconds."""
    return settings.patience_s(budget_s(run, settings), len(run.facts.wanted), warm=warm)


def why_not(planned: Planned) -> str:
    """Return why an answer cannot be put in force; empty: it can."""
    return "the plan breaks rules: " + "; ".join(planned.violations) if planned.violations else ""


def in_force(run: Run, stored: Schedule) -> Run:
    """Return the run with its schedule stored: what is planned next starts from there."""
    return replace(
        run,
        facts=replace(run.facts, previous=stored),
        answer=run.asked,
        asked=None,
        sent=None,
    )


def followed(run: Run, settings: Settings, now: datetime, factor: float) -> Run:
    """Return the run at its next effort, for the same facts.

    What will have begun until the answer is there stays: the majordome does not wait for it.
    """
    efforts, problem, plan = run.efforts[1:], run.problem, run.answer
    after = replace(run, efforts=efforts, again=False)
    if problem is None or plan is None:
        return after
    running = run.facts.running
    free_at = now if running is None else max(now, running.until)
    think_s = 0.0 if settings.counted else budget_s(after, settings) * factor
    until = now + timedelta(seconds=think_s) + judgement.LAST
    stays = judgement.imminent(plan, free_at, until, problem.night.step_s)
    return replace(after, problem=jobs.with_armed(problem, stays))
