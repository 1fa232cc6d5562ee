"""How soon a page knows, what a publish costs with fifty pages, how long a page takes."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from time import perf_counter

import numpy as np
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, web
from argon2 import PasswordHasher

from pyros.config.model import Config
from pyros.domain.holds import Mode
from pyros.domain.user import Role
from pyros.kernel.clock import SystemClock
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem
from pyros.messages.events import HoldsChanged
from pyros.messages.topics import topic_of
from pyros.store import schema, users
from pyros.store.engine import Session, Store
from pyros.store.writer import StoreWriter
from pyros.web.app import create_app
from pyros.web.health import LAGS
from pyros.web.parts import WebParts

PAGES, READERS = 50, 10
TIMES = 100
NAME, WORD = "bench@localhost", "a word for the bench"

AT_MOST = {
    "shown_p95_ms": 200.0,
    "publish_p99_us": 100.0,
    "night_p95_ms": 200.0,
    "lag_of_four_log_ins_ms": 100.0,
    "stop_with_50_pages_s": 5.0,
}


def figures(config: Config) -> dict[str, float]:
    """Return the figures of a house of this configuration in which nobody but the web lives."""
    with (
        tempfile.TemporaryDirectory(prefix="pyros-bench-") as folder,
        _parts(config, Path(folder)) as parts,
    ):
        return asyncio.run(_measured(parts))


@contextlib.contextmanager
def _parts(config: Config, folder: Path) -> Iterator[WebParts]:
    clock = SystemClock()
    store = Store(f"sqlite:///{folder / 'pyros.db'}", synchronous="OFF")
    schema.upgrade(store)
    store.write(lambda session: _account(session, clock.utc()))
    writer = ChildSpec(id="writer", factory=lambda: StoreWriter(store), tier=0)
    system = ActorSystem(writer, clock=clock)
    system.start()
    try:
        yield WebParts(
            config=config,
            store=store,
            writer="/writer",
            staff={},
            address=system.address,
            bus=system.bus,
            clock=system.clock,
            tree=system.tree,
            dead_letters=lambda: system.dead_letter_count,
            letters=lambda: system.dead_letters,
            abandoned=lambda: system.abandoned,
            data_root=folder,
            simulated=True,
            version="bench",
            secret=b"bench",
        )
    finally:
        system.stop()
        store.close()


def _account(session: Session, at: datetime) -> None:
    hashed = PasswordHasher().hash(WORD)
    users.create_user(session, NAME, "bench", Role.USER, hashed, at=at, by_admin=True)


async def _measured(parts: WebParts) -> dict[str, float]:
    app = create_app(parts)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    base = f"http://127.0.0.1:{port}"
    async with ClientSession(base, cookie_jar=CookieJar(unsafe=True)) as browser:
        lag_ms = await _log_ins(app, browser, base)
        night_ms = [await _page_ms(browser) for _ in range(20)]
        async with _sockets(browser, base, READERS) as sockets:
            shown_ms = [await _shown_ms(parts, sockets) for _ in range(TIMES)]
        async with _sockets(browser, base, PAGES):
            publish_us = [await _publish_us(parts) for _ in range(TIMES * 5)]
            begun = perf_counter()
            await runner.cleanup()
            stop_s = perf_counter() - begun
    return {
        "shown_p50_ms": float(np.percentile(shown_ms, 50)),
        "shown_p95_ms": float(np.percentile(shown_ms, 95)),
        "publish_p50_us": float(np.percentile(publish_us, 50)),
        "publish_p99_us": float(np.percentile(publish_us, 99)),
        "night_p95_ms": float(np.percentile(night_ms, 95)),
        "lag_of_four_log_ins_ms": lag_ms,
        "stop_with_50_pages_s": stop_s,
    }


async def _log_ins(app: web.Application, browser: ClientSession, base: str) -> float:
    """Log in four times at once; return the loop's worst delay meanwhile, ms."""
    lags = app[LAGS]
    lags.clear()
    form = {"email": NAME, "password": WORD, "next": "/healthz"}
    tries = [browser.post("/login", data=form, headers={"Origin": base}) for _ in range(4)]
    for answer in await asyncio.gather(*tries):
        answer.release()
    await asyncio.sleep(1.0)
    return max(lags) * 1000.0


async def _page_ms(browser: ClientSession) -> float:
    begun = perf_counter()
    async with browser.get("/") as answer:
        answer.raise_for_status()
        await answer.read()
    return (perf_counter() - begun) * 1000.0


@contextlib.asynccontextmanager
async def _sockets(
    browser: ClientSession, base: str, count: int
) -> AsyncIterator[list[ClientWebSocketResponse]]:
    opened = [await browser.ws_connect("/ws", headers={"Origin": base}) for _ in range(count)]
    for socket in opened:
        await socket.send_json({"sub": ["holds"]})
    yield opened
    for socket in opened:
        await socket.close()


async def _shown_ms(parts: WebParts, sockets: list[ClientWebSocketResponse]) -> float:
    """Return how long until the last of the pages has a change, ms; they read all the while."""
    mark = f"{perf_counter()}"
    reading = [asyncio.create_task(_read_until(socket, mark)) for socket in sockets]
    await asyncio.sleep(0.03)
    begun = perf_counter()
    _publish(parts, mark)
    await asyncio.gather(*reading)
    return (perf_counter() - begun) * 1000.0


async def _read_until(socket: ClientWebSocketResponse, mark: str) -> None:
    while True:
        frame = await socket.receive_json()
        await socket.send_json({"ack": frame["n"]})
        holds = frame["state"].get("holds")
        if holds is not None and holds["value"]["because"] == mark:
            return


async def _publish_us(parts: WebParts) -> float:
    begun = perf_counter()
    _publish(parts, "again")
    took_us = (perf_counter() - begun) * 1e6
    await asyncio.sleep(0.002)
    return took_us


def _publish(parts: WebParts, because: str) -> None:
    event = HoldsChanged(at=parts.clock.utc(), mode=Mode.OBSERVING, holds=(), because=because)
    parts.bus.publish(topic_of(event), event)
