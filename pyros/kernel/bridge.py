"""From actors to asyncio: asks and bus news that never block the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from pyros.kernel.ref import AskTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from pyros.kernel.bus import EventBus, Published, Taken
    from pyros.kernel.ref import Address, BoundedFuture


class Bridge:
    """What coroutines of one event loop use instead of waiting for actors."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    async def ask(self, address: Address, message: object, timeout_s: float = 2.0) -> Any:  # noqa: ANN401
        """The answer to `message`; the event loop runs on meanwhile.

        Raises:
            AskTimeout, ActorDead, ActorRestarting, MailboxFull: no answer.
            Exception: what the handler raised.
        """
        waiting: asyncio.Future[None] = self._loop.create_future()

        def answered(_: BoundedFuture) -> None:
            self._wake(waiting)

        answer = address.begin_ask(message, timeout_s)
        answer.on_done(answered)
        try:
            async with asyncio.timeout(timeout_s):
                await waiting
        except TimeoutError:
            msg = f"{address.path}: no answer in {timeout_s:g} s"
            raise AskTimeout(msg) from None
        return answer.get(0.0)

    def feed(self, bus: EventBus, patterns: Sequence[str]) -> Feed:
        """News of all topics that match `patterns`, as an asynchronous iterator."""
        return Feed(self._loop, bus, patterns)

    def _wake(self, waiting: asyncio.Future[None]) -> None:
        def set_result() -> None:
            if not waiting.done():
                waiting.set_result(None)

        try:
            self._loop.call_soon_threadsafe(set_result)
        except RuntimeError:  # the event loop has been closed: nobody waits
            return


class Feed:
    """One browser's view of the bus.  Start from `initial`; each turn gives what is new since.

    A slow reader finds the newest value of each state topic, and of streams how many it missed.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, bus: EventBus, patterns: Sequence[str]
    ) -> None:
        self._loop = loop
        self._news = asyncio.Event()
        self._closed = False
        self._subscription = bus.subscribe(patterns, self._wake)

    @property
    def initial(self) -> dict[str, Published]:
        """The newest of each matching state topic at the moment of subscription."""
        return self._subscription.initial

    def __aiter__(self) -> AsyncIterator[Taken]:
        return self

    async def __anext__(self) -> Taken:
        await self._news.wait()
        if self._closed:
            raise StopAsyncIteration
        self._news.clear()
        return self._subscription.take()

    def close(self) -> None:
        """End the subscription and the iteration."""
        self._closed = True
        self._subscription.close()
        self._news.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(self._news.set)  # RuntimeError: the bus removes us
