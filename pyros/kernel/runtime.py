"""How a loop runs and how one waits: with threads."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar

from pyros.kernel.clock import VirtualClock
from pyros.kernel.logs import quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.cell import ActorCell
    from pyros.kernel.loop import ActorLoop
    from pyros.kernel.mailbox import Lane
    from pyros.kernel.ref import BoundedFuture
    from pyros.kernel.services import Services
    from pyros.kernel.timers import TimerService

log = quiet(__name__)
P = ParamSpec("P")
T = TypeVar("T")


class Runtime(Protocol):
    """What differs between threads and the deterministic runtime."""

    @property
    def waiter(self) -> Callable[[BoundedFuture, float], bool] | None:
        """How to wait for an answer; None: by its own lock."""

    def now(self) -> float:
        """Seconds that budgets and deadlines count; their zero means nothing."""

    def lane(self) -> Lane:
        """A new user lane for the cell that is being made."""

    def attach(self, services: Services) -> None:
        """Serve this system from now on: timers and watch."""

    def launch(self, loop: ActorLoop) -> None:
        """Begin a loop; RuntimeError if the machine refuses."""

    def wait_started(self, cell: ActorCell, timeout_s: float) -> bool:
        """Whether `cell` was up, or had failed to be, within `timeout_s`."""

    def wait_ended(self, cell: ActorCell, timeout_s: float) -> bool:
        """Whether nothing of `cell` ran any more within `timeout_s`."""

    def aside(self, name: str, action: Callable[[], None], timeout_s: float) -> bool:
        """Run `action` beside everything else; whether it was done within `timeout_s`."""

    def detach(self) -> None:
        """The system has stopped: end timers and watch."""


class ThreadRuntime:
    """Each actor has a daemon thread of its own, named path#incarnation."""

    def __init__(self) -> None:
        self._timers: TimerService | None = None
        self._threads: list[threading.Thread] = []

    waiter = None

    def now(self) -> float:
        """Real monotonic seconds."""
        return time.monotonic()

    def lane(self) -> Lane:
        """A `queue.SimpleQueue`."""
        return queue.SimpleQueue()

    def attach(self, services: Services) -> None:
        """Start the timer thread; a virtual clock is moved by hand and needs none."""
        self._timers = services.timers
        if isinstance(services.clock, VirtualClock):
            services.clock.driver = services.timers
            return
        thread = threading.Thread(target=services.timers.run, name="kernel-timers", daemon=True)
        thread.start()
        self._threads.append(thread)

    def launch(self, loop: ActorLoop) -> None:
        """Start the actor's thread; it stays in its cell."""
        cell = loop.cell
        name = f"{cell.path}#{cell.incarnation}"
        thread = threading.Thread(target=loop.run, name=name, daemon=True)
        cell.thread = thread
        try:
            thread.start()
        except RuntimeError:
            cell.thread = None
            raise

    def wait_started(self, cell: ActorCell, timeout_s: float) -> bool:
        """Wait for the first word of the loop."""
        return cell.started.wait(timeout_s)

    def wait_ended(self, cell: ActorCell, timeout_s: float) -> bool:
        """Join its thread."""
        thread = cell.thread
        if thread is None or thread.ident is None:  # it never ran, or does not yet
            return cell.ended
        if thread is not threading.current_thread():
            thread.join(max(timeout_s, 0.0))
            return not thread.is_alive()
        return cell.ended

    def aside(self, name: str, action: Callable[[], None], timeout_s: float) -> bool:
        """Run `action` in a daemon thread and wait for it."""
        thread = threading.Thread(target=_contained, args=(name, action), name=name, daemon=True)
        thread.start()
        thread.join(timeout_s)
        return not thread.is_alive()

    def detach(self) -> None:
        """Stop the timer thread."""
        if self._timers is not None:
            self._timers.close()
        for thread in self._threads:
            thread.join(5.0)


def _contained(name: str, action: Callable[[], None]) -> None:
    try:
        action()
    except Exception:
        log.exception("%s failed", name)


class InlineExecutor(Executor):
    """Runs at `submit`; for the deterministic runtime, where nothing runs beside."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The finished future of `fn(*args, **kwargs)`."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            result = fn(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 as every executor does
            future.set_exception(error)
        else:
            future.set_result(result)
        return future
