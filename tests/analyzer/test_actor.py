from __future__ import annotations

import contextlib
import os
import signal
import threading
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial

import psutil
import pytest

from pyros.actors.analyzer.actor import Analyzer, JobLate, Laboratory
from pyros.actors.analyzer.pipeline import CALIBRATION, failure_of
from pyros.actors.analyzer.worker import reduce
from pyros.domain.image import Level
from pyros.kernel.clock import SystemClock
from pyros.kernel.pool import SpawnedPool
from pyros.kernel.runtime import InlineExecutor
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.faults import FaultPlan, Kill
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages.events import ImageAnalysed, ImageTaken
from pyros.store import images, schema
from pyros.store.engine import Store
from pyros.store.writer import StoreWriter

LIMIT_S = 60.0
JOB_S = 120.0


class Worker(InlineExecutor):
    """Does jobs at once, except that it dies of, or never answers, the ones it is told to."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ended = False
        self.open: list[Future] = []

    def submit(self, fn, /, *args, **kwargs) -> Future:
        if fn is not reduce:
            return super().submit(fn, *args, **kwargs)
        self.bench.jobs.append(args[0].image.id)
        what = self.bench.troubles.pop(0) if self.bench.troubles else "works"
        future: Future = Future()
        match what:
            case "works":
                return super().submit(fn, *args, **kwargs)
            case "dies":
                future.set_exception(BrokenProcessPool("a process ended abruptly"))
            case "hangs":
                self.open.append(future)
            case "is dead already":
                raise BrokenProcessPool("a process ended abruptly")
        return future

    def shutdown(self, wait=True, *, cancel_futures=False) -> None:  # noqa: FBT002
        self.ended = True


@dataclass
class Bench:
    """What the pools of a test were told and what becomes of their next jobs."""

    troubles: list[str] = field(default_factory=list)
    pools: list[Executor] = field(default_factory=list)
    jobs: list[int] = field(default_factory=list)

    def make(self) -> Executor:
        self.pools.append(Worker(self))
        return self.pools[-1]


@pytest.fixture
def store(tmp_path):
    made = Store(f"sqlite:///{tmp_path / 'pyros.db'}", synchronous="OFF")
    schema.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def tree(tmp_path, store, detector):
    """The specs of a store-writer, a probe of `analyses` and an analyzer; what the probe got."""

    def grown(make_pool, **changes):
        laboratory = Laboratory(
            root=tmp_path,
            detectors={"vis": detector},
            store=store,
            writer="/store-writer",
            job_s=JOB_S,
            durable=False,
            **changes,
        )
        probe, seen = probe_spec("probe", "analyses")
        specs = [
            ChildSpec(id="store-writer", factory=lambda: StoreWriter(store), tier=0),
            probe,
            ChildSpec(id="analyzer", factory=lambda: Analyzer(laboratory, make_pool)),
        ]
        return specs, seen

    return grown


@dataclass
class House:
    """A running tree on virtual time."""

    sim: SimRuntime
    system: ActorSystem
    seen: object
    store: Store

    def publish(self, image) -> None:
        event = ImageTaken(at=self.system.clock.utc(), image=image)
        self.system.bus.publish("images", event, stream=True)
        self.sim.run_for(1.0)

    def run(self, seconds: float) -> None:
        self.sim.run_for(seconds)

    @property
    def analysed(self) -> list[ImageAnalysed]:
        return self.seen.of(ImageAnalysed)


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def house(tree, bench, store):
    """Start the tree on virtual time, with the bench's pools."""
    systems = []

    def built(*, faults=None, **changes) -> House:
        specs, seen = tree(bench.make, **changes)
        sim = SimRuntime(seed=1)
        system = ActorSystem(specs, clock=sim.clock, runtime=sim, boot=1, faults=faults)
        system.start()
        systems.append(system)
        sim.run_for(1.0)
        return House(sim, system, seen, store)

    yield built
    for system in systems:
        system.stop()


