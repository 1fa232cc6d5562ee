"""The book of alerts: which notices are one burst, and how each burst stands.

What it says depends on what was heard, not on the order in which it was heard.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pyros.domain.alert import Alert, AlertState, Member, Notice, Origin
from pyros.domain.burst import (
    Match,
    Sighting,
    best_notice,
    burst_time,
    contradict,
    same_burst,
    sighting_of,
    state_of,
)

NEAR = timedelta(hours=1)
"""Bursts further apart in time are never compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A notice in the book; `fit`: its position may count, `passed`: it got through the gate."""

    notice: Notice
    fit: bool
    passed: bool


_NOBODY = Alert(id=sys.maxsize, name="")
"""Stands for an alert that is made only if its burst is not known yet; younger than all."""


@dataclass(slots=True, kw_only=True)
class Case:
    """An alert with all that was heard of it."""

    alert: Alert
    heard: dict[Member, list[Heard]] = field(default_factory=dict)

    def sightings(self) -> Iterator[Sighting]:
        """Yield what each member's notices amount to."""
        for member, all_heard in self.heard.items():
            yield sighting_of(member, (one.notice for one in all_heard if _tells(one)))

    def notices(self, members: Iterable[Member]) -> list[Notice]:
        """Return the notices of some members that say something of the burst."""
        return [
            one.notice for member in members for one in self.heard.get(member, ()) if _tells(one)
        ]


