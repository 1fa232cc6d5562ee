"""What all actors of one system share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pykka

from pyros.kernel.cell import ExitKind
from pyros.kernel.spec import comes_back, hands_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.bus import EventBus
    from pyros.kernel.cell import ActorCell
    from pyros.kernel.clock import Clock
    from pyros.kernel.deathwatch import DeathWatch
    from pyros.kernel.mailbox import DeadLetters
    from pyros.kernel.runtime import Runtime
    from pyros.kernel.table import PathTable
    from pyros.kernel.timers import TimerService


DECISION_S = 0.1
"""How soon to ask again while a supervisor makes up its mind."""


class Faults(Protocol):
    """A plan of injected faults, as the kernel sees it; `testing.faults.FaultPlan` is one."""

    def attach(self, services: Services) -> None:
        """Serve this system."""

    def strike(self, cell: ActorCell, message: object) -> bool:
        """Raise, hang or be slow before `message` is handled; True: it is not to be handled."""

    def strike_start(self, cell: ActorCell, stage: str) -> None:
        """Raise at the stage `construction` or `on_start` of an incarnation."""

    def crash(self, cell: ActorCell, error: BaseException | None) -> None:
        """Let `cell` fail with `error` at once, or be killed if that is None."""

    def hang(self, cell: ActorCell, for_s: float) -> None:
        """Let `cell` stand still so long, after the message in work."""


@dataclass(slots=True, kw_only=True)
class Services:
    """Clock, bus, register, timers and the runtime of one system."""

    clock: Clock
    bus: EventBus
    runtime: Runtime
    table: PathTable
    timers: TimerService
    dead_letters: DeadLetters
    deathwatch: DeathWatch
    seed: int = 0
    faults: Faults | None = None
    strike: Callable[[ActorCell, object], bool] | None = None
    """Asked before each message if there are faults to inject."""
    restarts: int = 0
    on_degraded: Callable[[str, str], None] | None = None
    """Called with path and reason when an optional branch of the root gives up."""
    on_giving_up: Callable[[str], None] | None = None
    """Called with the reason when the root gives up, before anybody is stopped."""
    on_abandoned: Callable[[], None] = field(default=lambda: None)

    def release(self, cell: ActorCell, kind: ExitKind) -> None:
        """`cell` takes no mail any more; end its timers, subscriptions and watches."""
        if kind is not ExitKind.SHUTDOWN and comes_back(cell.spec, kind):
            self.table.expect(cell.path, DECISION_S)  # until its supervisor has decided
        self.table.unbind(cell)
        pykka.ActorRegistry.unregister(cell.ref)
        cell.ref.actor_stopped.set()
        cell.loop.release()
        self.deathwatch.prune(cell)

    def fence(self, cell: ActorCell, kind: ExitKind, why: str) -> None:
        """Whatever `cell` still runs shall do nothing any more; its asker is answered."""
        envelope = cell.message
        cell.fenced = True
        cell.mailbox.close(why, leaves=hands_on(cell.spec, kind))
        self.release(cell, kind)
        self.table.abandon(cell)
        if envelope is not None and envelope.reply_to is not None:
            error = self.table.dead(cell.path, why)
            envelope.reply_to.set_exception((type(error), error, None))
        self.on_abandoned()
