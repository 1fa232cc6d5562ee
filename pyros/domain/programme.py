"""Programmes and their members, and the periods for which time is allocated to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ProgrammeState(StrEnum):
    """Whether a programme takes requests and is observed."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Part(StrEnum):
    """What somebody is in a programme."""

    PI = "PI"
    MEMBER = "MEMBER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A scientific programme.

    `rank` 5 is served first; `accept_fraction` is the share of its exposures with which a
    sequence counts as done; without `enforce_quota` time is booked but never refused.
    """

    id: int = 0
    code: str
    title: str = ""
    description: str = ""
    state: ProgrammeState = ProgrammeState.OPEN
    rank: int = 3
    needs_approval: bool = False
    enforce_quota: bool = True
    accept_fraction: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in a programme; `max_share` (0 to 1) bounds what they use of it, None does not."""

    programme: str
    email: str
    part: Part = Part.MEMBER
    max_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A span of evenings, both ends included, for which time is allocated; they never overlap."""

    code: str
    first_night: date
    last_night: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Telescope time of a programme in one period, and at most so much in one night, seconds."""

    programme: str
    period: str
    quota_s: float
    quota_night_s: float
