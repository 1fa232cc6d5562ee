"""What observation has written in one transaction each: a beginning, a saved frame, an end."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from pyros.actors.observation import reconcile, steps
from pyros.domain.execution import Execution, Outcome, PlanStep
from pyros.domain.image import Image, Level
from pyros.store import images, journal, observations, requests
from pyros.store.engine import Session


def begin(session: Session, *, execution: Execution, plan: tuple[PlanStep, ...]) -> bool:
    """Write an execution with its whole journal, some steps of which may have begun already.

    Raises:
        IllegalTransition: the sequence may not start, or another execution is open.
    """
    planned = tuple(steps.as_planned(step) for step in plan)
    observations.begin_execution(session, execution, planned)
    for before, now in zip(planned, plan, strict=True):
        if before != now:
            journal.record(session, now)
    return True


def save(session: Session, *, image: Image, step: PlanStep | None) -> Image:
    """Write an image, and the step that saved it; returns the image with its id."""
    stored = images.add(session, image)
    if step is not None:
        journal.record(session, step)
    return stored


def settle(
    session: Session, *, execution: Execution, reason: str, at: datetime
) -> Execution | None:
    """Close the journal of a dead plan and end its execution; None if it had ended already."""
    still_open = observations.open_execution(session)
    if still_open is None or still_open.id != execution.id:
        return None
    before = steps.newest(journal.steps(session, execution.id))
    saved = images.list(session, execution_id=execution.id, level=Level.L0, limit=10_000)
    after = reconcile.settle(before, frozenset(image.exposure_key for image in saved), at)
    for step in after:
        journal.record(session, step)
    tally = steps.tally(after)
    wanted = requests.sequence(session, execution.sequence_id)
    outcome = reconcile.outcome_of(wanted.interruptions, tally.share, 1.0)
    ended = replace(
        execution,
        end=at,
        outcome=outcome if tally.exposures_planned else Outcome.INTERRUPTED,
        reason=reason,
        served_s=tally.served_s,
        exposures_done=tally.exposures_done,
        exposures_planned=tally.exposures_planned,
    )
    return observations.end_execution(session, ended)


def done_before(session: Session, *, sequence_id: int) -> Counter[steps.ExposureKind]:
    """Return how many exposures of each kind earlier attempts at a sequence have saved."""
    found = images.list(session, sequence_id=sequence_id, level=Level.L0, limit=10_000)
    return Counter((image.channel, image.filter, image.exposure_s) for image in found)
