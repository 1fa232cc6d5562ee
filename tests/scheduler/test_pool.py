"""The planning process itself: real, stopped, killed, and left behind by nobody."""

from __future__ import annotations

import os
import queue
import signal
from dataclasses import replace

import psutil
import pytest
from builders.scheduler_house import settings_of_house

from pyros.actors.scheduler import jobs, pool
from pyros.actors.scheduler.news import PlanEnded, WorkerReady
from pyros.actors.scheduler.pool import Planner, PlanningPool
from pyros.actors.scheduler.worker import Job, solve
from pyros.scheduling.bench import instance
from pyros.scheduling.by_columns import LARGE, loaded

pytestmark = pytest.mark.realtime

LIMIT_S = 120.0
LONG_S = 3600.0


class Mailbox(queue.SimpleQueue):
    """Takes what the planner tells, as the actor's address does."""

    def offer(self, message) -> bool:
        self.put(message)
        return True

    def next(self):
        return self.get(timeout=LIMIT_S)


@pytest.fixture
def told():
    return Mailbox()


@pytest.fixture
def made():
    return []


@pytest.fixture
def planner(told, made):
    def make():
        made.append(PlanningPool())
        return made[-1]

    planner = Planner(make, told)
    planner.open()
    planner.warmed(told.next())
    yield planner
    planner.kill()


@pytest.fixture
def job(some_facts) -> Job:
    return Job(run=1, problem=jobs.problem_of(some_facts, settings_of_house()), moves=5)


def test_a_plan_made_in_another_process_is_the_plan_made_here(planner, told, job):
    """P23: bit for bit."""
    planner.submit(job)

    ended = told.next()

    assert planner.warm
    assert ended == PlanEnded(run=1, planned=solve(job))
    assert ended.planned.violations == ()


def test_only_a_house_with_large_nights_keeps_the_compiled_solver_loaded(planner, told, made):
    """P47, B1: no alert's plan waits for it where it is of use, and no small house carries it."""
    assert not made[0].submit(loaded).result(LIMIT_S)

    planner.submit(Job(run=1, problem=instance(LARGE, 1), until="first", moves=0))
    assert told.next().planned is not None
    planner.kill()
    planner.open()

    assert not told.next().failure
    assert made[1].submit(loaded).result(LIMIT_S)


def test_a_search_of_an_hour_ends_when_it_is_told_to(planner, told, job):
    """P47: the next job finds its worker free."""
    planner.submit(replace(job, moves=None, seconds=LONG_S))
    planner.stop(1)
    planner.submit(replace(job, run=2))

    assert [told.next().run, told.next().run] == [1, 2]


def test_a_worker_that_is_killed_is_told_and_the_next_one_works(planner, told, made, job):
    """P04: SIGKILL."""
    planner.submit(replace(job, moves=None, seconds=LONG_S))
    (pid,) = made[0].pids
    os.kill(pid, signal.SIGKILL)

    assert told.next() == PlanEnded(run=1, broken=True)
    planner.kill()
    planner.submit(replace(job, run=2))
    assert [type(told.next()), type(told.next())] == [WorkerReady, PlanEnded]
    assert made[1].pids != (pid,)


def test_a_worker_that_hangs_is_killed_by_its_pid(planner, told, made, job):
    """P04: SIGSTOP: it answers nothing, minds no flag, and is gone."""
    (pid,) = made[0].pids
    hung = psutil.Process(pid)
    os.kill(pid, signal.SIGSTOP)
    planner.submit(job)
    planner.stop(1)

    planner.kill()

    assert told.next() == PlanEnded(run=1, broken=True)
    hung.wait(LIMIT_S)


def test_a_worker_plans_below_the_urgency_of_an_alert(planner, made):
    """P47: nicer than the house by 10, as image work."""
    (pid,) = made[0].pids

    assert psutil.Process(pid).nice() == min(19, psutil.Process().nice() + 10)


def test_a_worker_that_has_planned_enough_is_replaced(planner, told, made, job, monkeypatch):
    """P04: what a worker gathers over nights goes with it."""
    monkeypatch.setattr(pool, "PLANS", 1)
    planner.submit(job)
    ended = told.next()

    planner.renew_if_worn(ended.planned.resident_mib)

    assert len(made) == 2
    assert isinstance(told.next(), WorkerReady)
