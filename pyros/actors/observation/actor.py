"""Observation: starts plans, ends them, and takes over those it finds."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial

from pyros.actors.observation import rows, steps
from pyros.actors.observation.calibration import calibration_plans
from pyros.actors.observation.frames import Subject
from pyros.actors.observation.plan import EndPlan, House, Job, RunningPlan, step_key
from pyros.config.model import Config
from pyros.domain.execution import Execution, Outcome, PlanStep
from pyros.domain.request import Sequence
from pyros.errors import NotRunning, Refused, StoreUnavailable
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.cell import ExitKind
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown, ChildUp
from pyros.kernel.signals import Terminated
from pyros.kernel.spec import ChildSpec, Restart
from pyros.messages import topics
from pyros.messages.commands import (
    AbortAll,
    AbortExposures,
    StartSequence,
    TakeCalibrations,
)
from pyros.messages.events import Event, ExecutionEnded, ExecutionProgress
from pyros.store import ids, observations
from pyros.store.engine import Store
from pyros.store.writer import Write

log = logging.getLogger(__name__)

WRITE_S = 10.0
ID_BLOCK = 50
PLAN_BUDGET_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What observation needs of the house."""

    house: House
    store: Store
    config: Config
    plans: str
    """Path of the supervisor of the plans."""


