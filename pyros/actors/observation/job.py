"""What a plan is given to do, and what it is told from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b

from pyros.actors.observation import frames, steps
from pyros.domain.execution import Execution, Outcome, PlanStep
from pyros.domain.schedule import Night


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a plan needs of the house; the same for every plan."""

    studio: frames.Studio
    telescope: str
    channels: Mapping[str, steps.Channel]
    staff: Mapping[str, str]
    """Path of each device by its name."""
    writer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a plan is to do.  Without an execution (calibrations) nothing is journalled.

    `all_steps` makes the whole list where `steps` is only its beginning, as for an alert, whose
    slew does not wait for a list of hundreds.  `interrupts` is the execution whose row must have
    its end before this one can have a row, 0 for none.
    """

    subject: frames.Subject
    steps: tuple[PlanStep, ...]
    all_steps: Callable[[], tuple[PlanStep, ...]] | None = None
    execution: Execution | None = None
    interrupts: int = 0
    night: Night | None = None
    burst_at: datetime | None = None
    latest_end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPlan:
    """Abort the instruments, save what is read, end cleanly with this outcome (P47).

    With `yields` the plan begins nothing more and does all that a moment later: what takes its
    place is in a hurry.
    """

    reason: str
    outcome: Outcome
    stop_motion: bool = False
    yields: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """Do this job and end.  A plan stands by from its birth until one comes."""

    job: Job


@dataclass(frozen=True, slots=True)
class Dismiss:
    """End, if there is no job."""


NO_JOB = Job(subject=frames.Subject(night=date.min), steps=())


def step_key(boot: int, execution: str, n: int, attempt: int) -> str:
    """Return the name of a step's operation: 32 hex digits, the same whenever it is asked."""
    text = f"{boot}:{execution}:{n}:{attempt}"
    return blake2b(text.encode(), digest_size=16).hexdigest()
