"""A whole observatory: built, started, looked at, stopped."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from pyros import __version__
from pyros.actors import tree
from pyros.config.model import Config
from pyros.domain.devices.device import AT_WORK, DeviceState
from pyros.errors import StartError, StoreUnavailable
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.bus import EventBus
from pyros.kernel.system import ActorSystem
from pyros.messages.device_commands import CloseDome, WithdrawPermit
from pyros.messages.events import DeviceStatus
from pyros.store import house
from pyros.store.engine import Store
from pyros.system.assembly import Assembly
from pyros.system.outside import Outside
from pyros.system.prepare import Prepared, prepare
from pyros.web.actor import Web
from pyros.web.parts import WebParts

log = logging.getLogger(__name__)


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
            known = isinstance(status, DeviceStatus)
            found[name] = status.life if known else DeviceState.UNKNOWN
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
        code = self.system.wait()
        self._note_end(code)
        return code

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
    synchronous = "FULL" if outside.durable else "OFF"
    store = store or Store(config.data.database_url, synchronous=synchronous)
    prepared = prepare(config, store, outside.clock.utc())
    web = _LateWeb(config=config, store=store, outside=outside)
    assembly = Assembly(
        config=config,
        store=store,
        outside=outside,
        web=web.make if outside.listener is not None else None,
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
    web.connect(system, staff)
    return Observatory(config=config, store=store, system=system, prepared=prepared, staff=staff)


@dataclass(slots=True, kw_only=True)
class _LateWeb:
    """The web is told of the system that it lives in, which is made after its factory."""

    config: Config
    store: Store
    outside: Outside
    parts: WebParts | None = None

    def connect(self, system: ActorSystem, staff: Mapping[str, str]) -> None:
        """Tell what a page may look at."""
        self.parts = WebParts(
            config=self.config,
            store=self.store,
            writer=tree.WRITER,
            staff=staff,
            address=system.address,
            bus=system.bus,
            clock=system.clock,
            tree=system.tree,
            dead_letters=lambda: system.dead_letter_count,
            data_root=self.config.data.root,
            simulated=self.config.simulation is not None,
            version=__version__,
            secret=secrets.token_bytes(32),
        )

    def make(self) -> SupervisedActor:
        """Return a new incarnation of the web."""
        listener = self.outside.listener
        if self.parts is None or listener is None:
            raise RuntimeError("the web was started before it was connected")
        return Web(self.parts, listener)


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
