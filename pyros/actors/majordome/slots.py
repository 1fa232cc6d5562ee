"""Which sequence starts now, which slot was missed, and which alert is served first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyros.actors.majordome.facts import Facts, Rules
from pyros.domain.schedule import Slot
from pyros.messages.events import AlertAccepted

ARMED_PATIENCE_S = 60.0
"""An ordered start that nobody reports in this time is forgotten, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The slot to look at now: `missed` if it is too late for it."""

    slot: Slot
    missed: bool = False


def busy(facts: Facts, now: datetime) -> bool:
    """Return whether a sequence executes, or its start was ordered a moment ago."""
    if facts.running is not None:
        return True
    if facts.armed is None or facts.armed_at is None:
        return False
    return (now - facts.armed_at).total_seconds() < ARMED_PATIENCE_S


def open_slots(facts: Facts) -> tuple[Slot, ...]:
    """Return the slots of the schedule in force that nobody has begun, in order of time."""
    if facts.schedule is None:
        return ()
    waiting = [slot for slot in facts.schedule.slots if slot.sequence_id not in facts.begun]
    return tuple(sorted(waiting, key=lambda slot: slot.start))


def due_slot(facts: Facts, rules: Rules, now: datetime) -> Due | None:
    """Return the slot whose time has come, or was missed; None: nothing to begin now.

    A slot may begin as early as its own slide allows, and never if it would end after the night.
    """
    slots = open_slots(facts)
    if not slots or facts.night is None or facts.night.end is None:
        return None
    slot = slots[0]
    if now < slot.start - timedelta(seconds=slot.slide_before_s):
        return None
    late_s = (now - slot.start).total_seconds()
    ends = now + (slot.end - slot.start)
    missed = late_s > rules.night.missed_s + slot.slide_after_s or ends > facts.night.end
    return Due(slot=slot, missed=missed)


def next_slot(facts: Facts) -> Slot | None:
    """Return the slot that comes next, None without one."""
    slots = open_slots(facts)
    return slots[0] if slots else None


def alert_window_open(facts: Facts, now: datetime) -> bool:
    """Return whether an alert may be observed as far as the Sun goes."""
    night = facts.night
    if night is None or night.alert_start is None or night.alert_end is None:
        return False
    return night.alert_start <= now < night.alert_end


def alerts_in_order(alerts: tuple[AlertAccepted, ...]) -> tuple[AlertAccepted, ...]:
    """Return alerts by priority, then the younger burst first."""

    def rank(waiting: AlertAccepted) -> tuple[int, float]:
        priority = max((one.priority for one in waiting.sequences), default=0)
        burst = waiting.alert.burst_at or waiting.at
        return (-priority, -burst.timestamp())

    return tuple(sorted(alerts, key=rank))


def interrupts(waiting: AlertAccepted, facts: Facts) -> bool:
    """Return whether an alert may take the telescope from what executes."""
    running = facts.running
    if running is None:
        return True
    if waiting.interrupt != "now":
        return False
    return (
        running.alert_id is None
        or running.alert_id == waiting.alert.id
        or _outranks(waiting, facts)
    )


def _outranks(waiting: AlertAccepted, facts: Facts) -> bool:
    """Between two alerts the younger burst wins: the older one has had its first frames."""
    running, serving, burst = facts.running, facts.serving, waiting.alert.burst_at
    if running is None or burst is None:
        return False
    known = serving is not None and serving.id == running.alert_id
    before = serving.burst_at if known and serving is not None else None
    return burst > (before or running.start)
