"""Scheduler: gathers, has a worker plan, stores and announces; never waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pyros.actors.scheduler import jobs, rows
from pyros.actors.scheduler.facts import Facts
from pyros.actors.scheduler.settings import Settings
from pyros.actors.scheduler.worker import Job, Planned, solve, warm_up
from pyros.domain.admission import ChannelNow
from pyros.domain.devices.device import DeviceState
from pyros.domain.schedule import Cause, Night, Schedule
from pyros.errors import NoSuchRow, StoreUnavailable
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.ref import BoundedFuture
from pyros.messages.commands import Reschedule
from pyros.messages.events import (
    ConditionsChanged,
    DeviceStatus,
    ScheduleReady,
    SchedulingFailed,
)
from pyros.messages.topics import STATES, is_stream, topic_of
from pyros.store import observations
from pyros.store.engine import Store
from pyros.store.writer import Write

log = logging.getLogger(__name__)

WRITE_S = 10.0
AGAIN_S = 10.0
"""An order that the database or a worker could not serve is tried again after this."""
ROWS_S = 0.5
"""An alert's rows may be on their way for so long, real seconds."""
TRIES = 2
"""A problem that lost its worker so often is given up; the last plan stands."""
DOWN = frozenset({DeviceState.DISABLED, DeviceState.FAULT, DeviceState.OUT})
"""A channel with a device in one of these states takes no sequence now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the scheduler works with; `writer` is the store-writer's path."""

    settings: Settings
    store: Store
    writer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEnded:
    """The worker of run `run` answered, failed, or died (`broken`)."""

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


@dataclass(slots=True)
class Run:
    """One order on its way: facts, answer, storage."""

    number: int
    order: Reschedule
    facts: Facts
    begun_s: float
    tries: int = 1
    sent: Schedule | None = None


