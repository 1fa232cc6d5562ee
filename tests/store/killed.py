"""A process that observes until it is killed; run by test_kill with the database's URL."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

from pyros.domain.execution import Execution, Outcome, PlanStep, StepKind, StepState
from pyros.domain.image import Image
from pyros.domain.request import SequenceState
from pyros.domain.schedule import Cause, Schedule, Slot
from pyros.kernel.fence import Epoch
from pyros.store import house, images, journal, observations, requests
from pyros.store.engine import Store

NOW = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)
TONIGHT = date(2026, 11, 25)


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201  the parent reads it


def observe(store: Store) -> None:
    epoch = Epoch(store.write(partial(house.boot, at=NOW, version="1", config="")), 1)
    waiting = store.read(partial(requests.sequences, states={SequenceState.TOBEPLANNED}))
    slots = tuple(
        Slot(
            sequence_id=one.id,
            request_id=one.request_id,
            name=one.name,
            start=NOW,
            on_target=NOW,
            end=LATER,
        )
        for one in waiting
    )
    plan = Schedule(night=TONIGHT, made_at=NOW, cause=Cause.FIRST, slots=slots)
    store.write(partial(observations.add_schedule, schedule=plan))
    for one in waiting:
        execution = Execution(sequence_id=one.id, night=TONIGHT, start=NOW, exposures_planned=5)
        steps = [
            PlanStep(n=n, kind=StepKind.EXPOSE, key=f"{one.id:016x}{n:016x}") for n in range(5)
        ]
        opened, written = store.write(
            partial(observations.begin_execution, execution=execution, steps_=steps)
        )
        for step in written:
            store.write(partial(journal.step_started, step_id=step.id, at=NOW, epoch=epoch))
            say("started", step.key)
            store.write(partial(end_step, step=step, execution=opened))
            say("done", step.key)
        ended = replace(opened, end=NOW, outcome=Outcome.DONE, exposures_done=5, served_s=100.0)
        store.write(partial(observations.end_execution, ended=ended))
        say("executed", one.id)
    say("finished", 0)


def end_step(session, step, execution):
    image = Image(
        exposure_key=step.key,
        night=TONIGHT,
        execution_id=execution.id,
        channel="vis",
        start=NOW,
        exposure_s=1.0,
        path=f"{step.key}.fits",
        sha256="0" * 64,
        bytes=1,
    )
    images.add(session, image)
    journal.step_ended(session, step.id, StepState.DONE, NOW)


observe(Store(sys.argv[1]))
