"""RunningPlan: one actor for one sequence, one step at a time on each channel.

It writes each step down before it is ordered and after it has ended, so that whoever comes after
a crash can tell what was begun.  It never waits for a motion: a device tells it the end of each
operation.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pyros.actors.observation import steps
from pyros.actors.observation.darkroom import FETCH_S, Darkroom
from pyros.actors.observation.job import NO_JOB, Carry, Dismiss, EndPlan, House, Job, step_key
from pyros.actors.observation.notebook import Notebook
from pyros.actors.observation.orders import device_of, order_of
from pyros.actors.observation.pen import WRITE_S, Pen
from pyros.domain.devices.device import AT_WORK
from pyros.domain.devices.operation import OpState
from pyros.domain.execution import Execution, Outcome, PlanStep, StepKind, StepState
from pyros.errors import NotRunning, Refused
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.ref import Address
from pyros.messages import events
from pyros.messages.device_commands import Abort, FollowKey
from pyros.store import observations

log = logging.getLogger(__name__)

ORDER_S = 3.0
REFUSED_AGAIN_S = 0.2
REFUSED_FOR_S = 60.0
SAVE_AGAIN_S = 5.0
"""A frame that could not be fetched or put on disk is tried again after this, seconds."""
ROWS_AGAIN_S = 0.5
INTERRUPTED_S = 5.0
"""No end of what an alert interrupts so long: its row may have gone another way, seconds."""
ABORT_PATIENCE_S = 15.0
MAX_ATTEMPTS = 3
YIELD_S = 0.05
"""A plan that yields to an alert winds down so long after the alert's slew, real seconds."""


@dataclass(frozen=True, slots=True)
class WriteBeginning:
    """Write the plan down (again)."""


