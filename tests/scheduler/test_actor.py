from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from builders.scheduler_house import (
    EVENING,
    LATE_S,
    LIMITS,
    START,
    TONIGHT,
    a_night,
    a_request,
    a_sequence,
)

from pyros.actors.scheduler.settings import COLD_LATE_S
from pyros.domain.conditions import Conditions, Sky
from pyros.domain.devices.device import DeviceState, Kind
from pyros.domain.request import RequestKind, SequenceState
from pyros.domain.schedule import Cause
from pyros.domain.target import Constraints, FixedTarget, MinSky
from pyros.kernel.testing.faults import FaultPlan, Hang, Kill
from pyros.messages.commands import Reschedule
from pyros.messages.events import ConditionsChanged, DeviceStatus
from pyros.scheduling import load
from pyros.store import ledger, observations, requests
from pyros.store.writer import Write

SOUTH = FixedTarget(ra_deg=40.0, dec_deg=-80.0)


def test_the_first_order_of_a_night_is_planned_stored_and_told(house):
    """P24, P45, P22: within the limits that came with it, under the request's short name."""
    running = house()
    request = running.submit(a_request("crab", a_sequence("core")))

    schedule = running.plan(first_of_night=True)

    (slot,) = schedule.slots
    assert (slot.name, slot.request_id) == ("crab/core", request.id)
    assert (schedule.cause, schedule.first_of_night) == (Cause.FIRST, True)
    assert (schedule.start, schedule.end) == (LIMITS.start, LIMITS.end)
    assert LIMITS.start <= slot.start < slot.on_target < slot.end <= LIMITS.end
    assert running.state(slot.sequence_id) is SequenceState.PLANNED
    assert running.store.read(observations.current_schedule) == schedule
    assert schedule.bound >= schedule.score > 0.0
    assert schedule.changes.new == (slot.sequence_id,)
    assert schedule.accounts["night:survey"].used_s == 350.0
    assert {one.why for one in schedule.idle} <= {"NOTHING_UP", "TOO_SHORT", "QUOTA", "WAITING"}


def test_a_refused_sequence_keeps_the_reason_with_its_numbers(house):
    """P25, P31: stored with the schedule, and found again."""
    running = house()
    request = running.submit(a_request("south", a_sequence(target=SOUTH)))

    schedule = running.plan()

    (refusal,) = schedule.refusals
    assert refusal.code == "ALTITUDE"
    assert "Never above 20 deg between" in refusal.text
    assert refusal.change["set"] == "constraints/min_altitude_deg"
    found = running.store.read(
        partial(observations.refusals_of, sequence_id=request.sequences[0].id)
    )
    assert found == (refusal,)
    assert running.state(request.sequences[0].id) is SequenceState.UNPLANNABLE


def test_without_any_request_there_is_an_empty_schedule_that_says_so(house):
    """P21."""
    schedule = house().plan()

    assert (schedule.slots, schedule.idle_reason) == ((), "nobody asks for anything")


@pytest.mark.parametrize(
    ("night", "why"),
    [
        (a_night(start=None, end=None), "there is no night"),
        (a_night(end=EVENING - timedelta(hours=1), alert_end=None), "is over"),
    ],
)
def test_without_a_night_there_is_an_empty_schedule_that_says_why(house, night, why):
    """P21: and nobody is refused by it."""
    running = house()
    request = running.submit(a_request())

    schedule = running.plan(night=night)

    assert why in schedule.idle_reason
    assert running.state(request.sequences[0].id) is SequenceState.TOBEPLANNED


def test_an_order_without_any_night_at_all_changes_nothing(house):
    """P21."""
    running = house()

    running.order(night=None)
    running.run(1.0)

    assert (running.schedules, running.failures) == ([], [])


def test_limits_once_fixed_are_read_and_not_taken_from_a_later_order(house):
    """P24: at the first schedule of a night only."""
    running = house()
    running.submit(a_request())
    fixed = a_night(first_schedule_at=EVENING, end=START + timedelta(hours=2))
    running.store.write(partial(observations.save_night, night=fixed))

    schedule = running.plan(Cause.RESUME, night=a_night())

    assert schedule.end == START + timedelta(hours=2)
    assert all(slot.end <= schedule.end for slot in schedule.slots)


