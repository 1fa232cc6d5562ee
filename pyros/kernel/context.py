"""What an actor may ask of the kernel; one for each incarnation."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pyros.errors import NotRunning
from pyros.kernel.fence import check_fence
from pyros.kernel.mailbox import Mail, Token
from pyros.kernel.ref import ActorDead, Address
from pyros.kernel.requests import StartChild

if TYPE_CHECKING:
    from pyros.kernel.bus import EventBus
    from pyros.kernel.cell import ActorCell
    from pyros.kernel.clock import Clock
    from pyros.kernel.fence import Epoch
    from pyros.kernel.services import Services
    from pyros.kernel.spec import ChildSpec
    from pyros.kernel.timers import Timer


class Context:
    """Who an actor is, and its clock, bus, timers, subscriptions and watches.

    All of them end with the incarnation, and raise `Fenced` in an abandoned one.
    """

    __slots__ = (
        "_cell",
        "_random",
        "_services",
        "_timers",
        "_unnamed",
        "bus",
        "clock",
        "me",
        "path",
    )

    def __init__(self, cell: ActorCell, services: Services) -> None:
        self._cell = cell
        self._services = services
        self._timers: dict[str, Timer] | None = None
        self._unnamed = 0
        self._random: random.Random | None = None
        self.path = cell.path
        self.clock: Clock = services.clock
        self.bus: EventBus = services.bus
        self.me = Address(cell.path, services.table)

    @property
    def incarnation(self) -> int:
        """1 for the first at this path, and one more for each that follows."""
        return self._cell.incarnation

    @property
    def epoch(self) -> Epoch:
        """Boot and incarnation, for requests to devices and writes to the store."""
        return self._cell.epoch

    @property
    def mine(self) -> Address:
        """The address of this incarnation alone: mail to it never reaches a successor."""
        return Address(self.path, self._services.table, self._cell.incarnation)

    @property
    def random(self) -> random.Random:
        """Chance that repeats itself: seeded by the system's seed and the path."""
        if self._random is None:
            self._random = random.Random(f"{self._services.seed}:{self.path}")  # noqa: S311
        return self._random

    def address(self, path: str) -> Address:
        """The address of `path`, whether or not somebody lives there now."""
        return Address(path, self._services.table)

    def after(self, delay_s: float, message: object, *, key: str | None = None) -> None:
        """Tell me `message` once, after `delay_s`; the same key replaces what is pending."""
        self._set_timer(delay_s, message, key=key, period_s=None)

    def every(self, period_s: float, message: object, *, key: str | None = None) -> None:
        """Tell me `message` every `period_s`; the key defaults to the message's class name."""
        if period_s <= 0:
            msg = f"{self.path}: period {period_s} s: should be above 0"
            raise ValueError(msg)
        self._set_timer(period_s, message, key=key or type(message).__name__, period_s=period_s)

    def cancel(self, key: str) -> None:
        """Forget the timer of that key; harmless if there is none."""
        timer = (self._timers or {}).pop(key, None)
        if timer is not None:
            timer.cancel()

    def subscribe(self, *topics: str) -> dict[str, object]:
        """Send me what is published from now on to topics that match these glob patterns.

        Each value arrives as a plain message equal to it: of a state topic the newest only, of a
        stream every item, and `StreamMissed` if some were lost.  Returns the newest value of each
        matching state topic; between it and the first message there is no gap.
        """
        cell = self._cell
        token: Token

        def wake() -> None:
            cell.mailbox.nudge(token)

        subscription = self.bus.subscribe(topics, wake)
        token = Token(subscription)
        cell.loop.at_end(subscription.close)
        if subscription.dirty:  # published before the token was made
            wake()
        return {name: published.value for name, published in subscription.initial.items()}

    def watch(self, path: str) -> None:
        """Send me `Terminated` when `path` is gone for good; at once if nobody is there."""
        check_fence()
        table = self._services.table
        self._services.deathwatch.watch(path, self._cell)
        if path not in table.live and isinstance(table.absence(path), ActorDead):
            self._services.deathwatch.gone(path, table.incarnation(path), "nobody lives there")

    def unwatch(self, path: str) -> None:
        """Send me nothing about `path`."""
        self._services.deathwatch.unwatch(path, self._cell)

    def start_child(self, supervisor: str, spec: ChildSpec) -> None:
        """Tell the supervisor at that path to start a child; `ChildUp` or `ChildDown` follows."""
        self.address(supervisor).offer(StartChild(spec))

    def _set_timer(
        self, delay_s: float, message: object, *, key: str | None, period_s: float | None
    ) -> None:
        check_fence()
        cell = self._cell
        if cell.claimed:
            return
        if self._timers is None:
            self._timers = {}
            cell.loop.at_end(self._end_timers)
        timers = self._timers
        self._unnamed += key is None
        name = key if key is not None else f"\0{self._unnamed}"
        self.cancel(name)

        def fire() -> None:
            if period_s is None:
                timers.pop(name, None)
            _deliver(cell, message)

        timers[name] = self._services.timers.after(delay_s, fire, period_s=period_s)

    def _end_timers(self) -> None:
        for timer in list((self._timers or {}).values()):
            timer.cancel()


def _deliver(cell: ActorCell, message: object) -> None:
    if cell.claimed:
        return
    try:
        cell.mailbox.put(Mail(message))
    except NotRunning:  # full or just closed: the mailbox has counted it
        return
