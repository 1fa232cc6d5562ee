"""The journal of an execution: each step, written before the telescope acts and after."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update

from pyros.domain.execution import PlanStep, StepState
from pyros.domain.transitions import NONE, Machine, step
from pyros.errors import StaleVersion
from pyros.kernel.fence import Epoch
from pyros.store import ids
from pyros.store.engine import Session
from pyros.store.tables.columns import table_of
from pyros.store.tables.nights import PlanStepRow

OLDEST = Epoch(0, 0)
_EVENTS = {
    StepState.DONE: "confirm",
    StepState.FAILED: "error",
    StepState.ABORTED: "abort",
    StepState.SKIPPED: "skip",
}


def add(
    session: Session, execution_id: int, steps: Iterable[PlanStep], *, at: datetime
) -> tuple[PlanStep, ...]:
    """Write planned steps of an execution; return them with their ids.

    Ids that are not 0 were reserved before and are kept.
    """
    wanted = tuple(steps)
    if not wanted:
        return ()
    first = ids.reserve(session, "steps", len(wanted))
    ids.spend(session, "steps", max(one.id for one in wanted))
    written = tuple(
        replace(
            one,
            id=one.id or first + n,
            execution_id=execution_id,
            planned_at=one.planned_at or at,
        )
        for n, one in enumerate(wanted)
    )
    session.execute(_ADD, [_row(one, OLDEST) for one in written])
    return written


def steps(session: Session, execution_id: int) -> tuple[PlanStep, ...]:
    """Return the journal of an execution: every step and every try of it, in order."""
    return _steps(session, _OF_EXECUTION, {"of_execution": execution_id})


def step_started(
    session: Session, step_id: int, at: datetime, epoch: Epoch | None = None
) -> PlanStep:
    """Write that a step is about to be ordered, by this incarnation.

    Raises:
        IllegalTransition: it is not PLANNED.
        StaleVersion: a later incarnation has written to it.
    """
    before = _one(session, step_id)
    step(Machine.STEP, before.state, "start")
    _write(session, replace(before, state=StepState.STARTED, started_at=at), epoch)
    return _one(session, step_id)


def step_ended(  # noqa: PLR0913, PLR0917  what an end is made of
    session: Session,
    step_id: int,
    state: StepState,
    at: datetime,
    result: str = "",
    decision: str = "",
    epoch: Epoch | None = None,
) -> PlanStep:
    """Write how a step ended; a STARTED one with a `decision` was reconciled after a crash.

    Raises:
        IllegalTransition: a step in its state does not end so.
        StaleVersion: a later incarnation has written to it.
    """
    before = _one(session, step_id)
    _judge(before, state, result, decision)
    after = replace(before, state=state, ended_at=at, result=result, decision=decision)
    _write(session, after, epoch)
    return after


def record(session: Session, step: PlanStep, epoch: Epoch | None = None) -> PlanStep:
    """Write a step of an execution as it is now, found by its number and attempt; made if new.

    What it was before must lead to what it is; the same again changes nothing.

    Raises:
        IllegalTransition: a step in its state does not become so.
        StaleVersion: a later incarnation has written to it.
    """
    which = {"of_execution": step.execution_id, "n_": step.n, "attempt_": step.attempt}
    found = _steps(session, _BY_NUMBER, which)
    before = found[0] if found else _new(session, step)
    after = replace(step, id=before.id, planned_at=before.planned_at or step.planned_at)
    if after == before:
        return before
    _lead(before, after)
    _write(session, after, epoch)
    return after


def skip(  # noqa: PLR0913  six facts are a skip
    session: Session,
    execution_id: int,
    numbers: Collection[int],
    *,
    at: datetime,
    decision: str,
    epoch: Epoch,
) -> int:
    """Write at once that these steps of an execution will not be done; return how many were left.

    Only those that are PLANNED still change.

    Raises:
        StaleVersion: a later incarnation has written to one that is PLANNED.
    """
    step(Machine.STEP, StepState.PLANNED, "skip", {"explained": bool(decision)})
    which = {"of_execution": execution_id, "boot": epoch.boot, "incarnation": epoch.incarnation}
    values = {"numbers": sorted(numbers), "ended": at, "why": decision}
    left: int = session.execute(_SKIP, which | values).rowcount
    if session.execute(_STILL_PLANNED, which | values).first() is not None:
        raise StaleVersion(f"steps of {execution_id} were taken over by a later incarnation")
    return left


_STEPS = select(PlanStepRow.__table__).order_by(PlanStepRow.n, PlanStepRow.attempt)
_NAMES = tuple(PlanStep.__dataclass_fields__)
_OF_EXECUTION = _STEPS.where(PlanStepRow.execution_id == bindparam("of_execution"))
_BY_NUMBER = _OF_EXECUTION.where(
    PlanStepRow.n == bindparam("n_"), PlanStepRow.attempt == bindparam("attempt_")
)
_BY_ID = _STEPS.where(PlanStepRow.id == bindparam("this"))
_ADD = insert(table_of(PlanStepRow))
_WRITTEN = ("lane", "kind", "args", "key", "cost_s", "state", "planned_at", "started_at")
_WRITTEN_TOO = ("ended_at", "result", "decision")
_CHANGE = (
    update(table_of(PlanStepRow))
    .where(PlanStepRow.id == bindparam("this"))
    .values({name: bindparam(name) for name in (*_WRITTEN, *_WRITTEN_TOO)})
)
_LATER = (PlanStepRow.boot > bindparam("boot")) | (
    (PlanStepRow.boot == bindparam("boot")) & (PlanStepRow.incarnation > bindparam("incarnation"))
)
_PLANNED = (
    (PlanStepRow.execution_id == bindparam("of_execution"))
    & (PlanStepRow.state == StepState.PLANNED)
    & PlanStepRow.n.in_(bindparam("numbers", expanding=True))
)
_SKIP = (
    update(table_of(PlanStepRow))
    .where(_PLANNED, ~_LATER)
    .values(
        state=StepState.SKIPPED,
        ended_at=bindparam("ended"),
        decision=bindparam("why"),
        boot=bindparam("boot"),
        incarnation=bindparam("incarnation"),
    )
)
_STILL_PLANNED = select(PlanStepRow.id).where(_PLANNED).limit(1)
_CHANGE_BY = _CHANGE.where(~_LATER).values(
    boot=bindparam("boot"), incarnation=bindparam("incarnation")
)


def _new(session: Session, wanted: PlanStep) -> PlanStep:
    planned = replace(
        wanted,
        id=0,
        state=StepState.PLANNED,
        started_at=None,
        ended_at=None,
        result="",
        decision="",
    )
    step(Machine.STEP, NONE, "plan")
    stored = replace(planned, id=ids.reserve(session, "steps"))
    session.execute(_ADD, _row(stored, OLDEST))
    return stored


def _lead(before: PlanStep, after: PlanStep) -> None:
    """Judge the way from one state to the other: PLANNED to an end leads through STARTED."""
    if before.state is after.state:
        return
    if after.state is StepState.STARTED:
        step(Machine.STEP, before.state, "start")
        return
    through = before
    if before.state is StepState.PLANNED and after.started_at is not None:
        through = replace(before, state=StepState.STARTED)
    _judge(through, after.state, after.result, after.decision)


def _judge(before: PlanStep, state: StepState, result: str, decision: str) -> None:
    if before.state is StepState.STARTED and decision and state in _RECONCILED:
        step(Machine.STEP, before.state, "reconcile", {"verified": state is StepState.DONE})
        return
    event = _EVENTS.get(state, str(state))
    step(Machine.STEP, before.state, event, {"explained": bool(result or decision)})


_RECONCILED = frozenset({StepState.DONE, StepState.ABORTED})


def _write(session: Session, after: PlanStep, epoch: Epoch | None) -> None:
    row = {name: getattr(after, name) for name in (*_WRITTEN, *_WRITTEN_TOO)}
    row |= {"this": after.id, "args": dict(after.args)}
    if epoch is None:
        session.execute(_CHANGE, row)
        return
    by = {"boot": epoch.boot, "incarnation": epoch.incarnation}
    if session.execute(_CHANGE_BY, row | by).rowcount != 1:
        raise StaleVersion(f"step {after.id} was taken over by a later incarnation than {epoch}")


def _one(session: Session, step_id: int) -> PlanStep:
    found = _steps(session, _BY_ID, {"this": step_id})
    if not found:
        raise LookupError(f"no step {step_id}")
    return found[0]


def _row(step: PlanStep, epoch: Epoch) -> dict[str, Any]:
    row = {name: getattr(step, name) for name in _NAMES}
    return row | {"args": dict(step.args), "boot": epoch.boot, "incarnation": epoch.incarnation}


def _steps(
    session: Session, wanted: Select[Any], which: Mapping[str, object]
) -> tuple[PlanStep, ...]:
    rows = session.execute(wanted, which).mappings()
    return tuple(PlanStep(**{name: row[name] for name in _NAMES}) for row in rows)
