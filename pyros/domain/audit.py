"""Who did what, and what the log said: rows that nobody changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A manual operation, a change by a person or a peer, or the refusal of one.

    `outcome` is DONE or REFUSED; `who` is an e-mail, a peer or an actor, `place` where it came
    from (an address of the network).
    """

    id: int = 0
    at: datetime
    who: str
    place: str = ""
    action: str
    subject: str = ""
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)
    outcome: str = "DONE"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of the log, by which actor it was written."""

    id: int = 0
    at: datetime
    level: str
    actor: str
    text: str
    fields: Mapping[str, object] = field(default_factory=dict)
    correlation: str = ""
