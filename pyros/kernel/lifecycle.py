"""What the kernel says on the bus about the lives of actors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from pyros.kernel.cell import ExitKind

LIFECYCLE = "kernel/lifecycle"
"""The stream of all events below but `ActorStatus`."""
COUNTERS = "kernel/counters"
"""The newest `Counters`."""


def tree_topic(path: str) -> str:
    """The state topic of the `ActorStatus` of `path`: `kernel/tree/<path>`."""
    return f"kernel/tree{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleEvent:
    """Something happened in the life of an incarnation."""

    path: str
    incarnation: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildUp(LifecycleEvent):
    """It has started and takes orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildDown(LifecycleEvent):
    """It has ended."""

    kind: ExitKind
    reason: str
    traceback: str = ""
    message_type: str = ""
    clean: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPauseRequested(LifecycleEvent):
    """One without whom the observatory cannot work has gone down."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Degraded(LifecycleEvent):
    """An optional part is away; the rest goes on and it will be tried again."""

    reason: str
    retry_after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(LifecycleEvent):
    """It failed, and was told to go on with its state; the message is lost."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HungDetected(LifecycleEvent):
    """Its handler is over its budget; the thread was left to itself."""

    message_type: str
    budget_s: float
    busy_s: float
    stack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected(LifecycleEvent):
    """A fault plan struck."""

    fault: str
    message_type: str
    actor_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(LifecycleEvent):
    """A supervisor gave up; its children are stopped."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorStatus:
    """One line of the tree, as its supervisor knows it."""

    path: str
    state: str
    """starting, running, restarting, stopping, stopped, abandoned"""
    incarnation: int
    restarts: int
    last_reason: str
    since: datetime
    tier: int
    blocking: bool
    optional: bool = False
    last_failure: ChildDown | None = None
    """Its last end that was none of its own or by order; kept over restarts."""
    next_try: datetime | None = None
    """When its supervisor tries again, while it waits to; None at all other times."""
    mailbox: int = 0
    """How many messages wait; filled in by `ActorSystem.tree()`."""
    busy_s: float = 0.0
    """For how long its handler runs, seconds; filled in by `ActorSystem.tree()`."""
    budget_s: float = 0.0
    """How long the handler may take, seconds; filled in by `ActorSystem.tree()`."""
    handling: str = ""
    """Class of the message in work; filled in by `ActorSystem.tree()`."""
    rejected: int = 0
    """How many messages its full mailbox did not take; filled in by `ActorSystem.tree()`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the kernel counts since its start."""

    dead_letters: int
    abandoned: int
    restarts: int
