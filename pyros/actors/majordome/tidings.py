"""What each message adds to the majordome's knowledge, and the few orders that follow at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pyros.actors.majordome.beginnings import plan_again
from pyros.actors.majordome.facts import Decision, Facts, Order, Rules, Seen
from pyros.actors.majordome.keys import order_key
from pyros.domain.devices.device import Kind
from pyros.domain.devices.state import DomeState, State, TelescopeState
from pyros.domain.execution import Outcome
from pyros.domain.holds import Hold, HoldKind
from pyros.domain.schedule import Cause
from pyros.messages import events
from pyros.messages.commands import (
    AbortAll,
    AbortExposures,
    CancelSequences,
    CloseDown,
    ParkTelescope,
    PauseObserving,
    PlanAgain,
    ResumeObserving,
    StopEverything,
)
from pyros.messages.device_commands import Park

OPERATOR = "operator"
SELF_CLOSE = "safety:selfclose"
_SHUTTING = frozenset({"closed", "closing", "partly"})


def learn(facts: Facts, rules: Rules, message: object, now: datetime) -> Decision:  # noqa: C901, PLR0911, PLR0912
    """Return the facts with what the message says; one `match` shows all that is heard."""
    match message:
        case events.DeviceStatus():
            after = _device_status(facts, rules, message, now)
            return _channel_judged(facts, after, rules, message.device, now)
        case events.DeviceChanged():
            after = _device_changed(facts, message)
            return _channel_judged(facts, after, rules, message.device, now)
        case events.ConditionsChanged():
            return _conditions_changed(facts, rules, message, now)
        case events.ScheduleReady():
            return Decision(facts=_schedule_ready(facts, message))
        case events.SchedulingFailed():
            return plan_again(facts, rules, Cause.MISSED, now)
        case events.ExecutionStarted(execution=execution):
            return Decision(
                facts=replace(
                    facts,
                    running=execution,
                    armed=None,
                    armed_at=None,
                    begun=facts.begun | {execution.sequence_id},
                )
            )
        case events.ExecutionEnded():
            return _execution_ended(facts, rules, message, now)
        case events.SlewStarted(alert_id=int()):
            return plan_again(facts, rules, Cause.ALERT, now)
        case events.AlertAccepted():
            return Decision(facts=_alert_accepted(facts, message))
        case events.AlertWithdrawn():
            return _alert_withdrawn(facts, message, now)
        case PauseObserving(ordered_by=who):
            return _operator(facts, now, f"paused by {who}")
        case ParkTelescope(ordered_by=who):
            return _park(facts, rules, now, f"parked by {who}")
        case StopEverything(ordered_by=who):
            return _operator(facts, now, f"stopped by {who}", closes=True)
        case CloseDown():
            return Decision(facts=replace(facts, stopping=True))
        case ResumeObserving():
            return Decision(facts=_resume(facts))
        case PlanAgain(cause=cause):
            return plan_again(facts, rules, cause, now)
        case CancelSequences():
            return _cancelled(facts, rules, message, now)
        case _:
            return Decision(facts=facts)


def is_repeated(facts: Facts, message: object) -> bool:
    """Whether a device says again what it said before, in all that is judged here."""
    if not isinstance(message, events.DeviceStatus):
        return False
    before = facts.seen.get(message.device)
    if before is None:
        return False
    said = (before.life, before.since, before.reason, _bearing(before.snapshot))
    return said == (message.life, message.since, message.reason, _bearing(message.snapshot))


def _bearing(snapshot: State | None) -> object:
    """Return what of a snapshot is judged here."""
    match snapshot:
        case DomeState():
            return snapshot.phase
        case TelescopeState():
            return snapshot.phase, snapshot.at_park
    return None


def _device_status(facts: Facts, rules: Rules, status: events.DeviceStatus, now: datetime) -> Facts:
    if status.device not in rules.devices:
        return facts
    before = facts.seen.get(status.device)
    seen = Seen(
        life=status.life,
        since=status.since,
        reason=status.reason,
        snapshot=status.snapshot,
        at=status.at,
    )
    facts = facts.with_device(status.device, seen)
    if _closed_by_itself(before.snapshot if before else None, status.snapshot, facts):
        hold = Hold(
            key=SELF_CLOSE,
            kind=HoldKind.SAFETY,
            since=now,
            by="majordome",
            reason="the dome closed by itself",
        )
        return replace(facts, holds=facts.holds | {hold})
    return _quiet_after_self_close(facts, rules, status.snapshot, now)


def _conditions_changed(
    facts: Facts, rules: Rules, change: events.ConditionsChanged, now: datetime
) -> Decision:
    """P51: another class of sky admits other sequences, so the rest is planned anew."""
    before, after = facts.conditions, replace(facts, conditions=change.conditions)
    if before is None or before.sky is change.conditions.sky:
        return Decision(facts=after)
    return plan_again(after, rules, Cause.CONDITIONS, now)


def _channel_judged(
    before: Facts, after: Facts, rules: Rules, device: str, now: datetime
) -> Decision:
    """P16, P51: a channel lost or back admits other sequences, so the rest is planned anew."""
    was, now_seen = before.device(device), after.device(device)
    makes_a_channel = any(device in devices for devices in rules.channels.values())
    if was is None or now_seen is None or was.at_work == now_seen.at_work or not makes_a_channel:
        return Decision(facts=after)
    return plan_again(after, rules, Cause.CONDITIONS, now)


def _closed_by_itself(before: State | None, after: State | None, facts: Facts) -> bool:
    """Whether an open dome shuts though nobody here ordered it."""
    if not isinstance(before, DomeState) or not isinstance(after, DomeState):
        return False
    ordered = facts.shutter is not None and not facts.shutter.opening
    forbidden = any(hold.closes for hold in facts.holds)
    return before.phase == "open" and after.phase in _SHUTTING and not (ordered or forbidden)


def _quiet_after_self_close(
    facts: Facts, rules: Rules, snapshot: State | None, now: datetime
) -> Facts:
    hold = facts.hold(SELF_CLOSE)
    if hold is None or not isinstance(snapshot, DomeState) or snapshot.phase != "closed":
        return facts
    if (now - hold.since).total_seconds() < rules.safety.safety_quiet_s:
        return facts
    return replace(facts, holds=facts.holds - {hold})


def _device_changed(facts: Facts, change: events.DeviceChanged) -> Facts:
    before = facts.seen.get(change.device)
    if before is not None and before.life == change.new:
        return facts
    since = change.at
    if before is not None and before.at_work and change.new in {"READY", "BUSY"}:
        since = before.since
    snapshot = before.snapshot if before else None
    return facts.with_device(
        change.device,
        Seen(life=change.new, since=since, reason=change.reason, snapshot=snapshot, at=change.at),
    )


def _schedule_ready(facts: Facts, ready: events.ScheduleReady) -> Facts:
    if facts.night is None or ready.schedule.night != facts.night.date:
        return facts
    under_way = {facts.armed, facts.running.sequence_id if facts.running else None} - {None}
    return replace(
        facts, schedule=ready.schedule, begun=frozenset(one for one in under_way if one is not None)
    )


def _execution_ended(
    facts: Facts, rules: Rules, ended: events.ExecutionEnded, now: datetime
) -> Decision:
    running = facts.running
    if running is not None and running.id == ended.execution.id:
        facts = replace(facts, running=None)
    if facts.armed == ended.execution.sequence_id:
        facts = replace(facts, armed=None, armed_at=None)
    if ended.outcome is Outcome.DONE or facts.alerts:
        return Decision(facts=facts)
    return plan_again(facts, rules, Cause.MISSED, now)


def _alert_accepted(facts: Facts, accepted: events.AlertAccepted) -> Facts:
    """Have it wait for its turn; a drill that may not slew moves nothing."""
    others = tuple(one for one in facts.alerts if one.alert.id != accepted.alert.id)
    if accepted.interrupt == "no" and accepted.alert.drill:
        return facts
    running = facts.running
    same = running is not None and running.alert_id == accepted.alert.id
    if same and accepted.interrupt != "now":
        return facts
    return replace(facts, alerts=(*others, accepted))


def _alert_withdrawn(facts: Facts, gone: events.AlertWithdrawn, now: datetime) -> Decision:
    left = tuple(one for one in facts.alerts if one.alert.id != gone.alert.id)
    facts = replace(facts, alerts=left)
    if facts.running is None or facts.running.alert_id != gone.alert.id:
        return Decision(facts=facts)
    order = AbortExposures(at=now, reason=gone.reason, cancelled=True)
    return Decision(facts=facts, effects=(Order(to="observation", command=order),))


def _operator(facts: Facts, now: datetime, reason: str, *, closes: bool = False) -> Decision:
    """Place the operator's hold; one that closes is never replaced by one that does not."""
    before = facts.hold(OPERATOR)
    hold = Hold(
        key=OPERATOR,
        kind=HoldKind.OPERATOR,
        since=now,
        by="operator",
        reason=reason,
        latched=True,
        closes=closes or (before is not None and before.closes),
    )
    others = frozenset(one for one in facts.holds if one.key != OPERATOR)
    order = Order(to="observation", command=AbortAll(at=now, reason=reason))
    effects = (order,) if facts.running is not None or facts.armed is not None else ()
    return Decision(facts=replace(facts, holds=others | {hold}), effects=effects)


