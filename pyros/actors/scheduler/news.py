"""What the scheduler is told by its worker, its timers and the store."""

from __future__ import annotations

from dataclasses import dataclass

from pyros.actors.scheduler.worker import Planned
from pyros.domain.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReady:
    """The worker number `worker` is warm, or `failure` says why it is not."""

    worker: int
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEnded:
    """The worker answered to run `run`, failed, or died (`broken`)."""

    run: int
    planned: Planned | None = None
    failure: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLate:
    """The worker of run `run` has had its time."""

    run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The store has put the schedule of run `run` in force, or says why not."""

    run: int
    schedule: Schedule | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """An order that waits for the database has its next turn."""
