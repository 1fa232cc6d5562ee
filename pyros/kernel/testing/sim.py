"""The deterministic runtime: no threads, seeded order, time that jumps."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyros.kernel.bus import Subscription
from pyros.kernel.cell import CellState
from pyros.kernel.clock import VirtualClock
from pyros.kernel.fence import here
from pyros.kernel.ref import Deadlock
from pyros.kernel.testing.faults import FaultPlan, Hang, Rule, Slow
from pyros.kernel.testing.lane import SimLane
from pyros.kernel.testing.trace import Trace
from pyros.kernel.watchdog import declare_hung, publish_counters

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from pykka._envelope import Envelope

    from pyros.kernel.cell import ActorCell, ExitReason
    from pyros.kernel.loop import ActorLoop
    from pyros.kernel.ref import BoundedFuture
    from pyros.kernel.services import Services
    from pyros.kernel.timers import TimerService

START = datetime(2026, 1, 1, 18, 0, tzinfo=UTC)
SCAN_S = 0.1
"""How late a hung actor is declared so, virtual seconds."""


class SimRuntime:
    """Runs a system in the caller's thread.

    A seeded generator picks the next actor that has mail; when none has, time jumps to the next
    timer.  Whoever waits inside a handler lets the others run meanwhile, on top of his stack.
    """

    def __init__(self, seed: int = 0, start: datetime = START) -> None:
        self.clock = VirtualClock(start)
        self.clock.driver = self
        self.deliveries = 0
        """How many messages have been handled."""
        self.on_delivery: Callable[[int, ActorCell, object], None] | None = None
        """Called before each delivery with its number, from 1 on."""
        self._random = random.Random(f"sim:{seed}")  # noqa: S311
        self._ready: list[SimLane] = []
        self._lanes: dict[tuple[str, int], SimLane] = {}
        self._newest: SimLane | None = None
        self._trace = Trace()
        self._services: Services | None = None
        self._plan: FaultPlan | None = None
        self._blow: Rule | None = None

    def successor(self, seed: int) -> SimRuntime:
        """A runtime for the next system under the same clock; this one is to be used no more."""
        next_one = SimRuntime(seed)
        next_one.clock = self.clock
        self.clock.driver = next_one
        return next_one

    # Use

    def run_until_idle(self) -> int:
        """Run until nobody has mail, without letting time pass; how many were delivered."""
        before = self.deliveries
        while self._step():
            pass
        return self.deliveries - before

    def run_for(self, seconds: float) -> None:
        """Let `seconds` of virtual time pass, and everything happen that falls into them."""
        until = self.clock.monotonic() + seconds
        timers = self._timers
        while True:
            while self._step():
                pass
            due = timers.next_due()
            if due is None or due > until:
                break
            self.clock.move_to(due)
            self._fire(due)
        self.clock.move_to(until)

    def run_until(self, predicate: Callable[[], bool], timeout_s: float = 3600.0) -> None:
        """Run until `predicate()`.

        Raises:
            TimeoutError: `timeout_s` of virtual time have passed before.
            Deadlock: nothing can run any more, and no timer is set.
        """
        if not self._run_until(predicate, timeout_s, None):
            msg = f"not so within {timeout_s:g} s of virtual time; newest: {self.lines()[-5:]}"
            raise TimeoutError(msg)

    @property
    def trace(self) -> str:
        """SHA-256 over all deliveries in order: path, incarnation, message."""
        return self._trace.digest()

    def lines(self) -> tuple[str, ...]:
        """The newest lines of what the trace is made from."""
        return self._trace.lines()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Have `action` called, as nobody's code, when `seconds` of virtual time have passed."""
        self._timers.after(seconds, action)

    def note(self, line: str) -> None:
        """Add a line of the caller's to the trace."""
        self._trace.add(line)

    # The clock's driver

    def advance(self, seconds: float) -> None:
        """As `run_for`."""
        self.run_for(seconds)

    def wait_for(self, event: threading.Event, timeout_s: float) -> bool:
        """Let the others run until `event` is set or `timeout_s` have passed."""
        until = self.clock.monotonic() + timeout_s
        while not event.is_set():
            if self._step():
                continue
            due = self._timers.next_due()
            if due is None or due > until:
                self.clock.move_to(until)
                break
            self.clock.move_to(due)
            self._fire(due)
        return event.is_set()

    # The kernel's runtime

    def waiter(self, future: BoundedFuture, timeout_s: float) -> bool:
        """Let the others run until the answer is there."""
        target = future.target
        asker = here.cell
        if asker is not None and target is not None:
            asker.waits_for = target
        try:
            return self._run_until(lambda: future.done, timeout_s, target)
        finally:
            if asker is not None:
                asker.waits_for = None

    def now(self) -> float:
        """Virtual seconds; 0 means idle to the kernel, so they begin at 1."""
        return self.clock.monotonic() + 1.0

    def lane(self) -> SimLane:
        """A lane that tells this runtime when it has mail."""
        self._newest = SimLane(self._ready, self.waiter)
        return self._newest

    def attach(self, services: Services) -> None:
        """Serve this system."""
        self._services = services
        if isinstance(services.faults, FaultPlan):
            self._plan = services.faults
            services.strike = self._strike

    def launch(self, loop: ActorLoop) -> None:
        """Start an actor here and now."""
        lane = self._newest
        if lane is None:
            msg = "no lane was made for this actor"
            raise RuntimeError(msg)
        lane.loop = loop
        self._lanes[loop.cell.path, loop.cell.incarnation] = lane
        self._trace.add(f"start {loop.cell.path} {loop.cell.incarnation}")
        self._after(lane, self._in_place_of(loop, loop.begin))

    def wait_started(self, cell: ActorCell, timeout_s: float) -> bool:
        """It has started, or has not, when `launch` returns."""
        del timeout_s
        return cell.started.done

    def wait_ended(self, cell: ActorCell, timeout_s: float) -> bool:
        """Let the others run until it has ended."""
        if cell.ended:
            return True
        waiting = here.cell
        if waiting is not None:
            waiting.waits_for = cell
        try:
            return self._run_until(lambda: cell.ended, timeout_s, cell)
        except Deadlock:
            return False
        finally:
            if waiting is not None:
                waiting.waits_for = None

    def aside(self, name: str, action: Callable[[], None], timeout_s: float) -> bool:
        """Run it here and now, as nobody's code."""
        del name, timeout_s
        before, here.cell = here.cell, None
        try:
            action()
        finally:
            here.cell = before
        return True

    def detach(self) -> None:
        """Forget all timers."""
        self._timers.close()

    # Inside

    @property
    def _timers(self) -> TimerService:
        if self._services is None:
            msg = "no system runs here yet: ActorSystem(..., runtime=this).start()"
            raise RuntimeError(msg)
        return self._services.timers

    def _run_until(
        self, predicate: Callable[[], bool], timeout_s: float, target: ActorCell | None
    ) -> bool:
        until = self.clock.monotonic() + timeout_s
        while not predicate():
            if target is not None and self._in_a_ring(target):
                msg = f"{target.path} waits for whoever waits for it"
                raise Deadlock(msg)
            if (target is not None and self._step_of(target)) or self._step():
                continue
            due = self._timers.next_due()
            if due is None:
                msg = f"nobody has mail and no timer is set at {self.clock.utc().isoformat()}"
                raise Deadlock(msg)
            if due > until:
                self.clock.move_to(until)
                return predicate()
            self.clock.move_to(due)
            self._fire(due)
        return True

    def _fire(self, due: float) -> None:
        """Let timers act, as nobody's code."""
        before, here.cell = here.cell, None
        try:
            self._timers.fire(due)
        finally:
            here.cell = before

    def _in_a_ring(self, target: ActorCell) -> bool:
        asker, cell = here.cell, target
        for _ in range(len(self._lanes) + 1):
            if not cell.on_stack or cell.waits_for is None:
                return cell is asker and asker is not None
            cell = cell.waits_for
            if cell is target:
                return True
        return False

    def _step(self) -> bool:
        ready = self._ready
        while ready:
            last = ready.pop()
            count = len(ready)
            if count:
                place = int(self._random.random() * (count + 1))
                if place < count:
                    ready[place], last = last, ready[place]
            last.listed = False
            if not last.busy and self._deliver_next(last):
                return True
        return False

    def _step_of(self, target: ActorCell) -> bool:
        lane = self._lanes.get((target.path, target.incarnation))
        if lane is None or lane.busy or not lane.listed:
            return False
        self._ready.remove(lane)
        lane.listed = False
        return self._deliver_next(lane)

    def _deliver_next(self, lane: SimLane) -> bool:
        loop = lane.loop
        if loop is None:
            return False
        envelope = loop.cell.mailbox.take()
        if envelope is None:
            return False
        message = envelope.message
        if message.__class__ is Subscription and not loop.cell.fenced:
            lane.items.extendleft(reversed(loop.news(message)))
            self._relist(lane)
            return True
        self._deliver(lane, loop, envelope)
        return True

    def _deliver(self, lane: SimLane, loop: ActorLoop, envelope: Envelope[Any]) -> None:
        cell, message = loop.cell, envelope.message
        self.deliveries += 1
        self._trace.add(f"{cell.path} {cell.incarnation} {self._trace.told(message)}")
        if self.on_delivery is not None:
            self.on_delivery(self.deliveries, cell, message)
        if self._plan is not None:
            rule = self._plan.match(cell, message)
            if isinstance(rule, Hang | Slow):
                self._suspend(lane, loop, envelope, rule)
                return
            self._blow = rule
        self._after(lane, self._in_place_of(loop, loop.deliver, envelope))

    def _strike(self, cell: ActorCell, message: object) -> bool:
        del cell
        rule, self._blow = self._blow, None
        if rule is not None and self._plan is not None:
            self._plan.perform(rule)
        return message.__class__.__name__ == "Struck"

    def _in_place_of(self, loop: ActorLoop, action: Callable[..., Any], *args: object) -> Any:  # noqa: ANN401
        cell = loop.cell
        before, here.cell = here.cell, cell
        lane = self._lanes[cell.path, cell.incarnation]
        lane.busy = cell.on_stack = True
        try:
            reason = action(*args)
            if reason is not None:
                loop.end(reason)
        finally:
            here.cell = before
            cell.on_stack = False
        return reason

    def _after(self, lane: SimLane, reason: ExitReason | None) -> None:
        if reason is None:
            lane.busy = False
            self._relist(lane)
        elif lane.loop is not None:
            self._lanes.pop((lane.loop.cell.path, lane.loop.cell.incarnation), None)

    def _relist(self, lane: SimLane) -> None:
        if not lane.listed and not lane.busy and lane.loop and not lane.loop.cell.mailbox.empty():
            lane.listed = True
            self._ready.append(lane)

    def _suspend(self, lane: SimLane, loop: ActorLoop, envelope: Envelope[Any], rule: Rule) -> None:
        """The handler stands still: others run, and the watchdog's verdict may come first."""
        cell, timers = loop.cell, self._timers
        lane.busy = True
        cell.message = envelope
        cell.budget = loop.budget_of(envelope.message)
        cell.busy_since = self.now()
        stand_s = (
            rule.for_s if isinstance(rule, Hang) else rule.by_s if isinstance(rule, Slow) else 0
        )
        verdict = timers.after(cell.budget + SCAN_S, lambda: self._declare_hung(lane, loop))

        def go_on() -> None:
            verdict.cancel()
            if not cell.fenced:
                self._after(lane, self._in_place_of(loop, loop.deliver, envelope))
            elif cell.state is CellState.ABANDONED:
                cell.state = CellState.TERMINATED  # as a thread that comes back to be fenced

        if stand_s is not None:
            timers.after(stand_s, go_on)

    def _declare_hung(self, lane: SimLane, loop: ActorLoop) -> None:
        cell, services = loop.cell, loop.services
        if not cell.fenced and not cell.ended:
            declare_hung(services, cell, self.now() - cell.busy_since, "")
            self._lanes.pop((cell.path, cell.incarnation), None)
            lane.busy = True
            publish_counters(services)
