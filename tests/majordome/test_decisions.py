"""Holds are placed, lifted and obeyed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from builders.tale import (
    BLOCKING,
    MIDNIGHT,
    NIGHT,
    RULES,
    SITE,
    Tale,
    conditions,
    executing_tale,
    execution,
    hold_keys,
    new_tale,
    observing_tale,
    orders,
    schedule,
    slot,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pyros.actors.majordome.facts import Begin, Order, Say, StoreHold
from pyros.actors.majordome.prechecks import slot_reasons
from pyros.domain.alert import Alert, AlertState
from pyros.domain.conditions import Sky
from pyros.domain.execution import Outcome
from pyros.domain.holds import Mode, mode_of
from pyros.domain.request import Album, Plan, Sequence, SequenceState
from pyros.domain.schedule import Cause
from pyros.domain.target import Constraints, FixedTarget
from pyros.messages import events
from pyros.messages.commands import (
    CloseDown,
    ParkTelescope,
    PauseObserving,
    PlanAgain,
    Reschedule,
    ResumeObserving,
    StartSequence,
    StopEverything,
)
from pyros.sky.coords import altaz, sidereal_deg

EVENTS = ("lose", "regain", "rain", "dry", "pause", "resume", "interlock", "clear")


def causes(tale: Tale) -> list[Cause]:
    """Causes of the schedulings ordered so far."""
    return [
        one.command.cause
        for one in tale.told
        if isinstance(one, Order) and isinstance(one.command, Reschedule)
    ]


def an_alert(tale: Tale, *, at_zenith: bool = True, **changes: object) -> events.AlertAccepted:
    """A burst near the zenith (or below the horizon), accepted now."""
    ra_deg = float(sidereal_deg(SITE, tale.now)) % 360.0
    if not at_zenith:
        ra_deg = (ra_deg + 180.0) % 360.0
    sequence = Sequence(
        id=900,
        request_id=90,
        name="grb",
        priority=100,
        target=FixedTarget(ra_deg=ra_deg, dec_deg=31.0),
        albums=(Album(channel="vis", plans=(Plan(exposure_s=10.0),)),),
        window_start=tale.now,
        window_end=tale.now + timedelta(days=1),
    )
    alert = Alert(id=9, name="grb-1", state=AlertState.ACTIVE, burst_at=tale.now, **changes)
    return events.AlertAccepted(at=tale.now, alert=alert, sequences=(sequence,))


def test_a_newborn_majordome_opens_only_after_every_blocking_device_has_spoken() -> None:
    """P48, P57: STARTING until all are heard and the conditions are complete."""
    tale = new_tale()

    early = tale.live(9)

    assert "OpenDome" not in orders(early)
    assert mode_of(tale.facts.holds) is Mode.STARTING
    assert "OpenDome" in orders(tale.live(60))


@pytest.mark.parametrize("device", BLOCKING)
def test_a_lost_blocking_device_pauses_and_aborts_what_runs(device: str) -> None:
    """P16, P49, S33: a hold for it, the running sequence is aborted, nothing starts."""
    tale = executing_tale()
    tale.lost = frozenset({device})

    told = tale.live(2)

    assert f"device:{device}" in hold_keys(tale)
    assert "AbortAll" in orders(told)


def test_an_abort_that_had_no_effect_is_ordered_again_until_the_sequence_ends() -> None:
    """P49, S97: the order may have died with observation; the plan would go on under a hold."""
    tale = executing_tale()
    tale.lost = frozenset({"telescope"})

    first = orders(tale.live(15)).count("AbortAll")
    later = orders(tale.live(45)).count("AbortAll")
    tale.hear(
        events.ExecutionEnded(
            at=tale.now, execution=execution(tale.now), outcome=Outcome.INTERRUPTED
        )
    )
    after = orders(tale.live(60)).count("AbortAll")

    assert first >= 1
    assert later in {2, 3}
    assert after == 0


def test_a_lost_device_that_does_not_block_is_only_noted() -> None:
    """P16: work goes on without it."""
    tale = executing_tale()
    tale.lost = frozenset({"camera"})

    told = tale.live(30)

    assert hold_keys(tale) == set()
    assert "AbortAll" not in orders(told)


def test_a_device_that_comes_back_must_be_steady_before_its_hold_goes() -> None:
    """P18, S34: ten quiet seconds, then a scheduling first (P50)."""
    tale = observing_tale()
    tale.lost = frozenset({"plc"})
    tale.live(20)
    tale.lost = frozenset()
    tale.since = tale.now
    tale.forget()

    tale.live(5)
    assert "device:plc" in hold_keys(tale)

    tale.live(120)
    assert hold_keys(tale) == set()
    assert causes(tale) == [Cause.RESUME]


def test_each_lost_device_is_a_reason_of_its_own() -> None:
    """P16, S34: the first that is back lifts its own hold; the house stays paused."""
    tale = observing_tale()
    tale.lost = frozenset({"plc", "telescope"})
    tale.live(20)
    assert hold_keys(tale) >= {"device:plc", "device:telescope"}

    tale.lost = frozenset({"telescope"})
    tale.since = tale.now
    tale.live(120)

    assert "device:plc" not in hold_keys(tale)
    assert "device:telescope" in hold_keys(tale)
    assert mode_of(tale.facts.holds) is Mode.PAUSED


def test_a_device_that_comes_back_does_not_undo_an_operators_park() -> None:
    """P20: only ResumeObserving lifts the operator's hold."""
    tale = observing_tale()
    tale.hear(ParkTelescope(at=tale.now, ordered_by="ada"))
    tale.lost = frozenset({"plc"})
    tale.live(20)
    tale.lost = frozenset()
    tale.since = tale.now

    tale.live(60)

    assert hold_keys(tale) == {"operator"}
    assert mode_of(tale.facts.holds) is Mode.MANUAL


