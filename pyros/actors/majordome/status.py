"""What the house does now, in words, and why nothing, if so."""

from __future__ import annotations

from datetime import datetime

from pyros.actors.majordome.facts import Facts
from pyros.actors.majordome.slots import next_slot
from pyros.domain.holds import in_order, mode_of
from pyros.messages.events import HouseStatus


def house_status(facts: Facts, now: datetime) -> HouseStatus:
    """Return the house's status at `now`."""
    slot = next_slot(facts)
    return HouseStatus(
        at=now,
        mode=mode_of(facts.holds),
        doing=_doing(facts),
        night=facts.night,
        running=facts.running,
        next_sequence_id=slot.sequence_id if slot else None,
        next_name=slot.name if slot else "",
        next_start=slot.start if slot else None,
        why_idle="" if facts.running is not None else _why_idle(facts),
        dome_order=facts.shutter.step if facts.shutter else "",
    )


def told_of(facts: Facts) -> tuple[object, ...]:
    """Return what of the facts the status tells: while it is equal, so is the status."""
    return (
        facts.holds,
        facts.night,
        facts.running,
        facts.schedule,
        facts.begun,
        facts.shutter.step if facts.shutter else "",
        facts.armed,
        facts.calibrating_since is None,
        facts.refusal,
    )


def _doing(facts: Facts) -> str:
    if facts.running is not None:
        return f"observing {facts.running.name}"
    if facts.shutter is not None:
        return facts.shutter.step
    if facts.armed is not None:
        return "starting a sequence"
    if facts.calibrating_since is not None:
        return "taking calibrations"
    return "waiting"


def _why_idle(facts: Facts) -> str:
    if facts.holds:
        return "; ".join(f"{hold.key}: {hold.reason}" for hold in in_order(facts.holds))
    if facts.refusal:
        return facts.refusal
    if facts.schedule is None:
        return "no schedule yet"
    slot = next_slot(facts)
    if slot is None:
        return facts.schedule.idle_reason or "nothing more is planned tonight"
    return f"next slot at {slot.start:%H:%M:%S} UTC"