@pytest.fixture
def shot(take, store):
    """Take a raw frame and store its row, as the observation does before it tells of it."""

    def made(number: int, **changes):
        image = take(number, **changes)
        return store.write(partial(images.add, image=image))

    return made


def test_an_image_that_was_taken_is_calibrated_stored_and_told(house, shot, store, tmp_path):
    """P69: raw in, calibrated file, row and event out."""
    running = house()

    running.publish(shot(1))

    (event,) = running.analysed
    assert event.result.ok
    assert (event.image.level, event.image.parent_id) == (Level.L1A, 1)
    assert event.image.sources == 20
    assert (tmp_path / event.image.path).is_file()
    assert store.read(partial(images.image, image_id=event.image.id)) == event.image


def test_what_was_taken_while_nobody_looked_is_done_at_the_start(house, shot):
    """P69: what is to be done is a query, not a queue."""
    shot(1)
    shot(2)

    running = house()

    assert sorted(event.result.image_id for event in running.analysed) == [1, 2]


def test_what_has_a_result_is_not_done_again(house, shot, store, bench):
    """P69: a failure that is written down counts as done, at the start and when told of again."""
    image = shot(1)
    store.write(partial(images.add_result, result=failure_of(image, "it was cloudy")))

    house().publish(image)

    assert bench.jobs == []
    assert store.read(partial(images.without_result, kind=CALIBRATION)) == ()


def test_an_image_told_twice_is_done_once(house, shot, bench):
    running = house()
    image = shot(1)

    running.publish(image)
    running.publish(image)
    running.run(700.0)

    assert len(running.analysed) == 1


def test_a_worker_that_dies_costs_its_pool_and_the_job_is_done_by_the_next(house, shot, bench):
    """P04: analyzer worker SIGKILL."""
    running = house()
    bench.troubles = ["dies"]

    running.publish(shot(1))

    assert [event.result.ok for event in running.analysed] == [True]
    assert bench.jobs == [1, 1]
    assert [pool.ended for pool in bench.pools] == [True, False]


def test_a_job_that_kills_two_workers_is_given_up_and_the_next_is_done(house, shot, bench):
    """P04: one bad image does not stop the others."""
    running = house()
    bench.troubles = ["dies", "dies"]

    running.publish(shot(1))
    running.publish(shot(2))

    first, second = running.analysed
    assert (first.result.image_id, first.result.ok) == (1, False)
    assert first.result.reason == "given up after 2 tries: its worker process died"
    assert (second.result.image_id, second.result.ok) == (2, True)


def test_a_late_job_costs_its_pool(house, shot, bench):
    """P04: a hung worker is killed after its time, not waited for."""
    running = house()
    bench.troubles = ["hangs"]

    running.publish(shot(1))
    running.run(JOB_S - 5.0)
    assert running.analysed == []
    running.run(10.0)

    assert [event.result.ok for event in running.analysed] == [True]
    assert [pool.ended for pool in bench.pools] == [True, False]


def test_a_job_that_is_late_twice_is_written_down_as_such(house, shot, bench):
    running = house()
    bench.troubles = ["hangs", "hangs"]

    running.publish(shot(1))
    running.run(2 * JOB_S + 10.0)

    (event,) = running.analysed
    assert not event.result.ok
    assert event.result.reason == "given up after 2 tries: its worker gave no answer in 120 s"


def test_the_answer_of_a_worker_that_was_given_up_is_not_heard(house, shot, bench):
    """P69: one image, one result."""
    running = house()
    bench.troubles = ["hangs"]
    running.publish(shot(1))
    running.run(JOB_S + 5.0)

    bench.pools[0].open[0].set_exception(BrokenProcessPool("killed"))
    running.run(JOB_S + 5.0)

    assert len(running.analysed) == 1
    assert len(bench.pools) == 2


def test_a_pool_whose_idle_worker_died_is_made_anew_without_losing_a_try(house, shot, bench):
    running = house()
    bench.troubles = ["is dead already"]

    running.publish(shot(1))

    assert [event.result.ok for event in running.analysed] == [True]
    assert [pool.ended for pool in bench.pools] == [True, False]