def _tells(one: Heard) -> bool:
    """Return whether a notice says something about the burst: no mark speaks against one."""
    return not one.notice.no_burst_marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of an alert."""

    before: Alert | None
    after: Alert
    merged: tuple[Alert, ...] = ()
    """Younger alerts that turned out to be the same burst."""


class Book:
    """Alerts of the last days, and what was taken back."""

    def __init__(self) -> None:
        self._cases: dict[int, Case] = {}
        self._by_member: dict[Member, int] = {}
        self._members_of: dict[str, Member] = {}
        self._gone: set[Member] = set()
        self._gone_ivorns: set[str] = set()

    def alerts(self) -> Iterator[Alert]:
        """Yield every alert, merged ones too."""
        yield from (case.alert for case in self._cases.values())

    def alert(self, alert_id: int) -> Alert:
        """Return one alert; of a merged one the older that it belongs to."""
        alert = self._cases[alert_id].alert
        return alert if alert.merged_into is None else self.alert(alert.merged_into)

    def best(self, alert_id: int) -> Notice | None:
        """Return the notice whose position counts for an alert."""
        case = self._cases[alert_id]
        return best_notice(self._placing(case, self._standing(case)))

    def notices(self, alert_id: int) -> list[Notice]:
        """Return the notices of the members of an alert that still stand."""
        case = self._cases[alert_id]
        return case.notices(self._standing(case))

    def put(self, alert: Alert) -> None:
        """Keep what others know of an alert (its request, its stamps)."""
        self._cases[alert.id].alert = alert

    def time_with(self, notice: Notice) -> tuple[datetime | None, Origin]:
        """Return the time of the burst that `notice` tells of, itself included."""
        case = self._case_of(member_of(notice))
        others = case.notices(case.heard) if case is not None else []
        return burst_time([*others, notice])

    def is_withdrawn(self, notice: Notice) -> bool:
        """Return whether the event of a notice was taken back, before or after it came."""
        return member_of(notice) in self._gone or notice.ivorn.lower() in self._gone_ivorns

    def take(self, heard: Heard, new: Callable[[], Alert]) -> Change:
        """Enter a notice of a burst; `new` makes an alert for a burst not known yet."""
        notice = heard.notice
        member = member_of(notice)
        if self.is_withdrawn(notice):
            self._gone.add(member)
        case = self._case_of(member)
        before = case.alert if case is not None else None
        if case is None:
            case = Case(alert=_NOBODY)
        case.heard.setdefault(member, []).append(heard)
        if notice.ivorn:
            self._members_of[notice.ivorn.lower()] = member
        oldest, merged = self._join(case)
        if oldest.alert is _NOBODY:
            oldest.alert = new()
            self._cases[oldest.alert.id] = oldest
        elif oldest is not case:
            before = oldest.alert
        self._by_member |= dict.fromkeys(oldest.heard, oldest.alert.id)
        self._refresh(oldest)
        return Change(before=before, after=oldest.alert, merged=tuple(merged))

    def know(self, alert: Alert) -> None:
        """Take over an alert of an earlier run."""
        self._cases.setdefault(alert.id, Case(alert=alert))

    def enter(self, alert_id: int, heard: Heard) -> None:
        """Take over a notice of a known alert; one of an alert that is not known is left out."""
        case = self._cases.get(alert_id)
        if case is None:
            return
        member = member_of(heard.notice)
        case.heard.setdefault(member, []).append(heard)
        self._by_member[member] = alert_id
        if heard.notice.ivorn:
            self._members_of[heard.notice.ivorn.lower()] = member

    def bury(self, *, ivorn: str = "", member: Member | None = None) -> None:
        """Remember that a packet or an event was taken back."""
        if ivorn:
            self._gone_ivorns.add(ivorn.lower())
        if member is not None and member[1]:
            self._gone.add(member)

    def withdraw(self, notice: Notice) -> list[Change]:
        """Take back what a retraction names; return the alerts that changed by it.

        It counts for events of its own publisher only.
        """
        hit = {member_of(notice)} if notice.event_id else set()
        for ivorn in retracted_names(notice):
            self._gone_ivorns.add(ivorn.lower())
            if (member := self._members_of.get(ivorn.lower())) is not None:
                hit.add(member)
        self._gone |= hit
        cases = {id_: self._cases[id_] for member in hit if (id_ := self._by_member.get(member))}
        changes = []
        for case in cases.values():
            before = case.alert
            self._refresh(case)
            if case.alert != before:
                changes.append(Change(before=before, after=case.alert))
        return changes

    def forget(self, before: datetime) -> None:
        """Drop what is over and older than `before`."""
        over = {AlertState.EXPIRED, AlertState.RETRACTED, AlertState.MERGED, AlertState.CANDIDATE}
        for alert in list(self.alerts()):
            seen = alert.stamps.received
            if alert.state in over and seen is not None and seen < before:
                case = self._cases.pop(alert.id)
                for member in case.heard:
                    self._by_member.pop(member, None)

    def _case_of(self, member: Member) -> Case | None:
        alert_id = self._by_member.get(member)
        return self._cases[alert_id] if alert_id is not None else None

    def _standing(self, case: Case) -> list[Member]:
        """Return the members that still stand, all of them if none does."""
        return [one for one in case.heard if one not in self._gone] or list(case.heard)

    @staticmethod
    def _placing(case: Case, members: Iterable[Member]) -> list[Notice]:
        return [
            one.notice
            for member in members
            for one in case.heard[member]
            if one.fit and _tells(one)
        ]

    def _join(self, case: Case) -> tuple[Case, list[Alert]]:
        """Merge `case` with the others that are the same burst; return the oldest of them."""
        merged: list[Alert] = []
        while (found := self._partner(case)) is not None:
            other, match = found
            older, younger = sorted((case, other), key=lambda one: one.alert.id)
            older.heard |= younger.heard
            younger.heard = {}
            joins = (*older.alert.joins, *younger.alert.joins, str(match))
            older.alert = replace(older.alert, joins=joins)
            if younger.alert is not _NOBODY:
                younger.alert = replace(
                    younger.alert, state=AlertState.MERGED, merged_into=older.alert.id
                )
                merged.append(younger.alert)
            case = older
        return case, merged

    def _partner(self, case: Case) -> tuple[Case, Match] | None:
        """Return the other alert that is the same burst most closely, and why."""
        mine = list(case.sightings())
        times = [one.burst_at for one in mine if one.burst_at is not None]
        best: tuple[Case, Match] | None = None
        for other in self._cases.values():
            if other is case or not other.heard or not _near(other.alert.burst_at, times):
                continue
            match = _match(mine, list(other.sightings()))
            if match is not None and (best is None or match.order < best[1].order):
                best = other, match
        return best

    def _refresh(self, case: Case) -> None:
        """Say anew how an alert stands, from all that was heard."""
        standing = self._standing(case)
        at, origin = burst_time(case.notices(standing))
        best = best_notice(self._placing(case, standing))
        place = best.position if best is not None else None
        passed = [
            member for member, all_heard in case.heard.items() if any(h.passed for h in all_heard)
        ]
        members = tuple(sorted(case.heard))
        state = state_of(passed=passed, members=members, gone=self._gone)
        if case.alert.state is AlertState.EXPIRED:
            state = AlertState.EXPIRED
        case.alert = replace(
            case.alert,
            state=state,
            burst_at=at,
            burst_origin=origin.value,
            ra_deg=place.ra_deg if place else None,
            dec_deg=place.dec_deg if place else None,
            r90_deg=place.r90_deg if place else None,
            position_from=_name(best) if best else "",
            doubtful=bool(best and best.doubts),
            members=members,
            withdrawn=tuple(member for member in members if member in self._gone),
        )


def _near(at: datetime | None, times: Iterable[datetime]) -> bool:
    """Return whether an alert is worth a closer look: some burst within an hour of it."""
    return at is not None and any(abs(at - one) < NEAR for one in times)


def _match(mine: list[Sighting], theirs: list[Sighting]) -> Match | None:
    """Return the closest match between two alerts' sightings, None if any two contradict."""
    pairs = [(a, b) for a in mine for b in theirs]
    if any(contradict(a, b) for a, b in pairs):
        return None
    matches = [match for a, b in pairs if (match := same_burst(a, b)) is not None]
    return min(matches, key=lambda match: match.order, default=None)


def member_of(notice: Notice) -> Member:
    """Return the key of a notice's event; without an id its own name is the key."""
    if notice.event_id:
        return notice.family or notice.mission, notice.event_id
    return notice.family or notice.mission, notice.ivorn.lower()


def retracted_names(notice: Notice) -> list[str]:
    """Return the packets that a retraction names and may take back: its own publisher's."""
    return [
        one.ivorn
        for one in notice.citations
        if one.cite == "retraction" and one.ivorn.partition("#")[0].lower() == notice.authority
    ]


def _name(notice: Notice) -> str:
    """Return how a person calls a notice: instrument, kind and event."""
    return " ".join(part for part in (notice.instrument, notice.kind, notice.event_id) if part)