def _park(facts: Facts, rules: Rules, now: datetime, reason: str) -> Decision:
    decision = _operator(facts, now, reason)
    telescope = rules.of_kind(Kind.TELESCOPE)
    if telescope is None:
        return decision
    park = Order(to=telescope, command=Park(at=now, key=order_key("park", now)))
    return Decision(facts=decision.facts, effects=(*decision.effects, park))


def _resume(facts: Facts) -> Facts:
    """Lift what a person may lift: the operator's hold, and safety's latched ones."""
    holds = frozenset(
        hold
        for hold in facts.holds
        if hold.kind is not HoldKind.OPERATOR
        and not (hold.kind is HoldKind.SAFETY and hold.latched)
    )
    return replace(facts, holds=holds, plan_wanted=Cause.RESUME)


def _cancelled(facts: Facts, rules: Rules, order: CancelSequences, now: datetime) -> Decision:
    ids = frozenset(order.sequence_ids)
    decision = plan_again(replace(facts, begun=facts.begun | ids), rules, Cause.CANCEL, now)
    if facts.running is None or facts.running.sequence_id not in ids:
        return decision
    abort = AbortExposures(at=now, reason=order.reason, cancelled=True)
    return Decision(
        facts=decision.facts,
        effects=(Order(to="observation", command=abort), *decision.effects),
    )