def test_orders_that_come_while_a_plan_is_made_become_one(house, bench):
    """P51: one computing, one waiting, named by the stronger cause."""
    running = house()
    running.submit(a_request())
    bench.troubles = ["hangs"]
    running.order(Cause.FIRST, first_of_night=True)
    running.run(1.0)

    running.order(Cause.SUBMIT)
    running.order(Cause.CANCEL)
    running.order(Cause.UNSUBMIT)
    running.run(1.0)
    assert len(bench.jobs) == 1
    running.run(2 * LATE_S)

    assert [schedule.cause for schedule in running.schedules] == [Cause.FIRST, Cause.CANCEL]


def test_an_alert_does_not_wait_for_a_better_plan(house, bench):
    """P47: the search is told to stop, what comes of it is not heard, the repair is at once."""
    running = house()
    running.submit(a_request())
    bench.troubles = ["works", "hangs"]
    running.order(Cause.SUBMIT)
    running.run(1.0)
    searching = bench.jobs[-1].run

    schedule = running.plan(Cause.ALERT)
    bench.open[0].set_exception(ValueError("too late"))
    running.run(2 * LATE_S)

    assert bench.stopped == [searching]
    assert schedule.made_at == running.now - timedelta(seconds=1.0 + 2 * LATE_S)
    assert [one.cause for one in running.schedules] == [Cause.SUBMIT, Cause.ALERT]
    assert (running.failures, running.alarms) == ([], [])


def test_an_alert_before_the_first_plan_of_a_night_leaves_it_the_first(house, bench):
    """P24, P47: the order that was dropped for it is not lost; its limits are fixed."""
    running = house()
    running.submit(a_request())
    bench.troubles = ["hangs"]
    running.order(Cause.FIRST, first_of_night=True)
    running.run(1.0)

    schedule = running.plan(Cause.ALERT)

    assert (schedule.cause, schedule.first_of_night) == (Cause.FIRST, True)
    assert len(running.schedules) == 1


@pytest.mark.parametrize(
    ("cause", "asked"),
    [
        (Cause.FIRST, ["full"]),
        (Cause.OPERATOR, ["full"]),
        (Cause.MISSED, ["full"]),
        (Cause.ALERT, ["polished", "full"]),
        (Cause.CONDITIONS, ["polished", "full"]),
    ],
)
def test_each_cause_has_its_effort(house, bench, cause, asked):
    """P51, P45: a repair at once where somebody waits, then a whole solution; a repair that is
    all says every reason itself."""
    running = house()
    running.submit(a_request())

    running.plan(cause)

    assert bench.asked == asked


def test_the_first_plan_of_a_night_does_not_wait_for_a_cold_worker(house, bench):
    """P45: something to begin with, then the whole."""
    bench.cold = True
    running = house()
    running.submit(a_request())

    running.plan(Cause.FIRST)

    assert bench.asked == ["polished", "full"]


def test_a_better_plan_takes_the_place_of_the_repair_and_says_what_changed(house, bench):
    """P51, P30: both are kept."""
    running = house()
    request = running.submit(a_request())
    bench.troubles = ["does badly"]

    running.order(Cause.SUBMIT)
    running.run(1.0)

    first, better = running.schedules
    assert (first.slots, first.score) == ((), 0.0)
    assert [slot.sequence_id for slot in better.slots] == [request.sequences[0].id]
    assert better.changes.new == (request.sequences[0].id,)
    assert (better.cause, better.stage) == (Cause.SUBMIT, "full")


def test_a_plan_that_is_no_better_is_not_stored(house, bench):
    """P30: the night is not shuffled for nothing."""
    running = house()
    running.submit(a_request())

    running.order(Cause.SUBMIT)
    running.run(1.0)

    assert bench.asked == ["polished", "full"]
    assert len(running.schedules) == 1


def test_an_order_that_waits_is_served_before_a_better_plan_is_sought(house, bench):
    """P51: its facts are newer."""
    running = house()
    running.submit(a_request())

    running.order(Cause.SUBMIT)
    running.order(Cause.CONDITIONS)
    running.run(1.0)

    assert bench.asked == ["polished", "polished", "full"]
    assert [one.cause for one in running.schedules] == [Cause.SUBMIT, Cause.CONDITIONS]


