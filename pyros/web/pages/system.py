"""The system: the tree of actors live, what failed and why, what was lost, versions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from aiohttp import web

from pyros.kernel.lifecycle import LIFECYCLE, LifecycleEvent
from pyros.web.health import LAGS
from pyros.web.keys import PARTS
from pyros.web.lives import actor_shape, event_shape
from pyros.web.parts import WebParts
from pyros.web.pulse import losses
from pyros.web.reading import read_or
from pyros.web.render import render

EVENTS = 60
FAILURES = 6


async def page(request: web.Request) -> web.StreamResponse:
    """Show who lives, who does not, and why."""
    parts = request.app[PARTS]
    database = await read_or(request.app, lambda _: True, nothing=False)
    lags = request.app[LAGS]
    happened = list(_happened(parts))
    context = {
        "tree": [actor_shape(status) for status in parts.tree()],
        "losses": losses(parts),
        "failures": [event_shape(one) for one in islice(_failures(parts, happened), FAILURES)],
        "events": [event_shape(one) for one in happened[:EVENTS]],
        "loop_lag_ms": max(lags, default=0.0) * 1000.0,
        "missing": database.missing,
    }
    return render(request, "system.html", context)


def _happened(parts: WebParts) -> Iterable[LifecycleEvent]:
    """Yield what the bus still has, the newest first."""
    items, _ = parts.bus.items(LIFECYCLE)
    return (one.value for one in reversed(items) if isinstance(one.value, LifecycleEvent))


def _failures(parts: WebParts, happened: list[LifecycleEvent]) -> Iterable[LifecycleEvent]:
    """Yield what failed, the newest first; the tree remembers what the bus has forgotten."""
    known = [one for one in happened if not event_shape(one)["calm"]]
    kept = [status.last_failure for status in parts.tree()]
    older = [one for one in kept if one is not None and one not in known]
    return sorted([*known, *older], key=lambda one: one.at, reverse=True)
