"""What the store knows of one plan: itself, the one before it, whose requests are in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyros.domain.alert import Alert
from pyros.domain.execution import Execution
from pyros.domain.request import Sequence
from pyros.domain.schedule import Schedule
from pyros.domain.sight import Sight, sight_of
from pyros.domain.user import User
from pyros.store import alerts, observations, people, plan_history
from pyros.store.engine import Session
from pyros.store.plan_history import Asked

ALERTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """A plan with all that a page says of it, before anything is left out for who looks."""

    plan: Schedule
    before: Schedule | None = None
    """What was in force before it in the same night."""
    newest_id: int = 0
    asked: Mapping[int, Asked] = field(default_factory=dict)
    """By request."""
    sequences: Mapping[int, Sequence] = field(default_factory=dict)
    """As they are now, by sequence."""
    executions: tuple[Execution, ...] = ()
    alerts: tuple[Alert, ...] = ()
    sight: Sight

    @property
    def in_force(self) -> bool:
        """Return whether no newer plan has been made."""
        return self.plan.id == self.newest_id


def plan_in_force(session: Session, user: User) -> PlanFacts | None:
    """Return the facts of the newest plan, None before the first."""
    newest = plan_history.newest_plan(session)
    return None if newest is None else plan_facts(session, user, newest)


def plan_facts(
    session: Session, user: User, schedule_id: int, *, against: int | None = None
) -> PlanFacts | None:
    """Return the facts of one plan beside another (default: that before it), None without it."""
    plan = observations.schedule(session, schedule_id)
    if plan is None:
        return None
    other = against or plan_history.plan_before(session, plan.id, plan.night)
    before = None if other is None else observations.schedule(session, other)
    executions = observations.executions(session, plan.night)
    sequences = plan_history.sequences_by_id(session, _sequence_ids(plan, before))
    return PlanFacts(
        plan=plan,
        before=before,
        newest_id=plan_history.newest_plan(session) or plan.id,
        asked=plan_history.asked_by(session, _request_ids(plan, before, executions)),
        sequences=sequences,
        executions=executions,
        alerts=alerts.alerts(session, limit=ALERTS),
        sight=sight_of(user, (one.programme for one in people.memberships(session, user.email))),
    )


def _sequence_ids(plan: Schedule, before: Schedule | None) -> Iterable[int]:
    for each in (plan, before):
        if each is not None:
            yield from (slot.sequence_id for slot in each.slots)


def _request_ids(
    plan: Schedule, before: Schedule | None, executions: Iterable[Execution]
) -> Iterable[int]:
    for each in (plan, before):
        if each is not None:
            yield from (slot.request_id for slot in each.slots)
            yield from (refusal.request_id for refusal in each.refusals)
    yield from (one.request_id for one in executions)
