"""Sequences to a problem of the planning library."""

from __future__ import annotations

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
from pyros.domain.schedule import Night, Refusal, Slot
from pyros.scheduling import model
from pyros.scheduling import timetable as plans

WEIGHTS = {5: 1.0, 4: 0.9, 3: 0.8, 2: 0.7, 1: 0.6}
"""Factor on the value by the rank of the programme."""
WEATHER_DECAY_S = 36_000.0
"""A night may end early: what is done now is worth more than what waits."""
ALERT_DECAY_S = 1_800.0
LEAST_S = 1.0


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


def problem_of(facts: Facts, settings: Settings, stays: tuple[Slot, ...] = ()) -> model.Problem:
    """Return the problem of a night that has begin and end, for what the house admits.

    The slots in `stays` are of sequences that it admits; they keep their places.
    """
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
    problem = model.Problem(
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
    return with_armed(problem, tuple(place_of(slot) for slot in stays))


def with_armed(problem: model.Problem, slots: tuple[plans.Slot, ...]) -> model.Problem:
    """Return the problem with these slots fixed besides; a filler among them pays nothing."""
    if not slots:
        return problem
    free = {slot.id for slot in slots if slot.filler}
    armed = tuple(
        model.Armed(id=slot.id, start=slot.start, on_target=slot.on_target, end=slot.end)
        for slot in slots
    )
    requests = tuple(
        replace(one, accounts=()) if one.id in free else one for one in problem.requests
    )
    return replace(problem, armed=problem.armed + armed, requests=requests)


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
    slots = tuple(place_of(slot) for slot in previous.slots if slot.sequence_id in open_ids)
    return plans.Schedule(problem_sha256="", stage="full", value=0.0, bound=0.0, slots=slots)


def place_of(slot: Slot) -> plans.Slot:
    """Return a slot of ours as the planner takes it."""
    return plans.Slot(
        id=str(slot.sequence_id),
        start=slot.start,
        on_target=slot.on_target,
        end=slot.end,
        step=0,
        setup_s=(slot.on_target - slot.start).total_seconds(),
        filler=slot.filler,
    )


def until(now: datetime, started: datetime, sequence: Sequence) -> datetime:
    """Return when what started then will end: by its estimate, and never in the past."""
    return max(now, started + timedelta(seconds=sequence.estimate_s))
