"""Sequences to a problem of the planning library, and its answer to slots and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pyros.actors.scheduler import accounts
from pyros.actors.scheduler.facts import Facts, Wanted
from pyros.actors.scheduler.heavens import night_sky
from pyros.actors.scheduler.settings import Settings
from pyros.domain.admission import Reason, admission
from pyros.domain.estimate import album_s
from pyros.domain.programme import ProgrammeState
from pyros.domain.request import RequestKind, Sequence
from pyros.domain.schedule import Cause, Changes, Idle, Night, Refusal, Schedule, Slot, Spent
from pyros.messages.commands import Reschedule
from pyros.scheduling import model
from pyros.scheduling import timetable as plans

WEIGHTS = {5: 1.0, 4: 0.9, 3: 0.8, 2: 0.7, 1: 0.6}
"""Factor on the value by the rank of the programme."""
WEATHER_DECAY_S = 36_000.0
"""A night may end early: what is done now is worth more than what waits."""
ALERT_DECAY_S = 1_800.0
LEAST_S = 1.0
STRENGTH = (
    Cause.FIRST,
    Cause.ALERT,
    Cause.RESUME,
    Cause.OPERATOR,
    Cause.MISSED,
    Cause.CANCEL,
    Cause.CONDITIONS,
    Cause.SUBMIT,
    Cause.UNSUBMIT,
)
"""Which of several causes names a schedule: the first here."""


def merged(older: Reschedule | None, newer: Reschedule) -> Reschedule:
    """Return one order for two: the facts of the newer, named by the stronger cause."""
    if older is None:
        return newer
    cause = min(older.cause, newer.cause, key=STRENGTH.index)
    first = older.first_of_night or newer.first_of_night
    return replace(newer, cause=cause, first_of_night=first, night=newer.night or older.night)


def why_nothing(night: Night, now: datetime) -> str:
    """Return why nothing can be planned at all; empty: something can."""
    if night.start is None or night.end is None:
        return f"there is no night on {night.date.isoformat()}: the Sun does not go down enough"
    ends = max(end for end in (night.end, night.alert_end) if end is not None)
    if now >= ends:
        return f"the night of {night.date.isoformat()} is over"
    return ""


def refused_by_house(facts: Facts) -> tuple[Refusal, ...]:
    """Return the refusals by sky, channels and people (P51); the others go to the planner."""
    return tuple(
        Refusal(
            sequence_id=one.sequence.id,
            request_id=one.sequence.request_id,
            name=one.name,
            code=reasons[0].code,
            numbers=reasons[0].numbers,
            text="; ".join(reason.text for reason in reasons),
        )
        for one in facts.wanted
        if (reasons := _reasons(facts, one))
    )


def _reasons(facts: Facts, one: Wanted) -> tuple[Reason, ...]:
    programme = facts.programmes.get(one.programme)
    return admission(
        one.sequence,
        facts.conditions,
        facts.channels,
        programme=ProgrammeState.OPEN if programme is None else programme.state,
        owner=one.owner_state,
    )


def problem_of(facts: Facts, settings: Settings) -> model.Problem:
    """Return the problem of a night that has begin and end, for what the house admits."""
    night, site = facts.night, settings.site
    if night.start is None or night.end is None:
        raise ValueError(f"night {night.date.isoformat()} has no limits")
    out = {refusal.sequence_id for refusal in refused_by_house(facts)}
    if facts.running is not None:
        out.add(facts.running.sequence.id)
    asked = [one for one in facts.wanted if one.sequence.id not in out]
    limits = model.Night(
        start=night.start,
        end=night.end,
        alert_start=night.alert_start,
        alert_end=night.alert_end,
    )
    begin = min(night.start, night.alert_start or night.start)
    finish = max(night.end, night.alert_end or night.end)
    return model.Problem(
        site=model.Site(
            lat_deg=site.lat_deg,
            lon_deg=site.lon_deg,
            height_m=site.height_m,
            horizon=site.horizon,
        ),
        night=limits,
        requests=tuple(request_of(one, facts, settings) for one in asked),
        mount=settings.mount,
        channels=settings.wheels,
        accounts=accounts.of(facts),
        now=facts.now,
        running=_running(facts),
        sky=night_sky(site, begin, finish),
    )


def _running(facts: Facts) -> model.Running | None:
    running = facts.running
    if running is None or running.until <= facts.now:
        return None
    return model.Running(
        id=str(running.sequence.id),
        end=running.until,
        ra_deg=running.sequence.target.ra_deg,
        dec_deg=running.sequence.target.dec_deg,
        filters={name: pair[1] for name, pair in _setup(running.sequence).items()},
    )


def request_of(one: Wanted, facts: Facts, settings: Settings) -> model.Request:
    """Return a sequence as the planner takes it."""
    sequence, alert = one.sequence, one.kind is RequestKind.ALERT
    programme = facts.programmes.get(one.programme)
    target = sequence.target
    return model.Request(
        id=str(sequence.id),
        name=one.name,
        target=model.Target(
            ra_deg=target.ra_deg,
            dec_deg=target.dec_deg,
            pm_ra_mas_yr=target.pm_ra_mas_yr,
            pm_dec_mas_yr=target.pm_dec_mas_yr,
            epoch=target.epoch,
        ),
        duration_s=_duration_s(sequence, settings),
        cost_s=sequence.estimate_s,
        setup=_setup(sequence),
        priority=float(sequence.priority),
        weight=WEIGHTS[programme.rank] if programme is not None else 1.0,
        tier=model.Tier.ALERT if alert else model.Tier.ROUTINE,
        window=(sequence.window_start, sequence.window_end),
        not_before=sequence.not_before,
        preferred=sequence.preferred_at,
        decay_s=ALERT_DECAY_S if alert else WEATHER_DECAY_S,
        constraints=_constraints(sequence, settings),
        accounts=() if alert else accounts.names(one, facts),
    )


def _duration_s(sequence: Sequence, settings: Settings) -> float:
    """Return the time on target that is still needed: what was served is not done again."""
    albums = [album_s(one, settings.timings.of(one.channel)) for one in sequence.albums]
    whole = max(albums, default=0.0)
    left = 1.0 - sequence.served_s / sequence.estimate_s if sequence.estimate_s > 0.0 else 1.0
    return max(LEAST_S, whole * max(0.0, left))


def _setup(sequence: Sequence) -> dict[str, tuple[str, str]]:
    return {
        album.channel: (album.plans[0].filter, album.plans[-1].filter)
        for album in sequence.albums
        if album.plans and album.plans[0].filter
    }


def _constraints(sequence: Sequence, settings: Settings) -> model.Constraints:
    asked = sequence.constraints
    return model.Constraints(
        min_altitude_deg=max(settings.min_altitude_deg, asked.min_altitude_deg or 0.0),
        max_airmass=asked.max_airmass,
        sun_max_altitude_deg=asked.sun_max_altitude_deg,
        moon_min_distance_deg=asked.moon_min_distance_deg,
        moon_max_illumination=asked.moon_max_illumination,
        ha_min_h=asked.ha_min_h,
        ha_max_h=asked.ha_max_h,
    )


def previous_of(facts: Facts) -> plans.Schedule | None:
    """Return the plan in force as the planner takes it: places to keep if nothing better comes.

    What ran, runs, or is wanted no more has no place in it.
    """
    previous = facts.previous
    if previous is None or previous.night != facts.night.date:
        return None
    running = None if facts.running is None else facts.running.sequence.id
    open_ids = {one.sequence.id for one in facts.wanted} - {running}
    slots = tuple(
        plans.Slot(
            id=str(slot.sequence_id),
            start=slot.start,
            on_target=slot.on_target,
            end=slot.end,
            step=0,
            setup_s=(slot.on_target - slot.start).total_seconds(),
            filler=slot.filler,
        )
        for slot in previous.slots
        if slot.sequence_id in open_ids
    )
    return plans.Schedule(problem_sha256="", stage="full", value=0.0, bound=0.0, slots=slots)


# the answer


def schedule_of(
    facts: Facts, order: Reschedule, answer: plans.Schedule, *, runtime_ms: float
) -> Schedule:
    """Return the planner's answer as slots and refusals of ours, with those of the house."""
    by_id = {str(one.sequence.id): one for one in facts.wanted}
    slots = [*_kept(facts), *(_slot(slot, by_id[slot.id]) for slot in answer.slots)]
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


def _slot(slot: plans.Slot, one: Wanted) -> Slot:
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


def until(now: datetime, started: datetime, sequence: Sequence) -> datetime:
    """Return when what started then will end: by its estimate, and never in the past."""
    return max(now, started + timedelta(seconds=sequence.estimate_s))
