"""The opening and the closing order, step by step, and the dome's permit.

A step is done when a sensor says so, never when a time has passed.  Closing waits for nobody; it
is ordered again until the switches confirm it (domain 4.3, 4.4).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from pyros.actors.majordome.facts import Decision, Effect, Facts, Order, Rules, Say, Shutter
from pyros.actors.majordome.keys import order_key
from pyros.domain.devices.device import Kind
from pyros.domain.devices.state import DomeState, TelescopeState
from pyros.domain.holds import Hold, HoldKind, dome_may_be_open
from pyros.messages.commands import AbortAll
from pyros.messages.device_commands import (
    CloseDome,
    OpenDome,
    Park,
    RenewPermit,
    Unpark,
    WithdrawPermit,
)
from pyros.messages.events import AlarmRaised

SHUTTER, UNPARK, SETTLE, CLOSE = "shutter opens", "telescope unparks", "settling", "closing"
UNVERIFIED = "safety:unverified"
OPEN_FAILED = "safety:open-failed"


def steer(facts: Facts, rules: Rules, now: datetime) -> Decision:
    """Bring the dome one step nearer to where the holds want it, at each tick and change."""
    if rules.of_kind(Kind.DOME) is None:
        return Decision(facts=facts)
    if not dome_may_be_open(facts.holds):
        return _close(facts, rules, now)
    decision = _permit(facts, rules, now)
    if _holds_still(facts):
        return decision
    return decision.and_then(_open(decision.facts, rules, now))


def _holds_still(facts: Facts) -> bool:
    """Whether a hold leaves the dome as it was found: nothing opens by itself now."""
    still = {HoldKind.STARTING, HoldKind.OPERATOR, HoldKind.DEVICE}
    return any(hold.kind in still for hold in facts.holds)


def _fresh_and_safe(facts: Facts, rules: Rules, now: datetime) -> bool:
    conditions = facts.conditions
    if conditions is None or not conditions.safe:
        return False
    return (now - conditions.at).total_seconds() <= rules.safety.conditions_max_age_s


def dome_state(facts: Facts, rules: Rules) -> DomeState | None:
    """Return the dome's last snapshot, None if there is none to trust."""
    seen = facts.device(rules.of_kind(Kind.DOME))
    trusted = seen is not None and seen.at_work
    return seen.snapshot if seen and trusted and isinstance(seen.snapshot, DomeState) else None


def telescope_state(facts: Facts, rules: Rules) -> TelescopeState | None:
    """Return the telescope's last snapshot, None if there is none to trust."""
    seen = facts.device(rules.of_kind(Kind.TELESCOPE))
    trusted = seen is not None and seen.at_work
    return seen.snapshot if seen and trusted and isinstance(seen.snapshot, TelescopeState) else None


def _permit(facts: Facts, rules: Rules, now: datetime) -> Decision:
    """Renew the permit to be open, but only on fresh, safe conditions."""
    dome = rules.of_kind(Kind.DOME)
    due = facts.permit_at is None or now - facts.permit_at >= timedelta(
        seconds=rules.safety.permit_renewal_s
    )
    if dome is None or not due or not _fresh_and_safe(facts, rules, now):
        return Decision(facts=facts)
    order = Order(to=dome, command=RenewPermit(at=now, until_s=rules.safety.permit_s))
    return Decision(facts=replace(facts, permit_at=now), effects=(order,))


def _open(facts: Facts, rules: Rules, now: datetime) -> Decision:
    dome, telescope = dome_state(facts, rules), telescope_state(facts, rules)
    if dome is None or telescope is None or not _fresh_and_safe(facts, rules, now):
        return Decision(facts=facts)
    shutter = facts.shutter
    if shutter is None or not shutter.opening:
        if dome.phase == "open" and telescope.at_park is False:
            return Decision(facts=facts if shutter is None else replace(facts, shutter=None))
        step = Shutter(opening=True, step=SHUTTER, since=now, began=now)
        return _open_step(replace(facts, shutter=step), rules, now, dome, telescope)
    return _open_step(facts, rules, now, dome, telescope)


def _open_step(
    facts: Facts, rules: Rules, now: datetime, dome: DomeState, telescope: TelescopeState
) -> Decision:
    shutter = facts.shutter
    if shutter is None:
        return Decision(facts=facts)
    waited_s = (now - shutter.since).total_seconds()
    limit_s = rules.safety.shutter_s if shutter.step == SHUTTER else rules.safety.unpark_s
    match shutter.step:
        case "shutter opens" if dome.phase == "open":
            return _open_step(_at_step(facts, UNPARK, now), rules, now, dome, telescope)
        case "telescope unparks" if telescope.at_park is False:
            facts = _at_step(facts, SETTLE, now)
        case "settling":
            facts = replace(facts, shutter=None) if waited_s >= rules.safety.settle_s else facts
        case _ if waited_s > limit_s:
            return _give_up_opening(facts, shutter.step, now)
        case "shutter opens" if dome.phase == "opening":
            pass  # it moves: a second order would only be refused
        case _:
            return _order_step(facts, shutter, rules, now)
    return Decision(facts=facts)


def _at_step(facts: Facts, step: str, now: datetime) -> Facts:
    if facts.shutter is None:
        return facts
    return replace(facts, shutter=replace(facts.shutter, step=step, since=now, ordered_at=None))


