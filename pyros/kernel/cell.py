"""The state of one incarnation, and how it ended."""

from __future__ import annotations

import threading
import traceback
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pykka import ActorRef
    from pykka._envelope import Envelope

    from pyros.kernel.fence import Epoch
    from pyros.kernel.loop import ActorLoop
    from pyros.kernel.mailbox import Mailbox
    from pyros.kernel.ref import BoundedFuture
    from pyros.kernel.spec import ChildSpec


class ExitKind(StrEnum):
    """How an incarnation ended."""

    NORMAL = "normal"
    SHUTDOWN = "shutdown"
    FAILED = "failed"
    START_FAILED = "start_failed"
    HUNG = "hung"
    KILLED = "killed"


FAILURES = frozenset({ExitKind.FAILED, ExitKind.START_FAILED, ExitKind.HUNG, ExitKind.KILLED})


class CellState(StrEnum):
    """Where an incarnation is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"
    TERMINATED = "terminated"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitReason:
    """Why an incarnation ends, in words and as the exception that caused it."""

    kind: ExitKind
    text: str
    cause: BaseException | None = None
    traceback: str = ""
    message_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exited:
    """One incarnation has ended.  Exactly one is sent for each, to the parent."""

    path: str
    incarnation: int
    kind: ExitKind
    reason: str
    cause: BaseException | None
    traceback: str
    message_type: str
    monotonic: float
    utc: datetime
    clean: bool = True


class Parent(Protocol):
    """Who is told that an incarnation has ended."""

    def child_exited(self, exited: Exited) -> None:
        """Take the notice; called in any thread, never waits."""

    def child_resumed(self, path: str, error: BaseException) -> None:
        """A child failed and was told to go on."""


def describe(error: BaseException) -> str:
    """One line: class and text of an exception."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def reason_of(error: BaseException, *, kind: ExitKind, message: object = None) -> ExitReason:
    """The reason for an end by `error`, raised while `message` was in work."""
    return ExitReason(
        kind=kind,
        text=describe(error),
        cause=error,
        traceback="".join(traceback.format_exception(error)),
        message_type="" if message is None else type(message).__name__,
    )


class ActorCell:
    """What the kernel knows of one incarnation.  Plain attributes, written without a lock."""

    __slots__ = (
        "__weakref__",
        "_claim",
        "abandoned_at",
        "budget",
        "busy_since",
        "decider",
        "default_budget",
        "epoch",
        "exited",
        "fenced",
        "handled",
        "incarnation",
        "loop",
        "mailbox",
        "message",
        "on_stack",
        "parent",
        "path",
        "ref",
        "spec",
        "started",
        "state",
        "thread",
        "tier",
        "waits_for",
    )

    def __init__(self, path: str, epoch: Epoch, spec: ChildSpec, parent: Parent) -> None:
        self.path = path
        self.epoch = epoch
        self.incarnation = epoch.incarnation
        self.spec = spec
        self.tier = spec.tier
        self.parent = parent
        self.state = CellState.STARTING
        self.default_budget = spec.budget_s
        self.budget = spec.start_timeout_s
        self.busy_since = 0.0
        self.message: Envelope[Any] | None = None
        self.fenced = False
        self.handled = 0
        self.exited: Exited | None = None
        self.abandoned_at = 0.0
        self.on_stack = False
        self.waits_for: ActorCell | None = None
        self.thread: threading.Thread | None = None
        self.decider: Callable[[BaseException], bool] | None = None
        self.mailbox: Mailbox
        self.ref: ActorRef[Any]
        self.loop: ActorLoop
        self.started: BoundedFuture
        self._claim = threading.Lock()

    def __repr__(self) -> str:
        return f"<{self.path}#{self.incarnation} {self.state}>"

    def claim_exit(self) -> bool:
        """Whether the caller is the one who says how this incarnation ended; true once."""
        return self._claim.acquire(blocking=False)

    @property
    def claimed(self) -> bool:
        """Whether somebody has said how this incarnation ended."""
        return self._claim.locked()

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.state is CellState.TERMINATED
