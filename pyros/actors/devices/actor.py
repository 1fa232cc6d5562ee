"""The one shell around every device: call, initialise, beat, disable, come back.

What it answers (`reception`):

* an order (`DeviceCommand`): the accepted `Operation` within a second, or `Refused` with every
  reason (`guard`).  The same key again: what became of it, and nothing is done.  An order whose
  answer was lost: an `Operation` UNKNOWN.  `FetchFrame`: the camera's `FrameData`.
* `CloseDome` in every state: it is repeated until both switches say closed, then its key is DONE.
  One that finds the dome closed is DONE at once.  `Abort` in every state, but not of a closing.
* `RenewPermit`, `WithdrawPermit`, `TakeOut`, `PutBack`, `DropFrame`: None, or `Refused`.
* `FollowKey`: an `OperationEnded` told to `reply_to` when `key` ends, at once if it has ended or
  if the device knows no such key.  Ask again after a `DeviceChanged` of this device: a new
  incarnation reads the box and takes over what runs there, but does not know who waits for it.
  An exposure found running that nobody asks for within 30 s is aborted.
* `Announce`: a `DeviceChanged` with old equal to new, and a `DeviceStatus`, on the bus.

A dome that closes though nobody here ordered it ends an operation `selfclose` that nobody began.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from typing import ClassVar

from pyros.actors.devices import reception
from pyros.actors.devices.desk import Desk
from pyros.actors.devices.manner import Now
from pyros.actors.devices.settings import Settings
from pyros.domain.devices.device import DeviceState
from pyros.domain.devices.state import Identity
from pyros.drivers.interface import Driver
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.context import Context
from pyros.messages import device_commands as orders
from pyros.messages.events import DeviceChanged, Event, OperationEnded
from pyros.messages.topics import is_stream, topic_of
from pyros.store.devices import changed, set_version
from pyros.store.engine import Session
from pyros.store.writer import Write

log = logging.getLogger(__name__)

START_S = 0.5
"""So long a new incarnation waits for its device before it goes on without, real seconds."""

DriverFactory = Callable[[Context], Driver]
"""How the driver of a device is made: epoch and clock are the context's."""
WRITER = "/infrastructure/store-writer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """Time to look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stirred:
    """The driver's reader thread saw the device change."""


class DeviceActor(SupervisedActor):
    """One device: the truth is read from its box at each beat, and judged by pure modules."""

    budgets: ClassVar = {Beat: 6.0, Stirred: 6.0, orders.FetchFrame: reception.FETCH_S + 5.0}

    def __init__(self, settings: Settings, make_driver: DriverFactory) -> None:
        super().__init__()
        self.factor = self.context.clock.factor
        self._keys = 0
        self._looked_s = self._due_s = float("-inf")
        self._driver = make_driver(self.context)
        self._desk = Desk(settings, self._driver, self)

    def on_start(self) -> None:
        mine = self.context.mine

        def stirred() -> None:
            mine.offer(Stirred())

        self._driver.on_change(stirred)
        self.say(replace(self._desk.status(), life=DeviceState.CONNECTING))
        self._desk.look(connect_s=min(START_S, self._desk.entry.answers.connect_s))
        self._wake()

    def on_receive(self, message: object) -> object:
        answer = self._answer(message)
        self._wake()
        return answer

    def on_stop(self) -> None:
        self._driver.disconnect()

    def on_failure(self, *_: object) -> None:
        self._driver.disconnect()

    def _answer(self, message: object) -> object:  # noqa: C901, PLR0912 all it answers
        desk, answer = self._desk, None
        match message:
            case Beat():
                self._due_s = float("inf")  # it came
                desk.beat()
            case Stirred() if self.now().s - desk.looked_s >= desk.shortest_s():
                desk.look()
            case Stirred():
                pass  # the next beat is near
            case orders.CloseDome():
                answer = reception.close(desk, message)
            case orders.Abort():
                answer = reception.abort(desk, message)
            case orders.ResetFault():
                answer = reception.reset(desk, message)
            case orders.FetchFrame() | orders.DropFrame():
                return reception.frame(desk, message)
            case orders.DeviceCommand():
                answer = reception.obey(desk, message)
            case orders.RenewPermit() | orders.WithdrawPermit():
                reception.permit(desk, message)
            case orders.TakeOut() | orders.PutBack():
                reception.service(desk, message)
            case orders.FollowKey():
                reception.follow(desk, message)
            case orders.Announce():
                reception.announce(desk)
            case _:
                log.warning("%s: unexpected %s", self.context.path, type(message).__name__)
        return answer

    def _wake(self) -> None:
        """Set the timer of the next beat; whatever did not look only brings it nearer."""
        now_s = self.now().s
        due_s = now_s + self._desk.next_s()
        if self._desk.looked_s == self._looked_s:
            due_s = min(due_s, self._due_s)
        self._looked_s, self._due_s = self._desk.looked_s, due_s
        self.context.after(max(0.0, due_s - now_s), Beat(), key="beat")

    # what the desk asks of its house

    def now(self) -> Now:
        return Now(at=self.context.clock.utc(), s=self.context.clock.monotonic())

    def say(self, event: Event) -> None:
        self.context.bus.publish(topic_of(event), event, stream=is_stream(event))

    def tell(self, path: str, ended: OperationEnded) -> None:
        self.context.address(path).offer(ended)

    def record(self, change: DeviceChanged, identity: Identity | None) -> None:
        self._write(partial(changed, change=change), "device", lazy=True)
        if identity is not None and change.new is DeviceState.INITIALISING:
            device, version = change.device, _version(identity)
            self._write(partial(set_version, device=device, version=version), "version")

    def _write(self, work: Callable[[Session], object], what: str, *, lazy: bool = False) -> None:
        epoch, path = self.context.epoch, self.context.path
        write = Write(work=work, epoch=epoch, what=what, path=path, lazy=lazy)
        self.context.address(WRITER).offer(write)

    def new_key(self) -> str:
        self._keys += 1
        epoch = self.context.epoch
        text = f"{self.context.path}:{epoch.boot}:{epoch.incarnation}:{self._keys}"
        return blake2b(text.encode(), digest_size=16).hexdigest()

    def allow(self, seconds: float) -> None:
        self.beat(seconds)


def _version(identity: Identity) -> str:
    """Return the software of a box in one line: model, firmware, driver (P55)."""
    parts = (identity.model, identity.firmware, identity.driver, identity.driver_version)
    return " ".join(part for part in parts if part)
