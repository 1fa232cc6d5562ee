from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from builders.scheduler_house import (
    EVENING,
    LIMITS,
    SITE,
    START,
    TONIGHT,
    a_night,
    a_sequence,
    settings_of_house,
)

from pyros.actors.scheduler import accounts, answers, jobs
from pyros.actors.scheduler.facts import Facts, Running, Wanted
from pyros.actors.scheduler.heavens import night_sky
from pyros.actors.scheduler.worker import Job, solve, warm_up
from pyros.domain.admission import ChannelNow
from pyros.domain.programme import Programme
from pyros.domain.quota import Account
from pyros.domain.request import Album, Plan, RequestKind
from pyros.domain.schedule import Cause, Schedule, Slot
from pyros.domain.target import Constraints, FixedTarget
from pyros.messages.commands import Reschedule
from pyros.scheduling.model import Tier
from pyros.scheduling.visibility import View
from pyros.sky.coords import altaz
from pyros.sky.times import mjd_of

CHANNELS = {"vis": ChannelNow(up=True, filters=frozenset({"g", "r"})), "nir": ChannelNow(up=True)}
ORDER = Reschedule(at=EVENING, cause=Cause.FIRST, night=a_night())
RICH = Account(quota_s=1e6, quota_night_s=36000.0)


def wanted(number: int = 1, **changes) -> Wanted:
    sequence = replace(a_sequence(f"s{number}"), id=number, request_id=10 * number)
    plain = Wanted(
        sequence=sequence,
        kind=RequestKind.ROUTINE,
        name=f"r{number}/s{number}",
        owner="ada@x.org",
        programme="survey",
    )
    return replace(plain, **changes)


def facts(*asked: Wanted, **changes) -> Facts:
    plain = Facts(
        now=EVENING,
        night=a_night(),
        wanted=asked,
        programmes={"survey": Programme(code="survey", rank=4)},
        accounts={("survey", "ada@x.org"): RICH},
        channels=CHANNELS,
    )
    return replace(plain, **changes)


def test_a_sequence_becomes_a_request_with_what_its_people_have_said() -> None:
    """P22, P27: name, priority, rank, window, filters and the time that its channels need."""
    constraints = Constraints(min_altitude_deg=35.0, max_airmass=1.8, moon_min_distance_deg=40.0)
    sequence = replace(wanted().sequence, priority=77, constraints=constraints)

    asked = jobs.request_of(wanted(sequence=sequence), facts(wanted()), settings_of_house())

    assert (asked.id, asked.name, asked.priority, asked.weight) == ("1", "r1/s1", 77.0, 0.9)
    assert asked.duration_s == 5 * 62.0
    assert asked.cost_s == 350.0
    assert asked.setup == {"vis": ("r", "r")}
    assert asked.window == (sequence.window_start, sequence.window_end)
    assert asked.accounts == ("period:survey", "night:survey")
    assert asked.constraints.min_altitude_deg == 35.0
    assert asked.constraints.max_airmass == 1.8


def test_the_tighter_of_site_and_sequence_bounds_the_altitude() -> None:
    """P25."""
    low = replace(wanted().sequence, constraints=Constraints(min_altitude_deg=5.0))

    asked = jobs.request_of(wanted(sequence=low), facts(), settings_of_house())

    assert asked.constraints.min_altitude_deg == 20.0


def test_what_was_served_is_not_done_again() -> None:
    """P46: a sequence that was interrupted needs what is left of it."""
    half = replace(wanted().sequence, served_s=175.0)

    asked = jobs.request_of(wanted(sequence=half), facts(), settings_of_house())

    assert asked.duration_s == pytest.approx(155.0)


def test_an_alert_is_of_the_first_tier_pays_nothing_and_is_wanted_soon() -> None:
    """P27."""
    asked = jobs.request_of(wanted(kind=RequestKind.ALERT), facts(wanted()), settings_of_house())

    assert (asked.tier, asked.accounts) == (Tier.ALERT, ())
    assert asked.decay_s < 3600.0


def test_filters_change_from_the_first_to_the_last_plan() -> None:
    plans = (Plan(exposure_s=10.0, filter="g"), Plan(exposure_s=10.0, filter="r"))
    two = replace(wanted().sequence, albums=(Album(channel="vis", plans=plans),))

    asked = jobs.request_of(wanted(sequence=two), facts(), settings_of_house())

    assert asked.setup == {"vis": ("g", "r")}


def test_the_problem_has_the_limits_of_the_night_and_of_alerts() -> None:
    """P24, P26."""
    problem = jobs.problem_of(facts(wanted()), settings_of_house())

    assert (problem.night.start, problem.night.end) == (LIMITS.start, LIMITS.end)
    assert (problem.night.alert_start, problem.night.alert_end) == (
        LIMITS.alert_start,
        LIMITS.alert_end,
    )
    assert problem.now == EVENING


