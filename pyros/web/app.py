"""create_app(parts): everything that one incarnation of the web is made of."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from pyros.kernel.bridge import Bridge
from pyros.sky.site import Site
from pyros.web import health, live, middleware, pulse
from pyros.web.assets import Assets
from pyros.web.auth.passwords import Passwords
from pyros.web.auth.sessions import Sessions
from pyros.web.auth.throttle import Throttle
from pyros.web.formats import FILTERS
from pyros.web.guard import guarded
from pyros.web.hub import Hub
from pyros.web.keys import (
    ASSETS,
    BRIDGE,
    HUB,
    ONCE,
    PARTS,
    PASSWORDS,
    POOL,
    SESSIONS,
    SITE,
    THROTTLE,
)
from pyros.web.once import Once
from pyros.web.parts import WebParts
from pyros.web.routes import ROUTES
from pyros.web.shapes import Blank

TEMPLATES = Path(__file__).parent / "templates"
LARGEST = 2**20
THREADS = 8


def create_app(parts: WebParts) -> web.Application:
    """Return the application; what it needs of a loop is made when it starts."""
    app = web.Application(
        middlewares=[middleware.number, middleware.errors, middleware.log_in],
        client_max_size=LARGEST,
    )
    app[PARTS] = parts
    app[ASSETS] = Assets()
    app[ONCE] = Once()
    app[SITE] = site_of(parts)
    app[THROTTLE] = Throttle(parts.secret)
    app[SESSIONS] = Sessions(parts.address(parts.writer), parts.secret, parts.config.web.session_s)
    app[live.SOCKETS] = live.Sockets()
    app[health.LAGS] = health.Lags(maxlen=120)
    _templates(app)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, guarded(route))
    app.on_response_prepare.append(middleware.headers)
    app.cleanup_ctx.append(_threads)
    app.cleanup_ctx.append(_listening)
    app.on_shutdown.append(live.close_all)
    return app


def site_of(parts: WebParts) -> Site:
    """Return where the observatory stands, as the sky's functions want it."""
    site = parts.config.site
    return Site(
        lat_deg=site.latitude_deg,
        lon_deg=site.longitude_deg,
        height_m=site.height_m,
        horizon=tuple((azimuth, altitude) for azimuth, altitude in site.horizon if azimuth < 360.0),
    )


def _templates(app: web.Application) -> None:
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals["routes"] = ROUTES
    environment.globals["blank"] = Blank()


async def _threads(app: web.Application) -> AsyncIterator[None]:
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="web")
    app[POOL] = pool
    app[PASSWORDS] = Passwords(pool)
    yield
    pool.shutdown(wait=False, cancel_futures=True)


async def _listening(app: web.Application) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    app[BRIDGE] = Bridge(loop)
    hub = app[HUB] = Hub(app[PARTS].bus, loop)
    tasks = [loop.create_task(hub.run()), loop.create_task(health.measure(app))]
    tasks.append(loop.create_task(pulse.beat(app)))
    yield
    hub.close()
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
