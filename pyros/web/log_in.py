"""Whose request it is: the log-in that its cookie names."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from pyros.errors import StoreUnavailable
from pyros.web.auth.sessions import Session, digest, look
from pyros.web.cookies import session_name
from pyros.web.keys import PARTS, SESSIONS
from pyros.web.reading import read


async def current_session(request: web.Request) -> Session | None:
    """Return the log-in of a request, None without a good one.

    Memory is asked first, the store at least every five seconds; with the store away memory
    counts: a dead database logs nobody out.
    """
    secret = request.cookies.get(session_name(request), "")
    if not secret:
        return None
    sessions, at = request.app[SESSIONS], now(request)
    known = sessions.known(secret, at)
    if known is not None:
        return known
    try:
        stored = await read(request.app, lambda database: look(database, digest(secret)))
    except StoreUnavailable:
        return sessions.remembered(secret, at)
    return sessions.found(secret, stored, at)


def now(request: web.Request) -> datetime:
    """Return the time that log-ins count: real, however fast the observatory's time runs."""
    return request.app[PARTS].watch.utc()
