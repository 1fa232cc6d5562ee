from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders.scheduler_house import EVENING, a_night, settings_of_house

from pyros.actors.scheduler import runs
from pyros.actors.scheduler.facts import Running
from pyros.actors.scheduler.judgement import Effort
from pyros.actors.scheduler.runs import Run
from pyros.actors.scheduler.settings import REPAIR_S
from pyros.actors.scheduler.worker import solve
from pyros.domain.schedule import Cause
from pyros.messages.commands import Reschedule

IN_SECONDS = settings_of_house(counted=False, longest_s=4.0)


def run_for(facts, cause: Cause = Cause.CONDITIONS) -> Run:
    order = Reschedule(at=EVENING, cause=cause, night=a_night())
    plain = Run(number=1, order=order, facts=facts, begun_s=0.0)
    return runs.prepared(plain, IN_SECONDS, warm=True)


def job_for(run: Run):
    return runs.job_of(run, run.problem, IN_SECONDS)


def test_a_repair_has_a_blink_and_a_whole_solution_its_budget(some_facts) -> None:
    """P51."""
    quick = run_for(some_facts)
    full = replace(quick, efforts=(Effort.FULL,))
    again = replace(full, again=True)

    asked = [(job.until, job.seconds, job.moves) for job in map(job_for, (quick, full, again))]

    assert asked == [("polished", REPAIR_S, None), ("full", 4.0, None), ("first", REPAIR_S, None)]


@pytest.mark.parametrize(
    ("cause", "observed", "threads"),
    [(Cause.ALERT, None, 1), (Cause.SUBMIT, True, 1), (Cause.SUBMIT, False, 2)],
)
def test_a_search_takes_one_thread_while_an_alert_is_observed(
    some_facts, cause, observed, threads
) -> None:
    """P47: the other processor is the alert's."""
    known = some_facts
    if observed is not None:
        runs_now = some_facts.wanted[0].sequence
        until = EVENING + timedelta(minutes=30)
        known = replace(some_facts, running=Running(sequence=runs_now, until=until, alert=observed))

    assert job_for(run_for(known, cause)).threads == threads


def test_what_begins_meanwhile_is_fixed_for_the_better_plan(some_facts) -> None:
    """P50: it is in the problem, so that the rest fits around it."""
    run = run_for(some_facts)
    answer = solve(replace(job_for(run), moves=0)).schedule
    first = answer.slots[0]
    now = first.start - timedelta(seconds=3)

    after = runs.followed(replace(run, answer=answer), IN_SECONDS, now, 1.0)

    assert [one.id for one in after.problem.armed] == [first.id]
    assert after.efforts == (Effort.FULL,)
    full = solve(replace(job_for(after), moves=20))
    assert full.violations == ()
    assert next(one for one in full.schedule.slots if one.frozen).id == first.id
