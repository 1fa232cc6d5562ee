"""What is counted and measured of a rehearsed night while it passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

import numpy as np

from pyros.cli.invariants import Record
from pyros.domain.execution import Outcome
from pyros.kernel.bus import EventBus
from pyros.kernel.lifecycle import ChildDown
from pyros.messages import events
from pyros.messages.topics import STREAMS


@dataclass(slots=True)
class Tale:
    """What happened, in numbers, and what the invariants are judged by."""

    record: Record = field(default_factory=Record)
    executed: int = 0
    images: int = 0
    restarts: int = 0
    holds: dict[str, int] = field(default_factory=dict)
    """How often each hold was placed."""
    mode: str = ""
    closed: bool = False
    """Whether the house has closed its night: all safe, calibrations taken."""
    before: frozenset[str] = frozenset()

    def hear(self, event: object) -> None:
        """Count one event."""
        self.record.see(event)
        match event:
            case events.ExecutionEnded(outcome=Outcome.DONE):
                self.executed += 1
            case events.ImageTaken():
                self.images += 1
            case events.HoldsChanged(holds=holds, mode=mode):
                self.mode = str(mode)
                now = frozenset(hold.key for hold in holds)
                for key in sorted(now - self.before):
                    self.holds[key] = self.holds.get(key, 0) + 1
                self.before = now
            case events.NightClosed():
                self.closed = True
            case ChildDown(kind=kind) if kind not in {"normal", "shutdown"}:
                self.restarts += 1
            case _:
                pass


class Stopwatch:
    """Measures the way from a packet to the first slew order of its own alert.

    Real milliseconds are the work of the house on that way, and of whatever else it does in the
    same virtual time; virtual seconds are what it waits for: nothing, where an alert slews at once.
    """

    def __init__(self, bus: EventBus) -> None:
        self.real_ms: list[float] = []
        self.virtual_s: list[float] = []
        self._bus = bus
        self._told: tuple[float, datetime] | None = None
        self._slews = bus.subscribe([STREAMS[events.SlewStarted]], self._slewed)

    def start(self, at: datetime) -> None:
        """A packet is about to be told, at virtual `at`; one that led to no slew is forgotten."""
        self._told = perf_counter(), at

    def close(self) -> None:
        """Measure no more."""
        self._slews.close()

    def _slewed(self) -> None:
        """Look at the slew orders that have just left; called where they are published."""
        arrived = perf_counter()
        for published in self._slews.take_in_order()[0]:
            if self._told is not None and self._is_its_slew(published.value, self._told[1]):
                self.real_ms.append((arrived - self._told[0]) * 1e3)
                self.virtual_s.append((published.at - self._told[1]).total_seconds())
                self._told = None

    def _is_its_slew(self, slew: object, told_at: datetime) -> bool:
        """Whether the slew is of an alert that was accepted after the packet was told."""
        return isinstance(slew, events.SlewStarted) and any(
            isinstance(one.value, events.AlertAccepted)
            and one.value.alert.id == slew.alert_id
            and one.at >= told_at
            for one in self._bus.items(STREAMS[events.AlertAccepted])[0]
        )


def spread(values: list[float]) -> dict[str, float | int | None]:
    """Return the median and the 99th percentile of some values, and how many there are."""
    if not values:
        return {"p50": None, "p99": None, "n": 0}
    p50, p99 = np.percentile(values, [50, 99])
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2), "n": len(values)}
