"""May this notice ever move a telescope?  Every reason why not; what fails is shown, no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pyros.actors.alerts.missions import ALLOWED
from pyros.domain.alert import Notice

AHEAD = timedelta(seconds=60)
"""How far in our future a burst may lie: clocks differ."""

TOPICS = (
    "gcn.notices.einstein_probe.wxt.alert",
    "gcn.notices.fermi.gbm.trigger",
    "gcn.notices.swift.bat.guano",
    "gcn.notices.svom",
    "gcn.notices.maxi.gsc.unknown",
    "gcn.notices.icecube.gold_bronze",
)
"""JSON topics that may move a telescope."""

WITHOUT_TENSE = ("gcn.notices.einstein_probe",)
"""Topics whose packets have no alert_tense."""

TOPIC_AUTHORITIES = {
    "gcn.classic.": ("ivo://nasa.gsfc.gcn",),
    "gcn.notices.svom.": ("ivo://org.svom/fsc",),
}
"""Whose VOEvents a Kafka topic brings."""


class Cause(StrEnum):
    """Which of the gate's rules is not met."""

    ROLE = "role"
    KIND = "kind"
    TEST = "test"
    SOURCE = "source"
    NO_BURST = "no burst"
    WITHDRAWN = "withdrawn"
    POSITION = "position"
    AUTHORITY = "authority"
    TIME = "time"
    CLOSED = "closed"


FOREIGN = frozenset({Cause.ROLE, Cause.TEST, Cause.SOURCE, Cause.AUTHORITY})
"""A notice refused for one of these says nothing about the sky: it joins no alert.

In a drill, and only there, they are set aside.
"""

PASSING = frozenset({Cause.TIME, Cause.CLOSED, Cause.WITHDRAWN})
"""Reasons that leave a notice's position as good as any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a notice may not move a telescope."""

    cause: Cause
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a source may bring."""

    authorities: tuple[str, ...] = ()
    """Beginnings of names, as ivo://org.svom; of a Kafka source its topics say it."""
    moves: bool = True
    """Whether anything that comes through it may move a telescope."""
    topics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The site's rules."""

    accept: bool = True
    allowed: Mapping[str, frozenset[int]] = field(default_factory=lambda: ALLOWED)
    topics: tuple[str, ...] = TOPICS
    max_age_s: float = 86400.0
    max_r90_deg: float = 30.0
    doors: Mapping[str, Door] = field(default_factory=dict)
    """By source; an unknown source moves nothing."""


def gate(  # noqa: PLR0913 - what a verdict depends on, by name
    notice: Notice,
    policy: Policy,
    *,
    source: str,
    now: datetime,
    burst_at: datetime | None,
    withdrawn: bool = False,
) -> tuple[Reason, ...]:
    """Return every reason why `notice` may not move a telescope, empty if it may.

    `burst_at` is the time of the alert that it belongs to, `withdrawn` whether its event was
    taken back.
    """
    door = policy.doors.get(source, Door(moves=False))
    return (
        *_of_role(notice),
        *_of_kind(notice, policy),
        *_of_test(notice),
        *_of_source(notice, door, source),
        *_of_burst(notice, withdrawn=withdrawn),
        *_of_position(notice, policy),
        *_of_time(notice, policy, now, burst_at),
        *(() if policy.accept else (_no(Cause.CLOSED, "alerts are not accepted now"),)),
    )


def _no(cause: Cause, text: str) -> Reason:
    return Reason(cause=cause, text=text)


def _of_role(notice: Notice) -> list[Reason]:
    if notice.form == "json":
        exempt = not notice.role_written and notice.topic.startswith(WITHOUT_TENSE)
        good = exempt or (notice.role_written and notice.role == "current")
        text = f"alert_tense {notice.role or 'missing'}: should be current"
    else:
        good = notice.role_written and notice.role == "observation"
        role = notice.role if notice.role_written else "missing"
        text = f"role {role}: should be observation"
    return [] if good else [_no(Cause.ROLE, text)]


def _of_kind(notice: Notice, policy: Policy) -> list[Reason]:
    if notice.form == "json":
        good = notice.topic.startswith(policy.topics)
        what = f"topic {notice.topic or 'missing'}"
    else:
        types = policy.allowed.get(notice.mission, frozenset())
        good = notice.packet_type is not None and notice.packet_type in types
        what = f"{notice.mission or 'unknown mission'} {notice.kind or 'unknown type'}"
    return [] if good else [_no(Cause.KIND, f"{what} is not among those that may move")]


def _of_test(notice: Notice) -> list[Reason]:
    return [_no(Cause.TEST, mark) for mark in notice.test_marks]


def _of_source(notice: Notice, door: Door, source: str) -> list[Reason]:
    if not door.moves:
        return [_no(Cause.SOURCE, f"what {source} brings moves nothing")]
    if notice.form == "json":
        return [] if door.topics else [_no(Cause.AUTHORITY, f"{source} brings no JSON")]
    mine = _topic_authorities(notice.topic) if door.topics else door.authorities
    if any(under(notice.authority, authority) for authority in mine):
        return []
    return [_no(Cause.AUTHORITY, f"{source} may not bring packets of {notice.authority}")]


def _topic_authorities(topic: str) -> tuple[str, ...]:
    pairs = TOPIC_AUTHORITIES.items()
    return next((found for prefix, found in pairs if topic.startswith(prefix)), ())


def under(authority: str, above: str) -> bool:
    """Return whether a publisher is `above` or below it: ivo://org.svom/fsc is in ivo://org.svom."""
    name, root = authority.lower(), above.lower().rstrip("/")
    return name == root or name.startswith(f"{root}/")


def _of_burst(notice: Notice, *, withdrawn: bool) -> list[Reason]:
    reasons = [_no(Cause.NO_BURST, mark) for mark in notice.no_burst_marks]
    if notice.retraction:
        reasons.append(_no(Cause.NO_BURST, "a retraction"))
    elif withdrawn:
        reasons.append(_no(Cause.WITHDRAWN, "its event was retracted"))
    return reasons


def _of_position(notice: Notice, policy: Policy) -> list[Reason]:
    if notice.position is None:
        why = notice.problems[0] if notice.problems else "none"
        return [_no(Cause.POSITION, f"no usable position: {why}")]
    if notice.position.r90_deg > policy.max_r90_deg:
        text = f"r90 {notice.position.r90_deg:.1f} deg: at most {policy.max_r90_deg:g} is allowed"
        return [_no(Cause.POSITION, text)]
    return []


def _of_time(
    notice: Notice, policy: Policy, now: datetime, burst_at: datetime | None
) -> list[Reason]:
    if burst_at is None:
        return [_no(Cause.TIME, "the time of the burst is not known")]
    times = {"burst": burst_at, "notice": notice.written}
    reasons = []
    for what, at in times.items():
        if at is not None and at - now > AHEAD:
            ahead_s = (at - now).total_seconds()
            reasons.append(_no(Cause.TIME, f"{what} {ahead_s:.0f} s ahead of our clock"))
        elif at is not None and (now - at).total_seconds() > policy.max_age_s:
            age_h = (now - at).total_seconds() / 3600.0
            limit_h = policy.max_age_s / 3600.0
            text = f"{what} {age_h:.1f} h old: at most {limit_h:g} h is allowed"
            reasons.append(_no(Cause.TIME, text))
    return reasons
