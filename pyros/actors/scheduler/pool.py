"""The planning process: made, warmed, told to stop, killed, renewed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from ctypes import c_longlong
from multiprocessing.sharedctypes import RawValue
from typing import Protocol

from pyros.actors.scheduler.news import PlanEnded, WorkerReady
from pyros.actors.scheduler.worker import Job, Planned, heed, solve, warm_up
from pyros.kernel.pool import SpawnedPool
from pyros.kernel.ref import Address
from pyros.kernel.runtime import InlineExecutor
from pyros.scheduling.by_columns import LARGE

log = logging.getLogger(__name__)

PLANS = 500
RESIDENT_MIB = 1024.0
"""A worker that has made so many plans, or holds so much, is replaced by a fresh one."""


class Planners(Protocol):
    """An executor whose work can be told to stop."""

    def submit(self, fn: Callable[..., object], /, *args: object) -> Future[object]:
        """As of an executor."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 as the standard library has it
        """As of an executor; with `cancel_futures` hung workers are killed."""

    def stop(self, run: int) -> None:
        """Have all runs up to that number end soon, with what they have."""


class PlanningPool(SpawnedPool):
    """One process beside ours, less urgent than an alert; it minds a flag between two steps."""

    def __init__(self) -> None:
        self._stopped = RawValue(c_longlong, -1)
        super().__init__(1, heed, self._stopped)

    def stop(self, run: int) -> None:
        """Have all runs up to that number end soon, with what they have."""
        self._stopped.value = run


class InlinePlanners(InlineExecutor):
    """Plans at `submit`, for nights without threads: there is nothing to stop."""

    def stop(self, run: int) -> None:
        """Nothing goes on here between two messages."""


class Planner:
    """The worker process in use; `me` is told what becomes of it, and of each job."""

    def __init__(self, make_pool: Callable[[], Planners], me: Address) -> None:
        self._make_pool, self._me = make_pool, me
        self._pool: Planners | None = None
        self._number = 0
        self._plans = 0
        self._large = False
        """Whether there was a problem for which the compiled solver pays."""
        self.warm = False
        """Whether it has loaded what the first job needs."""

    def open(self) -> Planners:
        """Return the pool in use, made and warmed up if there is none."""
        if self._pool is None:
            self._pool, self._plans, self.warm = self._make_pool(), 0, False
            self._number += 1
            number, me = self._number, self._me
            warming = self._pool.submit(warm_up, self._large)
            warming.add_done_callback(lambda done: me.offer(_warm(done, number)))
        return self._pool

    def warmed(self, ready: WorkerReady) -> None:
        """Take note of a worker's word, if it is of the one in use."""
        if ready.worker == self._number and not ready.failure:
            self.warm = True
        elif ready.failure:
            log.warning("planning worker %d is not warm: %s", ready.worker, ready.failure)

    def submit(self, job: Job) -> None:
        """Hand a job in; a pool whose idle worker has died meanwhile is made anew first."""
        run, me = job.run, self._me
        self._plans += 1
        self._large = self._large or len(job.problem.requests) >= LARGE
        try:
            future = self.open().submit(solve, job)
        except BrokenExecutor:
            log.warning("the idle planning worker died; it is made anew")
            self.kill()
            future = self.open().submit(solve, job)
        future.add_done_callback(lambda done: me.offer(_ended(done, run)))

    def stop(self, run: int) -> None:
        """Have what is under way end soon; its answer is not waited for."""
        if self._pool is not None:
            self._pool.stop(run)

    def kill(self) -> None:
        """End the worker, whatever it does."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool, self.warm = None, False

    def renew_if_worn(self, resident_mib: float) -> None:
        """Replace a worker that has planned a lot, or holds much; nothing is under way now."""
        if self._plans >= PLANS or resident_mib >= RESIDENT_MIB:
            log.info("planning worker renewed: %d plans, %.0f MiB", self._plans, resident_mib)
            self.kill()
            self.open()


def _warm(done: Future[object], worker: int) -> WorkerReady:
    if done.cancelled():
        return WorkerReady(worker=worker, failure="it was ended first")
    error = done.exception()
    failure = "" if error is None else f"{type(error).__name__}: {error}"
    return WorkerReady(worker=worker, failure=failure)


def _ended(done: Future[object], run: int) -> PlanEnded:
    """Return what became of a job, as a message."""
    error = None if done.cancelled() else done.exception()
    if done.cancelled() or isinstance(error, BrokenExecutor):
        return PlanEnded(run=run, broken=True)
    if error is not None:
        return PlanEnded(run=run, failure=f"{type(error).__name__}: {error}")
    planned = done.result()
    return PlanEnded(run=run, planned=planned if isinstance(planned, Planned) else None)
