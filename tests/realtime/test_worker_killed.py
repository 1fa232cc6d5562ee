"""A worker process that is killed: the next image has another one."""

from __future__ import annotations

import pytest
from builders.process import alive, kill

from pyros.domain.image import Level
from pyros.store import images

pytestmark = pytest.mark.realtime


def test_a_killed_image_worker_costs_no_image(process):
    """P04, P69: the pool is made anew; what was in hand and what comes later is reduced."""
    process.start()
    process.until(lambda: (process.data / "pyros.db").exists() and "begins, " in process.said)
    process.until(lambda: process.read(analysed))
    workers = process.workers()
    for worker in workers:
        kill(worker)
    exposed = process.read(raw)

    later = process.until(lambda: process.read(analysed) - exposed)
    process.until(lambda: exposed <= process.read(analysed))

    assert later
    assert workers
    assert not any(alive(worker) for worker in workers)
    assert process.stop() == 0


def raw(session):
    """Keys of the exposures that are saved."""
    return {image.exposure_key for image in images.list(session, level=Level.L0, limit=10_000)}


def analysed(session):
    """Keys of the exposures in which something was looked for."""
    kept = images.list(session, level=Level.L0, limit=10_000)
    return {image.exposure_key for image in kept if images.results(session, image.id)}