class Observation(SupervisedActor):
    """Keeps at most one plan at work; knows no device itself."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts
        self._running: Execution | None = None
        self._plan = ""
        self._next_id = 0
        self._last_id = -1

    # --- life

    def on_start(self) -> None:
        self.context.subscribe("executions", LIFECYCLE)
        self._take_over()

    def on_receive(self, message: object) -> object:
        match message:
            case StartSequence():
                self._start(message)
            case AbortExposures(reason=reason, cancelled=cancelled):
                self._end(reason, Outcome.CANCELLED if cancelled else Outcome.INTERRUPTED)
            case AbortAll(reason=reason):
                self._end(reason, Outcome.INTERRUPTED, stop_motion=True)
            case TakeCalibrations():
                self._calibrate(message)
            case ExecutionEnded(execution=ended):
                self._ended(ended)
            case ChildUp(path=path) if path == self._plan:
                self.context.watch(path)
            case ChildDown(path=path, kind=ExitKind.START_FAILED) if path == self._plan:
                self._plan_gone(message.reason)
            case Terminated(path=path) if path == self._plan:
                self._plan_gone(message.reason)
            case _:
                pass
        return None

    def _take_over(self) -> None:
        """After a crash: adopt the plan that lives, settle the rows of one that does not."""
        try:
            found = self._parts.store.read(observations.open_execution)
        except StoreUnavailable as gone:
            log.warning("open executions not looked for: %s", gone)
            return
        if found is None:
            return
        self._running, self._plan = found, f"{self._parts.plans}/{_plan_id(found)}"
        self.context.watch(self._plan)  # answers at once if nobody lives there any more

    # --- a sequence

    def _start(self, order: StartSequence) -> None:
        if self._running is not None and order.alert_id is None:
            raise Refused(f"{self._running.name} executes")
        if self._running is not None:
            self._end(f"alert {order.alert_name}", Outcome.INTERRUPTED, stop_motion=True)
        execution = Execution(
            id=self._new_id(),
            sequence_id=order.sequence.id,
            request_id=order.sequence.request_id,
            name=order.sequence.name,
            attempt=order.sequence.failures + order.sequence.interruptions + 1,
            night=order.night.date,
            schedule_id=order.schedule_id,
            alert_id=order.alert_id,
            start=self.context.clock.utc(),
        )
        boot = self.context.epoch.boot
        plan = steps.steps_of(
            self._rest_of(order.sequence),
            self._parts.house.channels,
            lambda n: step_key(boot, str(execution.id), n, 1),
            burst_at=order.burst_at,
        )
        execution = replace(execution, exposures_planned=steps.tally(plan).exposures_planned)
        self._launch(_plan_id(execution), self._job(order, execution, plan))
        self._running = execution

    def _rest_of(self, wanted: Sequence) -> Sequence:
        """What earlier attempts have not saved: nothing is exposed twice."""
        if wanted.failures + wanted.interruptions == 0:
            return wanted
        try:
            before = self._parts.store.read(partial(rows.done_before, sequence_id=wanted.id))
        except StoreUnavailable as gone:
            raise Refused(f"what was exposed before cannot be read: {gone}") from gone
        return steps.left_over(wanted, before)

    def _job(self, order: StartSequence, execution: Execution, plan: tuple[PlanStep, ...]) -> Job:
        subject = Subject(
            night=order.night.date,
            execution_id=execution.id,
            sequence_id=order.sequence.id,
            request_id=order.sequence.request_id,
            alert_id=order.alert_id,
            alert_name=order.alert_name,
            burst_at=order.burst_at,
            target=order.sequence.name,
        )
        return Job(
            subject=subject,
            steps=plan,
            execution=execution,
            night=order.night,
            burst_at=order.burst_at,
            latest_end=order.latest_end,
        )

    def _launch(self, name: str, job: Job) -> None:
        house = self._parts.house
        self._plan = f"{self._parts.plans}/{name}"
        self.context.start_child(
            self._parts.plans,
            ChildSpec(
                id=name,
                factory=partial(RunningPlan, house, job),
                restart=Restart.TEMPORARY,
                tier=2,
                budget_s=PLAN_BUDGET_S,
            ),
        )

    def _end(self, reason: str, outcome: Outcome, *, stop_motion: bool = False) -> None:
        if not self._plan:
            return
        order = EndPlan(reason=reason, outcome=outcome, stop_motion=stop_motion)
        if not self.context.address(self._plan).offer(order):
            log.warning("%s is gone already; not aborted", self._plan)

    def _ended(self, ended: Execution) -> None:
        if self._running is not None and self._running.id == ended.id:
            self._running, self._plan = None, ""

    def _plan_gone(self, reason: str) -> None:
        """A plan that died without a word: what it left open is settled here, once (S89)."""
        running = self._running
        self._plan = ""
        if running is not None:
            self._settle(running, f"its plan died: {reason}")

    def _settle(self, execution: Execution, reason: str) -> None:
        """Judge each step left open, and give the sequence back."""
        self._running = None
        work = partial(rows.settle, execution=execution, reason=reason, at=self.context.clock.utc())
        write = Write(work=work, epoch=self.context.epoch, what="settle")
        try:
            ended = self.context.address(self._parts.house.writer).ask(write, timeout_s=WRITE_S)
        except (StoreUnavailable, NotRunning) as lost:
            log.warning("%s not settled: %s", execution.name, lost)
            return
        if not isinstance(ended, Execution) or ended.outcome is None:
            return
        at = self.context.clock.utc()
        self._say(ExecutionProgress(at=at, execution=ended, step=f"ended: {ended.outcome}"))
        self._say(ExecutionEnded(at=at, execution=ended, outcome=ended.outcome, reason=reason))

    # --- calibrations

    def _calibrate(self, order: TakeCalibrations) -> None:
        """P66: bias and dark frames of every channel, side by side, by the same plan actor."""
        if self._running is not None:
            raise Refused(f"{self._running.name} executes")
        house, boot = self._parts.house, self.context.epoch.boot
        night = order.night.date
        plan = steps.calibration_steps(
            calibration_plans(self._parts.config),
            house.channels,
            lambda n: step_key(boot, f"calibration-{night}", n, 1),
        )
        subject = Subject(night=night, target="calibration")
        self._launch(f"calibration-{night}", Job(subject=subject, steps=plan, night=order.night))

    # --- small things

    def _new_id(self) -> int:
        """Return the id of the next execution; ids are reserved in blocks beforehand."""
        if self._next_id > self._last_id:
            reserve = partial(ids.reserve, name="executions", count=ID_BLOCK)
            write = Write(work=reserve, epoch=self.context.epoch, what="ids")
            first = self.context.address(self._parts.house.writer).ask(write, timeout_s=WRITE_S)
            if not isinstance(first, int):
                raise TypeError(f"an id was expected, got {first!r}")
            self._next_id, self._last_id = first, first + ID_BLOCK - 1
        self._next_id += 1
        return self._next_id - 1

    def _say(self, event: Event) -> None:
        self.context.bus.publish(topics.topic_of(event), event, stream=topics.is_stream(event))


def _plan_id(execution: Execution) -> str:
    return f"plan-{execution.id}"
