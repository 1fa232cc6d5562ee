"""From the outside in: number and nonce, errors to pages, whose request it is."""

from __future__ import annotations

import logging
import secrets
import time

from aiohttp import web

from pyros.errors import NotRunning, PyrosError, StaleVersion, StoreUnavailable
from pyros.kernel.ref import ActorRestarting, AskTimeout
from pyros.web.guard import Handler, wants_page
from pyros.web.keys import NONCE, REQUEST_ID, SESSION, SESSIONS, TITLE, USER
from pyros.web.log_in import current_session, now
from pyros.web.render import render

log = logging.getLogger(__name__)

QUIET = ("/static/", "/healthz", "/readyz", "/favicon.ico")
"""Paths that need nobody."""
NO_USE = (".json", ".png", "/ws")
"""What a page fetches by itself does not make a log-in last longer."""
RETRY_S = 2


@web.middleware
async def number(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request a number and a nonce; write a line of the access log."""
    request[REQUEST_ID] = secrets.token_hex(6)
    request[NONCE] = secrets.token_urlsafe(16)
    begun = time.perf_counter()
    response = await handler(request)
    took_ms = (time.perf_counter() - begun) * 1000.0
    who = request[USER].email if USER in request else "-"
    facts = (request[REQUEST_ID], who, request.method, request.path, response.status, took_ms)
    log.debug("%s %s %s %s %d %.1f ms", *facts)
    return response


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what is raised into a page that says what would be right; no traceback leaves."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < 400:
            raise
        return _page(request, answer.status, answer.text or answer.reason, dict(answer.headers))
    except PyrosError as known:
        return _page(request, *_known(known))
    except Exception:  # the border to the browser: the log has the traceback, the page a number
        log.exception("%s: %s %s failed", request[REQUEST_ID], request.method, request.path)
        return _page(request, 500, f"a mistake of ours, number {request[REQUEST_ID]} in the log")


def _known(error: PyrosError) -> tuple[int, str, dict[str, str]]:
    """Return status, text and headers of an error of ours."""
    match error:
        case ActorRestarting():
            return 503, str(error), {"Retry-After": str(max(1, round(error.retry_after)))}
        case AskTimeout():
            return 504, f"{error}; whether it is done is not known: look at the page", {}
        case NotRunning() | StoreUnavailable():
            text = f"{error}; try again in {RETRY_S} s"
            return 503, text, {"Retry-After": str(RETRY_S)}
        case StaleVersion():
            return 412, str(error), {}
        case _:
            return 409, f"refused: {error}", {}


def _page(
    request: web.Request, status: int, text: str, headers: dict[str, str] | None = None
) -> web.Response:
    kept = {
        name: value for name, value in (headers or {}).items() if name in {"Retry-After", "Allow"}
    }
    if not wants_page(request):
        return web.json_response({"error": text, "status": status}, status=status, headers=kept)
    request[TITLE] = TITLES.get(status, "Refused")
    context = {"status": status, "text": text}
    response = render(request, "error.html", context, status=status)
    response.headers.update(kept)
    return response


TITLES = {
    401: "Log in",
    403: "Not allowed",
    404: "Not here",
    405: "Not that way",
    409: "Refused",
    412: "Changed meanwhile",
    413: "Too large",
    500: "A mistake",
    503: "Not there now",
    504: "No answer",
}


@web.middleware
async def log_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out whose request it is, and let a log-in that is used last longer."""
    if not request.path.startswith(QUIET):
        session = await current_session(request)
        if session is not None:
            request[SESSION] = session
            request[USER] = session.user
            if not request.path.endswith(NO_USE):
                request.app[SESSIONS].touch(session, now(request))
    return await handler(request)


async def headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set what every answer says to the browser (signal on_response_prepare)."""
    nonce = request.get(NONCE, "")
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "pyros"


POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; "
    "style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
