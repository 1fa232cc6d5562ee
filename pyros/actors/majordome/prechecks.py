"""What must hold before any slew (P48); every failure has a name, and all are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pyros.actors.majordome.facts import Facts, Rules
from pyros.domain.devices.device import Kind
from pyros.domain.devices.state import DomeState, TelescopeState
from pyros.domain.holds import in_order, sequences_may_start
from pyros.domain.request import PLANNABLE, Sequence
from pyros.domain.schedule import Slot
from pyros.sky.bodies import sun_radec_deg
from pyros.sky.coords import altaz, separation_deg


def reasons_against(
    facts: Facts, rules: Rules, now: datetime, *, alert: bool = False
) -> tuple[str, ...]:
    """Return why no sequence may start now, whatever it points at; empty: one may.

    An alert minds neither the twilight hold nor the rest after opening.
    """
    return tuple(_house(facts, rules, now, alert=alert))


def _house(facts: Facts, rules: Rules, now: datetime, *, alert: bool) -> Iterator[str]:
    if not sequences_may_start(facts.holds, alert=alert):
        for hold in in_order(facts.holds):
            yield f"{hold.key}: {hold.reason}"
    conditions = facts.conditions
    if conditions is None or not conditions.safe:
        yield "conditions are not safe"
    elif (now - conditions.at).total_seconds() > rules.safety.conditions_max_age_s:
        yield "conditions are too old"
    yield from _dome(facts, rules, alert=alert)
    yield from _telescope(facts, rules)


def _dome(facts: Facts, rules: Rules, *, alert: bool) -> Iterator[str]:
    name = rules.of_kind(Kind.DOME)
    if name is None:
        return
    seen = facts.device(name)
    snapshot = seen.snapshot if seen else None
    phase = snapshot.phase if isinstance(snapshot, DomeState) else "unknown"
    if phase != "open":
        yield f"dome is {phase}"
    elif facts.shutter is not None and not alert:
        yield f"dome: {facts.shutter.step}"


def _telescope(facts: Facts, rules: Rules) -> Iterator[str]:
    name = rules.of_kind(Kind.TELESCOPE)
    seen = facts.device(name)
    if seen is None or not seen.at_work:
        yield f"telescope is {seen.life if seen else 'unknown'}"
    elif isinstance(seen.snapshot, TelescopeState) and seen.snapshot.at_park is not False:
        yield "telescope is parked"


def target_reasons(
    wanted: Sequence, facts: Facts, rules: Rules, now: datetime, *, minimum_altitude_deg: float
) -> tuple[str, ...]:
    """Return why this sequence may not be pointed at now: channels, altitude, Sun."""
    return (*_channels(wanted, facts, rules), *_sky(wanted, rules, now, minimum_altitude_deg))


def slot_reasons(
    wanted: Sequence, slot: Slot, facts: Facts, rules: Rules, now: datetime
) -> tuple[str, ...]:
    """Return why the sequence of a slot may not begin now; its sky is judged when it is on target.

    A slot begins with its set-up: a rising target may be too low still when the slew begins.
    """
    if wanted.state not in PLANNABLE:
        return (f"it is {wanted.state} now",)
    return target_reasons(
        wanted,
        facts,
        rules,
        now + (slot.on_target - slot.start),
        minimum_altitude_deg=wanted.constraints.min_altitude_deg or 0.0,
    )


def _channels(wanted: Sequence, facts: Facts, rules: Rules) -> Iterator[str]:
    alive = []
    for album in wanted.albums:
        names = rules.channels.get(album.channel, ())
        lost = [name for name in names if not _at_work(facts, name)]
        if names and not lost:
            alive.append(album.channel)
        blocking = [name for name in lost if rules.devices[name].blocking]
        if blocking:
            yield f"channel {album.channel}: {', '.join(blocking)} not ready"
    if not alive:
        yield "no channel of it is ready"


def _at_work(facts: Facts, name: str) -> bool:
    seen = facts.device(name)
    return seen is not None and seen.at_work


def _sky(
    wanted: Sequence, rules: Rules, now: datetime, minimum_altitude_deg: float
) -> Iterator[str]:
    target = wanted.target
    altitude_deg, _azimuth = altaz(rules.site, target.ra_deg, target.dec_deg, now)
    if float(altitude_deg) < minimum_altitude_deg:
        yield f"target at {float(altitude_deg):.1f} deg, limit {minimum_altitude_deg:.0f}"
    sun_deg = sun_radec_deg(rules.site, now)
    distance_deg = float(separation_deg(target.ra_deg, target.dec_deg, *sun_deg))
    if distance_deg < rules.safety.sun_distance_deg:
        yield f"target {distance_deg:.0f} deg from the Sun, limit {rules.safety.sun_distance_deg}"
