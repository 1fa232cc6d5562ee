"""What a supervisor remembers of a child, and says about it on the bus."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pyros.kernel.cell import FAILURES, ExitKind
from pyros.kernel.lifecycle import (
    LIFECYCLE,
    ActorStatus,
    ChildDown,
    ChildUp,
    Degraded,
    LifecycleEvent,
    SystemPauseRequested,
    tree_topic,
)

if TYPE_CHECKING:
    from datetime import datetime

    from pyros.kernel.cell import ActorCell, Exited, ExitReason
    from pyros.kernel.services import Services
    from pyros.kernel.spec import ChildSpec
    from pyros.kernel.timers import Timer


class ChildState(StrEnum):
    """Where a child is, as its supervisor sees it."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildInfo:
    """An answer to `WhichChildren`."""

    id: str
    path: str
    state: ChildState
    incarnation: int
    restarts: int
    last_reason: str


def say_down(services: Services, exited: Exited) -> ChildDown:
    """Publish that an incarnation has ended; returns what was said."""
    said = ChildDown(
        path=exited.path,
        incarnation=exited.incarnation,
        at=services.clock.utc(),
        kind=exited.kind,
        reason=exited.reason,
        traceback=exited.traceback,
        message_type=exited.message_type,
        clean=exited.clean,
    )
    services.bus.publish(LIFECYCLE, said, stream=True)
    return said


def _last_failure(services: Services, path: str) -> ChildDown | None:
    """What was known of `path` before its supervisor was restarted itself."""
    status = services.bus.latest(tree_topic(path))
    return status.last_failure if isinstance(status, ActorStatus) else None


class Child:
    """A child's specification and what has become of it."""

    def __init__(self, spec: ChildSpec, path: str, services: Services) -> None:
        self.spec = spec
        self.path = path
        self.cell: ActorCell | None = None
        self.state = ChildState.STOPPED
        self.restarts = 0
        self.last_reason = ""
        self.last_failure = _last_failure(services, path)
        self.next_try: datetime | None = None
        self.tries = 0
        self.up_since = 0.0
        self.retry: Timer | None = None
        self.static = True
        """Whether it comes again with a new incarnation of its supervisor."""
        self._services = services

    @property
    def incarnation(self) -> int:
        """Its newest incarnation, 0 if it had none."""
        return self._services.table.incarnation(self.path)

    @property
    def info(self) -> ChildInfo:
        """What `WhichChildren` is told."""
        return ChildInfo(
            id=self.spec.id,
            path=self.path,
            state=self.state,
            incarnation=self.incarnation,
            restarts=self.restarts,
            last_reason=self.last_reason,
        )

    def become(self, state: ChildState, reason: str | None = None) -> None:
        """Enter a state and publish the status."""
        self.state = state
        if state is not ChildState.RESTARTING:
            self.next_try = None
        if reason is not None:
            self.last_reason = reason
        self._services.bus.publish(
            tree_topic(self.path),
            ActorStatus(
                path=self.path,
                state=state.value,
                incarnation=self.incarnation,
                restarts=self.restarts,
                last_reason=self.last_reason,
                since=self._services.clock.utc(),
                tier=self.spec.tier,
                blocking=self.spec.blocking,
                optional=self.spec.optional,
                last_failure=self.last_failure,
                next_try=self.next_try,
            ),
        )

    def up(self, cell: ActorCell) -> None:
        """`cell` is up."""
        self.cell = cell
        self.up_since = self._services.clock.real_monotonic()
        self.become(ChildState.RUNNING)
        self._say(ChildUp(path=self.path, incarnation=cell.incarnation, at=self._now()))

    def down(self, exited: Exited) -> None:
        """Say that an incarnation has ended."""
        self.cell = None
        self.last_reason = exited.reason
        self._remember(say_down(self._services, exited))

    def did_not_start(self, reason: ExitReason) -> None:
        """Say that an incarnation did not come up."""
        self.cell = None
        self.last_reason = reason.text
        said = ChildDown(
            path=self.path,
            incarnation=self.incarnation,
            at=self._now(),
            kind=ExitKind.START_FAILED,
            reason=reason.text,
            traceback=reason.traceback,
        )
        self._say(said)
        self._remember(said)

    def _remember(self, said: ChildDown) -> None:
        if said.kind in FAILURES:
            self.last_failure = said

    def ask_for_pause(self, reason: str) -> None:
        """If it is blocking, ask everybody to pause."""
        if self.spec.blocking:
            self._say(
                SystemPauseRequested(
                    path=self.path, incarnation=self.incarnation, at=self._now(), reason=reason
                )
            )

    def degraded(self, reason: str, retry_after_s: float) -> None:
        """Say that the rest goes on without it for now."""
        self._say(
            Degraded(
                path=self.path,
                incarnation=self.incarnation,
                at=self._now(),
                reason=reason,
                retry_after_s=retry_after_s,
            )
        )

    def cancel_retry(self) -> None:
        """It is not to be tried again by itself."""
        if self.retry is not None:
            self.retry.cancel()
            self.retry = None
        self._services.table.give_up(self.path)

    def gone(self, reason: str) -> None:
        """It will not come back: tell who watches."""
        self.cancel_retry()
        self._services.deathwatch.gone(self.path, self.incarnation, reason)

    def forget(self) -> None:
        """Nobody remembers it: its line of the tree goes, once who looks on has its last word."""
        self._services.bus.forget(tree_topic(self.path))

    def _now(self) -> datetime:
        return self._services.clock.utc()

    def _say(self, event: LifecycleEvent) -> None:
        self._services.bus.publish(LIFECYCLE, event, stream=True)


class Orphan(Child):
    """A child whose supervisor is gone: what is said of it is said for the supervisor."""

    def __init__(self, cell: ActorCell, services: Services) -> None:
        super().__init__(cell.spec, cell.path, services)
        self.cell = cell

    def stopped(self, cell: ActorCell, reason: str) -> None:
        """Say that it has ended or was abandoned."""
        if cell.exited is not None:
            self.down(cell.exited)
        self.become(ChildState.STOPPED if cell.ended else ChildState.ABANDONED, reason)
        self.cancel_retry()