def test_a_better_plan_that_never_comes_costs_nothing_but_an_alarm(house, bench):
    """P04: the repair stands, and nobody is asked to plan again."""
    running = house()
    running.submit(a_request())
    bench.troubles = ["works", "dies", "dies"]

    running.order(Cause.SUBMIT)
    running.run(1.0)

    assert [len(one.slots) for one in running.schedules] == [1]
    assert running.failures == []
    assert [(one.key, one.severity) for one in running.alarms] == [("no-plan", "SERIOUS")]


def test_a_slot_that_is_about_to_start_stays_as_it_is(house):
    """P50: whatever comes in now, unless the telescope has to stop anyway."""
    running = house()
    running.submit(a_request("low", a_sequence(priority=10)))
    before = running.plan(first_of_night=True).slots[0]
    running.run((before.start - running.now).total_seconds() - 100.0)
    running.submit(a_request("high", a_sequence(priority=99)))

    kept = running.plan(Cause.SUBMIT).slots
    free = running.plan(Cause.RESUME).slots

    assert kept[0] == replace(before, frozen=True)
    assert [slot.name for slot in kept] == ["low/field", "high/field"]
    assert [slot.frozen for slot in free] == [False, False]


def test_a_worn_worker_is_replaced_between_two_plans(house, bench):
    """P04: one that holds too much, without a plan lost."""
    running = house()
    running.submit(a_request())
    bench.troubles = ["swells"]

    running.plan(Cause.OPERATOR)
    running.plan(Cause.OPERATOR)

    assert [pool.ended for pool in bench.pools] == [True, False]
    assert len(running.schedules) == 2


def test_the_rest_of_the_night_begins_when_what_runs_will_end(house):
    """P50: what executes keeps the telescope, and its slot in the plan."""
    running = house()
    first = running.submit(a_request("first", a_sequence(priority=90)))
    running.submit(a_request("second"))
    slot = running.plan(first_of_night=True).slots[0]
    running.run((slot.start - running.now).total_seconds())
    running.begin(first.sequences[0].id)
    until = running.now + timedelta(seconds=350.0)

    schedule = running.plan(Cause.SUBMIT, running_id=first.sequences[0].id)

    kept, other = sorted(schedule.slots, key=lambda one: one.start)
    assert kept.sequence_id == first.sequences[0].id
    assert kept.end == until
    assert other.start >= until


def test_the_slot_of_what_began_early_is_where_it_is(house):
    """P50: a slide lets a sequence begin before its slot; the plan after it overlaps nothing."""
    running = house()
    first = running.submit(a_request("first", a_sequence(priority=90)))
    running.submit(a_request("second"))
    slot = running.plan(first_of_night=True).slots[0]
    early = slot.start - timedelta(seconds=400.0)
    running.run((early - running.now).total_seconds())
    running.begin(first.sequences[0].id)

    schedule = running.plan(
        Cause.SUBMIT, running_id=first.sequences[0].id, running_until=early + timedelta(seconds=60)
    )

    kept, other = sorted(schedule.slots, key=lambda one: one.start)
    assert kept.sequence_id == first.sequences[0].id
    assert kept.start <= early < kept.end < slot.start
    assert other.start >= kept.end


def test_a_slot_whose_start_was_ordered_a_moment_ago_is_left_alone(house):
    """P50: armed slots stay; the sequence is neither released nor planned a second time."""
    running = house()
    request = running.submit(a_request("first"))
    slot = running.plan().slots[0]
    running.run((slot.start - running.now).total_seconds())

    schedule = running.plan(Cause.SUBMIT, armed=(request.sequences[0].id,))

    assert [one.sequence_id for one in schedule.slots] == [request.sequences[0].id]
    assert schedule.slots[0].start == slot.start
    assert running.state(request.sequences[0].id) is SequenceState.PLANNED


def test_what_interrupts_is_neither_planned_nor_refused_while_the_other_ends(house):
    """P47, P50: a burst that takes the telescope from another one may begin, though it does not
    fit into what is left of the night."""
    running = house()
    first, second = running.submit(a_request("first")), running.submit(a_request("second"))
    executes, begins = first.sequences[0].id, second.sequences[0].id
    running.plan()
    running.begin(executes)
    late = a_night(end=running.now + timedelta(seconds=400.0))

    schedule = running.plan(Cause.ALERT, night=late, running_id=executes, armed=(begins,))

    assert begins not in {one.sequence_id for one in schedule.refusals}
    assert running.state(begins) is SequenceState.PLANNED


