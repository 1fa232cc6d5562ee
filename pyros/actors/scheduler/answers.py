"""The planner's answer as slots and refusals of ours, with those of the house."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pyros.actors.scheduler.facts import Facts, Wanted
from pyros.actors.scheduler.jobs import refused_by_house
from pyros.domain.schedule import Changes, Idle, Refusal, Schedule, Slot, Spent
from pyros.messages.commands import Reschedule
from pyros.scheduling import timetable as plans


def schedule_of(
    facts: Facts, order: Reschedule, answer: plans.Schedule, *, runtime_ms: float
) -> Schedule:
    """Return the planner's answer as slots and refusals of ours, with those of the house."""
    by_id = {str(one.sequence.id): one for one in facts.wanted}
    before = {} if facts.previous is None else {s.sequence_id: s for s in facts.previous.slots}
    slots = [*_kept(facts), *(_slot(slot, by_id[slot.id], before) for slot in answer.slots)]
    refusals = [
        *refused_by_house(facts),
        *(_refusal(refusal, by_id[refusal.id]) for refusal in answer.refusals),
    ]
    return Schedule(
        night=facts.night.date,
        made_at=facts.now,
        cause=order.cause,
        first_of_night=order.first_of_night,
        start=facts.night.start,
        end=facts.night.end,
        input_hash=answer.problem_sha256,
        solver=answer.solver,
        stage=answer.stage,
        runtime_ms=runtime_ms,
        score=answer.value,
        bound=answer.bound,
        slots=tuple(slots),
        refusals=tuple(refusals),
        accounts={name: _spent(one) for name, one in answer.accounts.items()},
        idle=tuple(
            Idle(start=one.start, end=one.end, why=one.why, text=one.text) for one in answer.idle
        ),
        changes=_changes(answer.changes),
        idle_reason="" if slots else _why_idle(facts, answer),
    )


def _spent(spent: plans.Spent) -> Spent:
    return Spent(used_s=spent.used_s, left_s=spent.left_s, price_per_h=spent.price_per_h)


def _changes(changes: plans.Changes) -> Changes:
    return Changes(
        kept=_ids(changes.kept),
        moved=_ids(changes.moved),
        new=_ids(changes.new),
        dropped=_ids(changes.dropped),
    )


def _ids(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(int(name) for name in names)


def empty_schedule(facts: Facts, order: Reschedule, why: str) -> Schedule:
    """Return a schedule without slots, and why it has none (P21); nobody is refused by it."""
    return Schedule(
        night=facts.night.date,
        made_at=facts.now,
        cause=order.cause,
        first_of_night=order.first_of_night,
        start=facts.night.start,
        end=facts.night.end,
        idle_reason=why,
    )


def _why_idle(facts: Facts, answer: plans.Schedule) -> str:
    if not facts.wanted:
        return "nobody asks for anything"
    if answer.refusals:
        return "nothing that is asked for can be observed in what is left of the night"
    return "the house admits nothing of what is asked for now"


def _kept(facts: Facts) -> Iterator[Slot]:
    """Yield the slot of what runs, so that the plan in force shows it, until its expected end.

    What began before its slot, as a slide allows, has its slot moved to where it is.
    """
    if facts.running is None or facts.previous is None:
        return
    until = max(facts.running.until, facts.now)
    for slot in facts.previous.slots:
        if slot.sequence_id == facts.running.sequence.id:
            start, on_target = min(slot.start, facts.now), min(slot.on_target, until)
            yield replace(slot, start=start, on_target=on_target, end=until)


def _slot(slot: plans.Slot, one: Wanted, before: Mapping[int, Slot]) -> Slot:
    old = before.get(one.sequence.id)
    if slot.frozen and old is not None:
        return _stays(old, slot)
    return Slot(
        sequence_id=one.sequence.id,
        request_id=one.sequence.request_id,
        name=one.name,
        start=slot.start,
        on_target=slot.on_target,
        end=slot.end,
        slide_before_s=slot.slide_before_s,
        slide_after_s=slot.slide_after_s,
        score=slot.value,
        quality=slot.quality,
        altitude_deg=slot.altitude_deg,
        airmass=slot.airmass,
        moon_distance_deg=slot.moon_distance_deg,
        hour_angle_h=slot.hour_angle_h,
        filler=slot.filler,
        frozen=slot.frozen,
    )


def _stays(old: Slot, slot: plans.Slot) -> Slot:
    """Return a slot as it was; one that begins as early as it may is where it will be."""
    earlier_s = (old.start - slot.start).total_seconds()
    return replace(
        old,
        start=slot.start,
        on_target=slot.on_target,
        end=slot.end,
        slide_before_s=max(0.0, old.slide_before_s - earlier_s),
        slide_after_s=old.slide_after_s + earlier_s,
        frozen=True,
    )


def _refusal(refusal: plans.Refusal, one: Wanted) -> Refusal:
    return Refusal(
        sequence_id=one.sequence.id,
        request_id=one.sequence.request_id,
        name=one.name,
        code=refusal.code,
        numbers=refusal.numbers,
        text=refusal.text,
        change=refusal.change,
        certified=refusal.certified,
        also=refusal.also,
    )
