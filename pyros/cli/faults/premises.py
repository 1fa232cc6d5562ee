"""A house in virtual time that is started again when it ends, as a service manager would."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pyros.actors import tree
from pyros.cli.invariants import Record
from pyros.cli.one_process import rehearsed_outside
from pyros.config import rehearsal
from pyros.config.model import Config
from pyros.errors import StartError
from pyros.kernel.bus import Subscription
from pyros.kernel.cell import FAILURES
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown
from pyros.kernel.nursery import StartFailed
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages.events import ImageTaken, SlewStarted
from pyros.system.observatory import Observatory, build
from simulators.world import World

AGAIN_S = 5.0
"""What has ended is started again after so long, virtual seconds."""
START_ERROR = 1
"""Exit code of a house that could not be built."""
HEARD = ("device/*", "conditions", "holds", "executions", "slews", "alerts", "images", LIFECYCLE)


@dataclass(slots=True)
class Heard:
    """What a house has said, over all its starts."""

    record: Record = field(default_factory=Record)
    downs: int = 0
    """How many failed; a plan that has done its work is none of them."""
    ends: dict[tuple[int, str, int], str] = field(default_factory=dict)
    """Of everybody whose end was told (start, path, incarnation): how and why."""
    told_twice: list[str] = field(default_factory=list)
    alert_images: int = 0
    slews: int = 0

    def take(self, start: int, event: object) -> None:
        """Take in one event of a start."""
        self.record.see(event)
        match event:
            case SlewStarted():
                self.slews += 1
            case ImageTaken(image=image) if image.alert_id is not None:
                self.alert_images += 1
            case ChildDown():
                self._down(start, event)
            case _:
                pass

    def _down(self, start: int, event: ChildDown) -> None:
        self.downs += event.kind in FAILURES
        end, how = (start, event.path, event.incarnation), f"{event.kind}: {event.reason}"
        if end in self.ends:
            name = f"{event.path}#{event.incarnation}"
            self.told_twice.append(f"{name} ended twice ({self.ends[end]}; {how})")
        self.ends[end] = how


class Premises:
    """One site: its devices live on whatever becomes of the process that steers them."""

    def __init__(
        self,
        config: Config,
        *,
        seed: int,
        runtime: SimRuntime | None = None,
        plan: FaultPlan | None = None,
    ) -> None:
        start = config.clock.start
        if not isinstance(start, datetime):
            raise TypeError("clock.start: a night of faults starts at an instant")
        self.config, self.seed = config, seed
        self.plan = plan or FaultPlan(seed)
        self.runtime = runtime or SimRuntime(seed=seed, start=start)
        self.clock = self.runtime.clock
        self.world = World(config, clock=self.clock)
        self.heard = Heard()
        self.starts = 0
        self.exit_codes: list[int] = []
        self.left_over: list[str] = []
        self._threads = frozenset(one.ident for one in threading.enumerate())
        self.up: Observatory | None = None
        """The house, None while it is down."""
        self._news: Subscription | None = None
        self._down_until: float | None = None
        self._stack = contextlib.ExitStack()

    def start(self) -> None:
        """Start the house; one that does not start is tried again later."""
        if self.starts:
            self.plan = FaultPlan(self.seed + self.starts)
            self.runtime = self.runtime.successor(self.seed + self.starts)
        self.starts += 1
        outside = self._stack.enter_context(
            rehearsed_outside(self.config, self.runtime, world=self.world, faults=self.plan)
        )
        try:
            observatory = build(self.config, outside)
        except StartError:  # a full disk, a locked database: the service manager tries again
            self._wait_for_next(START_ERROR)
            return
        self._news = observatory.bus.subscribe(HEARD, lambda: None)
        try:
            observatory.system.start()
        except StartFailed:
            self._has_ended(observatory)
            return
        self.up = observatory

    def run_for(self, seconds: float) -> None:
        """Let virtual time pass; a house that has ended is down for a while and starts again."""
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            if self.up is None:
                self._wait_down(until)
                continue
            self.runtime.run_for(min(1.0, until - self.clock.monotonic()))
            self.listen()
            if self.up.system.ending:
                self._has_ended(self.up)

    def _wait_down(self, until: float) -> None:
        again = self._down_until if self._down_until is not None else self.clock.monotonic()
        self.clock.move_to(min(until, again))
        if self.clock.monotonic() >= again:
            self.start()

    def _has_ended(self, observatory: Observatory) -> None:
        code = observatory.stop()
        self.listen()
        self.left_over += list(left_of(observatory, self._threads))
        self.up = None
        self._wait_for_next(code)

    def _wait_for_next(self, code: int) -> None:
        self.exit_codes.append(code)
        self._down_until = self.clock.monotonic() + AGAIN_S

    def listen(self) -> None:
        """Take in what was said."""
        if self._news is None:
            return
        for published in self._news.take_in_order()[0]:
            self.heard.take(self.starts, published.value)

    def close(self) -> None:
        """Stop everything."""
        if self.up is not None:
            self._has_ended(self.up)
        self._stack.close()


def inhabitants(config: Config, root: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paths of all that live in the house of `config`, and of those with a box."""
    site = Premises(rehearsal.in_folder(config, root), seed=0)
    with contextlib.closing(site):
        site.start()
        house = site.up
        if house is None:
            raise StartError("the house does not start")
        every = tuple(one.path for one in house.system.tree() if one.path != "/")
        boxes = tuple(house.staff[name] for name in sorted(config.devices))
    passing = f"{tree.PLANS}/"
    return tuple(one for one in every if not one.startswith(passing)), boxes


def left_of(observatory: Observatory, before: frozenset[int | None]) -> Iterator[str]:
    """Yield what a stopped house has left behind: actors, and threads that are new."""
    table = observatory.system.services.table
    yield from (f"{path} is still registered" for path in table.live)
    yield from (f"{cell} has not ended" for cell in table.cells.values())
    new = [one for one in threading.enumerate() if one.ident not in before]
    yield from (f"thread {one.name} still runs" for one in new)