def test_an_order_that_comes_before_the_rows_of_its_alert_is_planned_a_little_later(house):
    """P04, P50: an alert's rows follow its slew; until they are there nothing is known of it."""
    running = house()
    running.plan(first_of_night=True)
    before = len(running.schedules)

    running.order(Cause.ALERT, running_id=1)
    running.run(1.0)
    assert len(running.schedules) == before

    running.submit(a_request("burst"))
    running.run(15.0)
    assert [one.cause for one in running.schedules[before:]] == [Cause.ALERT]
    assert running.failures == []


def test_a_quota_is_kept_and_the_blank_is_filled_for_free(house):
    """P27, P28, P29: 400 s left, two sequences of 350 s: one pays, the other fills a blank."""
    running = house()
    running.submit(a_request("one", programme="poor"))
    running.submit(a_request("two", programme="poor"))

    schedule = running.plan()

    assert sorted(slot.filler for slot in schedule.slots) == [False, True]
    assert running.store.read(ledger.mismatches) == ()
    left = running.store.read(
        partial(ledger.left, programme="poor", owner="ada@x.org", night=TONIGHT)
    )
    assert left.left_s == pytest.approx(50.0)


def test_a_plan_made_again_does_not_charge_twice(house):
    """P28, P46: the debits of what is planned count as given back."""
    running = house()
    running.submit(a_request("one", programme="poor"))
    running.plan()

    for _ in range(3):
        schedule = running.plan(Cause.OPERATOR)

    assert [slot.filler for slot in schedule.slots] == [False]
    assert running.store.read(ledger.mismatches) == ()


def test_a_cancelled_sequence_gives_its_quota_to_the_next(house):
    """P46."""
    running = house()
    one = running.submit(a_request("one", programme="poor"))
    running.submit(a_request("two", a_sequence(priority=10), programme="poor"))
    running.plan()
    running.store.write(
        partial(
            requests.cancel,
            request_id=one.id,
            at=running.now,
            by="ada@x.org",
            reason="changed my mind",
            by_owner=True,
        )
    )

    schedule = running.plan(Cause.CANCEL)

    assert [(slot.name, slot.filler) for slot in schedule.slots] == [("two/field", False)]


def test_an_alert_comes_before_a_routine_sequence_of_any_priority(house):
    """P27."""
    running = house()
    running.submit(a_request("routine", a_sequence(priority=99)))
    running.submit(
        a_request(
            "burst",
            a_sequence(priority=100),
            kind=RequestKind.ALERT,
            programme="alerts",
        )
    )

    schedule = running.plan()

    assert [slot.name for slot in schedule.slots] == ["burst/field", "routine/field"]


def test_a_channel_that_is_down_refuses_what_needs_it_and_takes_it_back(house):
    """P51: devices and conditions change what can be planned."""
    running = house()
    request = running.submit(a_request())
    running.publish("device/camera-nir", _status(running, DeviceState.DISABLED))

    down = running.plan()
    running.publish("device/camera-nir", _status(running, DeviceState.READY))
    up = running.plan(Cause.CONDITIONS)

    assert [(one.code, one.text) for one in down.refusals] == [
        ("CHANNEL_DOWN", "channel nir is down")
    ]
    assert [slot.sequence_id for slot in up.slots] == [request.sequences[0].id]


def test_a_sequence_that_wants_a_better_sky_is_refused_by_name(house):
    """P51, P25."""
    running = house()
    wants = Constraints(min_sky=MinSky.CLEAR)
    running.submit(a_request("clear", a_sequence(constraints=wants)))
    running.submit(a_request("any"))
    cloudy = Conditions(at=running.now, complete=True, safe=True, sky=Sky.CLOUDY)
    running.publish("conditions", ConditionsChanged(at=running.now, conditions=cloudy))

    schedule = running.plan()

    assert [slot.name for slot in schedule.slots] == ["any/field"]
    assert [(one.name, one.code) for one in schedule.refusals] == [("clear/field", "SKY")]


def _status(running, life: DeviceState) -> DeviceStatus:
    return DeviceStatus(
        at=running.now,
        device="camera-nir",
        kind=Kind.CAMERA,
        life=life,
        since=running.now,
        blocking=False,
        simulated=True,
        unit="nir",
    )


