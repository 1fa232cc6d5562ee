"""Facts, in the past tense, published up; each carries its instant, aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pyros.domain.alert import Alert
from pyros.domain.conditions import Conditions
from pyros.domain.devices.device import DeviceState, Kind
from pyros.domain.devices.operation import OpState
from pyros.domain.devices.state import Identity, State
from pyros.domain.execution import Execution, Outcome
from pyros.domain.holds import Hold, Mode
from pyros.domain.image import AnalysisResult, Image
from pyros.domain.request import Sequence
from pyros.domain.schedule import Cause, Night, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact."""

    at: datetime


# devices


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanged(Event):
    """A device passed from one state to another.  Published by its own actor alone (stream)."""

    device: str
    kind: Kind
    old: DeviceState
    new: DeviceState
    blocking: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus(Event):
    """What a device says of itself now (state, `device/<name>`).

    `refusals` names for each verb why it may not be ordered now; `next_try_s` counts to the next
    call of a disabled one.
    """

    device: str
    kind: Kind
    life: DeviceState
    since: datetime
    blocking: bool
    simulated: bool
    unit: str
    channel: str = ""
    reason: str = ""
    snapshot: State | None = None
    identity: Identity | None = None
    refusals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    next_try_s: float | None = None
    permit_s: float | None = None
    """Dome: how long its permit to be open still holds, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationEnded(Event):
    """An operation of a device came to its end (stream)."""

    device: str
    key: str
    verb: str
    state: OpState
    error: str = ""
    result: Mapping[str, object] = field(default_factory=dict)


# monitoring


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionsChanged(Event):
    """The weather's verdict (state; at each change and every 5 s)."""

    conditions: Conditions


# majordome


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsChanged(Event):
    """What the house may do (state; at each change)."""

    mode: Mode
    holds: tuple[Hold, ...]
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseStatus(Event):
    """What the house does now, what comes next, or why nothing (state)."""

    mode: Mode
    doing: str
    night: Night | None = None
    running: Execution | None = None
    next_sequence_id: int | None = None
    next_name: str = ""
    next_start: datetime | None = None
    why_idle: str = ""
    dome_order: str = ""
    """Step of the opening or closing order that runs, empty without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightClosed(Event):
    """Dome closed, telescope parked, calibrations taken: ready for the next night (stream)."""

    night: Night


# scheduler


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleReady(Event):
    """A new schedule is stored and in force (state)."""

    schedule: Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulingFailed(Event):
    """No new schedule could be made; what still stands of the last one is kept (stream)."""

    cause: Cause
    reason: str


# observation


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionStarted(Event):
    """The telescope works on a sequence (stream)."""

    execution: Execution


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionProgress(Event):
    """Where the running sequence stands (state): its step in words, exposures done and planned."""

    execution: Execution
    step: str
    plan: str = ""
    """Path of the actor that carries it out."""
    expected_end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionEnded(Event):
    """The sequence is done with, one way or another (stream)."""

    execution: Execution
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlewStarted(Event):
    """A slew order left for the telescope (stream)."""

    sequence_id: int
    ra_deg: float
    dec_deg: float
    alert_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTaken(Event):
    """A raw image is safe on disk and in the store (stream)."""

    image: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationsTaken(Event):
    """Bias and dark frames of a night are on disk (stream)."""

    night: Night
    images: int


# analyzer


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAnalysed(Event):
    """An image was reduced, or could not be (stream); `image` is the reduced one."""

    image: Image
    result: AnalysisResult


# alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeStored(Event):
    """A packet came in; what became of it and why it moved nothing, if so (stream)."""

    notice_id: int
    source: str
    ivorn: str
    kind: str
    reasons: tuple[str, ...] = ()
    alert_id: int | None = None
    alert_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReported(Event):
    """How an alert source's line stands (state, `alerts/link/<source>`)."""

    source: str
    connected: bool
    text: str = ""
    last_packet_at: datetime | None = None
    packets: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAccepted(Event):
    """A burst shall be observed: its request is built, its rows are on their way (stream).

    `sequences` carry the ids that their rows will have; `interrupt` is now, at_boundary or no.
    Published again when a better position or another plan amends the request (`amends`).
    """

    alert: Alert
    sequences: tuple[Sequence, ...]
    interrupt: str = "now"
    amends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWithdrawn(Event):
    """A burst shall not be observed any more (stream); its waiting sequences are cancelled."""

    alert: Alert
    sequence_ids: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChanged(Event):
    """How an alert stands (state, `alert/<name>`)."""

    name: str
    alert: Alert
    in_progress: bool


# house


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised(Event):
    """Something a person should know (stream); severity NOTICE, WARNING, SERIOUS or CRITICAL."""

    key: str
    severity: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecorded(Event):
    """One line of the log (stream, `log`)."""

    level: str
    actor: str
    text: str
