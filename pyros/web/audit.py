"""Who did what, written down before it is done."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from aiohttp import web

from pyros.domain.audit import AuditEntry
from pyros.store import house
from pyros.store.writer import Write
from pyros.web.keys import PARTS, USER
from pyros.web.origin import place

log = logging.getLogger(__name__)


def note(  # noqa: PLR0913  an entry's own fields
    request: web.Request,
    *,
    action: str,
    subject: str = "",
    who: str = "",
    after: Mapping[str, object] | None = None,
    outcome: str = "DONE",
    reason: str = "",
) -> None:
    """Have an entry written; the store keeps what it cannot write now, and the order goes on."""
    parts = request.app[PARTS]
    entry = AuditEntry(
        at=parts.clock.utc(),
        who=who or (request[USER].email if USER in request else "nobody"),
        place=place(request),
        action=_one_line(action),
        subject=_one_line(subject),
        after=after or {},
        outcome=outcome,
        reason=_one_line(reason),
    )
    write = Write(work=lambda session: house.audit(session, entry), what=f"audit {entry.action}")
    if not parts.address(parts.writer).offer(write):
        log.error("audit not written, the store-writer is away: %r", entry)


def _one_line(text: str) -> str:
    return text.encode("unicode_escape").decode()[:300] if not text.isprintable() else text[:300]
