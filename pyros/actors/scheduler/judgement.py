"""What waits, what is computed for it, what stays where it is, and which answer is adopted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from pyros.actors.scheduler.facts import Facts
from pyros.domain.request import SequenceState
from pyros.domain.schedule import Cause, Slot, stronger
from pyros.messages.commands import Reschedule
from pyros.scheduling import timetable as plans

ARMED_S = 120.0
"""What starts within this time stays where it is, unless the telescope has other things to do."""
LOOSE = frozenset({Cause.ALERT, Cause.RESUME})
"""Causes after which no start is kept: an alert comes before all, and a pause was one."""
HURRIED = frozenset({Cause.ALERT, Cause.RESUME})
"""Causes that do not wait for what is being computed."""

GAIN = 0.005
"""A better plan that moves what starts soon must be better by this share."""
SOON = timedelta(minutes=30)
LAST = timedelta(seconds=5)
"""In the last seconds before a start nothing of it is changed."""
SAME = timedelta(seconds=60)
"""A slot that moves by no more than this keeps its place."""


class Effort(StrEnum):
    """How much is thought about an order: a repair at once, or a whole solution."""

    QUICK = "quick"
    FULL = "full"


def merged(older: Reschedule | None, newer: Reschedule) -> Reschedule:
    """Return one order for two: the facts of the newer, named by the stronger cause."""
    if older is None:
        return newer
    return replace(
        newer,
        cause=stronger(older.cause, newer.cause),
        first_of_night=older.first_of_night or newer.first_of_night,
        night=newer.night or older.night,
    )


def efforts(cause: Cause, *, warm: bool, busy: bool) -> tuple[Effort, ...]:
    """Return what is computed for a cause, in order; each answer may be put in force.

    Nobody waits for the first plan of a night and for an operator's, unless the worker is not
    `warm` or the telescope is `busy` already.
    """
    if cause is Cause.MISSED:
        return (Effort.QUICK,)
    if cause in {Cause.FIRST, Cause.OPERATOR} and warm and not busy:
        return (Effort.FULL,)
    return (Effort.QUICK, Effort.FULL)


def armed(facts: Facts, cause: Cause, refused: frozenset[int]) -> tuple[Slot, ...]:
    """Return the slot of the plan in force that is about to start, if it may stay as it is.

    `refused` are the sequences that the house does not admit now.
    """
    previous, running = facts.previous, facts.running
    if cause in LOOSE or previous is None or previous.night != facts.night.date:
        return ()
    free_at = facts.now if running is None else max(facts.now, running.until)
    planned = {
        one.sequence.id for one in facts.wanted if one.sequence.state is SequenceState.PLANNED
    }
    may_start = planned - refused - ({running.sequence.id} if running is not None else set())
    latest = facts.now + timedelta(seconds=ARMED_S)
    coming = (
        slot
        for slot in previous.slots
        if slot.sequence_id in may_start and free_at <= slot.start <= latest
    )
    first = min(coming, key=lambda slot: slot.start, default=None)
    return () if first is None else (first,)


def imminent(
    plan: plans.Schedule, free_at: datetime, until: datetime, step_s: float
) -> tuple[plans.Slot, ...]:
    """Return the slots of a plan just put in force that will have begun by `until`.

    The majordome begins a slot as early as its own slide allows, from `free_at` on: each is
    returned where it will then be, on the grid of the plan.
    """
    return tuple(
        _earliest(slot, free_at, step_s)
        for slot in plan.slots
        if not slot.frozen and _begins(slot) <= until
    )


def _begins(slot: plans.Slot) -> datetime:
    return slot.start - timedelta(seconds=slot.slide_before_s)


def _earliest(slot: plans.Slot, free_at: datetime, step_s: float) -> plans.Slot:
    wait_s = max(0.0, (free_at - _begins(slot)).total_seconds())
    steps = -int(-wait_s // step_s)
    earlier = timedelta(seconds=max(0.0, slot.slide_before_s - steps * step_s))
    return replace(
        slot,
        start=slot.start - earlier,
        on_target=slot.on_target - earlier,
        end=slot.end - earlier,
    )


def adopts(better: plans.Schedule, standing: plans.Schedule, now: datetime) -> bool:
    """Return whether a plan of the same facts takes the place of the one in force.

    It gains more than `GAIN`, or it gains and moves nothing that starts `SOON`; what starts in
    the `LAST` seconds is never moved.  One with the same slots says more of who is refused.
    """
    fixed = {slot.id for slot in better.slots if slot.frozen}
    worth = sum(slot.value for slot in standing.slots if slot.id not in fixed)
    gained = better.value - worth
    if better.slots == standing.slots:
        return better.refusals != standing.refusals
    if gained <= 0.0:
        return False
    begins = min((_begins(slot) for slot in _moved(better, standing, fixed)), default=None)
    if begins is None or begins > now + SOON:
        return True
    return begins > now + LAST and gained > GAIN * worth


def _moved(
    better: plans.Schedule, standing: plans.Schedule, fixed: set[str]
) -> Iterator[plans.Slot]:
    """Yield each slot, of either plan, that is not in the same place in the other."""
    for one, other in ((better, standing), (standing, better)):
        places = {slot.id: slot.on_target for slot in other.slots}
        for slot in one.slots:
            place = places.get(slot.id)
            if slot.id not in fixed and (place is None or abs(place - slot.on_target) > SAME):
                yield slot
