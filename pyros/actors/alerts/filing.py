"""What follows from a packet or an order: facts to publish, and what shall be written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyros.domain.alert import Alert, Member, Packet
from pyros.domain.request import Request
from pyros.domain.target import FixedTarget
from pyros.messages.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A packet as it goes into the database; `ivorn` is empty if bytes are its key."""

    id: int
    packet: Packet
    sha256: str
    ivorn: str = ""
    kind: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    alert: Alert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Events in the order to publish them, and rows for one transaction."""

    events: tuple[Event, ...] = ()
    record: Record | None = None
    alerts: tuple[Alert, ...] = ()
    request: Request | None = None
    targets: Mapping[int, FixedTarget] = field(default_factory=dict)
    cancelled: tuple[tuple[int, str], ...] = ()
    withdrawn: tuple[Member, ...] = ()
    buried: tuple[tuple[str, str, str], ...] = ()

    @property
    def rows(self) -> bool:
        """Whether there is anything to write."""
        return bool(
            self.record
            or self.alerts
            or self.request
            or self.targets
            or self.cancelled
            or self.withdrawn
            or self.buried
        )


def joined(*filings: Filing) -> Filing:
    """Return several as one; at most one of them has a record, and one a request."""
    return Filing(
        events=tuple(event for one in filings for event in one.events),
        record=next((one.record for one in filings if one.record), None),
        alerts=tuple(alert for one in filings for alert in one.alerts),
        request=next((one.request for one in filings if one.request), None),
        targets={key: target for one in filings for key, target in one.targets.items()},
        cancelled=tuple(pair for one in filings for pair in one.cancelled),
        withdrawn=tuple(member for one in filings for member in one.withdrawn),
        buried=tuple(stone for one in filings for stone in one.buried),
    )
