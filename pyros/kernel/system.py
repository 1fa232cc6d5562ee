"""A tree of actors as a whole: its start, its view, its end."""

from __future__ import annotations

import contextlib
import itertools
import math
import queue
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from pyros.errors import Refused
from pyros.kernel import nursery
from pyros.kernel.bus import EventBus
from pyros.kernel.cell import ExitKind, ExitReason
from pyros.kernel.clock import VirtualClock
from pyros.kernel.deathwatch import DeathWatch
from pyros.kernel.lifecycle import ActorStatus, tree_topic
from pyros.kernel.logs import flush, quiet
from pyros.kernel.mailbox import DeadLetters
from pyros.kernel.quiesce import settle
from pyros.kernel.requests import ReplaceChild
from pyros.kernel.runtime import ThreadRuntime
from pyros.kernel.services import Services
from pyros.kernel.spec import ChildSpec, RestartIntensity, SupervisorSpec
from pyros.kernel.supervisor import SAFE_STATE_S, GiveUp, supervisor
from pyros.kernel.systemd import notify
from pyros.kernel.table import PathTable
from pyros.kernel.timers import TimerService
from pyros.kernel.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pyros.kernel.cell import ActorCell, Exited
    from pyros.kernel.clock import Clock
    from pyros.kernel.mailbox import DeadLetter
    from pyros.kernel.ref import Address
    from pyros.kernel.runtime import Runtime
    from pyros.kernel.services import Faults

log = quiet(__name__)

EXIT_WISHED, EXIT_ESCALATED, EXIT_ABANDONED = 0, 3, 4
ROOT_INTENSITY = RestartIntensity(max_restarts=3, period_s=300.0)

_numbers = itertools.count(1)


