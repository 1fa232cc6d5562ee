"""Web: the one actor here; it owns the thread in which the pages' event loop runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from dataclasses import dataclass
from types import TracebackType

from aiohttp import web

from pyros.errors import PyrosError
from pyros.kernel.actor import SupervisedActor
from pyros.web.app import create_app
from pyros.web.parts import WebParts

log = logging.getLogger(__name__)

BEAT_S = 1.0
SILENT_S = 3.0
START_S = 10.0
STOP_S = 5.0
LEFT_S = 30.0
"""A loop that nobody asks for so long has no actor any more, and ends by itself."""
LOOK_S = 5.0


class LoopSilent(PyrosError):
    """The event loop does not answer, or did not start."""


@dataclass(frozen=True, slots=True)
class Beat:
    """To itself: ask the loop whether it still turns."""


class Web(SupervisedActor):
    """Serves the pages on a duplicate of `listener`, so that a successor finds the port open."""

    def __init__(self, parts: WebParts, listener: socket.socket) -> None:
        super().__init__()
        self._parts = parts
        self._server = Server(parts, listener.dup())

    def on_start(self) -> None:
        """Return when pages are served; raise LoopSilent if they are not in time."""
        self._server.start(START_S)
        self.context.every(BEAT_S * self.context.clock.factor, Beat())

    def on_receive(self, message: object) -> object:
        """Fail when the loop has not answered for three real seconds."""
        if isinstance(message, Beat):
            silent_s = self._server.silent_s()
            if silent_s > SILENT_S:
                raise LoopSilent(f"the loop of the pages has been silent for {silent_s:.1f} s")
            self._server.ask()
        return None

    def on_stop(self) -> None:
        """Close the sockets in order."""
        self._server.stop(STOP_S)

    def on_failure(
        self,
        exception_type: type[BaseException] | None,  # noqa: ARG002  the kernel's hook
        exception_value: BaseException | None,  # noqa: ARG002
        traceback: TracebackType | None,  # noqa: ARG002
    ) -> None:
        """Let the loop close itself, now or when it wakes."""
        self._server.stop(0.0)


class Server:
    """The application in an event loop in a thread of its own."""

    def __init__(self, parts: WebParts, listener: socket.socket, look_s: float = LOOK_S) -> None:
        self._parts = parts
        self._listener = listener
        self._look_s = look_s
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._failure: BaseException | None = None
        self._over: asyncio.Event = asyncio.Event()
        self._answered_s = parts.watch.real_monotonic()
        self._thread = threading.Thread(target=self._run, name="web-loop", daemon=True)

    def start(self, patience_s: float) -> None:
        """Serve; raises LoopSilent, or whatever hindered it."""
        self._thread.start()
        if not self._up.wait(patience_s):
            raise LoopSilent(f"the loop of the pages did not start in {patience_s:g} s")
        if self._failure is not None:
            raise self._failure
        self._answered()

    def ask(self) -> None:
        """Let the loop note that it turns."""
        with contextlib.suppress(RuntimeError):  # closed: its silence will be heard
            self._loop.call_soon_threadsafe(self._answered)

    def silent_s(self) -> float:
        """Return for how long the loop has not answered, real seconds."""
        return self._parts.watch.real_monotonic() - self._answered_s

    def stop(self, patience_s: float) -> None:
        """Let the loop close, and wait for it as long as that."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._over.set)
        if patience_s > 0.0 and self.runs:
            self.join(patience_s)

    @property
    def runs(self) -> bool:
        """Whether its thread is there."""
        return self._thread.is_alive()

    def join(self, patience_s: float) -> None:
        """Wait until it has ended, at most so long."""
        self._thread.join(patience_s)

    def _is_left(self) -> bool:
        """Whether its actor is gone without a word, as one whose thread hangs: two would serve."""
        left = self.silent_s() > LEFT_S
        if left:
            log.warning("a loop of the pages whose actor is gone ends by itself")
        return left

    def _answered(self) -> None:
        self._answered_s = self._parts.watch.real_monotonic()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # the actor fails with it
            log.exception("the loop of the pages ended")
            self._failure = error
        finally:
            self._up.set()
            self._listener.close()
            self._loop.close()

    async def _serve(self) -> None:
        runner = web.AppRunner(create_app(self._parts), access_log=None, shutdown_timeout=2.0)
        try:
            await runner.setup()
            await web.SockSite(runner, self._listener).start()
            self._up.set()
            while not self._over.is_set() and not self._is_left():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), self._look_s)
        finally:
            await runner.cleanup()
