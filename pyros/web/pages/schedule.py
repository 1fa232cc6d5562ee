"""Schedules: what is planned when, and why the rest is not; without one it says so (P21)."""

from __future__ import annotations

from aiohttp import web

from pyros.domain.schedule import Schedule
from pyros.store import observations
from pyros.store.engine import Session
from pyros.web.reading import read, read_or
from pyros.web.render import render

OLDER = 40

Found = tuple[Schedule | None, tuple[Schedule, ...]]
NONE: Found = (None, ())


async def page(request: web.Request) -> web.StreamResponse:
    """Show the schedule in force."""
    found = await read_or(request.app, _current, NONE)
    schedule, older = found.value
    context = {"schedule": schedule, "older": older, "missing": found.missing, "current": True}
    return render(request, "schedule.html", context)


async def one(request: web.Request) -> web.StreamResponse:
    """Show one schedule, in force or not (P30, P31)."""
    number = int(request.match_info["id"])
    schedule = await read(request.app, lambda session: observations.schedule(session, number))
    if schedule is None:
        raise web.HTTPNotFound(text=f"there is no schedule {number}")
    older = await read(
        request.app, lambda session: observations.schedules(session, before_id=number, limit=OLDER)
    )
    context = {"schedule": schedule, "older": older, "missing": "", "current": False}
    return render(request, "schedule.html", context)


def _current(session: Session) -> Found:
    found = observations.schedules(session, limit=OLDER)
    return (found[0], found[1:]) if found else (None, ())
