"""Schedules: what is planned when, and why the rest is not; without one it says so (P21)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from pyros.domain.schedule import Cause
from pyros.messages.commands import PlanAgain
from pyros.store.engine import Session
from pyros.web.keys import PARTS, SITE, USER
from pyros.web.orders import give
from pyros.web.plain import plain
from pyros.web.plan_changes import changed_slots, changes_of
from pyros.web.plan_facts import PlanFacts, plan_facts, plan_in_force
from pyros.web.plan_pictures import PlanPictures, plan_pictures
from pyros.web.plan_view import WHY, Viewer, codes_of, worth_of
from pyros.web.reading import in_thread, read, read_or
from pyros.web.render import render

MOST_REFUSED = 100
"""So many refusals are shown at once; the rest on demand."""
SAID = {"planning": "A new plan is ordered: it appears here as soon as it is in force."}


async def page(request: web.Request) -> web.StreamResponse:
    """Show the schedule in force; it stays so by push (P22)."""
    user = request[USER]

    def query(session: Session) -> PlanFacts | None:
        return plan_in_force(session, user)

    found = await read_or(request.app, query, None)
    said = SAID.get(request.query.get("said", ""), "")
    context = {"missing": found.missing, "said": said, "live": True}
    if found.value is None:
        return render(request, "schedule.html", {**context, "plan": None, "pictures": None})
    return render(request, "schedule.html", {**context, **await _shown(request, found.value)})


async def one(request: web.Request) -> web.StreamResponse:
    """Show one schedule, in force or not (P30, P31)."""
    user, number = request[USER], int(request.match_info["id"])
    found = await read(request.app, lambda session: plan_facts(session, user, number))
    if found is None:
        raise web.HTTPNotFound(text=f"there is no schedule {number}")
    context = {"missing": "", "said": "", "live": False}
    return render(request, "schedule.html", {**context, **await _shown(request, found)})


async def plan_now(request: web.Request) -> web.StreamResponse:
    """Have the rest of the night planned anew; the page learns by push when it is."""
    at = request.app[PARTS].clock.utc()
    order = PlanAgain(at=at, cause=Cause.OPERATOR, ordered_by=request[USER].email)
    await give(request, "majordome", order)
    raise web.HTTPSeeOther("/schedule?said=planning")


async def _shown(request: web.Request, facts: PlanFacts) -> dict[str, Any]:
    app, plan, viewer = request.app, facts.plan, Viewer(facts)
    rows = viewer.slots(plan, changed_slots(facts))

    def draw() -> PlanPictures:
        return plan_pictures(app[PARTS], app[SITE], viewer, rows)

    refused = viewer.refusals(plan)
    code = request.query.get("code", "")
    code = code if code in codes_of(refused) else ""
    shown = [row for row in refused if code in ("", row.code)]
    most = len(shown) if request.query.get("refused") == "all" else MOST_REFUSED
    return {
        "plan": plan,
        "why": WHY[plan.cause],
        "in_force": facts.in_force,
        "newest_id": facts.newest_id,
        "rows": rows,
        "own": sum(row.own for row in rows),
        "worth": worth_of(plan),
        "changes": changes_of(facts, viewer),
        "refused": shown[:most],
        "refused_more": max(0, len(shown) - most),
        "codes": codes_of(refused),
        "code": code,
        "accounts": viewer.accounts(plan),
        "others_refused": viewer.others_refused(plan),
        "pictures": plain(await in_thread(app, draw)),
    }
