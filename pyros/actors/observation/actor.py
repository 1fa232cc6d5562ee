"""Observation: starts plans, ends them, and takes over those it finds."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial

from pyros.actors.observation import rows, steps
from pyros.actors.observation.calibration import calibration_plans
from pyros.actors.observation.frames import Subject
from pyros.actors.observation.job import Carry, Dismiss, EndPlan, House, Job, step_key
from pyros.actors.observation.numbers import Numbers, Reserved
from pyros.actors.observation.plan import RunningPlan
from pyros.config.model import Config
from pyros.domain.execution import Execution, Outcome
from pyros.domain.request import Sequence
from pyros.errors import NotRunning, Refused, StoreUnavailable
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.lifecycle import LIFECYCLE, ActorStatus, ChildDown, ChildUp, tree_topic
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
from pyros.store import observations
from pyros.store.engine import Store
from pyros.store.writer import Write

log = logging.getLogger(__name__)

WRITE_S = 10.0
PLAN_BUDGET_S = 30.0
AGAIN_S = 1.0
"""What the store could not answer is asked again after this, seconds."""
STAND_BY_S = 0.2
"""The next plan is made so long after one was given its job, real seconds: a slew goes first."""


@dataclass(frozen=True, slots=True)
class StandBy:
    """To itself: have the next plan made."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """To itself: look for an execution that a predecessor left open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleAgain:
    """To itself: the rows of a dead plan are still open."""

    execution: Execution
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What observation needs of the house."""

    house: House
    store: Store
    config: Config
    plans: str
    """Path of the supervisor of the plans."""


class Observation(SupervisedActor):
    """Hands each sequence to a plan; knows no device itself.

    A plan always stands by, so that an alert does not wait for an actor to be made.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts
        self._numbers = Numbers(context=self.context, writer=parts.house.writer)
        self._at_work: dict[str, Execution | None] = {}
        """What each plan carries, by its path; calibrations have no execution."""
        self._current = ""
        self._made = 0
        self._standby = ""
        self._ready = False
        self._job: Job | None = None
        """A job that waits for a plan to stand by."""

    # --- life

    def on_start(self) -> None:
        self.context.subscribe("executions", LIFECYCLE)
        self._take_over()
        self._numbers.refill()
        self._have_one_stand_by()

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
            case Reserved():
                self._numbers.add(message)
            case _:
                self._about_plans(message)
        return None

    def _about_plans(self, message: object) -> None:
        match message:
            case ChildUp(path=path) if path == self._standby:
                self._stands_by()
            case ChildDown(path=path) if path == self._standby:
                self._standby = ""
                self._have_one_stand_by()
            case StandBy():
                self._have_one_stand_by()
            case Terminated(path=path) if path in self._at_work:
                self._plan_gone(path, message.reason)
            case LookAgain() if self._current:
                self.context.after(AGAIN_S, LookAgain(), key="look")
            case LookAgain():
                self._take_over()
            case SettleAgain(execution=execution, reason=reason):
                self._settle(execution, reason)
            case _:
                pass

    def _take_over(self) -> None:
        """After a crash: adopt the plan that lives, settle the rows of one that does not."""
        try:
            found = self._parts.store.read(observations.open_execution)
        except StoreUnavailable as gone:
            log.warning("open executions not looked for: %s", gone)
            self.context.after(AGAIN_S, LookAgain(), key="look")
            found = None
        progress = self.context.bus.latest("progress")
        path = ""
        if found is not None and isinstance(progress, ExecutionProgress):
            path = progress.plan if progress.execution.id == found.id else ""
        self._dismiss_idle(path)
        if found is not None and path:
            self._watch(path, found)  # told at once if nobody lives there any more
        elif found is not None:
            self._settle(found, "its plan did not survive")

    def _dismiss_idle(self, adopted: str) -> None:
        """Let go of plans that stood by for a predecessor."""
        pattern = tree_topic(f"{self._parts.plans}/*")
        for published in self.context.bus.snapshot(pattern).values():
            status = published.value
            if isinstance(status, ActorStatus) and status.path != adopted:
                self.context.address(status.path).offer(Dismiss())

    # --- a sequence

    def _start(self, order: StartSequence) -> None:
        running = self._at_work.get(self._current)
        if running is not None and order.alert_id is None:
            raise Refused(f"{running.name} executes")
        if running is not None:
            self._end(
                f"alert {order.alert_name}", Outcome.INTERRUPTED, stop_motion=True, yields=True
            )
        execution = Execution(
            id=self._numbers.take(),
            sequence_id=order.sequence.id,
            request_id=order.sequence.request_id,
            name=order.sequence.name,
            attempt=order.sequence.failures + order.sequence.interruptions + 1,
            night=order.night.date,
            schedule_id=order.schedule_id,
            alert_id=order.alert_id,
            start=self.context.clock.utc(),
        )
        job = self._job_of(order, execution)
        self._launch(replace(job, interrupts=running.id if running is not None else 0))

    def _job_of(self, order: StartSequence, execution: Execution) -> Job:
        """Return the job; of an alert only its first slew is listed yet."""
        boot, wanted = self.context.epoch.boot, self._rest_of(order.sequence)

        def key(n: int) -> str:
            return step_key(boot, str(execution.id), n, 1)

        channels, burst_at = self._parts.house.channels, order.burst_at
        all_steps = partial(steps.steps_of, wanted, channels, key, burst_at=burst_at)
        hurried = order.alert_id is not None
        subject = Subject(
            night=order.night.date,
            execution_id=execution.id,
            sequence_id=order.sequence.id,
            request_id=order.sequence.request_id,
            alert_id=order.alert_id,
            alert_name=order.alert_name,
            burst_at=burst_at,
            target=order.sequence.name,
        )
        return Job(
            subject=subject,
            steps=steps.pointing(wanted, key) if hurried else all_steps(),
            all_steps=all_steps if hurried else None,
            execution=execution,
            night=order.night,
            burst_at=burst_at,
            latest_end=order.latest_end,
        )

    def _rest_of(self, wanted: Sequence) -> Sequence:
        """What earlier attempts have not saved: nothing is exposed twice."""
        if wanted.failures + wanted.interruptions == 0:
            return wanted
        try:
            before = self._parts.store.read(partial(rows.done_before, sequence_id=wanted.id))
        except StoreUnavailable as gone:
            raise Refused(f"what was exposed before cannot be read: {gone}") from gone
        return steps.left_over(wanted, before)

    def _end(
        self, reason: str, outcome: Outcome, *, stop_motion: bool = False, yields: bool = False
    ) -> None:
        self._job = None
        if not self._current:
            return
        order = EndPlan(reason=reason, outcome=outcome, stop_motion=stop_motion, yields=yields)
        if not self.context.address(self._current).offer(order):
            log.warning("%s is gone already; not aborted", self._current)

    # --- plans

    def _launch(self, job: Job) -> None:
        """Give the job to the plan that stands by, or to the next that does."""
        if not self._ready:
            self._job = job
            self._have_one_stand_by()
            return
        path, self._ready = self._standby, False
        self._watch(path, job.execution)
        if not self.context.address(path).offer(Carry(job=job)):
            del self._at_work[path]
            self._job = job
        self._standby = ""
        self.context.after(STAND_BY_S * self.context.clock.factor, StandBy(), key="stand-by")

    def _watch(self, path: str, execution: Execution | None) -> None:
        self._at_work[path] = execution
        self._current = path
        self.context.watch(path)

    def _have_one_stand_by(self) -> None:
        """Have the next plan made, unless one stands by or is about to."""
        if self._standby:
            return
        self._made += 1
        self._ready = False
        name = f"plan-{self.context.incarnation}-{self._made}"
        self._standby = f"{self._parts.plans}/{name}"
        self.context.start_child(
            self._parts.plans,
            ChildSpec(
                id=name,
                factory=partial(RunningPlan, self._parts.house),
                restart=Restart.TEMPORARY,
                tier=2,
                budget_s=PLAN_BUDGET_S,
            ),
        )

    def _stands_by(self) -> None:
        self._ready = True
        job, self._job = self._job, None
        if job is not None:
            self._launch(job)

    def _ended(self, ended: Execution) -> None:
        for path, execution in list(self._at_work.items()):
            if execution is not None and execution.id == ended.id:
                self._forget(path)

    def _plan_gone(self, path: str, reason: str) -> None:
        """A plan that died without a word: what it left open is settled here, once (S89)."""
        execution = self._at_work[path]
        self._forget(path)
        if execution is not None:
            self._settle(execution, f"its plan died: {reason}")

    def _forget(self, path: str) -> None:
        del self._at_work[path]
        if self._current == path:
            self._current = ""

    def _settle(self, execution: Execution, reason: str) -> None:
        """Judge each step left open, and give the sequence back."""
        at = self.context.clock.utc()
        work = partial(rows.settle, execution=execution, reason=reason, at=at)
        write = Write(work=work, epoch=self.context.epoch, what="settle")
        try:
            ended = self.context.address(self._parts.house.writer).ask(write, timeout_s=WRITE_S)
        except (StoreUnavailable, NotRunning) as lost:
            log.warning("%s not settled yet: %s", execution.name, lost)
            self.context.after(AGAIN_S, SettleAgain(execution=execution, reason=reason))
            return
        if not isinstance(ended, Execution) or ended.outcome is None:
            return
        self._say(ExecutionProgress(at=at, execution=ended, step=f"ended: {ended.outcome}"))
        self._say(ExecutionEnded(at=at, execution=ended, outcome=ended.outcome, reason=reason))

    # --- calibrations

    def _calibrate(self, order: TakeCalibrations) -> None:
        """P66: bias and dark frames of every channel, side by side, by the same plan actor."""
        if self._current:
            raise Refused("a plan is at work")
        house, boot = self._parts.house, self.context.epoch.boot
        night = order.night.date
        plan = steps.calibration_steps(
            calibration_plans(self._parts.config),
            house.channels,
            lambda n: step_key(boot, f"calibration-{night}", n, 1),
        )
        subject = Subject(night=night, target="calibration")
        self._launch(Job(subject=subject, steps=plan, night=order.night))

    def _say(self, event: Event) -> None:
        self.context.bus.publish(topics.topic_of(event), event, stream=topics.is_stream(event))
