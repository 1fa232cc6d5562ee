"""The socket of one page: what it may have, as fast as it takes it, until its log-in ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Mapping
from weakref import WeakSet

from aiohttp import WSMsgType, web

from pyros.domain.user import may
from pyros.web.frames import TOPICS
from pyros.web.hub import Hub, Listener
from pyros.web.keys import ASSETS, HUB, PARTS, SESSION, SESSIONS
from pyros.web.log_in import current_session
from pyros.web.origin import same_origin
from pyros.web.outbox import CREDIT
from pyros.web.plain import dumps

ENDED = 4401
"""Code of a socket whose log-in has ended or whose rights have changed."""
HEARTBEAT_S = 1.0
SILENT_S = 30.0
LOOK_AGAIN_S = 5.0


class Sockets(WeakSet[web.WebSocketResponse]):
    """The sockets of all open pages."""


SOCKETS = web.AppKey("sockets", Sockets)


async def live(request: web.Request) -> web.StreamResponse:
    """Serve one page until it goes; it asks by `sub`, `since`, `ack`, `rate_hz`."""
    if not same_origin(request):
        raise web.HTTPForbidden(text="the socket is for pages of this observatory")
    socket = web.WebSocketResponse(
        heartbeat=10.0, max_msg_size=4096, compress=False, writer_limit=65536
    )
    await socket.prepare(request)
    request.app[SOCKETS].add(socket)
    await Line(request, socket).serve()
    return socket


async def close_all(app: web.Application) -> None:
    """Tell every page that the house is going down."""
    sockets = app[SOCKETS]
    for socket in list(sockets):
        await socket.close(code=1001, message=b"the web is stopping")


class Line:
    """One socket with its listener, its writer and its watch over the log-in."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self._request = request
        self._socket = socket
        self._hub: Hub = request.app[HUB]
        self._listener = Listener()
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._acked_at_s = self._loop.time()
        build = request.app[ASSETS].build(request.app[PARTS].secret)
        self._listener.outbox.note("build", build)

    async def serve(self) -> None:
        """Run until the page, the log-in or the house ends."""
        sessions = self._request.app[SESSIONS]
        number = sessions.watch(self._request[SESSION], self._over.set)
        self._hub.join(self._listener)
        tasks = [asyncio.create_task(part) for part in (self._write(), self._guard())]
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT or not self._hear(message.data):
                    await self._socket.close(code=1008, message=b"a JSON object is right")
        finally:
            self._hub.leave(self._listener)
            sessions.unwatch(number)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _hear(self, text: str) -> bool:
        """Take what the page says; False if it cannot be understood."""
        try:
            said = json.loads(text)
        except ValueError:
            return False
        if not isinstance(said, dict):
            return False
        self._acknowledge(said.get("ack"))
        rate_hz = said.get("rate_hz")
        if isinstance(rate_hz, int | float) and math.isfinite(rate_hz):
            self._listener.outbox.set_rate(float(rate_hz))
        self._subscribe(said.get("sub"), said.get("since"))
        self._listener.news.set()
        return True

    def _acknowledge(self, number: object) -> None:
        if isinstance(number, int):
            self._listener.outbox.ack(number)
            self._acked_at_s = self._loop.time()

    def _subscribe(self, wanted: object, since: object) -> None:
        if not isinstance(wanted, list):
            return
        numbers = since if isinstance(since, Mapping) else {}
        refused = []
        for pattern in wanted[: len(TOPICS)]:
            right = TOPICS.get(pattern) if isinstance(pattern, str) else None
            if right is None or not may(self._request[SESSION].user, right):
                refused.append(str(pattern)[:64])
                continue
            number = numbers.get(pattern)
            self._hub.subscribe(
                self._listener, pattern, number if isinstance(number, int) else None
            )
        if refused:
            self._listener.outbox.note("refused", refused)

    async def _write(self) -> None:
        """Send frames as credit allows; at least one a second tells that the line is alive."""
        outbox, news = self._listener.outbox, self._listener.news
        while not self._socket.closed:
            wait_s = outbox.wait_s(self._loop.time())
            if wait_s is None:
                news.clear()
                idle = await self._idle(news)
                if not idle or outbox.unacknowledged >= CREDIT:
                    continue
            elif wait_s > 0.0:
                await asyncio.sleep(wait_s)
                continue
            with contextlib.suppress(ConnectionError):
                await self._socket.send_str(outbox.take(self._loop.time(), self._head()))

    async def _idle(self, news: asyncio.Event) -> bool:
        try:
            await asyncio.wait_for(news.wait(), HEARTBEAT_S)
        except TimeoutError:
            return True
        return False

    def _head(self) -> str:
        clock = self._request.app[PARTS].clock
        return f'"sent":{dumps(clock.utc())},"factor":{clock.factor}'

    async def _guard(self) -> None:
        """Close the socket when its log-in has ended, or nobody acknowledges any more."""
        while not self._socket.closed:
            try:
                await asyncio.wait_for(self._over.wait(), LOOK_AGAIN_S)
                break
            except TimeoutError:
                if self._silent():
                    await self._socket.close(code=1008, message=b"no acknowledgement")
                    return
                if await current_session(self._request) is None:
                    break
        await self._socket.close(code=ENDED, message=b"log in again")

    def _silent(self) -> bool:
        waiting = self._listener.outbox.unacknowledged > 0
        return waiting and self._loop.time() - self._acked_at_s > SILENT_S