def test_an_operators_hold_is_written_down_when_placed_and_when_lifted() -> None:
    """P20: it outlives the process."""
    tale = observing_tale()

    placed = tale.hear(PauseObserving(at=tale.now, ordered_by="ada"))
    lifted = tale.hear(ResumeObserving(at=tale.now, ordered_by="ada"))

    assert [one.lifted for one in placed + lifted if isinstance(one, StoreHold)] == [False, True]


def test_stop_shuts_the_dome_and_a_later_pause_does_not_open_it_again() -> None:
    """P20, P49."""
    tale = observing_tale()

    tale.hear(StopEverything(at=tale.now, ordered_by="ada"))
    tale.hear(PauseObserving(at=tale.now, ordered_by="bob"))
    tale.live(5)

    assert tale.phase == "closed"
    assert tale.parked


def test_a_pause_aborts_the_sequence_and_resuming_begins_with_a_scheduling() -> None:
    """P49, P50."""
    tale = executing_tale()

    assert "AbortAll" in orders(tale.hear(PauseObserving(at=tale.now, ordered_by="ada")))
    tale.hear(
        events.ExecutionEnded(
            at=tale.now, execution=execution(tale.now), outcome=Outcome.INTERRUPTED
        )
    )
    tale.live(5)
    assert causes(tale) == []

    tale.hear(ResumeObserving(at=tale.now, ordered_by="ada"))

    assert causes(tale) == [Cause.RESUME]


def test_a_bad_sample_orders_the_close_at_once() -> None:
    """B6, P49: in the same handler, not at the next tick."""
    tale = executing_tale()
    tale.weather = ("rain",)

    told = tale._report()

    assert "CloseDome" in orders(told)
    assert "AbortAll" in orders(told)
    assert "WithdrawPermit" in orders(told)


def test_a_close_that_no_sensor_confirms_is_ordered_again_and_ends_in_a_safety_hold() -> None:
    """B6: judged by the sensor, repeated, escalated."""
    tale = observing_tale()
    tale.obeys, tale.weather = False, ("rain",)

    told = tale.live(200)

    assert orders(told).count("CloseDome") >= 18
    assert "safety:unverified" in hold_keys(tale)
    alarms = [
        one.event.severity
        for one in told
        if isinstance(one, Say) and isinstance(one.event, events.AlarmRaised)
    ]
    assert alarms == ["CRITICAL"]


def test_silence_of_the_weather_closes() -> None:
    """B6: stale is unsafe."""
    tale = observing_tale()
    tale.silent = True

    tale.live(20)

    assert "weather:silent" in hold_keys(tale)
    assert tale.phase == "closed"


def test_an_interlock_closes_and_is_named() -> None:
    """P48, P56."""
    tale = observing_tale()
    tale.interlocks = ("emergency stop",)

    tale.live(3)

    assert hold_keys(tale) == {"site:emergency stop"}
    assert tale.phase == "closed"


def test_a_dome_that_closes_by_itself_stays_shut_for_a_while() -> None:
    """Its own rain input or heartbeat has a reason."""
    tale = observing_tale()
    tale.phase, tale.obeys = "closed", False

    tale.live(100)
    assert "safety:selfclose" in hold_keys(tale)

    tale.live(250)
    assert "safety:selfclose" not in hold_keys(tale)


