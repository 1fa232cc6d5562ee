"""What must hold all along a night and after it, whatever happened in it."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from pyros.domain.conditions import Conditions
from pyros.domain.devices.state import DomeState, TelescopeState
from pyros.domain.execution import StepKind, StepState
from pyros.domain.holds import Hold
from pyros.domain.image import Level
from pyros.domain.request import Sequence, SequenceState
from pyros.domain.schedule import Night
from pyros.messages import events
from pyros.store import alerts, images, journal, ledger, observations, requests
from pyros.store.engine import Session, Store
from pyros.system.observatory import Observatory

CLOSED_IN_S = 60.0
"""So long a dome may take to be seen closed after the weather went bad, seconds."""

READ_S = 600.0
"""A whole night may take so long to read; pages have less."""

Violations = Iterator[str]


@dataclass(slots=True)
class Record:
    """What was seen of a night while it passed."""

    dome: DomeState | None = None
    telescope: TelescopeState | None = None
    conditions: Conditions | None = None
    holds: tuple[Hold, ...] = ()
    bad_since: datetime | None = None
    longest_bad_open_s: float = 0.0
    slews_under_hold: list[str] = field(default_factory=list)
    holds_without_reason: list[str] = field(default_factory=list)
    alerts_sent: int = 0

    def see(self, event: object) -> None:
        """Take one event in, in the order in which they were published."""
        match event:
            case events.DeviceStatus(snapshot=DomeState() as state):
                self.dome = state
                self._judge_dome(event.at)
            case events.DeviceStatus(snapshot=TelescopeState() as state):
                self.telescope = state
            case events.ConditionsChanged(conditions=conditions):
                self.conditions = conditions
                self._judge_dome(event.at)
            case events.HoldsChanged(holds=holds):
                self.holds = holds
                self.holds_without_reason += [hold.key for hold in holds if not hold.reason]
            case events.SlewStarted():
                closing = [hold.key for hold in self.holds if hold.closes]
                self.slews_under_hold += [f"{event.at}: {key}" for key in closing]
            case _:
                pass

    def _judge_dome(self, at: datetime) -> None:
        """Count how long the dome is not closed under bad conditions."""
        conditions, dome = self.conditions, self.dome
        bad = conditions is not None and any(cause.bad for cause in conditions.causes)
        if not bad or dome is None or dome.phase == "closed":
            self.bad_since = None
            return
        self.bad_since = self.bad_since or at
        open_s = (at - self.bad_since).total_seconds()
        self.longest_bad_open_s = max(self.longest_bad_open_s, open_s)


def judge(observatory: Observatory, record: Record) -> dict[str, tuple[str, ...]]:
    """Return the violations of each invariant by its name; empty where it holds."""
    with contextlib.closing(Store(observatory.store.url, read_limit_s=READ_S)) as store:
        found = {name: tuple(store.read(rule)) for name, rule in RULES_OF_THE_STORE.items()}
        lost = tuple(_alerts_lost(store, record))
    found |= {name: tuple(seen(record)) for name, seen in _OF_THE_RECORD.items()}
    found["no_alert_lost"] = lost
    found["tree_whole"] = tuple(
        f"{one.path} is {one.state}" for one in observatory.system.tree() if one.state != "running"
    )
    return found


def _closed_in_bad_weather(record: Record) -> Violations:
    if record.longest_bad_open_s > CLOSED_IN_S:
        yield f"not closed for {record.longest_bad_open_s:.0f} s of bad weather"


def _ends_safe(record: Record) -> Violations:
    if record.dome is None or record.dome.phase != "closed":
        yield f"the dome is {record.dome.phase if record.dome else 'unknown'} in the morning"
    if record.telescope is None or record.telescope.at_park is not True:
        yield "the telescope is not parked in the morning"


_OF_THE_RECORD: dict[str, Callable[[Record], Violations]] = {
    "closed_in_bad_weather": _closed_in_bad_weather,
    "no_slew_under_a_closing_hold": lambda record: iter(record.slews_under_hold),
    "every_hold_has_a_reason": lambda record: iter(record.holds_without_reason),
    "ends_safe": _ends_safe,
}


def _alerts_lost(store: Store, record: Record) -> Violations:
    stored = len(store.read(lambda session: alerts.notices(session, limit=100_000)))
    if stored < record.alerts_sent:
        yield f"{record.alerts_sent} packets came, {stored} are stored"


def _nothing_open(session: Session) -> list[str]:
    left = _open_execution(session)
    executing = requests.sequences(session, {SequenceState.EXECUTING})
    return left + [f"sequence {one.id} is EXECUTING" for one in executing]


def _open_execution(session: Session) -> list[str]:
    """Return the execution that has no end, in words."""
    found = observations.open_execution(session)
    return [] if found is None else [f"execution {found.id} has no end"]


def _quota_balanced(session: Session) -> list[str]:
    return [
        f"sequence {one}: booked {booked:.1f} s, due {due:.1f} s"
        for one, booked, due in ledger.mismatches(session)
    ]


def _nothing_twice(session: Session) -> list[str]:
    """No exposure is saved more often than its plans ask for."""
    found = []
    for one in requests.sequences(session, set(SequenceState)):
        asked = _asked(one)
        saved = Counter(
            (image.channel, image.filter, image.exposure_s)
            for image in images.list(session, sequence_id=one.id, level=Level.L0, limit=100_000)
        )
        found += [
            f"sequence {one.id}: {saved[kind]} of {asked[kind]} exposures {kind}"
            for kind in saved
            if saved[kind] > asked[kind]
        ]
    return found


def _asked(one: Sequence) -> Counter[tuple[str, str, float]]:
    asked: Counter[tuple[str, str, float]] = Counter()
    for album in one.albums:
        for plan in album.plans:
            asked[album.channel, plan.filter, plan.exposure_s] += plan.count
    return asked


def _inside_the_night(session: Session) -> list[str]:
    """P26: nothing starts outside its night's limits."""
    found = []
    for night in observations.nights(session):
        for one in observations.executions(session, night.date):
            start, end = _limits(night, alert=one.alert_id is not None)
            if start is None or end is None or not start <= one.start <= end:
                found.append(f"execution {one.id} began at {one.start}")
    return found


