"""How a night passes: a table of steps; each may be repeated, a stamp says that it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from pyros.actors.majordome.facts import (
    Decision,
    Effect,
    Facts,
    Order,
    Release,
    Rules,
    Say,
    Stamp,
)
from pyros.actors.majordome.safety import dome_state, telescope_state
from pyros.domain.devices.device import Kind
from pyros.domain.schedule import Cause, Night
from pyros.messages.commands import Reschedule, TakeCalibrations
from pyros.messages.events import CalibrationsTaken, NightClosed

CALIBRATION_PATIENCE_S = 1800.0
"""Calibrations that nobody reports in this time are ordered again, seconds."""

Step = Callable[[Facts, Rules, datetime, Night], Decision | None]


def pass_on(facts: Facts, rules: Rules, now: datetime) -> Decision:
    """Take every step of the night whose time has come."""
    decision = Decision(facts=facts)
    for step in STEPS:
        night = decision.facts.night
        if night is None:
            break
        taken = step(decision.facts, rules, now, night)
        decision = decision.and_then(taken) if taken is not None else decision
    return decision


def schedule_limits(rules: Rules, night: Night) -> tuple[datetime, datetime] | None:
    """Return from when to when the first schedule of a night may be ordered; None: no night."""
    if night.start is None or night.end is None:
        return None
    return night.start - timedelta(seconds=rules.night.schedule_lead_s), night.end


def _first_schedule(facts: Facts, rules: Rules, now: datetime, night: Night) -> Decision | None:
    """P45: the majordome orders the first schedule, with the limits that then stay (P24)."""
    limits = schedule_limits(rules, night)
    if limits is None or night.first_schedule_at is not None or not limits[0] <= now < limits[1]:
        return None
    fixed = replace(night, first_schedule_at=now)
    order = Reschedule(at=now, cause=Cause.FIRST, night=fixed, first_of_night=True)
    return Decision(
        facts=replace(facts, night=fixed, scheduled_at=now, plan_wanted=None),
        effects=(
            Stamp(night=fixed, stamps={"first_schedule_at": now}),
            Order(to="scheduler", command=order),
        ),
    )


def _end_of_night(facts: Facts, _rules: Rules, now: datetime, night: Night) -> Decision | None:
    """P52: the night is over; what is still planned is planned again another night."""
    if night.end is None or now < night.end or night.paused_at is not None:
        return None
    ended = replace(night, paused_at=now)
    return Decision(
        facts=replace(facts, night=ended, schedule=None, begun=frozenset()),
        effects=(Stamp(night=ended, stamps={"paused_at": now}), Release(night=ended)),
    )


def _seen_safe(facts: Facts, rules: Rules, now: datetime, night: Night) -> Decision | None:
    """P52: safe is what sensors say: dome closed, telescope parked."""
    if night.paused_at is None or night.safe_at is not None or facts.running is not None:
        return None
    dome, telescope = dome_state(facts, rules), telescope_state(facts, rules)
    dome_shut = rules.of_kind(Kind.DOME) is None or (dome is not None and dome.phase == "closed")
    if not dome_shut or telescope is None or telescope.at_park is not True:
        return None
    safe = replace(night, safe_at=now)
    return Decision(
        facts=replace(facts, night=safe), effects=(Stamp(night=safe, stamps={"safe_at": now}),)
    )


def _calibrate(facts: Facts, _rules: Rules, now: datetime, night: Night) -> Decision | None:
    """P66: bias and dark frames, once everything is seen safe."""
    if night.safe_at is None or night.calibrated_at is not None:
        return None
    since = facts.calibrating_since
    if since is not None and (now - since).total_seconds() < CALIBRATION_PATIENCE_S:
        return None
    order = Order(to="observation", command=TakeCalibrations(at=now, night=night))
    return Decision(facts=replace(facts, calibrating_since=now), effects=(order,))


STEPS: tuple[Step, ...] = (_first_schedule, _end_of_night, _seen_safe, _calibrate)
"""In the order in which a night takes them."""


def calibrated(facts: Facts, message: CalibrationsTaken, now: datetime) -> Decision:
    """Return the night closed: ready for the next one."""
    night = facts.night
    if night is None or night.date != message.night.date or night.calibrated_at is not None:
        return Decision(facts=facts)
    closed = replace(night, calibrated_at=now)
    effects: tuple[Effect, ...] = (
        Stamp(night=closed, stamps={"calibrated_at": now}),
        Say(event=NightClosed(at=now, night=closed)),
    )
    return Decision(facts=replace(facts, night=closed, calibrating_since=None), effects=effects)