def test_an_opening_that_fails_shuts_and_waits_for_a_person() -> None:
    """A failed step is not tried again without a person."""
    tale = new_tale()
    tale.obeys = False

    told = tale.live(400)

    assert 1 <= orders(told).count("OpenDome") <= 19
    assert "safety:open-failed" in hold_keys(tale)


def test_the_permit_is_renewed_only_while_the_weather_is_safe_and_fresh() -> None:
    """Domain 4.4: without renewal the dome closes by itself."""
    tale = observing_tale()
    assert orders(tale.live(20)).count("RenewPermit") >= 3

    tale.weather = ("wind",)
    tale.live(1)
    assert "RenewPermit" not in orders(tale.live(20))


def test_a_majordome_born_again_keeps_the_permit_and_the_exposure() -> None:
    """Domain 4.4: a crash of the majordome within the permit costs no exposure."""
    tale = new_tale(running=execution(MIDNIGHT))
    tale.phase, tale.parked = "open", False

    told = tale.live(60)

    assert "AbortAll" not in orders(told)
    assert "CloseDome" not in orders(told)
    assert "RenewPermit" in orders(told)
    assert hold_keys(tale) == set()


def test_the_first_schedule_of_a_night_is_ordered_once_with_its_limits() -> None:
    """P24, P45: by the majordome, whatever the mode."""
    tale = new_tale(night=replace(NIGHT, first_schedule_at=None))

    tale.live(90)

    firsts = [
        one.command
        for one in tale.told
        if isinstance(one, Order)
        and isinstance(one.command, Reschedule)
        and one.command.first_of_night
    ]
    assert len(firsts) == 1
    assert firsts[0].night is not None
    assert firsts[0].night.start == NIGHT.start


def test_a_slot_starts_when_it_is_due_and_not_before() -> None:
    """P26, P48."""
    tale = observing_tale()
    tale.hear(schedule(tale.now, slot(tale.now + timedelta(seconds=30))))

    assert not any(isinstance(one, Begin) for one in tale.live(20))
    assert any(isinstance(one, Begin) for one in tale.live(15))


def test_a_slot_that_would_end_after_the_night_never_starts() -> None:
    """P26."""
    tale = observing_tale()
    tale.facts = replace(tale.facts, night=replace(NIGHT, end=tale.now + timedelta(minutes=5)))
    tale.hear(schedule(tale.now, slot(tale.now + timedelta(seconds=10), minutes=10)))

    told = tale.live(60)

    assert not any(isinstance(one, Begin) for one in told)


def test_a_missed_slot_leads_to_one_scheduling_a_minute() -> None:
    """P51: a storm of schedules serves nobody."""
    tale = observing_tale()
    late = [slot(tale.now - timedelta(minutes=10), n) for n in range(1, 6)]
    tale.hear(schedule(tale.now, *late))

    tale.live(50)

    assert len(causes(tale)) <= 1


def test_an_alert_starts_at_once_whatever_runs() -> None:
    """P47, B9: one order in the handler of the alert itself; observation ends what runs."""
    tale = executing_tale()

    told = tale.hear(an_alert(tale))

    assert orders(told)[0] == "StartSequence"
    assert "AbortExposures" not in orders(told)
    start = next(
        one.command
        for one in told
        if isinstance(one, Order) and isinstance(one.command, StartSequence)
    )
    assert start.alert_id == 9


def test_what_an_alert_interrupted_is_planned_again_though_it_ended_late() -> None:
    """P47: a camera that aborts slowly ends its plan after the schedule of the alert was made."""
    tale = executing_tale()
    tale.live(60)  # the last scheduling was a while ago
    tale.hear(an_alert(tale))
    tale.forget()

    ended = execution(tale.now)
    tale.hear(events.ExecutionEnded(at=tale.now, execution=ended, outcome=Outcome.INTERRUPTED))

    assert causes(tale) == [Cause.MISSED]


def test_an_alert_below_the_horizon_waits() -> None:
    """P48: pre-checks come before any slew."""
    tale = executing_tale()

    told = tale.hear(an_alert(tale, at_zenith=False))

    assert orders(told) == []
    assert len(tale.facts.alerts) == 1


def test_an_alert_under_a_hold_waits_and_starts_when_the_last_hold_goes() -> None:
    """P47, domain 3.1."""
    tale = observing_tale()
    tale.hear(PauseObserving(at=tale.now, ordered_by="ada"))
    assert "StartSequence" not in orders(tale.hear(an_alert(tale)))

    told = tale.hear(ResumeObserving(at=tale.now, ordered_by="ada"))

    assert "StartSequence" in orders(told)


