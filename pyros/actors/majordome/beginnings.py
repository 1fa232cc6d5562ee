"""What begins now: an alert before all else, else the slot that is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pyros.actors.majordome.facts import Begin, Decision, Facts, Order, Rules
from pyros.actors.majordome.prechecks import reasons_against, target_reasons
from pyros.actors.majordome.slots import (
    Due,
    alert_window_open,
    alerts_in_order,
    busy,
    due_slot,
    interrupts,
)
from pyros.domain.request import Sequence
from pyros.domain.schedule import Cause, stronger
from pyros.messages.commands import Reschedule, StartSequence
from pyros.messages.events import AlertAccepted

ALERT_MIN_ALTITUDE_DEG = 10.0
AT_ONCE = frozenset({Cause.ALERT, Cause.RESUME, Cause.OPERATOR})
ASKED = frozenset({Cause.SUBMIT, Cause.UNSUBMIT, Cause.CANCEL})
ASKED_QUIET_S = 2.0
"""What people ask for one after the other in this time is one order, seconds."""


def begin(facts: Facts, rules: Rules, now: datetime) -> Decision:
    """Start what has its turn now, if the house allows it."""
    alert = _alert_to_serve(facts, rules, now)
    if alert is not None:
        return _serve(alert, facts, now)
    if busy(facts, now):
        return Decision(facts=facts)
    if facts.armed is not None:
        return _unheard(facts, rules, now)
    due = due_slot(facts, rules, now)
    if due is None:
        return Decision(facts=_refused(facts, ()))
    return _missed(due, facts, rules, now) if due.missed else _start(due, facts, rules, now)


def _unheard(facts: Facts, rules: Rules, now: datetime) -> Decision:
    """A start that was ordered and that nobody reports was lost on its way: plan it anew."""
    return plan_again(replace(facts, armed=None, armed_at=None), rules, Cause.MISSED, now)


def _alert_to_serve(facts: Facts, rules: Rules, now: datetime) -> AlertAccepted | None:
    if not facts.alerts or not alert_window_open(facts, now):
        return None
    if reasons_against(facts, rules, now, alert=True):
        return None
    return next(
        (
            one
            for one in alerts_in_order(facts.alerts)
            if interrupts(one, facts) and _pointable(one, facts, rules, now)
        ),
        None,
    )


def _pointable(one: AlertAccepted, facts: Facts, rules: Rules, now: datetime) -> bool:
    return bool(one.sequences) and not target_reasons(
        one.sequences[0], facts, rules, now, minimum_altitude_deg=_lowest_deg(one.sequences[0])
    )


def _lowest_deg(wanted: Sequence) -> float:
    asked = wanted.constraints.min_altitude_deg
    return asked if asked is not None else ALERT_MIN_ALTITUDE_DEG


def _serve(one: AlertAccepted, facts: Facts, now: datetime) -> Decision:
    """P47: the alert starts at once; observation has what runs abort its exposures and end."""
    night = facts.night
    if night is None:
        return Decision(facts=facts)
    wanted, rest = one.sequences[0], one.sequences[1:]
    waiting = tuple(other for other in facts.alerts if other is not one)
    if rest:
        waiting = (replace(one, sequences=rest), *waiting)
    start = StartSequence(
        at=now,
        sequence=wanted,
        night=night,
        alert_id=one.alert.id,
        alert_name=one.alert.name,
        burst_at=one.alert.burst_at,
        latest_end=night.alert_end,
    )
    return Decision(
        facts=replace(
            facts,
            alerts=waiting,
            serving=one.alert,
            armed=wanted.id,
            armed_at=now,
            refusal="",
        ),
        effects=(Order(to="observation", command=start),),
    )


def _start(due: Due, facts: Facts, rules: Rules, now: datetime) -> Decision:
    reasons = reasons_against(facts, rules, now)
    if reasons or facts.schedule is None or facts.night is None:
        return Decision(facts=_refused(facts, reasons))
    begun = replace(
        facts,
        begun=facts.begun | {due.slot.sequence_id},
        armed=due.slot.sequence_id,
        armed_at=now,
        refusal="",
    )
    effect = Begin(slot=due.slot, schedule_id=facts.schedule.id, latest_end=facts.night.end)
    return Decision(facts=begun, effects=(effect,))


def _refused(facts: Facts, reasons: tuple[str, ...]) -> Facts:
    text = "; ".join(reasons)
    return facts if facts.refusal == text else replace(facts, refusal=text)


def _missed(due: Due, facts: Facts, rules: Rules, now: datetime) -> Decision:
    """A slot whose time is past: out of the way, and the rest is planned anew."""
    passed = replace(facts, begun=facts.begun | {due.slot.sequence_id})
    return plan_again(passed, rules, Cause.MISSED, now)


def plan_again(facts: Facts, rules: Rules, cause: Cause, now: datetime) -> Decision:
    """Order a scheduling of the rest of the night; changes in a row lead to one a minute.

    What people ask for waits two seconds for more of it, an alert and the end of a pause not at
    all; under a hold all but an alert waits.  One order serves all that is wanted by then.
    """
    night = facts.night
    if night is None or night.first_schedule_at is None or night.paused_at is not None:
        return Decision(facts=facts)
    wanted = stronger(facts.plan_wanted, cause)
    if (facts.holds and cause is not Cause.ALERT) or _too_soon(facts, rules, cause, now):
        return Decision(facts=replace(facts, plan_wanted=wanted))
    running = facts.running.sequence_id if facts.running is not None else None
    until = facts.running_until if running is not None else None
    armed = (facts.armed,) if facts.armed is not None and facts.armed != running else ()
    order = Reschedule(
        at=now,
        cause=cause if facts.holds else wanted,
        night=night,
        running_id=running,
        running_until=until,
        armed=armed,
    )
    still = facts.plan_wanted if facts.holds else None
    return Decision(
        facts=replace(facts, scheduled_at=now, plan_wanted=still),
        effects=(Order(to="scheduler", command=order),),
    )


def _too_soon(facts: Facts, rules: Rules, cause: Cause, now: datetime) -> bool:
    if facts.scheduled_at is None or cause in AT_ONCE:
        return False
    quiet_s = ASKED_QUIET_S if cause in ASKED else rules.night.reschedule_min_s
    return (now - facts.scheduled_at).total_seconds() < quiet_s
