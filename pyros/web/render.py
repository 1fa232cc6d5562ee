"""A page: its own values and what every page shows, through a template."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp_jinja2
from aiohttp import web

from pyros.web.header import page_context


def render(
    request: web.Request, template: str, context: Mapping[str, object], *, status: int = 200
) -> web.Response:
    """Return the page; every text in it is escaped."""
    whole = {**page_context(request), **context}
    return aiohttp_jinja2.render_template(template, request, whole, status=status)
