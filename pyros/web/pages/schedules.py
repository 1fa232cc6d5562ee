"""Old schedules: by night, days before, how nights ended, all; two of them side by side (P30)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from aiohttp import web

from pyros.store import plan_history
from pyros.store.engine import Session
from pyros.store.plan_history import PlanLine, Which
from pyros.web.keys import PARTS, SITE, USER
from pyros.web.plain import plain
from pyros.web.plan_changes import changed_slots, changes_of
from pyros.web.plan_facts import PlanFacts, plan_facts
from pyros.web.plan_pictures import PlanPictures, compared_pictures, night_at
from pyros.web.plan_view import WHY, Viewer, worth_of
from pyros.web.reading import in_thread, read, read_or
from pyros.web.render import render

LIMIT = 50
DAYS = (0, 1, 3, 7, 30)
"""How many nights before may be asked for at once."""
MOST_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form says; what makes no sense is as if it was not said, and named in `wrong`."""

    night: date | None = None
    days: int = 0
    only_last: bool = False
    code: str = ""
    request_id: int | None = None
    before_id: int | None = None
    wrong: str = ""

    def which(self) -> Which:
        """Return the question for the store."""
        first = None if self.night is None else self.night - timedelta(days=self.days)
        return Which(
            first_night=first,
            last_night=self.night,
            last_of_night=self.only_last,
            code=self.code,
            request_id=self.request_id,
            before_id=self.before_id,
        )

    def query(self, **changes: object) -> str:
        """Return the address's part of this question, with changes; what narrows nothing is out."""
        words = {
            "night": "" if self.night is None else self.night.isoformat(),
            "days": self.days or "",
            "show": "last" if self.only_last else "",
            "code": self.code,
            "request": self.request_id or "",
        }
        return urlencode({name: value for name, value in (words | changes).items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the store has for a question."""

    lines: tuple[PlanLine, ...] = ()
    counts: Mapping[int, Mapping[str, int]]
    codes: tuple[str, ...] = ()


async def page(request: web.Request) -> web.StreamResponse:
    """Show plans, a line each, narrowed by what the address says."""
    asked = asked_of(request.query)
    found = await read_or(request.app, lambda session: _found(session, asked), Found(counts={}))
    lines = found.value.lines
    more = len(lines) == LIMIT
    at = request.app[PARTS].clock.utc()
    tonight = night_at(request.app[SITE], at, request.app[PARTS].config.night.twilight).date
    context = {
        "missing": found.missing,
        "asked": asked,
        "lines": lines,
        "counts": found.value.counts,
        "codes": sorted({*found.value.codes, *((asked.code,) if asked.code else ())}),
        "days": DAYS,
        "tonight": tonight,
        "last_night": tonight - timedelta(days=1),
        "older": asked.query(before=lines[-1].id) if more else "",
        "why": WHY,
    }
    return render(request, "schedules.html", context)


def asked_of(query: Mapping[str, str]) -> Asked:
    """Return the question of an address."""
    asked = Asked(
        days=min(_number(query.get("days", "")) or 0, max(DAYS)),
        only_last=query.get("show", "") == "last",
        code=_code(query.get("code", "")),
        request_id=_number(query.get("request", "")),
        before_id=_number(query.get("before", "")),
    )
    night = query.get("night", "").strip()
    if not night:
        return asked
    try:
        return replace(asked, night=date.fromisoformat(night))
    except ValueError:
        return replace(asked, wrong=f"{night[:40]!r} is no night: should be like 2026-11-25")


def _number(text: str) -> int | None:
    good = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if good else None


def _code(text: str) -> str:
    return text if text.isascii() and text.replace("_", "").isalpha() and len(text) < 40 else ""


def _found(session: Session, asked: Asked) -> Found:
    lines = plan_history.plan_lines(session, asked.which(), limit=LIMIT)
    return Found(
        lines=lines,
        counts=plan_history.refusal_counts(session, (one.id for one in lines)),
        codes=plan_history.refusal_codes(session),
    )


async def side_by_side(request: web.Request) -> web.StreamResponse:
    """Show two plans of a night, the older one first, and what moved from one to the other."""
    user = request[USER]
    older, newer = sorted(int(request.match_info[name]) for name in ("id", "other"))

    def query(session: Session) -> PlanFacts | None:
        return plan_facts(session, user, newer, against=older)

    facts = await read(request.app, query)
    if facts is None or facts.before is None:
        missing = newer if facts is None else older
        raise web.HTTPNotFound(text=f"there is no schedule {missing}")
    return render(request, "compare.html", await _compared(request, facts))


async def _compared(request: web.Request, facts: PlanFacts) -> dict[str, object]:
    app, viewer = request.app, Viewer(facts)
    plans = [plan for plan in (facts.before, facts.plan) if plan is not None]
    changed = changed_slots(facts)
    before, after = (viewer.slots(plan, changed) for plan in plans)

    def draw() -> PlanPictures:
        return compared_pictures(app[PARTS], app[SITE], viewer, before, after)

    shown = [
        {"plan": plan, "why": WHY[plan.cause], "worth": worth_of(plan), "rows": rows}
        for plan, rows in zip(plans, (before, after), strict=True)
    ]
    return {
        "pair": shown,
        "same_night": plans[0].night == plans[-1].night,
        "changes": changes_of(facts, viewer),
        "pictures": plain(await in_thread(app, draw)),
    }
