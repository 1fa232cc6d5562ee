"""What the composition root lends the web: nothing in it belongs to one incarnation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyros.config.model import Config
from pyros.kernel.bus import EventBus
from pyros.kernel.clock import Clock, SystemClock
from pyros.kernel.lifecycle import ActorStatus
from pyros.kernel.ref import Address
from pyros.store.engine import Store


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
    data_root: Path
    simulated: bool
    version: str
    secret: bytes
    """Signs what a browser keeps; the same over restarts of the actor."""
    watch: Clock = field(default_factory=SystemClock)
    """Real time: log-ins do not end sooner because the observatory's time runs faster."""
