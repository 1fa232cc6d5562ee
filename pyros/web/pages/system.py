"""The system: the tree of actors, what happened in it, dead letters, versions."""

from __future__ import annotations

from aiohttp import web

from pyros.kernel.lifecycle import LIFECYCLE, ChildUp, LifecycleEvent
from pyros.web.health import LAGS
from pyros.web.keys import PARTS
from pyros.web.reading import read_or
from pyros.web.render import render
from pyros.web.shapes import actor_shape

EVENTS = 30


async def page(request: web.Request) -> web.StreamResponse:
    """Show who lives, who does not, and why."""
    parts = request.app[PARTS]
    database = await read_or(request.app, lambda _: True, nothing=False)
    lags = request.app[LAGS]
    items, _ = parts.bus.items(LIFECYCLE)
    happened = [one.value for one in items if isinstance(one.value, LifecycleEvent)]
    context = {
        "tree": [actor_shape(status) for status in parts.tree()],
        "dead_letters": parts.dead_letters(),
        "events": [_row(event) for event in reversed(happened[-EVENTS:])],
        "loop_lag_ms": max(lags, default=0.0) * 1000.0,
        "missing": database.missing,
    }
    return render(request, "system.html", context)


def _row(event: LifecycleEvent) -> dict[str, object]:
    word = "up" if isinstance(event, ChildUp) else type(event).__name__
    reason = str(getattr(event, "reason", ""))
    return {
        "at": event.at,
        "path": event.path,
        "incarnation": event.incarnation,
        "what": word,
        "reason": reason,
    }
