"""Real workers in virtual time: they compute beside, and answer at an instant that is theirs."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.testing.sim import SimRuntime

P = ParamSpec("P")
T = TypeVar("T")

LONGEST_S = 600.0
"""A worker that gives no answer in so many real seconds has failed."""


class TimedWorkers(Executor):
    """Hands each job to `pool` at once; its answer is there `after_s` virtual seconds later.

    Time stands still until a worker that is late has answered: how fast the machine is changes
    nothing of what happens.
    """

    def __init__(self, pool: Executor, runtime: SimRuntime, after_s: float) -> None:
        self._pool = pool
        self._runtime = runtime
        self._after_s = after_s

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """The future of `fn(*args, **kwargs)`."""
        real = self._pool.submit(fn, *args, **kwargs)
        told: Future[T] = Future()
        self._runtime.after(self._after_s, lambda: _pass_on(real, told))
        return told

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 as the standard library has it
        """End the pool; what is under way is answered as the pool does."""
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _pass_on(real: Future[Any], told: Future[Any]) -> None:
    """Wait for the worker, and answer as it did."""
    if not told.set_running_or_notify_cancel():
        return
    try:
        told.set_result(real.result(LONGEST_S))
    except BaseException as error:  # noqa: BLE001 as every executor does
        told.set_exception(error)
