"""All that a plan is made from: sequences with what is around them, quotas, what runs, the sky."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pyros.domain.admission import ChannelNow
from pyros.domain.conditions import Conditions
from pyros.domain.programme import Programme
from pyros.domain.quota import Account
from pyros.domain.request import RequestKind, Sequence
from pyros.domain.schedule import Night, Schedule
from pyros.domain.user import AccountState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A sequence that may be planned, with what the store knows around it."""

    sequence: Sequence
    kind: RequestKind
    name: str
    """Short name of its request and its own."""
    owner: str
    programme: str
    owner_state: AccountState = AccountState.ACTIVE
    booked_s: float = 0.0
    """Booked for it now, over all nights and tonight."""
    booked_tonight_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What the telescope works on, or has just been told to: until when, and its slot."""

    sequence: Sequence
    until: datetime
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a plan is made from, as it is at one instant."""

    now: datetime
    night: Night
    wanted: tuple[Wanted, ...] = ()
    programmes: Mapping[str, Programme] = field(default_factory=dict)
    accounts: Mapping[tuple[str, str], Account] = field(default_factory=dict)
    """By programme and owner."""
    running: Running | None = None
    previous: Schedule | None = None
    conditions: Conditions | None = None
    channels: Mapping[str, ChannelNow] = field(default_factory=dict)