def test_the_images_of_a_burst_overtake_the_others(house, shot, bench):
    """P42: an alert's images are seen first."""
    running = house()
    bench.troubles = ["hangs"]

    running.publish(shot(1))
    running.publish(shot(2))
    running.publish(shot(3, alert_id=7))
    running.run(JOB_S + 5.0)

    assert bench.jobs == [1, 3, 1, 2]


@pytest.mark.parametrize("lost", ["file", "channel"])
def test_an_image_that_cannot_be_reduced_is_told_with_the_reason(house, shot, tmp_path, lost):
    """P04, P69: no silence, no endless tries."""
    running = house()
    image = shot(1, **({"channel": "ir"} if lost == "channel" else {}))
    if lost == "file":
        (tmp_path / image.path).unlink()

    running.publish(image)

    (event,) = running.analysed
    assert (event.result.ok, event.image.id) == (False, 1)
    assert {"file": "No such file", "channel": "'ir' is not in the configuration"}[
        lost
    ] in event.result.reason


def test_an_analyzer_that_dies_is_followed_by_one_that_finds_its_work(house, shot, bench):
    """P04, S13: nothing it held was needed."""
    running = house(faults=FaultPlan(1, [Kill("/analyzer", message=ImageTaken)]))

    running.publish(shot(1))
    running.run(60.0)

    assert [event.result.ok for event in running.analysed] == [True]
    assert bench.pools[0].ended


def test_a_stopped_analyzer_ends_its_workers(house, bench):
    running = house()

    running.system.stop()

    assert [pool.ended for pool in bench.pools] == [True]


class WatchedPool(SpawnedPool):
    """Says when it has been handed a job."""

    def __init__(self):
        super().__init__(1)
        self.handed = threading.Event()

    def submit(self, fn, /, *args, **kwargs):
        future = super().submit(fn, *args, **kwargs)
        if fn is reduce:
            self.handed.set()
        return future


@pytest.mark.realtime
class TestWithProcesses:
    @pytest.fixture
    def pools(self):
        return []

    @pytest.fixture
    def real(self, tree, pools):
        def make():
            pools.append(WatchedPool())
            return pools[-1]

        specs, seen = tree(make)
        system = ActorSystem(specs, clock=SystemClock(), boot=1)
        system.start()
        yield system, seen
        pids = [pid for pool in pools for pid in pool.pids]
        system.stop()
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).wait(LIMIT_S)

    @staticmethod
    def publish(system, image):
        event = ImageTaken(at=system.clock.utc(), image=image)
        system.bus.publish("images", event, stream=True)

    @staticmethod
    def wait(seen):
        seen.wait_until(lambda got: len(got) == 1, LIMIT_S)
        return seen.of(ImageAnalysed)[0]

    def test_a_worker_killed_with_a_job_is_replaced_and_the_image_is_calibrated(
        self, real, shot, pools
    ):
        """P04: SIGKILL of the analyzer's worker; the image comes all the same."""
        system, seen = real
        (pid,) = pools[0].pids
        os.kill(pid, signal.SIGSTOP)  # so that the job waits in it
        self.publish(system, shot(1))
        assert pools[0].handed.wait(LIMIT_S)
        os.kill(pid, signal.SIGKILL)

        event = self.wait(seen)

        assert event.result.ok
        assert event.image.sources == 20
        assert len(pools) == 2
        assert pools[0].pids == ()

    def test_a_hung_worker_is_killed_and_the_image_is_calibrated(self, real, shot, pools):
        """P04: a worker that answers no more costs its pool only."""
        system, seen = real
        (pid,) = pools[0].pids
        os.kill(pid, signal.SIGSTOP)
        image = shot(1)
        self.publish(system, image)
        assert pools[0].handed.wait(LIMIT_S)
        system.address("/analyzer").tell(JobLate(key=image.exposure_key, pool=1))

        event = self.wait(seen)

        assert event.result.ok
        assert len(pools) == 2
        assert pools[0].pids == ()
