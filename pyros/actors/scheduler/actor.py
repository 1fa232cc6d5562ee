"""Scheduler: gathers, has a worker plan, stores and announces; never waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from pyros.actors.scheduler import answers, cases, jobs, judgement, rows, runs
from pyros.actors.scheduler.news import PlanEnded, PlanLate, Stored, TryAgain, WorkerReady
from pyros.actors.scheduler.pool import Planner, Planners
from pyros.actors.scheduler.rows import Desk
from pyros.actors.scheduler.runs import Run
from pyros.domain.schedule import Cause, Schedule
from pyros.errors import NoSuchRow, StoreUnavailable
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.ref import BoundedFuture
from pyros.messages.commands import Reschedule
from pyros.messages.events import AlarmRaised, Event, ScheduleReady, SchedulingFailed
from pyros.messages.topics import STATES, is_stream, topic_of
from pyros.store import observations
from pyros.store.writer import Write

__all__ = ["Desk", "Scheduler"]

log = logging.getLogger(__name__)

WRITE_S = 10.0
AGAIN_S = 10.0
"""An order that the database could not serve is tried again after this."""
ROWS_S = 0.5
"""An alert's rows may be on their way for so long, real seconds."""


class Scheduler(SupervisedActor):
    """One plan is computed at a time, one order waits: those that come meanwhile are merged."""

    def __init__(self, desk: Desk, make_pool: Callable[[], Planners]) -> None:
        super().__init__()
        self._desk, self._make_pool = desk, make_pool
        self._planner: Planner | None = None
        self._resident_mib = 0.0
        self._run: Run | None = None
        self._runs = 0
        self._waiting: Reschedule | None = None
        self._repeated = False
        """Slots of a plan had gone stale: it is made once more, not twice."""

    # --- life

    def on_start(self) -> None:
        self._planners().open()
        self._take_up()

    def on_stop(self) -> None:
        self._planners().kill()

    def on_failure(self, *_: object) -> None:
        self._planners().kill()

    def on_receive(self, message: object) -> None:
        match message:
            case Reschedule():
                self._repeated = False
                self._order(message)
            case WorkerReady():
                self._planners().warmed(message)
            case PlanEnded() | PlanLate() | Stored():
                self._go_on(message)
            case TryAgain():
                self._begin()

    def _planners(self) -> Planner:
        if self._planner is None:
            self._planner = Planner(self._make_pool, self.context.mine)
        return self._planner

    def _go_on(self, message: PlanEnded | PlanLate | Stored) -> None:
        """Go on with the run under way; what is told of an earlier one is not heard."""
        run = self._run
        if run is None or run.number != message.run:
            return
        match message:
            case PlanEnded():
                self._plan_ended(run, message)
            case PlanLate():
                self._lose_worker(run, "no plan in its time")
            case Stored():
                self._stored(run, message)

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
            self._say(ScheduleReady(at=now, schedule=schedule))
        if self.context.incarnation > 1 and night.paused_at is None:
            self.context.me.tell(Reschedule(at=now, cause=Cause.RESUME, night=night))

    # --- orders

    def _order(self, order: Reschedule) -> None:
        """Take an order; an alert or a resumption does not wait for a plan under way."""
        self._waiting = judgement.merged(self._waiting, order)
        run = self._run
        if run is None:
            self._begin()
        elif order.cause in judgement.HURRIED and run.sent is None:
            log.info("plan for %s is dropped: %s", run.order.cause, order.cause)
            self._planners().stop(run.number)
            if run.answer is None:
                self._waiting = judgement.merged(run.order, self._waiting)
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
            facts = rows.gathered(self._desk, self.context.bus, order, order.night, now)
        except StoreUnavailable as gone:
            log.warning("%s: not planned now: %s; again in %g s", order.cause, gone, AGAIN_S)
            self._later(order, AGAIN_S)
            return
        except NoSuchRow as gone:
            log.info("%s: not planned now, its rows are on their way: %s", order.cause, gone)
            self._later(order, ROWS_S * self.context.clock.factor)
            return
        run = Run(
            number=self._next_number(),
            order=order,
            facts=facts,
            begun_s=self.context.clock.monotonic(),
        )
        why = jobs.why_nothing(facts.night, now)
        if why:
            self._put_in_force(run, answers.empty_schedule(facts, order, why))
        else:
            warm = self._planners().warm
            self._compute(runs.prepared(run, self._desk.settings, warm=warm))

    def _next_number(self) -> int:
        self._runs += 1
        return self._runs

    def _later(self, order: Reschedule, wait_s: float) -> None:
        newer = self._waiting
        self._waiting = order if newer is None else judgement.merged(order, newer)
        self.context.after(wait_s, TryAgain(), key="again")

    # --- the worker

    def _compute(self, run: Run) -> None:
        """Have the run's next answer computed, and the worker given up when it is late."""
        self._run = run
        if run.problem is None:
            return
        settings, planner = self._desk.settings, self._planners()
        patience_s = runs.patience_s(run, settings, warm=planner.warm) * self.context.clock.factor
        self.context.after(patience_s, PlanLate(run=run.number), key="late")
        planner.submit(runs.job_of(run, run.problem, settings))

    def _plan_ended(self, run: Run, ended: PlanEnded) -> None:
        if ended.broken:
            self._lose_worker(run, "its process died")
            return
        self.context.cancel("late")
        planned = ended.planned
        why = ended.failure or ("no plan" if planned is None else runs.why_not(planned))
        if planned is None or why:
            self._try_again(run, why)
            return
        self._resident_mib = planned.resident_mib
        now = self.context.clock.utc()
        if run.answer is not None and not judgement.adopts(planned.schedule, run.answer, now):
            log.info("plan for %s stands: no better one in all of its time", run.order.cause)
            self._end_run()
            return
        took_s = (self.context.clock.monotonic() - run.begun_s) / self.context.clock.factor
        schedule = answers.schedule_of(
            run.facts, run.order, planned.schedule, runtime_ms=took_s * 1000.0
        )
        self._put_in_force(replace(run, asked=planned.schedule), schedule)

    def _lose_worker(self, run: Run, why: str) -> None:
        """Kill the worker, and give the problem to a new one."""
        log.warning("the planning worker is killed and made anew: %s", why)
        self.context.cancel("late")
        self._planners().kill()
        self._planners().open()
        self._try_again(run, why)

    def _try_again(self, run: Run, why: str) -> None:
        """Have the problem planned once more, without a search; failing that, give it up."""
        if run.again:
            self._fail(run, why)
            return
        log.warning("no plan for %s: %s; once more, without a search", run.order.cause, why)
        self._compute(replace(run, number=self._next_number(), again=True))

    def _fail(self, run: Run, why: str) -> None:
        """Say that there is no new plan; what stands of the last one is kept."""
        now, cause = self.context.clock.utc(), run.order.cause
        kept = self._keep_case(run, now)
        text = f"no plan for {cause}, tried twice: {why}"
        log.error("%s%s", text, f"; the problem is {kept}" if kept else "")
        self._say(AlarmRaised(at=now, key="no-plan", severity="SERIOUS", text=text))
        if run.answer is None:
            self._say(SchedulingFailed(at=now, cause=cause, reason=why))
        self._end_run()

    def _keep_case(self, run: Run, now: datetime) -> Path | None:
        folder = self._desk.settings.cases
        if folder is None or run.problem is None:
            return None
        return cases.keep(folder, run.problem, now)

    def _end_run(self) -> None:
        self.context.cancel("late")
        self._run = None
        if self._waiting is None:
            self._planners().renew_if_worn(self._resident_mib)
        self._begin()

    # --- storage

    def _put_in_force(self, run: Run, schedule: Schedule) -> None:
        self._run = replace(run, sent=schedule)
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

    def _stored(self, run: Run, stored: Stored) -> None:
        sent, schedule = run.sent, stored.schedule
        if sent is None:
            return
        self.context.cancel("overdue")
        if schedule is None:
            log.warning("schedule is not stored: %s", stored.failure)
            self._run = None
            self._later(run.order, AGAIN_S)
            return
        self._say(ScheduleReady(at=self.context.clock.utc(), schedule=schedule))
        run = runs.in_force(run, schedule)
        lost = len(sent.slots) - len(schedule.slots)
        if lost and not self._repeated:
            log.info("%d slots went stale while planning: planned again", lost)
            self._repeated = True
            self._waiting = judgement.merged(run.order, self._waiting or run.order)
        if self._waiting is not None or len(run.efforts) < 2:
            self._end_run()
        else:
            self._think_on(run)

    def _think_on(self, run: Run) -> None:
        """A plan is in force: look for a better one."""
        now, factor = self.context.clock.utc(), self.context.clock.factor
        after = runs.followed(run, self._desk.settings, now, factor)
        self._compute(replace(after, number=self._next_number()))

    def _say(self, event: Event) -> None:
        self.context.bus.publish(topic_of(event), event, stream=is_stream(event))


def _stored(done: BoundedFuture, run: int) -> Stored:
    """Return what became of a write, as a message."""
    if done.error is not None:
        return Stored(run=run, failure=f"{type(done.error).__name__}: {done.error}")
    schedule = done.get()
    return Stored(run=run, schedule=schedule if isinstance(schedule, Schedule) else None)
