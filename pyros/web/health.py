"""Is the loop on time, does the database answer, is everybody there?"""

from __future__ import annotations

import asyncio
from collections import deque

from aiohttp import web

from pyros.domain.devices.device import AT_WORK
from pyros.messages.events import DeviceStatus
from pyros.web.header import away
from pyros.web.keys import PARTS
from pyros.web.reading import read_or

PERIOD_S = 0.5


class Lags(deque[float]):
    """How late the loop woke up, seconds, in the last minute."""


LAGS = web.AppKey("lags", Lags)


async def measure(app: web.Application) -> None:
    """Note each half second how late this loop woke up, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time() + PERIOD_S
        await asyncio.sleep(PERIOD_S)
        app[LAGS].append(max(0.0, loop.time() - asked))


async def healthz(request: web.Request) -> web.Response:
    """The web itself: alive if it answers; worst delay of its loop in the last minute."""
    lags = request.app[LAGS]
    worst_ms = max(lags, default=0.0) * 1000.0
    return web.json_response({"ok": True, "loop_lag_ms": round(worst_ms, 1)})


async def readyz(request: web.Request) -> web.Response:
    """The observatory: ready, or 503 with those who are not."""
    parts = request.app[PARTS]
    missing = list(away(parts.tree()))
    for published in parts.bus.snapshot("device/*").values():
        status = published.value
        if isinstance(status, DeviceStatus) and status.blocking and status.life not in AT_WORK:
            missing.append(f"{status.device} is {status.life}")
    database = await read_or(request.app, lambda _: True, nothing=False)
    if database.missing:
        missing.append("the database does not answer")
    body = {"ready": not missing, "missing": missing}
    return web.json_response(body, status=200 if not missing else 503)
