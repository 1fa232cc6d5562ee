"""What the majordome knows, by which rules it judges, and what it may have done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from pyros.config.night import Night as NightRules
from pyros.config.night import Safety as SafetyRules
from pyros.domain.alert import Alert
from pyros.domain.conditions import Conditions
from pyros.domain.devices.device import AT_WORK, Device, DeviceState, Kind
from pyros.domain.devices.state import State
from pyros.domain.execution import Execution
from pyros.domain.holds import Hold, House
from pyros.domain.schedule import Cause, Night, Schedule, Slot
from pyros.messages.commands import Command
from pyros.messages.events import AlertAccepted, Event
from pyros.sky.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the configuration says; the same from start to end."""

    site: Site
    night: NightRules
    safety: SafetyRules
    devices: Mapping[str, Device]
    channels: Mapping[str, tuple[str, ...]]
    """Devices that make each channel: its camera and wheel."""

    def of_kind(self, kind: Kind) -> str | None:
        """Return the name of the first device of a kind, None if the house has none."""
        return next((name for name, device in self.devices.items() if device.kind is kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A device as last heard of; `since` is when it came to that state."""

    life: DeviceState
    since: datetime
    reason: str = ""
    snapshot: State | None = None
    at: datetime

    @property
    def at_work(self) -> bool:
        """Whether it counts as there."""
        return self.life in AT_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutter:
    """An opening or closing order under way: its step, since when, and the last order given."""

    opening: bool
    step: str
    since: datetime
    began: datetime
    ordered_at: datetime | None = None
    park_ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the majordome knows; replaced, never changed."""

    started_at: datetime
    holds: House = frozenset()
    """Every hold in force, stored ones and those that follow from the other facts."""
    seen: Mapping[str, Seen] = field(default_factory=dict)
    conditions: Conditions | None = None
    night: Night | None = None
    sun_altitude_deg: float | None = None
    schedule: Schedule | None = None
    running: Execution | None = None
    running_until: datetime | None = None
    """When what executes will have ended, as its plan expects."""
    aborted_at: datetime | None = None
    """When what executes was last told to abort because of a hold."""
    armed: int | None = None
    """Sequence whose start was ordered and not yet reported."""
    armed_at: datetime | None = None
    begun: frozenset[int] = frozenset()
    """Sequences begun since the schedule in force was made."""
    serving: Alert | None = None
    """The alert that was last given the telescope."""
    alerts: tuple[AlertAccepted, ...] = ()
    """Alerts that wait for their turn, the one to serve first in front."""
    shutter: Shutter | None = None
    permit_at: datetime | None = None
    scheduled_at: datetime | None = None
    """When the last scheduling was ordered."""
    calibrating_since: datetime | None = None
    stopping: bool = False
    """The observatory is about to stop."""
    plan_wanted: Cause | None = Cause.RESUME
    """Why a scheduling is due as soon as nothing holds and it may be ordered (P50)."""
    refusal: str = ""
    """Why the slot that is due does not start."""

    def device(self, name: str | None) -> Seen | None:
        """Return a device as last heard of, None if never."""
        return self.seen.get(name) if name is not None else None

    def hold(self, key: str) -> Hold | None:
        """Return the hold of that key, None if it is not in force."""
        return next((hold for hold in self.holds if hold.key == key), None)

    def with_device(self, name: str, seen: Seen) -> Facts:
        """Return the facts with one device heard of anew."""
        return replace(self, seen=MappingProxyType({**self.seen, name: seen}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Tell `to` (a manager or a device by name) to do something."""

    to: str
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Publish a fact."""

    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """Have the sequence of a slot executed; it is read from the store first."""

    slot: Slot
    schedule_id: int
    latest_end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Write instants of the night down, by the names of `Night`'s fields."""

    night: Night
    stamps: Mapping[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreHold:
    """Write a hold down, placed or lifted: operator's and safety's outlive the process."""

    hold: Hold
    lifted: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The night is over: what is still planned in it is to be planned again."""

    night: Night


Effect = Order | Say | Begin | Stamp | StoreHold | Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The facts as they are now, and what is to be done, in order."""

    facts: Facts
    effects: tuple[Effect, ...] = field(default=())

    def and_then(self, other: Decision) -> Decision:
        """Return this decision followed by one that was taken on its facts."""
        return Decision(facts=other.facts, effects=self.effects + other.effects)
