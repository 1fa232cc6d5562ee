from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import psutil
import pytest

from pyros.actors.analyzer.pipeline import job_of
from pyros.actors.analyzer.worker import reduce, warm_up
from pyros.kernel.pool import SpawnedPool

pytestmark = pytest.mark.realtime

LIMIT_S = 30.0


@pytest.fixture
def pool():
    made = SpawnedPool(1)
    yield made
    made.shutdown(wait=True, cancel_futures=True)


def gone(pid):
    """Wait until the process has ended; psutil raises TimeoutExpired if it does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(LIMIT_S)
    return True


def test_a_job_in_another_process_gives_what_it_gives_here(pool, take, tmp_path, detector):
    """P69, B1: image work leaves this process; the answer is the same bit for bit."""
    job = job_of(take(), root=tmp_path, detector=detector)

    there = pool.submit(reduce, job).result(LIMIT_S)
    here = reduce(job)

    assert there.pid != os.getpid()
    assert there.pid in pool.pids
    assert (there.path, there.sha256, there.sources) == (here.path, here.sha256, here.sources)


def test_a_worker_is_less_urgent_than_an_alert(pool):
    """Law 8: no alert waits behind image work."""
    pid = pool.submit(warm_up).result(LIMIT_S)

    assert psutil.Process(pid).nice() == 10


def test_a_killed_worker_is_told_at_once(pool):
    """P04: SIGKILL ends in an answer, not in silence."""
    pid = pool.submit(warm_up).result(LIMIT_S)
    future = pool.submit(signal.pause)

    os.kill(pid, signal.SIGKILL)

    with pytest.raises(BrokenProcessPool):
        future.result(LIMIT_S)


def test_a_hung_worker_is_killed_by_a_shutdown_that_cancels(pool):
    """P04: a worker that never answers does not keep the house from stopping."""
    pid = pool.submit(warm_up).result(LIMIT_S)
    future = pool.submit(signal.pause)

    pool.shutdown(wait=True, cancel_futures=True)

    assert gone(pid)
    assert future.done()


def test_a_worker_does_not_outlive_the_process_that_made_it():
    """P04: kill -9 of the house leaves nobody behind."""
    code = (
        "import signal\n"
        "from pyros.kernel.pool import SpawnedPool\n"
        "from pyros.actors.analyzer.worker import warm_up\n"
        "if __name__ == '__main__':\n"
        "    pool = SpawnedPool(1)\n"
        "    print(pool.submit(warm_up).result(), flush=True)\n"
        "    signal.pause()\n"
    )
    house = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with house:
        pid = int(house.stdout.readline())
        house.kill()

    assert gone(pid)
