"""The steps of one plan as they stand, and their journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pyros.actors.observation import rows, steps
from pyros.actors.observation.pen import Pen
from pyros.domain.execution import Execution, PlanStep, StepKind, StepState
from pyros.store import journal


@dataclass(slots=True, kw_only=True)
class Notebook:
    """Keeps the steps; writes each change of them down once the store knows of the execution.

    Without an execution (calibrations) nothing is journalled.
    """

    pen: Pen
    steps: tuple[PlanStep, ...] = ()
    execution_id: int = 0
    known: bool = False
    """Whether the store has the execution and its steps."""

    # --- reading

    def step(self, n: int) -> PlanStep:
        """Return a step by its number."""
        return self.steps[n]

    def at_work(self) -> tuple[PlanStep, ...]:
        """Return the steps that have begun and not ended."""
        return tuple(step for step in self.steps if step.state is StepState.STARTED)

    def with_devices(self) -> tuple[PlanStep, ...]:
        """Return what is at work at a device: a frame that waits to be saved is at work here."""
        return tuple(step for step in self.at_work() if step.kind is not StepKind.SAVE)

    def started(self, n: int, attempt: int) -> PlanStep | None:
        """Return the step of that number if this attempt at it is at work."""
        found = (one for one in self.at_work() if (one.n, one.attempt) == (n, attempt))
        return next(found, None)

    def row(self, step: PlanStep) -> PlanStep:
        """Return a step as its row has it."""
        return replace(step, execution_id=self.execution_id)

    # --- writing

    def begin(self, execution: Execution) -> bool:
        """Have the execution written with all its steps; `pen.refusal` says why not."""
        plan = tuple(self.row(step) for step in self.steps)
        begun = self.pen.now(partial(rows.begin, execution=execution, plan=plan), "begin")
        self.known = begun is not None
        return self.known

    def extend(self, every: Sequence[PlanStep]) -> None:
        """Have the whole list; what has begun of it stays as it is."""
        self.steps = (*self.steps, *every[len(self.steps) :])

    def take(self, step: PlanStep) -> None:
        """Take a step's new state, which somebody else writes down."""
        self.steps = steps.with_step(self.steps, step)

    def change(self, step: PlanStep, *, before_act: bool = False) -> None:
        """Take a step's new state and write it down; before an act, wait until it is written."""
        self.take(step)
        if not self._is_journalled():
            return
        work = partial(journal.record, step=self.row(step), epoch=self.pen.context.epoch)
        if before_act:
            self.pen.now_or_later(work, "step")
        else:
            self.pen.later(work, "step")

    def skip(self, step: PlanStep, reason: str, at: datetime) -> None:
        """Skip one; an exposure that is not made has no frame to save either."""
        numbers = {step.n, step.n + 1} if step.kind is StepKind.EXPOSE else {step.n}
        for one in self.steps:
            if one.n in numbers and one.state is StepState.PLANNED:
                self.change(replace(one, state=StepState.SKIPPED, ended_at=at, decision=reason))

    def skip_rest(self, reason: str, at: datetime, *, lane: str | None = None) -> None:
        """Skip all that has not begun, or all of one lane, in one row's time."""
        before = self.steps
        self.steps = steps.skip_rest(before, reason, lane=lane, at=at)
        skipped = [new.n for old, new in zip(before, self.steps, strict=True) if new is not old]
        if skipped and self._is_journalled():
            work = partial(
                journal.skip,
                execution_id=self.execution_id,
                numbers=tuple(skipped),
                at=at,
                decision=reason,
                epoch=self.pen.context.epoch,
            )
            self.pen.later(work, "steps")

    def _is_journalled(self) -> bool:
        return self.known and self.execution_id != 0
