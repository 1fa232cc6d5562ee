"""The user lane of an actor in the deterministic runtime."""

from __future__ import annotations

import queue
from collections import deque
from typing import TYPE_CHECKING, Any

from pyros.kernel.ref import BoundedFuture

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.loop import ActorLoop


class SimLane:
    """The user lane of one actor; says when it has become ready."""

    __slots__ = ("_waiter", "busy", "items", "listed", "loop", "ready")

    def __init__(
        self, ready: list[SimLane], waiter: Callable[[BoundedFuture, float], bool]
    ) -> None:
        self._waiter = waiter
        self.items: deque[Any] = deque()
        self.ready = ready
        self.listed = False
        self.busy = True
        self.loop: ActorLoop | None = None

    def put(self, item: Any, /) -> None:  # noqa: ANN401
        """Append, and be ready; whoever asked by a raw reference learns how to wait here."""
        self.items.append(item)
        reply = getattr(item, "reply_to", None)
        if isinstance(reply, BoundedFuture) and reply.waiter is None:
            reply.waiter = self._waiter
            reply.target = self.loop.cell if self.loop is not None else None
        if not self.listed and not self.busy:
            self.listed = True
            self.ready.append(self)

    def get(self) -> Any:  # noqa: ANN401
        """Never called: nobody waits here."""
        raise NotImplementedError

    def get_nowait(self) -> Any:  # noqa: ANN401
        """Take the oldest or raise `queue.Empty`."""
        if not self.items:
            raise queue.Empty
        return self.items.popleft()

    def qsize(self) -> int:
        """How many wait."""
        return len(self.items)