def _limits(night: Night, *, alert: bool) -> tuple[datetime | None, datetime | None]:
    return (night.alert_start, night.alert_end) if alert else (night.start, night.end)


def _slots_apart(session: Session) -> list[str]:
    found = []
    for schedule in observations.schedules(session, limit=10_000):
        slots = sorted(schedule.slots, key=lambda slot: slot.start)
        found += [
            f"schedule {schedule.id}: {one.name} and {two.name} overlap"
            for one, two in pairwise(slots)
            if two.start < one.end
        ]
    return found


def _refusals_speak(session: Session) -> list[str]:
    return [
        f"schedule {schedule.id}: {refusal.name} has no reason"
        for schedule in observations.schedules(session, limit=10_000)
        for refusal in schedule.refusals
        if not refusal.text or not refusal.code
    ]


def _exposures_kept(session: Session) -> list[str]:
    """Every exposure that the journal calls saved has its image."""
    found = []
    for night in observations.nights(session):
        for one in observations.executions(session, night.date):
            keys = {
                image.exposure_key
                for image in images.list(session, execution_id=one.id, limit=100_000)
            }
            found += [
                f"execution {one.id}: step {step.n} is saved and has no image"
                for step in journal.steps(session, one.id)
                if step.kind is StepKind.SAVE
                and step.state is StepState.DONE
                and step.key not in keys
            ]
    return found


RULES_OF_THE_STORE: dict[str, Callable[[Session], list[str]]] = {
    "nothing_left_open": _nothing_open,
    "quota_balanced": _quota_balanced,
    "nothing_exposed_twice": _nothing_twice,
    "nothing_starts_outside_the_night": _inside_the_night,
    "slots_do_not_overlap": _slots_apart,
    "refusals_say_why": _refusals_speak,
    "no_image_lost": _exposures_kept,
}
