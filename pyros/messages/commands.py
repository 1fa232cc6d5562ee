"""Orders to managers: imperative, sent down, to one address each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyros.domain.request import Sequence
from pyros.domain.schedule import Cause, Night


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An order; `at` is the instant it was given, aware UTC."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseObserving(Command):
    """To the majordome: hold `operator`; what runs is aborted, nothing starts."""

    ordered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeObserving(Command):
    """To the majordome: lift the hold `operator`; observing begins with a scheduling."""

    ordered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkTelescope(Command):
    """To the majordome: hold `operator`, abort all, park."""

    ordered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEverything(Command):
    """To the majordome: hold `operator`, abort all, close the dome, park."""

    ordered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDown(Command):
    """To the majordome: the observatory is about to stop; close and park, begin nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reschedule(Command):
    """To the scheduler: plan the rest of the night anew.

    `first_of_night` comes with the night's limits and fixes them (P24); `running_id` is the
    sequence that executes and `running_until` its expected end; `armed` slots stay as they are.
    """

    cause: Cause
    night: Night | None
    first_of_night: bool = False
    running_id: int | None = None
    running_until: datetime | None = None
    armed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAgain(Command):
    """To the majordome: something changed, have the rest of the night planned anew."""

    cause: Cause
    ordered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSequence(Command):
    """To observation: execute this sequence now; after aborting what runs, if it is an alert's."""

    sequence: Sequence
    night: Night
    schedule_id: int | None = None
    alert_id: int | None = None
    alert_name: str = ""
    burst_at: datetime | None = None
    latest_end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortExposures(Command):
    """To observation: end the running plan cleanly, its instruments first (P47).

    `cancelled`: the sequence shall not be tried again.
    """

    reason: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortAll(Command):
    """To observation: as AbortExposures, and stop whatever the plan moves."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCalibrations(Command):
    """To observation: bias and dark frames of every channel, dome shut (P66)."""

    night: Night


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSequences(Command):
    """To the majordome: these were cancelled; abort what runs of them and plan again."""

    sequence_ids: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTestAlert(Command):
    """To alerts: a drill from a stored or own packet, stamped anew, role test (P43).

    `real_slew` lets this one drill move the telescope; no packet can carry that flag.
    """

    ordered_by: str
    ra_deg: float | None = None
    dec_deg: float | None = None
    real_slew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptAlerts(Command):
    """To alerts: let alerts through the gate, or none."""

    ordered_by: str
    accept: bool
