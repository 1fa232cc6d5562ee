"""An execution found open after a crash: what becomes of each step that had begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pyros.domain.execution import Outcome, PlanStep, StepState

DEATHS_THAT_FAIL = 2
"""From this interruption by death on, a sequence counts as failed: it may be what kills."""


def settle(
    steps: Sequence[PlanStep], saved_keys: frozenset[str], at: datetime
) -> tuple[PlanStep, ...]:
    """Return the steps with none open: done if its frame is on disk, else aborted or skipped.

    Nothing of a dead plan is done again here: the sequence is planned anew and keeps what is saved
    (`saved_keys`: exposure keys with an image in the store).  The decision says what was found.
    """
    return tuple(_settled(step, saved_keys, at) for step in steps)


def _settled(step: PlanStep, saved_keys: frozenset[str], at: datetime) -> PlanStep:
    if step.state is StepState.PLANNED:
        return replace(step, state=StepState.SKIPPED, ended_at=at, decision="its plan died before")
    if step.state is not StepState.STARTED:
        return step
    if step.key and step.key in saved_keys:
        return replace(step, state=StepState.DONE, ended_at=at, decision="verified: saved")
    what = "not repeated" if not step.repeatable else "left to the next execution"
    return replace(step, state=StepState.ABORTED, ended_at=at, decision=f"plan died: {what}")


def outcome_of(interruptions: int, share: float, accept_fraction: float) -> Outcome:
    """Return how an execution whose plan died ends.

    `interruptions` counts the sequence's earlier ones, `share` is done exposures of planned ones.
    """
    if share >= accept_fraction:
        return Outcome.DONE
    return Outcome.FAILED if interruptions + 1 >= DEATHS_THAT_FAIL else Outcome.INTERRUPTED
