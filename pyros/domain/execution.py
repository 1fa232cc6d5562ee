"""An execution and its journal: what is written down before the telescope acts, and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class StepKind(StrEnum):
    """What one step of a sequence does."""

    CHECK = "CHECK"
    SLEW = "SLEW"
    DITHER = "DITHER"
    FILTER = "FILTER"
    EXPOSE = "EXPOSE"
    SAVE = "SAVE"


REPEATABLE = frozenset({StepKind.CHECK, StepKind.SLEW, StepKind.DITHER, StepKind.SAVE})
"""Absolute steps, which may be done again without harm."""


class StepState(StrEnum):
    """How far a step is."""

    PLANNED = "PLANNED"
    STARTED = "STARTED"
    DONE = "DONE"
    FAILED = "FAILED"
    ABORTED = "ABORTED"
    SKIPPED = "SKIPPED"


STEP_ENDED = frozenset({StepState.DONE, StepState.FAILED, StepState.ABORTED, StepState.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One step of an execution.

    `lane` is the channel it runs on, or "" for steps of the whole sequence (slew): lanes run side
    by side, steps of one lane in order of `n`.  `key` names an exposure for ever (32 hex digits).
    """

    id: int = 0
    execution_id: int = 0
    n: int
    attempt: int = 1
    lane: str = ""
    kind: StepKind
    args: Mapping[str, object] = field(default_factory=dict)
    key: str = ""
    cost_s: float = 0.0
    state: StepState = StepState.PLANNED
    planned_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: str = ""
    decision: str = ""

    @property
    def repeatable(self) -> bool:
        """Whether a successor may simply do it again."""
        return self.kind in REPEATABLE


class Outcome(StrEnum):
    """How an execution ended."""

    DONE = "DONE"
    INTERRUPTED = "INTERRUPTED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One attempt at a sequence; at most one in the house is open (its `end` is None)."""

    id: int = 0
    sequence_id: int
    request_id: int = 0
    name: str = ""
    attempt: int = 1
    night: date
    schedule_id: int | None = None
    alert_id: int | None = None
    start: datetime
    end: datetime | None = None
    outcome: Outcome | None = None
    reason: str = ""
    served_s: float = 0.0
    exposures_done: int = 0
    exposures_planned: int = 0
