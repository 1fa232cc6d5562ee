"""Who wants to know when somebody is gone for good."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pyros.kernel.signals import Terminated

if TYPE_CHECKING:
    from pyros.kernel.cell import ActorCell


class DeathWatch:
    """Paths watched, and by which incarnations.  A restart is no death."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: dict[str, list[ActorCell]] = {}

    def watch(self, path: str, watcher: ActorCell) -> None:
        """Send `watcher` one `Terminated` when `path` is gone for good."""
        with self._lock:
            watchers = self._watchers.setdefault(path, [])
            if watcher not in watchers:
                watchers.append(watcher)

    def unwatch(self, path: str, watcher: ActorCell) -> None:
        """Send `watcher` nothing about `path`."""
        with self._lock:
            self._drop(path, watcher)

    def prune(self, watcher: ActorCell) -> None:
        """Forget an incarnation that watched."""
        with self._lock:
            for path in [p for p, cells in self._watchers.items() if watcher in cells]:
                self._drop(path, watcher)

    def gone(self, path: str, incarnation: int, reason: str) -> None:
        """`path`, and with it everything below, is gone for good."""
        below = path.rstrip("/") + "/"
        with self._lock:
            paths = [p for p in self._watchers if p == path or p.startswith(below)]
            told = [(p, watcher) for p in paths for watcher in self._watchers.pop(p)]
        for name, watcher in told:
            watcher.mailbox.signal(
                Terminated(path=name, incarnation=incarnation if name == path else 0, reason=reason)
            )

    def watchers(self, path: str) -> int:
        """How many watch `path`."""
        return len(self._watchers.get(path, ()))

    def _drop(self, path: str, watcher: ActorCell) -> None:
        cells = [cell for cell in self._watchers.get(path, ()) if cell is not watcher]
        if cells:
            self._watchers[path] = cells
        else:
            self._watchers.pop(path, None)