def test_a_withdrawn_alert_ends_cleanly_and_is_not_tried_again() -> None:
    """P39."""
    tale = executing_tale(alert_id=9)
    gone = events.AlertWithdrawn(
        at=tale.now, alert=Alert(id=9, name="grb-1"), sequence_ids=(1,), reason="retracted"
    )

    told = tale.hear(gone)

    assert [one.command.cancelled for one in told if isinstance(one, Order)] == [True]


def test_a_drill_that_may_not_slew_moves_nothing() -> None:
    """P43."""
    tale = executing_tale()
    drill = replace(an_alert(tale, drill=True), interrupt="no")

    assert orders(tale.hear(drill)) == []
    assert tale.facts.alerts == ()


def test_at_the_end_of_the_night_all_is_safe_and_then_calibrated() -> None:
    """P52, P66: pause, release, close, verified by sensors, calibrations, closed."""
    tale = observing_tale()
    tale.facts = replace(tale.facts, night=replace(NIGHT, end=tale.now + timedelta(seconds=5)))

    tale.live(20)
    assert "daylight:twilight" in hold_keys(tale)
    assert "TakeCalibrations" not in orders(tale.told)

    tale.sun_deg = 3.0
    tale.live(30)
    assert tale.phase == "closed"
    assert orders(tale.told).count("TakeCalibrations") == 1

    night = tale.facts.night
    assert night is not None
    told = tale.hear(events.CalibrationsTaken(at=tale.now, night=night, images=8))
    assert any(isinstance(one, Say) and isinstance(one.event, events.NightClosed) for one in told)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_the_dome_is_never_open_long_under_a_hold_that_shuts_it(what: list[str]) -> None:
    """B13: whatever happens in whatever order."""
    tale = observing_tale()
    acts = {
        "lose": lambda: setattr(tale, "lost", frozenset({"telescope"})),
        "regain": lambda: setattr(tale, "lost", frozenset()),
        "rain": lambda: setattr(tale, "weather", ("rain",)),
        "dry": lambda: setattr(tale, "weather", ()),
        "pause": lambda: tale.hear(PauseObserving(at=tale.now, ordered_by="a")),
        "resume": lambda: tale.hear(ResumeObserving(at=tale.now, ordered_by="a")),
        "interlock": lambda: setattr(tale, "interlocks", ("mains",)),
        "clear": lambda: setattr(tale, "interlocks", ()),
    }
    for one in what:
        acts[one]()
        tale.live(15)

        shut = any(hold.closes for hold in tale.facts.holds)
        assert not (shut and tale.phase == "open")


def test_a_channel_that_is_lost_or_back_has_the_rest_planned_anew() -> None:
    """P16, P51: noted, and the schedule follows."""
    tale = observing_tale()
    tale.live(70)
    tale.forget()

    tale.lost = frozenset({"camera"})
    tale.live(2)

    assert causes(tale) == [Cause.CONDITIONS]


def test_what_people_ask_for_in_a_row_is_one_scheduling_a_moment_later() -> None:
    """P51, P46, P84: an own cancellation is filled again at once, not after a minute."""
    tale = observing_tale()
    tale.live(70)
    tale.forget()

    for cause in (Cause.CANCEL, Cause.SUBMIT, Cause.UNSUBMIT):
        tale.hear(PlanAgain(at=tale.now, cause=cause, ordered_by="ada"))
    tale.live(5)

    assert causes(tale) == [Cause.CANCEL, Cause.SUBMIT]


def test_one_order_serves_all_that_is_wanted_and_is_named_by_the_strongest() -> None:
    """P51: what has waited for its minute goes with what does not wait."""
    tale = observing_tale()
    tale.live(70)
    clouds = conditions(tale.now)
    clouds = replace(clouds, conditions=replace(clouds.conditions, sky=Sky.THIN))
    tale.hear(clouds)
    tale.live(10)
    tale.forget()

    tale.hear(PlanAgain(at=tale.now, cause=Cause.MISSED, ordered_by="ada"))
    tale.hear(PlanAgain(at=tale.now, cause=Cause.SUBMIT, ordered_by="ada"))
    tale.live(70)

    assert causes(tale) == [Cause.MISSED]


