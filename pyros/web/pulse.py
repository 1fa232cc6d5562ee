"""Once a second, while somebody looks: mailboxes, handlers at work, and what was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from pyros.kernel.lifecycle import COUNTERS, Counters, tree_topic
from pyros.web.hub import Hub
from pyros.web.keys import HUB, PARTS
from pyros.web.lives import losses_shape
from pyros.web.parts import WebParts

PERIOD_S = 1.0
LOSSES = "kernel/losses"
"""What was lost since the start; told to pages only, it is not on the bus."""
LETTERS = 20


async def beat(app: web.Application) -> None:
    """Tell the pages that show it, until cancelled; no actor is asked."""
    hub, parts = app[HUB], app[PARTS]
    while True:
        await asyncio.sleep(PERIOD_S)
        if hub.wanted(LOSSES):
            tell(hub, parts)


def tell(hub: Hub, parts: WebParts) -> None:
    """Tell what has changed since the last time."""
    hub.pump()  # what the tree says below is newer than all that went out before
    now = parts.clock.utc()
    for status in parts.tree():
        hub.show(tree_topic(status.path), status, now)
    hub.show(LOSSES, losses(parts), now)


def losses(parts: WebParts) -> Mapping[str, Any]:
    """Return what was lost, as shown."""
    counters = parts.bus.latest(COUNTERS)
    return losses_shape(
        parts.dead_letters(),
        parts.letters(),
        parts.abandoned(),
        counters.restarts if isinstance(counters, Counters) else 0,
        shown=LETTERS,
    )
