"""RunningPlan: one actor for one sequence, one step at a time on each channel.

It writes each step down before it is ordered and after it has ended, so that whoever comes after
a crash can tell what was begun.  It never waits for a motion: a device tells it the end of each
operation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import blake2b

from pyros.actors.observation import frames, steps
from pyros.actors.observation.orders import DeviceOrder, device_of, order_of
from pyros.domain.devices.device import AT_WORK
from pyros.domain.devices.operation import OpState
from pyros.domain.execution import Execution, Outcome, PlanStep, StepKind, StepState
from pyros.domain.image import Image
from pyros.domain.schedule import Night
from pyros.drivers.interface import FrameData
from pyros.errors import IllegalTransition, NotRunning, Refused, StoreUnavailable
from pyros.kernel.actor import SupervisedActor
from pyros.messages import topics
from pyros.messages.device_commands import Abort, DropFrame, FetchFrame, FollowKey
from pyros.messages.events import (
    CalibrationsTaken,
    DeviceChanged,
    DeviceStatus,
    Event,
    ExecutionEnded,
    ExecutionProgress,
    ExecutionStarted,
    ImageTaken,
    OperationEnded,
    SlewStarted,
)
from pyros.store import images, journal, observations
from pyros.store.engine import Session
from pyros.store.writer import Write

log = logging.getLogger(__name__)

ORDER_S = 3.0
FETCH_S = 60.0
WRITE_S = 10.0
REFUSED_AGAIN_S = 0.5
REFUSED_FOR_S = 60.0
ABORT_PATIENCE_S = 15.0
MAX_ATTEMPTS = 3


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
    """What this plan is to do.  Without an execution (calibrations) nothing is journalled."""

    subject: frames.Subject
    steps: tuple[PlanStep, ...]
    execution: Execution | None = None
    night: Night | None = None
    burst_at: datetime | None = None
    latest_end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPlan:
    """Abort the instruments, save what is read, end cleanly with this outcome (P47)."""

    reason: str
    outcome: Outcome
    stop_motion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Look what may begin now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """A step has taken too long, or a refused order is to be tried again."""

    n: int
    attempt: int
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The end is to be written down (again)."""


def step_key(boot: int, execution: str, n: int, attempt: int) -> str:
    """Return the name of a step's operation: 32 hex digits, the same whenever it is asked."""
    text = f"{boot}:{execution}:{n}:{attempt}"
    return blake2b(text.encode(), digest_size=16).hexdigest()


