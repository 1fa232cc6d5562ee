"""A whole observatory: built, started, looked at, stopped."""

from __future__ import annotations

import logging
import secrets
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pyros.actors import tree
from pyros.config.model import Config
from pyros.domain.devices.device import AT_WORK, DeviceState
from pyros.domain.devices.state import TelescopeState
from pyros.errors import StartError, StoreUnavailable
from pyros.kernel.bus import EventBus
from pyros.kernel.system import ActorSystem
from pyros.messages.commands import CloseDown
from pyros.messages.device_commands import CloseDome, WithdrawPermit
from pyros.messages.events import DeviceStatus, ExecutionProgress
from pyros.store import house
from pyros.store.engine import Store
from pyros.system.assembly import Assembly
from pyros.system.outside import Outside
from pyros.system.prepare import Prepared, prepare

if TYPE_CHECKING:
    from pyros.system.pages import Pages

log = logging.getLogger(__name__)

SWITCH_S = 0.001
"""A thread that computes yields to others so often: an alert waits for no longer than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observatory:
    """A house and its tree of actors."""

    config: Config
    store: Store
    system: ActorSystem
    prepared: Prepared
    staff: Mapping[str, str]

    @property
    def bus(self) -> EventBus:
        """What the actors publish."""
        return self.system.bus

    def devices(self) -> dict[str, DeviceState]:
        """Return how each configured device stands, as its actor last said."""
        found = {}
        for name in self.config.devices:
            status = self.bus.latest(f"device/{name}")
            known = status if isinstance(status, DeviceStatus) else None
            found[name] = known.life if known is not None else DeviceState.UNKNOWN
        return found

    def not_ready(self) -> tuple[str, ...]:
        """Return the devices that are not at work, with their state, for people (B11)."""
        states = self.devices().items()
        return tuple(f"{name} ({state})" for name, state in states if state not in AT_WORK)

    def stop(self) -> int:
        """Stop everything in reverse order; returns the exit code."""
        code = self.system.stop()
        self._note_end(code)
        return code

    def wait(self) -> int:
        """Wait for a signal or the root's end, stop everything, return the exit code."""
        with self.system.signals():
            if not self.system.await_end():
                self._close_down()
            code = self.system.stop()
        self._note_end(code)
        return code

    def _close_down(self) -> None:
        """Have the dome closed and the telescope parked, seen by sensors, while all still stand.

        If that takes too long we go all the same: a dome closes by itself without its heartbeat.
        """
        system, safety = self.system, self.config.safety
        news = threading.Event()
        heard = self.bus.subscribe(["device/*", "progress"], news.set)
        order = CloseDown(at=system.clock.utc())
        if not system.address(self.staff["majordome"]).offer(order):
            log.warning("the majordome is away; the dome is left to its own heartbeat")
            return
        clock = system.clock
        end_s = clock.monotonic() + safety.shutter_s + safety.park_s
        while not (self._is_shut() and self._is_idle()) and clock.monotonic() < end_s:
            clock.wait(news, end_s - clock.monotonic())
            news.clear()
            heard.take()
        heard.close()

    def _is_shut(self) -> bool:
        for name, entry in self.config.devices.items():
            status = self.bus.latest(f"device/{name}")
            state = status.snapshot if isinstance(status, DeviceStatus) else None
            if entry.kind == "dome" and (state is None or state.phase != "closed"):
                return False
            parked = isinstance(state, TelescopeState) and state.at_park is True
            if entry.kind == "telescope" and not parked:
                return False
        return True

    def _is_idle(self) -> bool:
        """Whether what was executed has ended: its rows say how."""
        progress = self.bus.latest("progress")
        return not isinstance(progress, ExecutionProgress) or progress.execution.end is not None

    def _note_end(self, code: int) -> None:
        at, boot = self.system.clock.utc(), self.prepared.boot
        end = partial(house.boot_ended, number=boot, at=at, exit_code=code, reason="stopped")
        try:
            self.store.write(end)
        except StoreUnavailable as gone:
            log.warning("the end of boot %d is not written: %s", boot, gone)
        self.store.close()


def build(config: Config, outside: Outside, *, store: Store | None = None) -> Observatory:
    """Return the observatory of a configuration, prepared and not yet started.

    Raises:
        StartError: something is missing; one line with its remedy.
    """
    store = store or Store(
        config.data.database_url,
        synchronous="FULL" if outside.durable else "OFF",
        busy_ms=None if outside.runtime is None else 0,  # virtual time stands while we wait
    )
    if not outside.schema_ready:
        from pyros.store import schema  # noqa: PLC0415  Alembic is large, and a start has it apart

        schema.bring(store, by_itself=config.simulation is not None)
    prepared = prepare(config, store, outside.clock.utc())
    if outside.runtime is None:
        sys.setswitchinterval(SWITCH_S)
    pages = _pages(config, store, outside)
    assembly = Assembly(
        config=config, store=store, outside=outside, web=pages.make if pages else None
    )
    staff = assembly.staff()
    system = ActorSystem(
        tree.tree(assembly.factories()),
        clock=outside.clock,
        runtime=outside.runtime,
        boot=prepared.boot,
        seed=outside.seed,
        faults=outside.faults,
        safe_state=lambda reason: _make_safe(system, config, reason),
    )
    if pages:
        pages.connect(system, staff)
    return Observatory(config=config, store=store, system=system, prepared=prepared, staff=staff)


def _pages(config: Config, store: Store, outside: Outside) -> Pages | None:
    """Return what makes the web; a house without a listener pays for no web server."""
    if outside.listener is None:
        return None
    from pyros.system.pages import Pages  # noqa: PLC0415  see above

    return Pages(config=config, store=store, outside=outside)


def _make_safe(system: ActorSystem, config: Config, reason: str) -> None:
    """The last word of the root: no permit, close the dome; its own heartbeat does the rest."""
    at = system.clock.utc()
    for name, entry in config.devices.items():
        if entry.kind == "dome":
            dome = system.address(f"/devices/unit-{entry.unit}/{name}")
            dome.offer(WithdrawPermit(at=at, reason=reason))
            dome.offer(CloseDome(at=at, key=secrets.token_hex(16), reason=reason))


def listen(config: Config) -> socket.socket:
    """Return the web's listening socket.

    Raises:
        StartError: the port is taken or not ours to open.
    """
    try:
        return socket.create_server((config.web.host, config.web.port), reuse_port=False)
    except OSError as taken:
        where = f"{config.web.host}:{config.web.port}"
        raise StartError(
            f"web: {where} cannot be opened ({taken.strerror}); change web.port"
        ) from taken