def test_an_alert_under_a_hold_leaves_the_end_of_the_pause_its_scheduling() -> None:
    """P47, P50."""
    tale = executing_tale()
    tale.hear(PauseObserving(at=tale.now, ordered_by="ada"))
    tale.forget()

    tale.hear(PlanAgain(at=tale.now, cause=Cause.ALERT, ordered_by="alerts"))
    tale.hear(
        events.ExecutionEnded(
            at=tale.now, execution=execution(tale.now), outcome=Outcome.INTERRUPTED
        )
    )
    tale.hear(ResumeObserving(at=tale.now, ordered_by="ada"))

    assert causes(tale) == [Cause.ALERT, Cause.RESUME]


def test_another_class_of_sky_has_the_rest_planned_anew() -> None:
    """P51, P62."""
    tale = observing_tale()
    tale.live(70)
    tale.forget()
    clouds = conditions(tale.now)
    clouds = replace(clouds, conditions=replace(clouds.conditions, sky=Sky.THIN))

    tale.hear(clouds)

    assert causes(tale) == [Cause.CONDITIONS]


def test_of_two_alerts_the_younger_burst_gets_the_telescope() -> None:
    """P47, domain 3.2: priority, then the younger, however short the other has run."""
    tale = observing_tale()
    older, younger = an_alert(tale), an_alert(tale)
    first = replace(older, alert=replace(older.alert, burst_at=tale.now - timedelta(seconds=20)))
    second = replace(
        younger,
        alert=replace(younger.alert, id=10, burst_at=tale.now - timedelta(seconds=10)),
    )
    assert "StartSequence" in orders(tale.hear(first))
    under_way = execution(tale.now, sequence_id=900, alert_id=9)
    tale.hear(events.ExecutionStarted(at=tale.now, execution=under_way))

    assert "StartSequence" in orders(tale.hear(second))

    tale.hear(events.ExecutionStarted(at=tale.now, execution=replace(under_way, alert_id=10)))
    assert "StartSequence" not in orders(tale.hear(first))


def test_an_observatory_that_stops_closes_and_parks_first_and_begins_nothing() -> None:
    """P10, P52: the hold is of this process only; the next start begins afresh."""
    tale = executing_tale()

    told = tale.hear(CloseDown(at=tale.now))
    tale.live(10)

    assert {"AbortAll", "CloseDome", "Park"} <= set(orders(told))
    assert tale.phase == "closed"
    assert tale.parked
    assert not any(isinstance(one, StoreHold) for one in tale.told)


def test_a_park_under_way_is_not_ordered_again_before_its_time_is_up() -> None:
    """A second order would replace the first, which then counts as failed."""
    tale = observing_tale()
    tale.obeys, tale.weather, tale.mount_phase = False, ("rain",), "parking"

    told = tale.live(100)
    later = tale.live(60)

    assert orders(told).count("Park") == 0
    assert orders(told).count("CloseDome") >= 9
    assert orders(later).count("Park") >= 3


def test_the_sky_of_a_slot_is_judged_when_it_is_on_target() -> None:
    """P48, P25: a plan that counts on a rising target begins its slew before the target is up."""
    tale = observing_tale()
    ra_deg = float(sidereal_deg(SITE, tale.now) + 60.0) % 360.0  # 4 h before its transit
    now_deg = float(altaz(SITE, ra_deg, 31.0, tale.now)[0])
    wanted = Sequence(
        id=1,
        request_id=1,
        name="rising",
        state=SequenceState.PLANNED,
        target=FixedTarget(ra_deg=ra_deg, dec_deg=31.0),
        albums=(Album(channel="vis", plans=(Plan(exposure_s=10.0),)),),
        window_start=tale.now,
        window_end=tale.now + timedelta(days=1),
        constraints=Constraints(min_altitude_deg=now_deg + 1.0),
    )
    at_once = slot(tale.now)
    with_a_way = replace(at_once, on_target=tale.now + timedelta(minutes=10))

    reasons = slot_reasons(wanted, at_once, tale.facts, RULES, tale.now)

    assert [reason.split(" at ")[0] for reason in reasons] == ["target"]
    assert slot_reasons(wanted, with_a_way, tale.facts, RULES, tale.now) == ()


def test_a_slot_of_a_sequence_that_went_on_by_itself_does_not_begin() -> None:
    """P46: cancelled since the plan was made."""
    tale = observing_tale()
    gone = Sequence(
        id=1,
        request_id=1,
        name="gone",
        state=SequenceState.CANCELLED,
        target=FixedTarget(ra_deg=0.0, dec_deg=31.0),
        albums=(),
        window_start=tale.now,
        window_end=tale.now + timedelta(days=1),
    )

    assert slot_reasons(gone, slot(tale.now), tale.facts, RULES, tale.now) == (
        "it is CANCELLED now",
    )