class Scheduler(SupervisedActor):
    """One plan is computed at a time, one order waits: those that come meanwhile are merged."""

    def __init__(self, desk: Desk, make_pool: Callable[[], Executor]) -> None:
        super().__init__()
        self._desk, self._make_pool = desk, make_pool
        self._pool: Executor | None = None
        self._run: Run | None = None
        self._runs = 0
        self._waiting: Reschedule | None = None
        self._repeated = False

    # --- life

    def on_start(self) -> None:
        self._workers()
        self._take_up()

    def on_stop(self) -> None:
        self._close_pool()

    def on_failure(self, *_: object) -> None:
        self._close_pool()

    def on_receive(self, message: object) -> None:
        match message:
            case Reschedule():
                self._repeated = False
                self._order(message)
            case PlanEnded() if self._is_current(message.run):
                self._plan_ended(message)
            case PlanLate() if self._is_current(message.run):
                self._lose_worker(f"no plan in {self._desk.settings.late_s:g} s")
            case Stored() if self._is_current(message.run):
                self._stored(message)
            case TryAgain():
                self._begin()

    def _is_current(self, run: int) -> bool:
        return self._run is not None and self._run.number == run

    def _take_up(self) -> None:
        """Show the plan in force; after a crash of ours an order may be lost, so plan anew."""
        try:
            night, schedule = self._desk.store.read(rows.in_force)
        except StoreUnavailable as gone:
            log.warning("the plan in force is not known: %s", gone)
            return
        now = self.context.clock.utc()
        if schedule is None or night is None or jobs.why_nothing(night, now):
            return
        if self.context.bus.latest(STATES[ScheduleReady]) is None:
            self._announce(schedule)
        if self.context.incarnation > 1 and night.paused_at is None:
            self.context.me.tell(Reschedule(at=now, cause=Cause.RESUME, night=night))

    # --- orders

    def _order(self, order: Reschedule) -> None:
        """Take an order; an alert or a resumption does not wait for a plan under way."""
        self._waiting = jobs.merged(self._waiting, order)
        if self._run is None:
            self._begin()
        elif order.cause in {Cause.ALERT, Cause.RESUME} and self._run.sent is None:
            log.info("plan for %s is dropped: %s", self._run.order.cause, order.cause)
            self._end_run()

    def _begin(self) -> None:
        """Begin what waits, if nothing is under way."""
        order, now = self._waiting, self.context.clock.utc()
        if order is None or self._run is not None:
            return
        self._waiting = None
        if order.night is None:
            log.info("%s: no night now, nothing is planned", order.cause)
            return
        try:
            facts = self._gather(order, order.night, now)
        except StoreUnavailable as gone:
            log.warning("%s: not planned now: %s; again in %g s", order.cause, gone, AGAIN_S)
            self._later(order, AGAIN_S)
            return
        except NoSuchRow as gone:
            log.info("%s: not planned now, its rows are on their way: %s", order.cause, gone)
            self._later(order, ROWS_S * self.context.clock.factor)
            return
        self._runs += 1
        self._run = Run(self._runs, order, facts, self.context.clock.monotonic())
        why = jobs.why_nothing(facts.night, now)
        if why:
            self._put_in_force(self._run, jobs.empty_schedule(facts, order, why))
        else:
            self._compute(self._run)

    def _later(self, order: Reschedule, wait_s: float) -> None:
        newer = self._waiting
        self._waiting = order if newer is None else jobs.merged(order, newer)
        self.context.after(wait_s, TryAgain(), key="again")

    def _gather(self, order: Reschedule, night: Night, now: datetime) -> Facts:
        """Return the facts for an order.

        Raises:
            StoreUnavailable: the database cannot be read now.
        """
        facts = self._desk.store.read(partial(rows.facts, order=order, night=night, now=now))
        told = self.context.bus.latest(STATES[ConditionsChanged])
        known = told.conditions if isinstance(told, ConditionsChanged) else None
        return replace(facts, conditions=known, channels=self._channels())

    def _channels(self) -> Mapping[str, ChannelNow]:
        return {
            name: ChannelNow(
                up=not any(self._is_down(device) for device in channel.devices),
                filters=channel.filters,
            )
            for name, channel in self._desk.settings.channels.items()
        }

    def _is_down(self, device: str) -> bool:
        told = self.context.bus.latest(f"device/{device}")
        return isinstance(told, DeviceStatus) and told.life in DOWN

    # --- the worker

    def _compute(self, run: Run) -> None:
        settings = self._desk.settings
        full = run.order.cause in {Cause.FIRST, Cause.OPERATOR} and run.tries == 1
        quick = settings.quick_moves if run.tries == 1 else 0
        job = Job(
            problem=jobs.problem_of(run.facts, settings),
            previous=jobs.previous_of(run.facts),
            moves=settings.full_moves if full else quick,
        )
        late_s = settings.late_s * self.context.clock.factor
        self.context.after(late_s, PlanLate(run=run.number), key="late")
        me, number = self.context.mine, run.number
        self._submit(job).add_done_callback(lambda done: me.offer(_ended(done, number)))

    def _submit(self, job: Job) -> Future[Planned]:
        """Hand the job in; a pool whose idle worker has died meanwhile is made anew first."""
        try:
            return self._workers().submit(solve, job)
        except BrokenExecutor:
            log.warning("the idle planning worker died; it is made anew")
            self._close_pool()
            return self._workers().submit(solve, job)

    def _workers(self) -> Executor:
        """Return the pool in use, made and warmed up if there is none."""
        if self._pool is None:
            self._pool = self._make_pool()
            self._pool.submit(warm_up)
        return self._pool

    def _close_pool(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _plan_ended(self, ended: PlanEnded) -> None:
        run = self._run
        if run is None:
            return
        if ended.broken:
            self._lose_worker("its worker process died")
            return
        self.context.cancel("late")
        if ended.planned is None or ended.planned.violations:
            broken = () if ended.planned is None else ended.planned.violations
            self._fail(run, ended.failure or "the plan breaks rules: " + "; ".join(broken))
            return
        took_s = (self.context.clock.monotonic() - run.begun_s) / self.context.clock.factor
        answer = ended.planned.schedule
        schedule = jobs.schedule_of(run.facts, run.order, answer, runtime_ms=took_s * 1000.0)
        self._put_in_force(run, schedule)

    def _lose_worker(self, why: str) -> None:
        """Kill the worker; the problem goes to a new one once more, without a search."""
        run = self._run
        log.warning("the planning worker is killed and made anew: %s", why)
        self.context.cancel("late")
        self._close_pool()
        self._workers()
        if run is None:
            return
        if run.tries >= TRIES:
            self._fail(run, f"given up after {run.tries} tries: {why}")
            return
        self._runs += 1
        run.number, run.tries = self._runs, run.tries + 1
        self._compute(run)

    def _fail(self, run: Run, why: str) -> None:
        """Say that there is no new plan; what stands of the last one is kept."""
        log.error("no plan for %s: %s", run.order.cause, why)
        event = SchedulingFailed(at=self.context.clock.utc(), cause=run.order.cause, reason=why)
        self.context.bus.publish(topic_of(event), event, stream=is_stream(event))
        self._end_run()

    def _end_run(self) -> None:
        self.context.cancel("late")
        self._run = None
        self._begin()

    # --- storage

    def _put_in_force(self, run: Run, schedule: Schedule) -> None:
        run.sent = schedule
        write = Write(
            work=partial(observations.add_schedule, schedule=schedule),
            epoch=self.context.epoch,
            what="schedule",
            path=self.context.path,
        )
        future = self.context.address(self._desk.writer).begin_ask(write, timeout_s=WRITE_S)
        me, number = self.context.mine, run.number

        def answered(done: BoundedFuture) -> None:
            me.offer(_stored(done, number))

        future.on_done(answered)
        overdue = Stored(run=number, failure=f"no answer in {WRITE_S:g} s")
        self.context.after(WRITE_S * self.context.clock.factor, overdue, key="overdue")

    def _stored(self, stored: Stored) -> None:
        run = self._run
        if run is None or run.sent is None:
            return
        self.context.cancel("overdue")
        if stored.schedule is None:
            log.warning("schedule is not stored: %s; again in %g s", stored.failure, AGAIN_S)
            self._run = None
            self._later(run.order, AGAIN_S)
            return
        self._announce(stored.schedule)
        lost = len(run.sent.slots) - len(stored.schedule.slots)
        if lost and not self._repeated:
            log.info("%d slots went stale while planning: planned again", lost)
            self._repeated = True
            self._waiting = jobs.merged(run.order, self._waiting or run.order)
        self._end_run()

    def _announce(self, schedule: Schedule) -> None:
        event = ScheduleReady(at=self.context.clock.utc(), schedule=schedule)
        self.context.bus.publish(topic_of(event), event, stream=is_stream(event))


def _ended(done: Future[Planned], run: int) -> PlanEnded:
    """Return what became of a job, as a message."""
    error = None if done.cancelled() else done.exception()
    if done.cancelled() or isinstance(error, BrokenExecutor):
        return PlanEnded(run=run, broken=True)
    if error is not None:
        return PlanEnded(run=run, failure=f"{type(error).__name__}: {error}")
    return PlanEnded(run=run, planned=done.result())


def _stored(done: BoundedFuture, run: int) -> Stored:
    """Return what became of a write, as a message."""
    if done.error is not None:
        return Stored(run=run, failure=f"{type(done.error).__name__}: {done.error}")
    schedule = done.get()
    return Stored(run=run, schedule=schedule if isinstance(schedule, Schedule) else None)