def _order_step(facts: Facts, shutter: Shutter, rules: Rules, now: datetime) -> Decision:
    """Give the order of a step, again and again until a sensor says that it is done."""
    again = timedelta(seconds=rules.safety.close_again_s)
    if shutter.ordered_at is not None and now - shutter.ordered_at < again:
        return Decision(facts=facts)
    key = order_key(shutter.step, now)
    dome, telescope = rules.of_kind(Kind.DOME), rules.of_kind(Kind.TELESCOPE)
    order = (
        Order(to=str(dome), command=OpenDome(at=now, key=key))
        if shutter.step == SHUTTER
        else Order(to=str(telescope), command=Unpark(at=now, key=key))
    )
    return Decision(
        facts=replace(facts, shutter=replace(shutter, ordered_at=now)), effects=(order,)
    )


def _give_up_opening(facts: Facts, step: str, now: datetime) -> Decision:
    """A failed opening closes, and is not tried again without a person."""
    reason = f"opening failed: {step} did not end in time"
    hold = Hold(
        key=OPEN_FAILED,
        kind=HoldKind.SAFETY,
        since=now,
        by="majordome",
        reason=reason,
        latched=True,
    )
    alarm = AlarmRaised(at=now, key="open-failed", severity="SERIOUS", text=reason)
    return Decision(
        facts=replace(facts, shutter=None, holds=facts.holds | {hold}), effects=(Say(event=alarm),)
    )


def _close(facts: Facts, rules: Rules, now: datetime) -> Decision:
    shutter = facts.shutter
    if shutter is None or shutter.opening:
        if _is_shut(facts, rules):
            return Decision(facts=replace(facts, shutter=None, permit_at=None))
        shutter = Shutter(opening=False, step=CLOSE, since=now, began=now)
        facts = replace(facts, shutter=shutter, permit_at=None)
        return Decision(facts=facts, effects=_stop_orders(facts, rules, now)).and_then(
            _press_on(facts, shutter, rules, now)
        )
    if _is_shut(facts, rules):
        return Decision(facts=replace(facts, shutter=None))
    return _press_on(facts, shutter, rules, now)


def _is_shut(facts: Facts, rules: Rules) -> bool:
    """Whether sensors say: dome closed, telescope parked (or no word from it to wait for)."""
    dome, seen = dome_state(facts, rules), facts.device(rules.of_kind(Kind.TELESCOPE))
    if dome is None or dome.phase != "closed":
        return False
    telescope = telescope_state(facts, rules)
    return telescope.at_park is True if telescope is not None else seen is not None


def _stop_orders(facts: Facts, rules: Rules, now: datetime) -> tuple[Effect, ...]:
    because = "; ".join(sorted(hold.reason for hold in facts.holds if hold.closes))
    orders: list[Effect] = [Order(to="observation", command=AbortAll(at=now, reason=because))]
    dome = rules.of_kind(Kind.DOME)
    if dome is not None:
        orders.append(Order(to=dome, command=WithdrawPermit(at=now, reason=because)))
    return tuple(orders)


def _press_on(facts: Facts, shutter: Shutter, rules: Rules, now: datetime) -> Decision:
    """Order close and park again while no sensor confirms them; alarm when it takes too long."""
    again = timedelta(seconds=rules.safety.close_again_s)
    effects: list[Effect] = []
    if shutter.ordered_at is None or now - shutter.ordered_at >= again:
        effects += _close_orders(facts, shutter, rules, now)
        shutter = replace(shutter, ordered_at=now)
    holds = facts.holds
    dome = dome_state(facts, rules)
    late = (now - shutter.began).total_seconds() > rules.safety.shutter_s
    if late and (dome is None or dome.phase != "closed") and facts.hold(UNVERIFIED) is None:
        text = f"dome not seen closed {rules.safety.shutter_s:.0f} s after the order"
        holds |= {
            Hold(
                key=UNVERIFIED,
                kind=HoldKind.SAFETY,
                since=now,
                by="majordome",
                reason=text,
                latched=True,
            )
        }
        effects.append(
            Say(event=AlarmRaised(at=now, key="close-unverified", severity="CRITICAL", text=text))
        )
    return Decision(facts=replace(facts, shutter=shutter, holds=holds), effects=tuple(effects))


def _close_orders(facts: Facts, shutter: Shutter, rules: Rules, now: datetime) -> list[Effect]:
    because = "; ".join(sorted(hold.key for hold in facts.holds if hold.closes))
    orders: list[Effect] = []
    dome, telescope = rules.of_kind(Kind.DOME), rules.of_kind(Kind.TELESCOPE)
    state = dome_state(facts, rules)
    if dome is not None and (state is None or state.phase != "closed"):
        key = order_key("close", now)
        orders.append(Order(to=dome, command=CloseDome(at=now, key=key, reason=because)))
    mount = telescope_state(facts, rules)
    waited_s = (now - shutter.began).total_seconds()
    under_way = mount is not None and mount.phase == "parking" and waited_s < rules.safety.park_s
    parked = mount is not None and mount.at_park is True
    if telescope is not None and not parked and not under_way:
        orders.append(Order(to=telescope, command=Park(at=now, key=order_key("park", now))))
    return orders
