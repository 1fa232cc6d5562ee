"""Analyzer: one job for each image, never waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyros.actors.analyzer import pipeline
from pyros.actors.analyzer.backlog import Backlog, Task
from pyros.actors.analyzer.pipeline import Reduced
from pyros.actors.analyzer.worker import reduce, warm_up
from pyros.domain.image import AnalysisResult, Image
from pyros.errors import StoreUnavailable
from pyros.images.detector import Detector
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.ref import BoundedFuture
from pyros.kernel.signals import StreamMissed
from pyros.messages.events import ImageAnalysed, ImageTaken
from pyros.messages.topics import STREAMS, is_stream, topic_of
from pyros.store import images
from pyros.store.engine import Session, Store
from pyros.store.writer import Write

log = logging.getLogger(__name__)

WRITE_S = 10.0
LOOK_S = 600.0
"""How often the store is asked for raw images that were forgotten."""
LOOK_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """What the analyzer works with; `job_s` counts real seconds, since workers know no others."""

    root: Path
    detectors: Mapping[str, Detector]
    store: Store
    writer: str
    workers: int = 1
    job_s: float = 120.0
    durable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FindDue:
    """Ask the store which raw images have no result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnded:
    """A worker of the pool `pool` answered, refused, or died (`broken`)."""

    key: str
    pool: int
    reduced: Reduced | None = None
    failure: str = ""
    broken: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLate:
    """A worker of the pool `pool` has had its time."""

    key: str
    pool: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The store has written the result, or says why not."""

    key: str
    result: AnalysisResult
    image: Image | None = None
    failure: str = ""


class Analyzer(SupervisedActor):
    """Hands each raw image to a worker and what comes back to the store.

    What is to be done is a query, not a queue: raw images without a result.  So nothing here must
    survive, and a future may be thrown away at will.
    """

    def __init__(self, laboratory: Laboratory, make_pool: Callable[[], Executor]) -> None:
        super().__init__()
        self._laboratory, self._make_pool = laboratory, make_pool
        self._backlog = Backlog(workers=laboratory.workers)
        self._storing: set[str] = set()
        self._pool: Executor | None = None
        self._pool_number = 0

    # --- life

    def on_start(self) -> None:
        self.context.subscribe(STREAMS[ImageTaken])
        self._workers()
        self.context.every(LOOK_S, FindDue())
        self.context.me.tell(FindDue())

    def on_stop(self) -> None:
        self._close_pool()

    def on_failure(self, *_: object) -> None:
        self._close_pool()

    def on_receive(self, message: object) -> None:
        match message:
            case ImageTaken(image=image):
                self._hear_of(image)
            case JobEnded() if message.pool == self._pool_number:
                self._job_ended(message)
            case JobLate() if message.pool == self._pool_number:
                limit_s = self._laboratory.job_s
                self._lose_pool((message.key,), f"its worker gave no answer in {limit_s:g} s")
            case Stored():
                self._stored(message)
            case FindDue() | StreamMissed():
                self._find_due()

    # --- what is to be done

    def _find_due(self) -> None:
        try:
            due = self._laboratory.store.read(
                lambda session: images.without_result(session, pipeline.CALIBRATION)
            )
        except StoreUnavailable as why:
            log.warning("raw images are not looked for now: %s; again in %g s", why, LOOK_AGAIN_S)
            self.context.after(LOOK_AGAIN_S, FindDue(), key="look-again")
            return
        for image in due:
            self._take(image)

    def _hear_of(self, image: Image) -> None:
        """Take an image unless it has its result: after a crash it may be told of again."""
        try:
            known = self._laboratory.store.read(partial(images.results, image_id=image.id))
        except StoreUnavailable:
            known = ()  # to do it twice is harmless
        if not any(result.kind == pipeline.CALIBRATION for result in known):
            self._take(image)

    def _take(self, image: Image) -> None:
        if pipeline.is_due(image) and image.exposure_key not in self._storing:
            self._backlog = self._backlog.add(image)
            self._start_jobs()

    def _start_jobs(self) -> None:
        self._backlog, begun = self._backlog.start()
        for task in begun:
            self._start_job(task)

    def _start_job(self, task: Task) -> None:
        image, laboratory = task.image, self._laboratory
        detector = laboratory.detectors.get(image.channel)
        if detector is None:
            ended = JobEnded(
                key=task.key,
                pool=self._pool_number,
                failure=f"channel {image.channel!r} is not in the configuration",
            )
            self.context.me.tell(ended)
            return
        job = pipeline.job_of(
            image, root=laboratory.root, detector=detector, durable=laboratory.durable
        )
        future = self._submit(job)
        me, key, pool = self.context.mine, task.key, self._pool_number
        late = JobLate(key=key, pool=pool)
        self.context.after(laboratory.job_s * self.context.clock.factor, late, key=_late(key))
        future.add_done_callback(lambda done: me.offer(_ended(done, key, pool)))

    # --- workers

    def _submit(self, job: pipeline.Job) -> Future[Reduced]:
        """Hand the job in; a pool whose idle workers have died meanwhile is made anew first."""
        try:
            return self._workers().submit(reduce, job)
        except BrokenExecutor:
            log.warning("an idle image worker died; the pool is made anew")
            self._close_pool()
            return self._workers().submit(reduce, job)

    def _workers(self) -> Executor:
        """Return the pool in use, made and warmed up if there is none."""
        if self._pool is None:
            self._pool = self._make_pool()
            self._pool_number += 1
            self._pool.submit(warm_up)
        return self._pool

    def _close_pool(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _job_ended(self, ended: JobEnded) -> None:
        if ended.broken:
            everybody = tuple(task.key for task in self._backlog.running)
            self._lose_pool(everybody, "its worker process died")
            return
        task = self._backlog.task(ended.key)
        if task is not None:
            self.context.cancel(_late(task.key))
            self._backlog = self._backlog.end(task.key)
            self._write_down(task.image, ended)
        self._start_jobs()

    def _lose_pool(self, guilty: tuple[str, ...], why: str) -> None:
        """Kill the workers; the guilty jobs have lost a try, all run again in a new pool."""
        log.warning("image workers are killed and made anew: %s: %s", ", ".join(guilty), why)
        for task in self._backlog.running:
            self.context.cancel(_late(task.key))
        self._backlog, given_up = self._backlog.lose(*guilty)
        self._close_pool()
        self._workers()
        for task in given_up:
            failure = f"given up after {task.tries} tries: {why}"
            self._write_down(
                task.image, JobEnded(key=task.key, pool=self._pool_number, failure=failure)
            )
        self._start_jobs()

    # --- what came out

    def _write_down(self, raw: Image, ended: JobEnded) -> None:
        """Have the result stored; the answer comes back as a message."""
        if ended.reduced is None:
            log.warning("image %d (%s) is not calibrated: %s", raw.id, raw.path, ended.failure)
            image, result = raw, pipeline.failure_of(raw, ended.failure)
        else:
            image = pipeline.image_of(raw, ended.reduced)
            result = pipeline.result_of(raw, ended.reduced)
        self._storing.add(ended.key)
        work = partial(_store, image=image, result=result)
        write = Write(work=work, epoch=self.context.epoch, what="analysis", path=self.context.path)
        future = self.context.address(self._laboratory.writer).begin_ask(write, timeout_s=WRITE_S)
        overdue = Stored(key=ended.key, result=result, failure=f"no answer in {WRITE_S:g} s")
        self.context.after(WRITE_S * self.context.clock.factor, overdue, key=_unwritten(ended.key))
        me, key = self.context.mine, ended.key

        def answered(done: BoundedFuture) -> None:
            me.offer(_stored(done, key, result))

        future.on_done(answered)

    def _stored(self, stored: Stored) -> None:
        """Tell everybody; what was not stored is found again by the next look."""
        self.context.cancel(_unwritten(stored.key))
        self._storing.discard(stored.key)
        if stored.image is None:
            log.warning("analysis of %s is not stored: %s", stored.key, stored.failure)
            return
        event = ImageAnalysed(at=self.context.clock.utc(), image=stored.image, result=stored.result)
        self.context.bus.publish(topic_of(event), event, stream=is_stream(event))


def _late(key: str) -> str:
    return f"late-{key}"


def _unwritten(key: str) -> str:
    return f"unwritten-{key}"


def _ended(done: Future[Reduced], key: str, pool: int) -> JobEnded:
    """Return what became of a job, as a message."""
    error = None if done.cancelled() else done.exception()
    if done.cancelled() or isinstance(error, BrokenExecutor):
        return JobEnded(key=key, pool=pool, broken=True)
    if error is not None:
        return JobEnded(key=key, pool=pool, failure=f"{type(error).__name__}: {error}")
    return JobEnded(key=key, pool=pool, reduced=done.result())


def _stored(done: BoundedFuture, key: str, result: AnalysisResult) -> Stored:
    """Return what became of a write, as a message."""
    if done.error is not None:
        return Stored(key=key, result=result, failure=f"{type(done.error).__name__}: {done.error}")
    image, result = done.get()
    return Stored(key=key, result=result, image=image)


def _store(
    session: Session, *, image: Image, result: AnalysisResult
) -> tuple[Image, AnalysisResult]:
    """Write an image, if it is a new one, and its result; return both with their ids."""
    stored = images.add(session, image) if image.id == 0 else image
    return stored, images.add_result(session, result)
