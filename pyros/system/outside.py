"""What differs between a real observatory, a simulated one and a rehearsed night."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from pyros.actors.scheduler.pool import Planners
from pyros.drivers.interface import Driver
from pyros.kernel.clock import Clock
from pyros.kernel.context import Context
from pyros.kernel.runtime import Runtime
from pyros.kernel.services import Faults

DriverMaker = Callable[[Context], Driver]
"""Makes the driver of a device for one incarnation of its actor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything that the house takes from outside of itself.

    `listener` is the web's listening socket, None for a house without pages; `ports` says whether
    alert sources may open theirs; `durable` whether files and rows must survive a power cut;
    `schema_ready` whether the database has been brought to its schema already.
    """

    clock: Clock
    drivers: Mapping[str, DriverMaker]
    image_workers: Callable[[], Executor]
    scheduling_worker: Callable[[], Planners]
    listener: socket.socket | None = None
    ports: bool = True
    durable: bool = True
    schema_ready: bool = False
    runtime: Runtime | None = None
    faults: Faults | None = None
    seed: int = 0
