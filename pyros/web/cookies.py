"""What a browser keeps for us: its log-in, its mark as a known browser, its theme."""

from __future__ import annotations

from aiohttp import web

from pyros.web.origin import is_secure

THEMES = ("dark", "day", "red")
YEAR_S = 365 * 86400


def session_name(request: web.Request) -> str:
    """Return the cookie's name; two observatories on one machine do not share it."""
    return "__Host-pyros" if is_secure(request) else f"pyros-{request.url.port or 80}"


def marks_name(request: web.Request) -> str:
    """Return the name of the cookie with the marks of a known browser."""
    return "__Host-known" if is_secure(request) else f"pyros-known-{request.url.port or 80}"


def set_session(request: web.Request, response: web.StreamResponse, secret: str) -> None:
    """Let the browser keep its log-in."""
    _set(request, response, session_name(request), secret)


def end_session(request: web.Request, response: web.StreamResponse) -> None:
    """Let it forget."""
    response.del_cookie(
        session_name(request), path="/", secure=is_secure(request), httponly=True, samesite="Lax"
    )


def add_mark(request: web.Request, response: web.StreamResponse, mark: str) -> None:
    """Let the browser keep that it has logged in to an account here, the last eight of them."""
    name = marks_name(request)
    marks = [one for one in request.cookies.get(name, "").split() if one != mark]
    _set(request, response, name, " ".join([*marks, mark][-8:]), max_age=YEAR_S)


def theme(request: web.Request) -> str:
    """Return the theme that the browser wants; dark unless it says otherwise."""
    wanted = request.cookies.get("theme", "")
    return wanted if wanted in THEMES else THEMES[0]


def _set(
    request: web.Request,
    response: web.StreamResponse,
    name: str,
    value: str,
    max_age: int | None = None,
) -> None:
    response.set_cookie(
        name,
        value,
        path="/",
        max_age=max_age,
        secure=is_secure(request),
        httponly=True,
        samesite="Lax",
    )
