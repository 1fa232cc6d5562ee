"""Danger in two steps: the second carries the state that the first one showed."""

from __future__ import annotations

import hashlib
import hmac

from aiohttp import web

from pyros.messages.events import HoldsChanged
from pyros.web.keys import PARTS, SESSION

GOOD_S = 30.0


def state_mark(request: web.Request) -> str:
    """Return a mark of what a person must have seen before a dangerous order: mode and holds."""
    holds = request.app[PARTS].bus.latest("holds")
    if not isinstance(holds, HoldsChanged):
        return "unknown"
    text = "|".join([holds.mode, *(hold.key for hold in holds.holds)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def seal(request: web.Request, action: str) -> str:
    """Return what the second step must bring back, within 30 s."""
    issued = f"{request.app[PARTS].watch.real_monotonic():.1f}"
    mark = state_mark(request)
    return f"{mark}.{issued}.{_sign(request, action, mark, issued)}".replace(" ", "")


def broken(request: web.Request, action: str, given: str) -> str:
    """Return why a seal is not good any more, empty if it is."""
    mark, _, rest = given.partition(".")
    issued, _, signature = rest.rpartition(".")
    if not hmac.compare_digest(signature, _sign(request, action, mark, issued)):
        return "this confirmation is not of this page"
    if request.app[PARTS].watch.real_monotonic() - float(issued) > GOOD_S:
        return f"this confirmation is older than {GOOD_S:.0f} s"
    if mark != state_mark(request):
        return "mode or holds have changed since this was shown"
    return ""


def _sign(request: web.Request, action: str, mark: str, issued: str) -> str:
    text = f"{action}:{mark}:{issued}:{request[SESSION].token.sha256}"
    return hmac.new(request.app[PARTS].secret, text.encode(), hashlib.sha256).hexdigest()[:32]