def test_what_runs_is_out_of_the_problem_and_holds_the_telescope() -> None:
    """P50."""
    running = Running(sequence=wanted(1).sequence, until=START + timedelta(minutes=10))

    problem = jobs.problem_of(facts(wanted(1), wanted(2), running=running), settings_of_house())

    assert [request.id for request in problem.requests] == ["2"]
    assert problem.running.end == running.until


def test_a_plan_comes_back_as_slots_and_refusals_of_the_house() -> None:
    """P22, P25."""
    never = replace(wanted(2).sequence, target=FixedTarget(ra_deg=40.0, dec_deg=-80.0))
    strange = replace(wanted(3).sequence, albums=(Album(channel="uv", plans=()),))
    known = facts(wanted(1), wanted(2, sequence=never), wanted(3, sequence=strange))
    planned = solve(Job(problem=jobs.problem_of(known, settings_of_house())))

    schedule = answers.schedule_of(known, ORDER, planned.schedule, runtime_ms=1.0)

    assert planned.violations == ()
    assert [slot.name for slot in schedule.slots] == ["r1/s1"]
    codes = {refusal.sequence_id: refusal.code for refusal in schedule.refusals}
    assert codes == {2: "ALTITUDE", 3: "CHANNEL_DOWN"}
    assert schedule.slots[0].airmass >= 1.0


def test_the_plan_in_force_is_where_the_next_one_begins() -> None:
    """P30: of this night; another night's is none."""
    slot = Slot(
        sequence_id=1,
        request_id=10,
        name="r1/s1",
        start=START,
        on_target=START + timedelta(seconds=20),
        end=START + timedelta(seconds=330),
    )
    previous = Schedule(night=TONIGHT, made_at=EVENING, cause=Cause.FIRST, slots=(slot,))
    other = replace(previous, night=TONIGHT - timedelta(days=1))

    assert [one.id for one in jobs.previous_of(facts(wanted(), previous=previous)).slots] == ["1"]
    assert jobs.previous_of(facts(previous=previous)).slots == ()
    assert jobs.previous_of(facts(wanted(), previous=other)) is None


def test_a_request_that_nobody_can_serve_leaves_a_reason_in_words() -> None:
    """P21."""
    never = replace(wanted().sequence, target=FixedTarget(ra_deg=40.0, dec_deg=-80.0))
    known = facts(wanted(sequence=never))
    planned = solve(Job(problem=jobs.problem_of(known, settings_of_house())))

    schedule = answers.schedule_of(known, ORDER, planned.schedule, runtime_ms=0.0)

    assert schedule.idle_reason.startswith("nothing that is asked for can be observed")


def test_debits_of_the_sequences_in_the_problem_are_given_back() -> None:
    """P28, P46: by period, night and member; what executes has spent its own."""
    spent = Account(
        quota_s=1000.0,
        quota_night_s=500.0,
        used_s=700.0,
        tonight_s=350.0,
        user_s=350.0,
        max_share=0.5,
    )
    planned = wanted(1, booked_s=350.0, booked_tonight_s=350.0)
    known = facts(planned, accounts={("survey", "ada@x.org"): spent})

    left = {name: account.left_s for name, account in accounts.of(known).items()}
    names = accounts.names(planned, known)
    executing = replace(known, running=Running(sequence=planned.sequence, until=START))

    assert left == {
        "period:survey": 650.0,
        "night:survey": 500.0,
        "member:survey:ada@x.org": 500.0,
    }
    assert set(names) == left.keys()
    assert accounts.of(executing)["period:survey"].left_s == 300.0


def test_a_programme_that_is_not_bound_by_quota_has_no_account() -> None:
    """P28."""
    free = replace(RICH, enforced=False)
    known = facts(wanted(), accounts={("survey", "ada@x.org"): free})

    assert accounts.of(known) == {}
    assert accounts.names(wanted(), known) == ()


def test_plan_and_pages_speak_of_the_same_altitudes() -> None:
    """P22, P25: to 1 arcsec."""
    problem = jobs.problem_of(facts(wanted()), settings_of_house())
    view = View(problem)
    target = problem.requests[0].target
    mjd = mjd_of(view.t0) + np.arange(view.steps + 1) * 10.0 / 86400.0
    altitude, _ = altaz(SITE, target.ra_deg, target.dec_deg, mjd)

    ours = view.altitude_deg(view.direction(target))

    assert np.abs(ours - altitude).max() * 3600.0 < 1.0


def test_the_sky_covers_the_whole_night() -> None:
    sky = night_sky(SITE, LIMITS.start, LIMITS.end)

    assert sky.table_s[-1] >= (LIMITS.end - LIMITS.start).total_seconds()


def test_a_worker_warms_itself() -> None:
    assert warm_up() > 0


def test_a_job_and_its_answer_travel_between_processes() -> None:
    """P23: the worker is a process of its own."""
    job = Job(problem=jobs.problem_of(facts(wanted()), settings_of_house()))

    there = pickle.loads(pickle.dumps(job))  # noqa: S301  our own
    back = pickle.loads(pickle.dumps(solve(there)))  # noqa: S301  our own

    assert back == solve(job)
