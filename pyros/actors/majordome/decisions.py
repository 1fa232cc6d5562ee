"""What the majordome does about a message: (facts, message) to (facts, effects), without a thread.

A message changes what is known; then the same few judgements run, whatever it was: the holds that
follow, the dome, the night's steps, and what may begin.  So there is no path on which one of them
is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyros.actors.majordome import beginnings, night, safety
from pyros.actors.majordome.facts import Decision, Effect, Facts, Order, Rules, Say, StoreHold
from pyros.actors.majordome.reasons import OVERDUE_S, STORED, holds_now
from pyros.actors.majordome.tidings import is_repeated, learn
from pyros.domain.holds import Hold, HoldKind, House, in_order, mode_of
from pyros.domain.schedule import Cause
from pyros.messages.commands import AbortAll
from pyros.messages.events import CalibrationsTaken, HoldsChanged

ABORT_AGAIN = timedelta(seconds=20)
"""A plan that was told to end has ended by then, or was not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A second has passed; `sun_altitude_deg` is the Sun's now."""

    sun_altitude_deg: float


def decide(facts: Facts, rules: Rules, message: object, now: datetime) -> Decision:
    """Answer one message with the facts as they shall be and the effects that bring them there."""
    if isinstance(message, Tick):
        known = Decision(facts=replace(facts, sun_altitude_deg=message.sun_altitude_deg))
    elif isinstance(message, CalibrationsTaken):
        known = night.calibrated(facts, message, now)
    else:
        known = learn(facts, rules, message, now)
        if is_repeated(facts, message) and known.facts.holds == facts.holds and not known.effects:
            return known  # what time alone changes is judged at the next tick
    return known.and_then(settle(facts.holds, known.facts, rules, now))


def settle(before: House, facts: Facts, rules: Rules, now: datetime) -> Decision:
    """Bring the house to what its facts ask for; `before` are the holds as last announced."""
    holds = holds_now(facts, rules, now)
    decision = Decision(facts=facts if holds == facts.holds else replace(facts, holds=holds))
    decision = decision.and_then(safety.steer(decision.facts, rules, now))
    decision = decision.and_then(_abort(before, decision.facts, rules, now))
    decision = decision.and_then(_holds_changed(before, decision.facts, now))
    decision = decision.and_then(night.pass_on(decision.facts, rules, now))
    decision = decision.and_then(_plan_wanted(decision.facts, rules, now))
    return decision.and_then(beginnings.begin(decision.facts, rules, now))


def _holds_changed(before: House, facts: Facts, now: datetime) -> Decision:
    if before == facts.holds:
        return Decision(facts=facts)
    effects: list[Effect] = _stored(before, facts.holds)
    placed = _keys(facts.holds) - _keys(before)
    lifted = _keys(before) - _keys(facts.holds)
    because = ", ".join(
        [*(f"+{key}" for key in sorted(placed)), *(f"-{key}" for key in sorted(lifted))]
    )
    effects.append(
        Say(
            event=HoldsChanged(
                at=now, mode=mode_of(facts.holds), holds=in_order(facts.holds), because=because
            )
        )
    )
    wanted = Cause.RESUME if placed else facts.plan_wanted
    return Decision(facts=replace(facts, plan_wanted=wanted), effects=tuple(effects))


def _keys(house: House) -> frozenset[str]:
    return frozenset(hold.key for hold in house)


def _stored(before: House, after: House) -> list[Effect]:
    """Rows of the holds that outlive this process."""
    old = {hold.key: hold for hold in before if hold.kind in STORED}
    new = {hold.key: hold for hold in after if hold.kind in STORED}
    placed = [StoreHold(hold=new[key]) for key in sorted(new.keys() - old.keys())]
    lifted = [StoreHold(hold=old[key], lifted=True) for key in sorted(old.keys() - new.keys())]
    return [*placed, *lifted]


def _abort(before: House, facts: Facts, rules: Rules, now: datetime) -> Decision:
    """What a new hold forbids is aborted: a running alert minds all but the end of the night.

    The order may die with its receiver, so it is given again while the sequence goes on.
    """
    if facts.running is None:
        return Decision(facts=replace(facts, aborted_at=None) if facts.aborted_at else facts)
    if facts.aborted_at is not None and now - facts.aborted_at < ABORT_AGAIN:
        return Decision(facts=facts)
    alert = facts.running.alert_id is not None
    minded = _keys(facts.holds) - (_keys(before) if facts.aborted_at is None else frozenset())
    against = [
        hold
        for hold in in_order(facts.holds)
        if hold.key in minded and _forbids(hold, facts, rules, now, alert=alert)
    ]
    if not against:
        return Decision(facts=facts)
    reason = "; ".join(f"{hold.key}: {hold.reason}" for hold in against)
    order = Order(to="observation", command=AbortAll(at=now, reason=reason))
    return Decision(facts=replace(facts, aborted_at=now), effects=(order,))


def _forbids(hold: Hold, facts: Facts, rules: Rules, now: datetime, *, alert: bool) -> bool:
    if hold.kind is HoldKind.STARTING or (alert and hold.kind is HoldKind.TWILIGHT):
        return False
    young = now - facts.started_at < timedelta(seconds=rules.night.announce_s + OVERDUE_S)
    awaited = hold.kind is HoldKind.DEVICE and hold.by not in facts.seen
    return not (young and awaited)


def _plan_wanted(facts: Facts, rules: Rules, now: datetime) -> Decision:
    """P50: when the last hold has gone, observing begins with a scheduling."""
    if facts.plan_wanted is None or facts.holds:
        return Decision(facts=facts)
    return beginnings.plan_again(facts, rules, facts.plan_wanted, now)