class RunningPlan(SupervisedActor):
    """Carries out the steps of one job and ends."""

    def __init__(self, house: House, job: Job) -> None:
        super().__init__()
        self._house, self._job = house, job
        self._steps = job.steps
        self._ending: EndPlan | None = None
        self._failed = ""
        self._images = 0
        self._outcome: Outcome | None = None
        self._exposed_at: dict[str, datetime] = {}
        self._pointing: dict[str, DeviceStatus | None] = {}
        self._refused_since: dict[int, datetime] = {}

    # --- life

    def on_start(self) -> None:
        self.context.subscribe("device-changes")
        self.context.me.tell(Go())

    def on_receive(self, message: object) -> object:
        match message:
            case Go():
                self._begin()
            case OperationEnded():
                self._operation_ended(message)
            case DeviceChanged():
                self._device_changed(message)
            case GiveUp(again=True):
                self._order_again(message)
            case GiveUp():
                self._too_late(message)
            case EndPlan():
                self._end(message)
            case Finish():
                self._finish()
            case _:
                log.warning("%s: unexpected %s", self.context.path, type(message).__name__)
        return None

    def _begin(self) -> None:
        """Write the whole list down, then act; an alert's first slew goes before its rows."""
        execution = self._job.execution
        if execution is None:
            self._advance()
            return
        begin = partial(_begin_rows, execution=execution, plan=self._steps)
        if execution.alert_id is not None:
            self._advance()
            self._tell_writer(begin, "begin")
        elif not self._ask_writer(begin, "begin"):
            self._failed = "its beginning could not be written down"
            self._steps = steps.skip_rest(self._steps, self._failed)
            self._outcome = Outcome.FAILED
            self._say_ended()
            self.stop()
            return
        else:
            self._advance()
        self._say(ExecutionStarted(at=self._now(), execution=execution))

    # --- steps

    def _advance(self) -> None:
        """Begin whatever may begin; end when nothing is left."""
        ready = steps.next_steps(self._steps)
        while ready:
            for step in ready:
                self._begin_step(step)
            ready = steps.next_steps(self._steps)
        self._show()
        if steps.finished(self._steps):
            self._finish()

    def _begin_step(self, step: PlanStep) -> None:
        now = self._now()
        skip = self._why_skip(step, now)
        if skip:
            self._skip(step, skip)
        elif step.kind is StepKind.SAVE:
            self._save(step)
        else:
            self._order(step, now)

    def _why_skip(self, step: PlanStep, now: datetime) -> str:
        if step.kind is not StepKind.EXPOSE:
            return ""
        if steps.is_over(step, self._job.burst_at, now):
            return steps.TIME_PASSED
        latest = self._job.latest_end
        if latest is not None and (latest - now).total_seconds() < step.cost_s:
            return "the night ends before"
        return ""

    def _skip(self, step: PlanStep, reason: str) -> None:
        """An exposure that is not made has no frame to save either."""
        now = self._now()
        numbers = {step.n, step.n + 1} if step.kind is StepKind.EXPOSE else {step.n}
        for one in self._steps:
            if one.n in numbers and one.state is StepState.PLANNED:
                self._change(replace(one, state=StepState.SKIPPED, ended_at=now, decision=reason))

    def _order(self, step: PlanStep, now: datetime) -> None:
        """Write that it starts, then order it."""
        started = replace(step, state=StepState.STARTED, started_at=now)
        execution = self._job.execution
        first_alert_slew = (
            step.kind is StepKind.SLEW and execution is not None and execution.alert_id is not None
        )
        self._change(started, before_act=not first_alert_slew)
        self._send(started)

    def _send(self, step: PlanStep) -> None:
        order = order_of(step, self._house.telescope, self._house.channels, self._now())
        address = self.context.address(self._house.staff[order.device])
        try:
            address.ask(order.command, timeout_s=ORDER_S)
        except (Refused, NotRunning) as no:
            self._refused(step, order, str(no))
            return
        self._refused_since.pop(step.n, None)
        self._note_act(step)
        self._follow(step)
        self.context.after(
            order.limit_s, GiveUp(n=step.n, attempt=step.attempt), key=f"limit-{step.n}"
        )

    def _note_act(self, step: PlanStep) -> None:
        now = self._now()
        if step.kind is StepKind.EXPOSE:
            self._exposed_at[step.key] = now
            self._pointing[step.key] = self._status(self._house.telescope)
        elif step.kind is StepKind.SLEW:
            execution = self._job.execution
            self._say(
                SlewStarted(
                    at=now,
                    sequence_id=execution.sequence_id if execution else 0,
                    ra_deg=float(str(step.args["ra_deg"])),
                    dec_deg=float(str(step.args["dec_deg"])),
                    alert_id=execution.alert_id if execution else None,
                )
            )

    def _follow(self, step: PlanStep) -> None:
        device = device_of(step, self._house.telescope, self._house.channels)
        self._address(device).offer(
            FollowKey(at=self._now(), key=step.key, reply_to=self.context.path)
        )

    def _refused(self, step: PlanStep, order: DeviceOrder, reason: str) -> None:
        """The device says no, as a camera does that is still aborting: try again for a while."""
        since = self._refused_since.setdefault(step.n, self._now())
        if self._ending is not None or (self._now() - since).total_seconds() > REFUSED_FOR_S:
            self._fail(step, f"{order.device}: {reason}")
            return
        self.context.after(
            REFUSED_AGAIN_S,
            GiveUp(n=step.n, attempt=step.attempt, again=True),
            key=f"again-{step.n}",
        )

    def _order_again(self, message: GiveUp) -> None:
        step = self._started(message.n, message.attempt)
        if step is not None:
            self._send(step)

    def _too_late(self, message: GiveUp) -> None:
        step = self._started(message.n, message.attempt)
        if step is None:
            return
        device = device_of(step, self._house.telescope, self._house.channels)
        self._address(device).offer(Abort(at=self._now(), key=step.key, only=step.key))
        self._fail(step, f"{device}: no end of it in time")
        self._advance()

    def _started(self, n: int, attempt: int) -> PlanStep | None:
        return next(
            (
                step
                for step in self._steps
                if step.n == n and step.attempt == attempt and step.state is StepState.STARTED
            ),
            None,
        )

    def _operation_ended(self, ended: OperationEnded) -> None:
        step = next(
            (
                one
                for one in self._steps
                if one.key == ended.key
                and one.state is StepState.STARTED
                and one.kind is not StepKind.SAVE
            ),
            None,
        )
        if step is None:
            return
        self.context.cancel(f"limit-{step.n}")
        if ended.state is OpState.DONE:
            self._change(replace(step, state=StepState.DONE, ended_at=self._now()))
        elif ended.state is OpState.ABORTED and self._ending is not None:
            self._change(
                replace(
                    step,
                    state=StepState.ABORTED,
                    ended_at=self._now(),
                    decision=self._ending.reason,
                )
            )
        else:
            self._fail(step, f"{ended.verb} {ended.state}: {ended.error}")
        self._advance()

    def _fail(self, step: PlanStep, reason: str) -> None:
        """Try a failed step again; one that failed for good gives its channel up, or the plan."""
        log.warning("%s: step %d (%s) failed: %s", self.context.path, step.n, step.kind, reason)
        self._refused_since.pop(step.n, None)
        failed = replace(step, state=StepState.FAILED, ended_at=self._now(), result=reason)
        self._change(failed)
        if self._ending is None and step.attempt < MAX_ATTEMPTS and not self._is_lost(step):
            self._steps = steps.again(self._steps, failed, self._key(step.n, step.attempt + 1))
            self._plan_row(step.n)
        elif step.lane == steps.POINTING:
            self._failed = reason
            self._skip_all(reason)
        else:
            self._failed = self._failed or reason
            self._skip_all(steps.CHANNEL_LOST, lane=step.lane)

    def _is_lost(self, step: PlanStep) -> bool:
        device = device_of(step, self._house.telescope, self._house.channels)
        status = self._status(device)
        return status is None or status.life not in AT_WORK

    def _device_changed(self, change: DeviceChanged) -> None:
        """A device that is back tells what became of its operation; a lost one costs its lane."""
        for step in self._steps:
            busy = step.state is StepState.STARTED and step.kind is not StepKind.SAVE
            if not busy or change.device != device_of(
                step, self._house.telescope, self._house.channels
            ):
                continue
            if change.new in AT_WORK and step.n not in self._refused_since:
                self._follow(step)
        self._advance()

    # --- saving

    def _save(self, step: PlanStep) -> None:
        """Fetch the frame, put it on disk and into the store, then let the camera forget it."""
        expose = next(
            one for one in self._steps if one.key == step.key and one.kind is StepKind.EXPOSE
        )
        channel = self._house.channels[step.lane]
        camera = self._address(channel.camera)
        self.beat(FETCH_S + WRITE_S)
        try:
            frame = camera.ask(FetchFrame(at=self._now(), key=step.key), timeout_s=FETCH_S)
            image = self._written(expose, channel, frame)
        except (Refused, NotRunning, OSError) as lost:
            self._change(
                replace(step, state=StepState.FAILED, ended_at=self._now(), result=str(lost))
            )
            self._failed = f"frame of {channel.name} lost: {lost}"
            return
        done = replace(step, state=StepState.DONE, ended_at=self._now(), result=image.path)
        stored = self._ask_writer(partial(_save_rows, image=image, step=self._row(done)), "image")
        if not stored:
            self._tell_writer(partial(_save_rows, image=image, step=self._row(done)), "image")
        self._steps = steps.with_step(self._steps, done)
        camera.offer(DropFrame(at=self._now(), key=step.key))

    def _written(self, expose: PlanStep, channel: steps.Channel, frame: object) -> Image:
        if not isinstance(frame, FrameData):
            raise Refused(f"{channel.camera} answered {type(frame).__name__}, not a frame")
        status = self._status(channel.camera)
        devices = (self._house.telescope, channel.camera, channel.wheel)
        return frames.save(
            self._house.studio,
            self._job.subject,
            frames.Taken(
                step=expose,
                channel=channel.name,
                camera=channel.camera,
                start=self._exposed_at.get(expose.key, expose.started_at or self._now()),
                telescope=self._pointing.get(expose.key),
                status=status,
                versions=tuple(self._version(name) for name in devices if name),
            ),
            frame.pixels,
        )

    def _version(self, device: str) -> tuple[str, str]:
        status = self._status(device)
        identity = status.identity if status else None
        return device, f"{identity.model} {identity.firmware}".strip() if identity else ""

    # --- the end

    def _end(self, order: EndPlan) -> None:
        if self._ending is not None:
            return
        self._ending = order
        now = self._now()
        for step in self._steps:
            if step.state is not StepState.STARTED or step.kind is StepKind.SAVE:
                continue
            if step.kind is StepKind.EXPOSE or order.stop_motion:
                device = device_of(step, self._house.telescope, self._house.channels)
                self._address(device).offer(Abort(at=now, key=step.key, only=step.key))
            else:
                self._change(
                    replace(step, state=StepState.ABORTED, ended_at=now, decision=order.reason)
                )
        self._skip_all(order.reason)
        self.context.after(ABORT_PATIENCE_S, Finish(), key="finish")
        self._advance()

    def _skip_all(self, reason: str, *, lane: str | None = None) -> None:
        before = self._steps
        self._steps = steps.skip_rest(before, reason, lane=lane)
        now = self._now()
        for old, new in zip(before, self._steps, strict=True):
            if old is not new:
                self._change(replace(new, ended_at=now))

    def _finish(self) -> None:
        """Write how it ended, once; then say so and stop."""
        if self._outcome is not None:
            return
        now = self._now()
        for step in self._steps:
            if step.state is StepState.STARTED:
                self._change(
                    replace(
                        step, state=StepState.ABORTED, ended_at=now, decision="no word of its end"
                    )
                )
        self._outcome = self._verdict()
        execution = self._job.execution
        if execution is not None:
            work = partial(_end_rows, execution=self._ended_execution(now))
            if not self._ask_writer(work, "end"):
                self._tell_writer(work, "end")
        self._say_ended()
        self.stop()

    def _verdict(self) -> Outcome:
        tally = steps.tally(self._steps)
        if tally.exposures_planned and tally.exposures_done >= tally.exposures_planned:
            return Outcome.DONE
        return self._ending.outcome if self._ending is not None else Outcome.FAILED

    def _ended_execution(self, now: datetime) -> Execution:
        execution, tally = self._job.execution, steps.tally(self._steps)
        if execution is None:
            raise RuntimeError("a plan without an execution has no end to write")
        reason = self._ending.reason if self._ending is not None else self._failed
        return replace(
            execution,
            end=now,
            outcome=self._outcome,
            reason=reason,
            served_s=tally.served_s,
            exposures_done=tally.exposures_done,
            exposures_planned=tally.exposures_planned,
        )

    def _say_ended(self) -> None:
        now = self._now()
        if self._job.execution is not None:
            ended = self._ended_execution(now)
            outcome = self._outcome or Outcome.FAILED
            self._say(ExecutionProgress(at=now, execution=ended, step=f"ended: {outcome}"))
            self._say(ExecutionEnded(at=now, execution=ended, outcome=outcome, reason=ended.reason))
        elif self._job.night is not None:
            self._say(CalibrationsTaken(at=now, night=self._job.night, images=self._images))

    # --- small things

    def _show(self) -> None:
        execution, now = self._job.execution, self._now()
        if execution is None:
            return
        tally = steps.tally(self._steps)
        current = replace(
            execution,
            exposures_done=tally.exposures_done,
            exposures_planned=tally.exposures_planned,
            served_s=tally.served_s,
        )
        self._say(
            ExecutionProgress(
                at=now,
                execution=current,
                step=steps.in_words(self._steps),
                expected_end=steps.expected_end(self._steps, now),
            )
        )

    def _change(self, step: PlanStep, *, before_act: bool = False) -> None:
        """Take a step's new state and write it down; before an act, wait until it is written."""
        self._steps = steps.with_step(self._steps, step)
        if self._job.execution is None:
            return
        work = partial(journal.record, step=self._row(step), epoch=self.context.epoch)
        if not (before_act and self._ask_writer(work, "step")):
            self._tell_writer(work, "step")

    def _plan_row(self, n: int) -> None:
        for step in self._steps:
            if step.n in {n, n + 1} and step.state is StepState.PLANNED:
                self._change(step)

    def _row(self, step: PlanStep) -> PlanStep:
        execution = self._job.execution
        return replace(step, execution_id=execution.id if execution else 0)

    def _key(self, n: int, attempt: int) -> str:
        execution = self._job.execution
        name = str(execution.id) if execution else f"calibration-{self._job.subject.night}"
        return step_key(self.context.epoch.boot, name, n, attempt)

    def _ask_writer(self, work: Callable[[Session], object], what: str) -> bool:
        """Have it written now; False if the store does not take it."""
        write = Write(work=work, epoch=self.context.epoch, what=what)
        try:
            answer = self.context.address(self._house.writer).ask(write, timeout_s=WRITE_S)
        except (StoreUnavailable, NotRunning) as gone:
            log.warning("%s: %s not written yet: %s", self.context.path, what, gone)
            return False
        except IllegalTransition as refused:
            log.warning("%s: %s: %s", self.context.path, what, refused)
            return False
        if isinstance(answer, Image):
            self._images += 1
            self._say(ImageTaken(at=self._now(), image=answer))
        return True

    def _tell_writer(self, work: Callable[[Session], object], what: str) -> None:
        write = Write(work=work, epoch=self.context.epoch, what=what)
        if not self.context.address(self._house.writer).offer(write):
            log.warning("%s: %s not written: nobody writes now", self.context.path, what)

    def _status(self, device: str) -> DeviceStatus | None:
        status = self.context.bus.latest(f"device/{device}")
        return status if isinstance(status, DeviceStatus) else None

    def _address(self, device: str):  # noqa: ANN202
        return self.context.address(self._house.staff[device])

    def _say(self, event: Event) -> None:
        self.context.bus.publish(topics.topic_of(event), event, stream=topics.is_stream(event))

    def _now(self) -> datetime:
        return self.context.clock.utc()


def _begin_rows(session: Session, *, execution: Execution, plan: tuple[PlanStep, ...]) -> None:
    observations.begin_execution(session, execution, plan)


def _save_rows(session: Session, *, image: Image, step: PlanStep) -> Image:
    stored = images.add(session, image)
    if step.execution_id:
        journal.record(session, step=step, epoch=None)
    return stored


def _end_rows(session: Session, *, execution: Execution) -> None:
    observations.end_execution(session, execution)
