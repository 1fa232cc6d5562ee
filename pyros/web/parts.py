"""What the composition root lends the web: nothing in it belongs to one incarnation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pyros.config.model import Config
from pyros.kernel.bus import EventBus
from pyros.kernel.clock import Clock, SystemClock
from pyros.kernel.lifecycle import ActorStatus
from pyros.kernel.mailbox import DeadLetter
from pyros.kernel.ref import Address
from pyros.store.engine import Store


class Strikes(Protocol):
    """What an admin may do to an actor of a house in development; an `ActorSystem` does it."""

    def kill(self, path: str) -> None:
        """End it as if its code had died; raises Refused if nobody lives there."""

    def hang(self, path: str, *, over_s: float) -> float:
        """Let it stand still so much longer than it may; returns how long in all, real seconds."""
        ...

    def restart(self, path: str) -> None:
        """Have it stopped in order and started again; raises NotRunning, Refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    """The house as the web knows it: store, bus, paths and messages; no actor class."""

    config: Config
    store: Store
    writer: str
    """Path of the store-writer."""
    staff: Mapping[str, str]
    """Paths of those who take orders: `majordome`, `observation`, `alerts`, devices by name."""
    address: Callable[[str], Address]
    bus: EventBus
    clock: Clock
    """The observatory's time."""
    tree: Callable[[], tuple[ActorStatus, ...]]
    dead_letters: Callable[[], int]
    letters: Callable[[], tuple[DeadLetter, ...]]
    """The newest messages that reached nobody, oldest first."""
    abandoned: Callable[[], tuple[str, ...]]
    """path#incarnation of each abandoned thread that still runs."""
    data_root: Path
    simulated: bool
    version: str
    secret: bytes
    """Signs what a browser keeps; the same over restarts of the actor."""
    strikes: Strikes | None = None
    """In development mode alone; None: actors are looked at, not played with."""
    watch: Clock = field(default_factory=SystemClock)
    """Real time: log-ins do not end sooner because the observatory's time runs faster."""