@pytest.mark.parametrize("trouble", ["raises", "lies"])
def test_an_answer_that_cannot_be_used_is_asked_for_once_more_without_a_search(
    house, bench, trouble
):
    """P04."""
    running = house()
    running.submit(a_request())
    bench.troubles = [trouble]

    running.order()
    running.run(1.0)

    assert bench.asked == ["full", "first"]
    assert len(running.schedules) == len(bench.pools) == 1


@pytest.mark.parametrize("trouble", ["dies", "hangs", "is dead already"])
def test_a_worker_that_is_lost_costs_its_pool_and_the_next_one_plans(house, bench, trouble):
    """P04: killed, hung, dead while idle: the night has its plan."""
    running = house()
    running.submit(a_request())
    bench.troubles = [trouble]

    running.order()
    running.run(LATE_S + 5.0)

    assert len(running.schedules) == 1
    assert [pool.ended for pool in bench.pools] == [True, False]


@pytest.mark.parametrize(
    ("troubles", "why"),
    [
        (["dies", "dies"], "its process died"),
        (["hangs", "hangs"], "no plan in its time"),
        (["raises", "raises"], "ValueError: a mistake"),
        (["lies", "lies"], "the plan breaks rules: sums: rubbish"),
    ],
)
def test_without_a_plan_the_last_one_stands_and_everybody_is_told(
    house, bench, tmp_path, troubles, why
):
    """P04, P21: rubbish is never stored; the scheduler lives on, the problem is kept."""
    running = house(cases=tmp_path / "cases")
    request = running.submit(a_request())
    before = running.plan()
    bench.troubles = troubles

    running.order(Cause.OPERATOR)
    running.run(2 * LATE_S + COLD_LATE_S + 10.0)

    assert [failure.reason for failure in running.failures] == [why]
    assert [alarm.severity for alarm in running.alarms] == ["SERIOUS"]
    (case,) = (tmp_path / "cases").iterdir()
    assert [one.id for one in load(case).requests] == [str(request.sequences[0].id)]
    assert running.store.read(observations.current_schedule).id == before.id
    assert running.state(request.sequences[0].id) is SequenceState.PLANNED
    assert running.plan(Cause.OPERATOR).slots


def test_a_scheduler_that_dies_at_an_order_plans_again_by_itself(house):
    """P04, S13: the order that died with it is not lost to the night."""
    running = house(faults=FaultPlan(1, [Kill("/scheduler", message=Reschedule, nth=2)]))
    running.store.write(partial(observations.save_night, night=a_night(first_schedule_at=EVENING)))
    running.submit(a_request("one"))
    running.plan()
    running.submit(a_request("two"))

    running.order(Cause.SUBMIT)
    running.run(60.0)

    assert {slot.name for slot in running.schedules[-1].slots} == {"one/field", "two/field"}


def test_a_schedule_that_could_not_be_stored_is_made_again(house):
    """P04: the writer dies with it; ten seconds later the night has its plan."""
    running = house(faults=FaultPlan(1, [Kill("/store-writer", message=Write)]))
    running.submit(a_request())

    running.order(first_of_night=True)
    running.run(5.0)
    assert running.schedules == []
    running.run(30.0)

    assert [schedule.first_of_night for schedule in running.schedules] == [True]


def test_a_writer_that_never_answers_is_not_waited_for(house):
    """P04."""
    running = house(faults=FaultPlan(1, [Hang("/store-writer", message=Write)]))
    running.submit(a_request())

    running.order()
    running.run(120.0)

    assert running.schedules


def test_the_plan_in_force_is_told_again_after_a_restart_of_the_process(house, store):
    """P30: kill -9 in the night; the schedule is what the store says."""
    first = house()
    first.submit(a_request())
    first.store.write(partial(observations.save_night, night=a_night(first_schedule_at=EVENING)))
    before = first.plan()
    first.system.stop()

    second = house(boot=2, at=START + timedelta(hours=1))

    assert [schedule.id for schedule in second.schedules] == [before.id]


def test_the_same_house_makes_the_same_plan(house, bench):
    """P27: nothing of it depends on a clock of the machine."""
    running = house()
    for place in range(8):
        target = FixedTarget(ra_deg=10.0 * place, dec_deg=20.0)
        running.submit(a_request(f"r{place}", a_sequence(target=target)))

    one, two = running.plan(), running.plan(Cause.OPERATOR)

    assert one.runtime_ms == 0.0
    assert [slot.name for slot in one.slots] == [slot.name for slot in two.slots]
    assert two.score >= replace(one).score - 1e-9
