"""One row of the table of routes, and the test that stands before each handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from urllib.parse import quote

from aiohttp import web

from pyros.domain.user import Right, may
from pyros.web.audit import note
from pyros.web.keys import SESSION, TITLE, USER
from pyros.web.origin import SAFE_METHODS, from_own_page

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access(StrEnum):
    """What stands in the place of a right."""

    OPEN = "open"
    """Without a log-in."""
    MEMBER = "member"
    """Whoever has logged in, also with a one-time password."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path and who may go there; without a right nobody may."""

    method: str
    path: str
    handler: Handler
    right: Right | Access | None = None
    title: str = ""
    nav: str = ""
    """Its word in the navigation; empty: it is not there."""
    key: str = ""
    """Letter that leads there after g."""


def guarded(route: Route) -> Handler:
    """Return the route's handler behind its tests: log-in, origin, token, right."""

    async def handle(request: web.Request) -> web.StreamResponse:
        request[TITLE] = route.title
        _origin(request)
        if route.right is not Access.OPEN:
            _logged_in(request)
            await _token(request)
            _may(request, route)
        return await route.handler(request)

    return handle


def _origin(request: web.Request) -> None:
    if request.method not in SAFE_METHODS and not from_own_page(request):
        raise web.HTTPForbidden(text="this order did not come from a page of this observatory")


def _logged_in(request: web.Request) -> None:
    if SESSION in request:
        return
    if request.method == "GET" and wants_page(request):
        raise web.HTTPSeeOther(f"/login?next={quote(request.path_qs, safe='')}")
    raise web.HTTPUnauthorized(text="log in first")


def wants_page(request: web.Request) -> bool:
    """Return whether a person looks at the answer, and no script or picture."""
    upgrade = request.headers.get("Upgrade", "").lower()
    return upgrade != "websocket" and not request.path.endswith((".json", ".png"))


async def _token(request: web.Request) -> None:
    if request.method in SAFE_METHODS:
        return
    given = (await request.post()).get("csrf", "")
    if not isinstance(given, str) or not compare_digest(
        given.encode(), request[SESSION].csrf.encode()
    ):
        raise web.HTTPForbidden(text="this form is not of your log-in: load the page again")


def _may(request: web.Request, route: Route) -> None:
    user = request[USER]
    if route.right is Access.MEMBER:
        return
    if user.must_change_password:
        if request.method == "GET" and wants_page(request):
            raise web.HTTPSeeOther("/password")
        raise web.HTTPForbidden(text="change the one-time password first")
    if isinstance(route.right, Right) and may(user, route.right):
        return
    needed = route.right or "nobody's"
    reason = f"needs the right {needed}; {user.role} has not got it"
    if request.method not in SAFE_METHODS:
        note(request, action=request.path, outcome="REFUSED", reason=reason)
    raise web.HTTPForbidden(text=reason)
