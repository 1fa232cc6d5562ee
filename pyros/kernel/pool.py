"""Worker processes that can be given up: spawned, killed at a shutdown, never left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from pyros.kernel.memory import give_back

NICE = 10


class SpawnedPool(ProcessPoolExecutor):
    """Processes for work that can take the processor, less urgent than ours.

    Whoever cancels the futures at `shutdown` has the processes killed as well: a hung worker
    answers no other way.  A worker ends by itself when the process that made it is gone.
    `begin` is called with `args` in each of them first.
    """

    def __init__(
        self, workers: int, begin: Callable[..., None] | None = None, *args: object
    ) -> None:
        self._context = _RecordingContext()
        super().__init__(
            workers, mp_context=self._context, initializer=_begin, initargs=(begin, args)
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The workers that live now."""
        alive = (process for process in self._context.made if process.is_alive())
        return tuple(process.pid for process in alive if process.pid is not None)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 as the standard library has it
        """End; with `cancel_futures` at once, whatever the workers do."""
        if cancel_futures:
            for process in self._context.made:
                process.kill()
        super().shutdown(wait, cancel_futures=cancel_futures)


class _RecordingContext(SpawnContext):
    """Spawns, and remembers what it spawned."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[SpawnProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: ANN401, N802 the executor calls it
        process = SpawnProcess(*args, **kwargs)
        self.made.append(process)
        return process


def _begin(begin: Callable[..., None] | None, args: tuple[object, ...]) -> None:
    """Make this worker yield to alerts, leave Ctrl-C to its parent, and not outlive it."""
    os.nice(NICE)
    give_back()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin(*args)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
