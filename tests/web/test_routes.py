"""Who may go where: every route with every role, and without one."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from pyros.domain.user import RIGHTS, Right, Role
from pyros.web import app
from pyros.web.guard import Access, Route
from pyros.web.routes import ROUTES

FILLED = {"id": "1", "other": "2", "name": "x", "hash": "0" * 16, "verb": "kill", "path": "writer"}


def path_of(route: Route) -> str:
    """Return an address that fits the route."""
    return re.sub(r"\{(\w+):?(?:[^{}]|\{[^}]*\})*\}", lambda m: FILLED[m.group(1)], route.path)


REFUSED = {401, 403}


@pytest.mark.parametrize("role", [None, *Role])
async def test_every_route_answers_each_role_as_the_table_says(house, browsing, role) -> None:
    """P89: one table says who may; without a log-in one comes to the log-in page at most."""
    async with browsing(house, role) as browser:
        for route in ROUTES:
            if route.path in {"/logout", "/login", "/ws"}:
                continue
            path = path_of(route)
            if route.method == "GET":
                status, _ = await browser.get(path)
            else:
                form = await browser.form("/") if role else {}
                form.pop("key", None)
                form |= {"key": f"key-{route.path}", "seal": "a.0.b"}
                status = (await browser.post(path, form)).status
            allowed = route.right is Access.OPEN or (
                role is not None and (route.right is Access.MEMBER or route.right in RIGHTS[role])
            )
            assert status < 500, (route, status)
            to_log_in = status == 303 and role is None
            assert (status not in REFUSED and not to_log_in) == allowed, (route, status)


def test_every_row_has_a_right_that_somebody_has() -> None:
    """P89: what is forgotten is refused; here nothing is forgotten."""
    everybody = frozenset().union(*RIGHTS.values())

    assert [
        route
        for route in ROUTES
        if not isinstance(route.right, Access) and route.right not in everybody
    ] == []
    assert all(route.right is not Access.OPEN for route in ROUTES if "/orders/" in route.path)


async def test_a_route_without_a_right_is_refused_to_everybody(
    house, browsing, monkeypatch
) -> None:
    """P89: default none."""

    async def hello(request):
        return web.Response(text="hello")

    monkeypatch.setattr(app, "ROUTES", (*ROUTES, Route("GET", "/forgotten", hello)))
    async with browsing(house, Role.ADMIN) as browser:
        status, _ = await browser.get("/forgotten")

    assert status == 403


async def test_what_is_not_there_is_a_page_with_a_way_back(house, browsing) -> None:
    """P21: no page fails, not even one that does not exist."""
    async with browsing(house, Role.USER) as browser:
        for path in ("/nothing", "/images/7", "/schedule/7", "/alerts/nobody"):
            status, text = await browser.get(path)
            assert (status, 'data-testid="error"' in text) == (404, True), path


async def test_a_picture_outside_of_the_data_folder_is_never_sent(house, browsing) -> None:
    async with browsing(house, Role.USER) as browser:
        for path in ("/static/0000000000000000/../app.py", "/images/../../etc/passwd"):
            status, text = await browser.get(path)
            assert status == 404
            assert "import" not in text or "<html" in text


def test_the_table_is_the_only_way_in() -> None:
    """Every POST is an order, a log-in or a log-out: orders never travel over GET."""
    posts = {route.path for route in ROUTES if route.method == "POST"}

    assert all(
        path.startswith("/orders/") or path in {"/login", "/logout", "/password"} for path in posts
    )
    assert {route.method for route in ROUTES} == {"GET", "POST"}
    assert Right.LOOK in RIGHTS[Role.USER]
