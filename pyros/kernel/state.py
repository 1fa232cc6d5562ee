"""What outlives an actor: intent in a store, and the rules of a plan's step journal.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyros.kernel.fence import Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What an actor has written of its intent, with the schema it was written by."""

    schema: int
    value: Mapping[str, object]
    epoch: Epoch


class StateStore(Protocol):
    """Where intent is written before the act."""

    def load(self, path: str) -> Snapshot | None:
        """The newest snapshot of the actor at `path`; None if there is none.

        Raises:
            ValueError: what is stored cannot be read.
        """

    def save(self, path: str, value: Mapping[str, object], epoch: Epoch, *, schema: int) -> None:
        """Write a snapshot.

        Raises:
            StaleVersion: a later epoch has written already; nothing was written.
            StoreUnavailable: try later; nothing was written.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What an actor starts with, and what is to be said about it."""

    value: Mapping[str, object] | None
    warning: str = ""


def load(store: StateStore, path: str, *, schema: int) -> Loaded:
    """The actor's intent; a corrupt or newer snapshot is a clean start with a warning."""
    try:
        snapshot = store.load(path)
    except ValueError as error:
        return Loaded(value=None, warning=f"{path}: its snapshot is corrupt ({error}); clean start")
    if snapshot is None:
        return Loaded(value=None)
    if snapshot.schema > schema:
        text = f"{path}: its snapshot has schema {snapshot.schema}, we know {schema}; clean start"
        return Loaded(value=None, warning=text)
    return Loaded(value=snapshot.value)


class StepState(StrEnum):
    """Where a step of a plan is."""

    PLANNED = "planned"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


class Reconciled(StrEnum):
    """What a plan that is taken up again does with a step."""

    RUN = "run"
    SKIP = "skip"
    VERIFY = "verify"
    ABORT = "abort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a plan's journal."""

    name: str
    state: StepState = StepState.PLANNED
    repeatable: bool = False
    verifiable: bool = False
    """Whether the device or the archive can tell if it was done."""


def reconcile(step: Step) -> Reconciled:
    """What to do with a step that a dead plan has left.

    Done is skipped, failed aborts.  Started and not done: run again only if it is repeatable,
    else verify if that is possible, else abort.
    """
    match step.state:
        case StepState.DONE:
            return Reconciled.SKIP
        case StepState.FAILED:
            return Reconciled.ABORT
        case StepState.STARTED if not step.repeatable:
            return Reconciled.VERIFY if step.verifiable else Reconciled.ABORT
        case _:
            return Reconciled.RUN


def next_step(steps: Sequence[Step]) -> tuple[Step, Reconciled] | None:
    """The first step that is not to be skipped and what to do with it; None: the plan is done."""
    for step in steps:
        decision = reconcile(step)
        if decision is not Reconciled.SKIP:
            return step, decision
    return None
