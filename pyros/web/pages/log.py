"""The log: live at the top, and back to the oldest line kept (P90)."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from pyros.domain.audit import LogLine
from pyros.store import house
from pyros.web.reading import read_or
from pyros.web.render import render

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LINES = 200
NONE: tuple[LogLine, ...] = ()


async def page(request: web.Request) -> web.StreamResponse:
    """Show lines, the newest first; `before` is the number to scroll back from."""
    actor = request.query.get("actor", "")[:200]
    level = request.query.get("level", "")
    level = level if level in LEVELS else ""
    before = _number(request.query.get("before", ""))
    found = await read_or(
        request.app,
        lambda session: house.log_lines(
            session, actor or None, level=level or None, before_id=before, limit=LINES
        ),
        NONE,
    )
    lines = found.value
    older = {"actor": actor, "level": level, "before": lines[-1].id} if len(lines) == LINES else {}
    context = {
        "lines": lines,
        "actor": actor,
        "level": level,
        "levels": LEVELS,
        "live": not (actor or level or before),
        "older": urlencode({key: value for key, value in older.items() if value}),
        "missing": found.missing,
    }
    return render(request, "log.html", context)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
