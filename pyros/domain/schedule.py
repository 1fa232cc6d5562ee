"""A night and what is planned in it: limits, slots, and each refusal with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Cause(StrEnum):
    """Why a schedule was made."""

    FIRST = "FIRST"
    ALERT = "ALERT"
    RESUME = "RESUME"
    CONDITIONS = "CONDITIONS"
    SUBMIT = "SUBMIT"
    UNSUBMIT = "UNSUBMIT"
    CANCEL = "CANCEL"
    MISSED = "MISSED"
    OPERATOR = "OPERATOR"


STRENGTH = (
    Cause.FIRST,
    Cause.ALERT,
    Cause.RESUME,
    Cause.OPERATOR,
    Cause.MISSED,
    Cause.CANCEL,
    Cause.CONDITIONS,
    Cause.SUBMIT,
    Cause.UNSUBMIT,
)
"""Which of several causes names a schedule: the first here."""


def stronger(one: Cause | None, other: Cause) -> Cause:
    """Return the cause that names a schedule made for both."""
    return other if one is None else min(one, other, key=STRENGTH.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night of the site, from local noon to noon; limits are fixed by its first schedule.

    `start` and `end` bound routine work (twilight kind of the configuration), `alert_start` and
    `alert_end` an alert's (Sun 12 degrees below).  They are None where the Sun never gets there.
    """

    id: int = 0
    date: date
    twilight: str = "astronomical"
    sunset: datetime | None = None
    sunrise: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    alert_start: datetime | None = None
    alert_end: datetime | None = None
    moon_illumination: float = 0.0
    first_schedule_at: datetime | None = None
    paused_at: datetime | None = None
    safe_at: datetime | None = None
    calibrated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """When a sequence shall run: `start` begins with the set-up (slew, filter, settle)."""

    sequence_id: int
    request_id: int
    name: str
    """The short name of its request and its own."""
    start: datetime
    on_target: datetime
    end: datetime
    slide_before_s: float = 0.0
    slide_after_s: float = 0.0
    score: float = 0.0
    quality: float = 0.0
    """Share of the best score that it could have this night."""
    altitude_deg: float | None = None
    airmass: float | None = None
    moon_distance_deg: float | None = None
    hour_angle_h: float | None = None
    filler: bool = False
    frozen: bool = False
    """It was about to start when the schedule was made, and stayed as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a sequence has no slot; `numbers` and `text` say what would have to change.

    `change` is what would admit it, as the planner's `confirm` applies it: empty if nothing alone
    would.
    """

    sequence_id: int
    request_id: int
    name: str
    code: str
    numbers: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    change: Mapping[str, object] = field(default_factory=dict)
    certified: bool = False
    """Proven: no better schedule holds it.  Else: none was found."""
    also: tuple[str, ...] = ()
    """Codes of what forbids it besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A time in which nothing runs, and why: NOTHING_UP, TOO_SHORT, QUOTA, WAITING or BLOCK."""

    start: datetime
    end: datetime
    why: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a schedule takes from an account, and what one more hour of it would add tonight."""

    used_s: float
    left_s: float
    price_per_h: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of the sequences of the schedule before, by id; `kept`: within a minute."""

    kept: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    new: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One plan of a night, or of the rest of it.  `id` is 0 until stored.

    `score` and `bound` are of what could still change: no plan of the same facts scores more.
    `accounts` are named `period:P1`, `night:P1`, `member:P1:owner`.
    """

    id: int = 0
    night: date
    made_at: datetime
    cause: Cause
    first_of_night: bool = False
    start: datetime | None = None
    end: datetime | None = None
    input_hash: str = ""
    solver: str = ""
    stage: str = ""
    """first, polished or full: how long was thought about it."""
    runtime_ms: float = 0.0
    score: float = 0.0
    bound: float | None = None
    slots: tuple[Slot, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    accounts: Mapping[str, Spent] = field(default_factory=dict)
    idle: tuple[Idle, ...] = ()
    changes: Changes = field(default_factory=Changes)
    idle_reason: str = ""
    """In words, where there is nothing to do at all."""

    @property
    def gap(self) -> float | None:
        """Return by what share a better plan could at most be better, None if not known."""
        if self.bound is None:
            return None
        return max(0.0, 1.0 - self.score / self.bound) if self.bound > 0.0 else 0.0
