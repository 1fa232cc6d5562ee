"""What one packet leaves in the database, in one transaction; and what a restart reads back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select, tuple_

from pyros.domain.alert import Alert, Member
from pyros.domain.request import Request, SequenceState
from pyros.domain.target import FixedTarget
from pyros.store import alerts, requests
from pyros.store.alerts import StoredNotice
from pyros.store.engine import Session
from pyros.store.tables.alerts import NoticeRow

BY = "alerts"
RECALLED = 10_000
"""At most so many packets are read back at a start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Everything that follows from one packet, or from one order of a person."""

    at: datetime
    notice: StoredNotice | None = None
    alerts: tuple[Alert, ...] = ()
    request: Request | None = None
    """A new one, to be planned at once."""
    targets: Mapping[int, FixedTarget] = field(default_factory=dict)
    """Better positions by sequence."""
    cancelled: tuple[tuple[int, str], ...] = ()
    """Requests that are not wanted any more, and why."""
    withdrawn: tuple[Member, ...] = ()
    buried: tuple[tuple[str, str, str], ...] = ()
    """Ivorn, mission and event of what was retracted before it came."""
    by: str = BY


def enter(session: Session, entry: Entry) -> None:
    """Write an entry."""
    name = entry.notice.ivorn if entry.notice is not None else ""
    if entry.notice is not None:
        alerts.add_notice(session, entry.notice)
    for alert in entry.alerts:
        alerts.save_alert(session, alert, at=entry.at, notice=name, by=entry.by)
    for mission, event_id in entry.withdrawn:
        alerts.withdraw(session, mission, event_id, entry.at)
    for ivorn, mission, event_id in entry.buried:
        alerts.bury(session, ivorn=ivorn, mission=mission, event_id=event_id, at=entry.at)
    if entry.request is not None:
        drafts = tuple(replace(one, state=SequenceState.DRAFT) for one in entry.request.sequences)
        requests.create(session, replace(entry.request, sequences=drafts), at=entry.at)
        requests.submit(session, entry.request.id, entry.at, by=entry.by)
    for sequence_id, target in entry.targets.items():
        requests.amend_target(session, sequence_id, target, at=entry.at, notice=name)
    for request_id, reason in entry.cancelled:
        requests.cancel(
            session, request_id, at=entry.at, by=entry.by, reason=reason, by_owner=False
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What is known of the last days: notices the oldest first, requests by alert."""

    alerts: tuple[Alert, ...]
    notices: tuple[StoredNotice, ...]
    requests: Mapping[int, Request]
    tombstones: tuple[tuple[str, str, str], ...]
    accept: bool


def recall(session: Session, *, since: datetime, now: datetime, accept: bool) -> Recalled:
    """Return what the alerts of the last days amount to; `accept` is the configured switch."""
    found = alerts.alerts(session, since)
    orders = {one.id: requests.of_alert(session, one.id) for one in found}
    held = alerts.notices(session, since=since, limit=RECALLED)
    return Recalled(
        alerts=found,
        notices=tuple(reversed(held)),
        requests={key: one for key, one in orders.items() if one is not None},
        tombstones=alerts.tombstones(session, now),
        accept=alerts.switch(session, "accept_alerts", default=accept),
    )


def kept(session: Session, keys: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return which of these packets (source, sha256) have their row."""
    wanted = select(NoticeRow.source, NoticeRow.sha256).where(
        tuple_(NoticeRow.source, NoticeRow.sha256).in_(list(keys))
    )
    return frozenset((source, digest) for source, digest in session.execute(wanted))