@dataclass(frozen=True, slots=True)
class WindDown:
    """The alert that takes the telescope has had its moment."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Whatever has not ended by now will not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDue:
    """A step has taken too long; or, with `again`, a refused order is to be tried again."""

    n: int
    attempt: int
    again: bool = False


class RunningPlan(SupervisedActor):
    """Carries out the steps of one job and ends."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house
        self._job = NO_JOB
        self._ending: EndPlan | None = None
        self._yields = False
        """Whether it is to end and waits with that: it begins nothing any more."""
        self._failed = ""
        self._outcome: Outcome | None = None
        self._refused_since: dict[int, datetime] = {}
        self._pen = Pen(context=self.context, writer=house.writer)
        self._notes = Notebook(pen=self._pen)
        self._darkroom = Darkroom(
            pen=self._pen,
            studio=house.studio,
            subject=NO_JOB.subject,
            telescope=house.telescope,
            channels=house.channels,
            staff=house.staff,
        )

    # --- life

    def on_start(self) -> None:
        self.context.subscribe("device-changes", "executions")

    def on_receive(self, message: object) -> object:
        match message:
            case Carry(job=job):
                self._carry(job)
            case events.OperationEnded():
                self._operation_ended(message)
            case events.DeviceChanged():
                self._device_changed(message)
            case EndPlan():
                self._end(message)
            case _:
                self._in_due_time(message)
        return None

    def _in_due_time(self, message: object) -> None:
        match message:
            case WriteBeginning():
                self._write_beginning()
            case events.ExecutionEnded(execution=ended) if ended.id == self._job.interrupts:
                self._write_beginning()
            case events.ExecutionStarted() | events.ExecutionEnded():
                pass
            case StepDue(again=True):
                self._order_again(message)
            case StepDue():
                self._too_late(message)
            case WindDown():
                self._wind_down()
            case Finish():
                self._finish()
            case Dismiss() if self._job is NO_JOB:
                self.stop()
            case Dismiss():
                pass
            case _:
                log.warning("%s: unexpected %s", self.context.path, type(message).__name__)

    def _carry(self, job: Job) -> None:
        """Write the whole list down, then act; an alert's first slew goes before its rows."""
        if self._job is not NO_JOB:
            raise Refused(f"{self.context.path} has a job already")
        self._job, self._darkroom.subject = job, job.subject
        self._notes.steps, self._notes.known = job.steps, job.execution is None
        self._notes.execution_id = job.execution.id if job.execution is not None else 0
        if job.execution is None or job.execution.alert_id is not None:
            self._advance()
        self._complete()
        if job.interrupts:
            self.context.after(INTERRUPTED_S, WriteBeginning(), key="rows")
        else:
            self._write_beginning()

    def _complete(self) -> None:
        """Have the whole list; what has begun of it stays as it is."""
        job = self._job
        if job.all_steps is not None:
            self._notes.extend(job.all_steps())
        if job.execution is not None:
            planned = steps.tally(self._notes.steps).exposures_planned
            execution = replace(job.execution, exposures_planned=planned)
            self._job = replace(job, execution=execution)

    def _write_beginning(self) -> None:
        """Have execution and steps written."""
        execution = self._job.execution
        if self._notes.known or execution is None or self._outcome is not None:
            return
        if self._notes.begin(execution):
            log.info("%s: begins, %d exposures", execution.name, execution.exposures_planned)
            self._pen.say(events.ExecutionStarted(at=self._now(), execution=execution))
            self._advance()
        elif execution.alert_id is None:
            self._give_up(f"its beginning could not be written down: {self._pen.refusal}")
        else:
            self.context.after(ROWS_AGAIN_S, WriteBeginning(), key="rows")

    def _give_up(self, reason: str) -> None:
        """End before anything was begun; there is no row to end."""
        self._failed, self._outcome = reason, Outcome.FAILED
        self._notes.skip_rest(reason, self._now())
        self._say_ended()
        self.stop()

    # --- steps

    def _advance(self) -> None:
        """Begin whatever may begin; end when nothing is left."""
        if self._yields:
            return
        ready = self._ready()
        while ready:
            for step in ready:
                self._begin_step(step)
            ready = self._ready()
        self._show()
        if self._notes.known and self._notes.steps and steps.finished(self._notes.steps):
            self._finish()

    def _ready(self) -> tuple[PlanStep, ...]:
        ready = steps.next_steps(self._notes.steps)
        return ready if self._notes.known else tuple(s for s in ready if s.kind is StepKind.SLEW)

    def _begin_step(self, step: PlanStep) -> None:
        now = self._now()
        skip = self._why_skip(step, now)
        if skip:
            self._notes.skip(step, skip, now)
        elif step.kind is StepKind.SAVE:
            self._save(step)
        else:
            self._notes.change(
                replace(step, state=StepState.STARTED, started_at=now), before_act=True
            )
            self._send(self._notes.step(step.n))

    def _why_skip(self, step: PlanStep, now: datetime) -> str:
        if step.kind is not StepKind.EXPOSE:
            return ""
        if steps.is_over(step, self._job.burst_at, now):
            return steps.TIME_PASSED
        latest = self._job.latest_end
        if latest is not None and (latest - now).total_seconds() < step.cost_s:
            return "the night ends before"
        return ""

    def _send(self, step: PlanStep) -> None:
        """Order a step that is written down as started, and follow its operation."""
        order = order_of(step, self._house.telescope, self._house.channels, self._now())
        try:
            self._address(order.device).ask(order.command, timeout_s=ORDER_S)
        except (Refused, NotRunning) as no:
            self._refused(step, f"{order.device}: {no}")
            return
        self._refused_since.pop(step.n, None)
        if step.kind is StepKind.EXPOSE:
            self._darkroom.note_start(step, self._now())
        elif step.kind is StepKind.SLEW:
            self._say_slewing(step)
        self._follow(step)
        due = StepDue(n=step.n, attempt=step.attempt)
        self.context.after(order.limit_s, due, key=f"limit-{step.n}")

    def _follow(self, step: PlanStep) -> None:
        follow = FollowKey(at=self._now(), key=step.key, reply_to=self.context.path)
        self._address(self._device(step)).offer(follow)

    def _refused(self, step: PlanStep, reason: str) -> None:
        """The device says no, as a camera does that is still aborting: try again for a while."""
        since = self._refused_since.setdefault(step.n, self._now())
        if self._ending is not None or (self._now() - since).total_seconds() > REFUSED_FOR_S:
            self._fail(step, reason)
            return
        due = StepDue(n=step.n, attempt=step.attempt, again=True)
        self.context.after(REFUSED_AGAIN_S, due, key=f"again-{step.n}")

    def _order_again(self, due: StepDue) -> None:
        step = self._notes.started(due.n, due.attempt)
        if step is not None:
            again = self._save if step.kind is StepKind.SAVE else self._send
            again(step)
            self._advance()

    def _too_late(self, due: StepDue) -> None:
        step = self._notes.started(due.n, due.attempt)
        if step is not None:
            device = self._device(step)
            self._address(device).offer(Abort(at=self._now(), key=step.key, only=step.key))
            self._fail(step, f"{device}: no end of it in time")
            self._advance()

    def _operation_ended(self, ended: events.OperationEnded) -> None:
        step = next((one for one in self._notes.with_devices() if one.key == ended.key), None)
        if step is None:
            return
        self.context.cancel(f"limit-{step.n}")
        now = self._now()
        if ended.state is OpState.DONE:
            self._notes.change(replace(step, state=StepState.DONE, ended_at=now))
        elif ended.state is OpState.ABORTED and self._ending is not None:
            reason = self._ending.reason
            self._notes.change(
                replace(step, state=StepState.ABORTED, ended_at=now, decision=reason)
            )
        else:
            self._fail(step, f"{ended.verb} {ended.state}: {ended.error}")
        self._advance()

    def _fail(self, step: PlanStep, reason: str) -> None:
        """Try a failed step again; one that failed for good gives its channel up, or the plan."""
        log.warning("%s: step %d (%s) failed: %s", self.context.path, step.n, step.kind, reason)
        self._refused_since.pop(step.n, None)
        self.context.cancel(f"limit-{step.n}")
        failed = replace(step, state=StepState.FAILED, ended_at=self._now(), result=reason)
        self._notes.change(failed)
        if self._ending is None and step.attempt < MAX_ATTEMPTS and self._is_there(step):
            key = self._key(step.n, step.attempt + 1)
            for fresh in steps.again(self._notes.steps, failed, key)[step.n : step.n + 2]:
                if fresh.key == key:
                    self._notes.change(fresh)
            return
        self._failed = self._failed or reason
        lane = None if step.lane == steps.POINTING else step.lane
        self._skip_rest(reason if lane is None else steps.CHANNEL_LOST, lane=lane)

    def _is_there(self, step: PlanStep) -> bool:
        status = self._darkroom.status(self._device(step))
        return status is not None and status.life in AT_WORK

    def _device_changed(self, change: events.DeviceChanged) -> None:
        """A device that is back says what became of its operation."""
        if change.new in AT_WORK and change.old not in AT_WORK:
            for step in self._notes.with_devices():
                if self._device(step) == change.device and step.n not in self._refused_since:
                    self._follow(step)

    def _save(self, step: PlanStep) -> None:
        """Fetch the frame, put it on disk and into the store, then let the camera forget it."""
        now = self._now()
        expose = self._notes.step(step.n - 1)
        self.beat(FETCH_S + 2 * WRITE_S)
        try:
            image = self._darkroom.develop(expose, now)
        except (Refused, NotRunning, OSError) as lost:
            self._not_saved(step, str(lost), now)
            return
        began = step.started_at or now
        done = replace(step, state=StepState.DONE, started_at=began, ended_at=now)
        saved = replace(done, result=image.path)
        self._notes.take(saved)
        self._darkroom.file(image, self._notes.row(saved) if self._job.execution else None, now)

    def _not_saved(self, step: PlanStep, why: str, now: datetime) -> None:
        """The camera keeps the frame: try again in a while; after that its channel is given up."""
        log.warning("%s: frame of %s not saved: %s", self.context.path, step.lane, why)
        began = step.started_at or now
        failed = replace(step, state=StepState.FAILED, result=why, started_at=began, ended_at=now)
        self._notes.change(failed)
        if step.attempt < MAX_ATTEMPTS:
            anew = steps.again(self._notes.steps, failed, step.key)[step.n]
            self._notes.change(replace(anew, state=StepState.STARTED, started_at=now))
            due = StepDue(n=step.n, attempt=anew.attempt, again=True)
            self.context.after(SAVE_AGAIN_S, due, key=f"again-{step.n}")
            return
        self._failed = self._failed or f"frame of {step.lane} lost: {why}"
        self._skip_rest(self._failed, lane=step.lane)

    # --- the end

    def _end(self, order: EndPlan) -> None:
        if self._ending is not None or self._outcome is not None:
            return
        self._ending = order
        self._yields = order.yields
        if order.yields:
            self.context.after(YIELD_S * self.context.clock.factor, WindDown(), key="wind-down")
        else:
            self._wind_down()

    def _wind_down(self) -> None:
        order, now = self._ending, self._now()
        if order is None or self._outcome is not None:
            return
        self._yields = False
        for step in self._notes.with_devices():
            if step.kind is StepKind.EXPOSE or order.stop_motion:
                abort = Abort(at=now, key=step.key, only=step.key)
                self._address(self._device(step)).offer(abort)
            else:
                self._notes.change(
                    replace(step, state=StepState.ABORTED, ended_at=now, decision=order.reason)
                )
        self._skip_rest(order.reason)
        self.context.after(ABORT_PATIENCE_S, Finish(), key="finish")
        self._advance()

    def _skip_rest(self, reason: str, *, lane: str | None = None) -> None:
        self._notes.skip_rest(reason, self._now(), lane=lane)

    def _finish(self) -> None:
        """Write how it ended, once; then say so and stop."""
        if self._outcome is not None:
            self._leave()
            return
        now = self._now()
        for step in self._notes.at_work():
            self._notes.change(
                replace(step, state=StepState.ABORTED, ended_at=now, decision="no word of its end")
            )
        self._outcome = self._verdict()
        if self._job.execution is not None and self._notes.known:
            work = partial(observations.end_execution, ended=self._execution(now))
            self._pen.now_or_later(work, "end")
        self._leave()

    def _leave(self) -> None:
        """Say the end and stop, as soon as all that is to be written is with the writer."""
        if self._pen.flush():
            self._say_ended()
            self.stop()
        else:
            self.context.after(ROWS_AGAIN_S, Finish(), key="finish")

    def _verdict(self) -> Outcome:
        tally = steps.tally(self._notes.steps)
        if tally.exposures_planned and tally.exposures_done >= tally.exposures_planned:
            return Outcome.DONE
        return self._ending.outcome if self._ending is not None else Outcome.FAILED

    def _execution(self, end: datetime | None) -> Execution:
        """The execution as it stands, or as it ended."""
        execution, tally = self._job.execution, steps.tally(self._notes.steps)
        if execution is None:
            raise RuntimeError("calibrations have no execution")
        reason = self._ending.reason if self._ending is not None else self._failed
        return replace(
            execution,
            end=end,
            outcome=self._outcome,
            reason=reason,
            served_s=tally.served_s,
            exposures_done=tally.exposures_done,
            exposures_planned=tally.exposures_planned,
        )

    # --- what is told

    def _say_slewing(self, step: PlanStep) -> None:
        execution = self._job.execution
        if execution is not None:
            self._pen.say(
                events.SlewStarted(
                    at=self._now(),
                    sequence_id=execution.sequence_id,
                    alert_id=execution.alert_id,
                    ra_deg=steps.number(step.args["ra_deg"]),
                    dec_deg=steps.number(step.args["dec_deg"]),
                )
            )

    def _say_ended(self) -> None:
        now, night = self._now(), self._job.night
        if self._job.execution is not None:
            ended, outcome = self._execution(now), self._outcome or Outcome.FAILED
            self._pen.say(
                events.ExecutionProgress(at=now, execution=ended, step=f"ended: {outcome}")
            )
            log.info(
                "%s: %s, %d of %d exposures%s",
                ended.name,
                outcome,
                ended.exposures_done,
                ended.exposures_planned,
                f" ({ended.reason})" if ended.reason else "",
            )
            self._pen.say(
                events.ExecutionEnded(at=now, execution=ended, outcome=outcome, reason=ended.reason)
            )
        elif night is not None:
            taken = self._darkroom.images
            self._pen.say(events.CalibrationsTaken(at=now, night=night, images=taken))

    def _show(self) -> None:
        if self._job.execution is None or self._outcome is not None:
            return
        now = self._now()
        self._pen.say(
            events.ExecutionProgress(
                at=now,
                execution=self._execution(None),
                plan=self.context.path,
                step=steps.in_words(self._notes.steps),
                expected_end=steps.expected_end(self._notes.steps, now),
            )
        )

    # --- small things

    def _key(self, n: int, attempt: int) -> str:
        execution = self._job.execution
        name = str(execution.id) if execution else f"calibration-{self._job.subject.night}"
        return step_key(self.context.epoch.boot, name, n, attempt)

    def _device(self, step: PlanStep) -> str:
        return device_of(step, self._house.telescope, self._house.channels)

    def _address(self, device: str) -> Address:
        return self.context.address(self._house.staff[device])

    def _now(self) -> datetime:
        return self.context.clock.utc()