class ActorSystem:
    """The root supervisor at `/`, everything below it, and what they share."""

    def __init__(  # noqa: PLR0913 the composition root's choices
        self,
        root: ChildSpec | Sequence[ChildSpec],
        *,
        clock: Clock,
        runtime: Runtime | None = None,
        bus: EventBus | None = None,
        boot: int | None = None,
        seed: int = 0,
        faults: Faults | None = None,
        safe_state: Callable[[str], None] | None = None,
        max_abandoned: int = 8,
        scan_s: float = 0.1,
        name: str | None = None,
        tiers: bool = True,
    ) -> None:
        """Build; nothing runs before `start`.

        Args:
            root: the root supervisor's spec, or the children of one (3 restarts in 300 s).
            clock: the observatory's time.
            runtime: threads by default.
            bus: a new one by default.
            boot: the first half of every epoch; by default the clock's UTC seconds.
            seed: of every context's `random` and of the backoffs' jitter.
            faults: a plan of faults to inject; also what `kill`, `crash` and `hang` work by.
            safe_state: called with the reason, in a thread of its own, when the root gives up
                (once) or an optional branch of it does.
            max_abandoned: above so many abandoned threads the root gives up.
            scan_s: the watchdog's period, real seconds.
            name: of this system within the process; a number by default.
            tiers: whether an actor may ask lower tiers only.
        """
        self.clock = clock
        self.bus = bus or EventBus(clock)
        self.name = name or f"system-{next(_numbers)}"
        self._root_spec = _root(root)
        self._safe_state = safe_state
        self._max_abandoned = max_abandoned
        self._runtime = runtime or ThreadRuntime()
        self._services = self._make_services(boot, seed, faults, tiers=tiers)
        self._watchdog = None if runtime is not None else Watchdog(self._services, scan_s)
        self._root: ActorCell | None = None
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._escalated = ""
        self._stopped: int | None = None
        self._stop_lock = threading.Lock()
        self._safe = threading.Lock()

    def _make_services(
        self, boot: int | None, seed: int, faults: Faults | None, *, tiers: bool
    ) -> Services:
        number = int(self.clock.utc().timestamp()) if boot is None else boot
        dead_letters = DeadLetters(self.clock.utc)
        table = PathTable(self.name, number, dead_letters, tiers=tiers)
        table.waiter = self._runtime.waiter
        services = Services(
            clock=self.clock,
            bus=self.bus,
            runtime=self._runtime,
            table=table,
            timers=TimerService(self.clock),
            dead_letters=dead_letters,
            deathwatch=DeathWatch(),
            seed=seed,
            faults=faults,
            on_degraded=self._branch_gave_up,
            on_giving_up=self._give_up,
            on_abandoned=self._count_abandoned,
        )
        if faults is not None:
            faults.attach(services)
            services.strike = faults.strike
        return services

    # Start

    def start(self) -> None:
        """Start everything, in order; returns when all is up.

        Raises:
            StartFailed: somebody that is not optional did not start; all has been stopped again.
        """
        if isinstance(self.clock, VirtualClock):
            self._services.timers.settle = lambda: settle(self._services.table)
        self._runtime.attach(self._services)
        if self._watchdog is not None:
            self._watchdog.start()
        try:
            self._root = nursery.start(self._services, "/", self._root_spec, self)
        except nursery.StartFailed:
            self._close()
            self._stopped = EXIT_ESCALATED
            raise
        notify("READY=1")

    # View

    def address(self, path: str) -> Address:
        """The address of `path`, whether or not somebody lives there now."""
        return self._services.table.address(path)

    def tree(self) -> tuple[ActorStatus, ...]:
        """The newest status of everybody, by path, with mailbox and running handler as of now."""
        rows = [p.value for p in self.bus.snapshot("kernel/tree/*").values()]
        now = self._runtime.now()
        known = sorted((r for r in rows if isinstance(r, ActorStatus)), key=lambda r: r.path)
        return tuple(self._with_present(row, now) for row in known)

    def _with_present(self, row: ActorStatus, now: float) -> ActorStatus:
        cell = self._services.table.live.get(row.path)
        if cell is None:
            return row
        since = cell.busy_since
        return replace(
            row,
            mailbox=len(cell.mailbox),
            busy_s=now - since if since else 0.0,
            rejected=cell.mailbox.rejected,
            budget_s=cell.budget if since else cell.default_budget,
            handling=_in_work(cell) if since else "",
        )

    @property
    def dead_letters(self) -> tuple[DeadLetter, ...]:
        """The newest messages that reached nobody."""
        return self._services.dead_letters.newest()

    @property
    def dead_letter_count(self) -> int:
        """How many messages reached nobody since the start."""
        return self._services.dead_letters.count

    @property
    def abandoned(self) -> tuple[str, ...]:
        """path#incarnation of each abandoned thread that still runs."""
        cells = self._services.table.running_abandoned()
        return tuple(f"{cell.path}#{cell.incarnation}" for cell in cells)

    @property
    def services(self) -> Services:
        """What its actors share; for the kernel's own tools and tests."""
        return self._services

    # Faults

    def kill(self, path: str) -> None:
        """End whoever lives at `path` as if its code had died.

        Raises:
            Refused: the system was built without a fault plan, or nobody lives there.
        """
        plan, cell = self._struck(path)
        plan.crash(cell, None)

    def crash(self, path: str, error: BaseException) -> None:
        """Let whoever lives at `path` fail with `error`; raises as `kill` does."""
        plan, cell = self._struck(path)
        plan.crash(cell, error)

    def hang(self, path: str, *, over_s: float = 30.0) -> float:
        """Let whoever lives at `path` stand still, `over_s` real seconds longer than it may.

        So the watchdog finds it, and the abandoned thread ends by itself.  Returns how long in
        all; raises as `kill` does.
        """
        plan, cell = self._struck(path)
        for_s = cell.default_budget + over_s
        plan.hang(cell, for_s)
        return for_s

    def restart(self, path: str) -> None:
        """Have its supervisor stop whoever lives at `path` in order, and start the next.

        Returns at once.  It is charged to nobody, and needs no fault plan.

        Raises:
            Refused: no supervisor knows of `path`.
            NotRunning: its supervisor is away now.
        """
        if self.bus.latest(tree_topic(path)) is None:
            msg = f"no supervisor knows of {path}"
            raise Refused(msg)
        parent, _, name = path.rpartition("/")
        self.address(parent or "/").tell(ReplaceChild(name))

    def _struck(self, path: str) -> tuple[Faults, ActorCell]:
        if self._services.faults is None:
            msg = "no faults are injected here: the system was built without a fault plan"
            raise Refused(msg)
        cell = self._services.table.live.get(path)
        if cell is None:
            msg = f"nobody lives at {path} now"
            raise Refused(msg)
        return self._services.faults, cell

    # End

    def child_exited(self, exited: Exited) -> None:
        """The root has ended."""
        if exited.kind in {ExitKind.SHUTDOWN, ExitKind.START_FAILED}:
            return
        self._give_up(f"the root ended ({exited.kind}): {exited.reason}")
        self._ended.put(self._escalated)

    def child_resumed(self, path: str, error: BaseException) -> None:
        """The root has no decider above it."""

    def give_up(self, reason: str) -> None:
        """Let the root give up: safe state, everything stopped, exit code 3."""
        if self._root is not None:
            self._root.mailbox.signal(GiveUp(reason))

    def request_stop(self) -> None:
        """Let `wait` return and stop the system; may be called in a signal handler."""
        self._ended.put("")

    def signals(self) -> contextlib.AbstractContextManager[None]:
        """Within it SIGTERM and SIGINT ask for a stop; `wait` does so by itself."""
        return _signals(self.request_stop)

    def wait(self) -> int:
        """Wait for SIGTERM, SIGINT, `request_stop` or the root's end; then stop: the exit code."""
        with self.signals():
            self.await_end()
            return self.stop()

    @property
    def ending(self) -> bool:
        """Whether somebody wishes it to stop, or the root has ended, and nobody waited for it."""
        return not self._ended.empty()

    def await_end(self) -> str:
        """Wait for a wish to stop or the root's end; return why it ended, empty if as wished."""
        return self._ended.get()

    def stop(self, timeout_s: float | None = None) -> int:
        """Stop everybody in reverse order of start; the exit code.

        0: as wished.  3: the root had given up.  4: threads were abandoned and still run.
        Each child of the root has its own time; `timeout_s` bounds them all together.
        """
        with self._stop_lock:
            if self._stopped is None:
                notify("STOPPING=1")
                self._stop_root(timeout_s)
                self._stopped = self._exit_code()
                self._close()
            return self._stopped

    def _stop_root(self, timeout_s: float | None) -> None:
        root = self._root
        if root is None:
            return
        patience_s = root.default_budget if timeout_s is None else timeout_s
        if not root.ended:
            nursery.stop(self._services, root, patience_s=patience_s, reason="the system stops")
        for cell in reversed(self._services.table.below("/")):
            text = "was left over when the system stopped"
            nursery.abandon(self._services, cell, ExitReason(kind=ExitKind.KILLED, text=text))

    def _exit_code(self) -> int:
        if self._escalated:
            return EXIT_ESCALATED
        return EXIT_ABANDONED if self._services.table.running_abandoned() else EXIT_WISHED

    def _close(self) -> None:
        if self._watchdog is not None:
            self._watchdog.close()
        self._runtime.detach()
        flush()

    def _branch_gave_up(self, path: str, reason: str) -> None:
        log.error("%s gave up: %s", path, reason)
        self._call_safe_state(f"{path} gave up: {reason}", wait_s=0.0)

    def _give_up(self, reason: str) -> None:
        """Called by the root while its children still run, or after its sudden end."""
        if self._safe.acquire(blocking=False):
            self._escalated = reason
            log.critical("the system gives up: %s", reason)
            self._call_safe_state(reason, wait_s=SAFE_STATE_S)

    def _call_safe_state(self, reason: str, *, wait_s: float) -> None:
        act = self._safe_state
        if act is None:
            return
        if not self._runtime.aside("safe-state", lambda: act(reason), wait_s) and wait_s:
            log.warning("the safe-state action still runs after %.0f s", wait_s)

    def _count_abandoned(self) -> None:
        if len(self._services.table.running_abandoned()) > self._max_abandoned:
            self.give_up(f"more than {self._max_abandoned} abandoned threads")


def _in_work(cell: ActorCell) -> str:
    envelope = cell.message
    return "" if envelope is None else type(envelope.message).__name__


def _root(root: ChildSpec | Sequence[ChildSpec]) -> ChildSpec:
    if isinstance(root, SupervisorSpec):
        return root
    children = [root] if isinstance(root, ChildSpec) else list(root)
    return supervisor("root", children, intensity=ROOT_INTENSITY, shutdown_s=math.inf)


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    old = {s: signal.signal(s, lambda *_: stop()) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
