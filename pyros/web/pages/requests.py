"""A request: what is asked for, how each of its sequences stands, and what became of it (P22)."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass

from aiohttp import web

from pyros.domain.execution import Execution
from pyros.domain.request import Request, RequestKind, Sequence, request_state
from pyros.domain.schedule import Refusal, Slot
from pyros.domain.sight import sight_of
from pyros.domain.user import User
from pyros.store import observations, people, plan_history, requests
from pyros.store.engine import Session
from pyros.web.keys import USER
from pyros.web.plan_view import filters_of
from pyros.web.reading import read
from pyros.web.remedy import remedy
from pyros.web.render import render

MOST_REFUSALS = 5
NAMING = ("NO_ROOM", "ALTERNATIVE", "CADENCE")
"""Refusals whose words name other sequences, which are not everybody's to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sequence with its slot in the plan in force, its last refusals, its attempts."""

    sequence: Sequence
    reason: str
    filters: str
    slot: Slot | None
    refusals: Many[tuple[Refusal, str, Many[str]]]
    """Each with its words and what would admit it."""
    executions: Many[Execution]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A request as stored, if the person may read it."""

    request: Request
    readable: bool
    own: bool = False
    alert_name: str = ""
    schedule_id: int | None = None
    lines: tuple[Line, ...] = ()


async def one(request: web.Request) -> web.StreamResponse:
    """Show one request to those whose business it is."""
    user, number = request[USER], int(request.match_info["id"])
    found = await read(request.app, lambda session: _found(session, user, number))
    if found is None:
        raise web.HTTPNotFound(text=f"there is no request {number}")
    if not found.readable:
        text = f"request {number} is of programme {found.request.programme}, which is not yours"
        raise web.HTTPForbidden(text=text)
    state = request_state(line.sequence.state for line in found.lines)
    context = {"found": found, "asked": found.request, "state": state}
    return render(request, "request.html", context)


def _found(session: Session, user: User, number: int) -> Found | None:
    asked = plan_history.asked_by(session, [number]).get(number)
    if asked is None:
        return None
    stored = requests.load(session, number)
    sight = sight_of(user, (one.programme for one in people.memberships(session, user.email)))
    if not sight.sees(owner=asked.owner, programme=asked.programme, kind=RequestKind(asked.kind)):
        return Found(request=stored, readable=False)
    plan = observations.current_schedule(session)
    slots = {slot.sequence_id: slot for slot in plan.slots} if plan is not None else {}
    return Found(
        request=stored,
        readable=True,
        own=sight.owns(asked.owner),
        alert_name=asked.alert_name,
        schedule_id=None if plan is None else plan.id,
        lines=tuple(
            _line(session, one, slots.get(one.id), everything=sight.everything)
            for one in stored.sequences
        ),
    )


def _line(session: Session, sequence: Sequence, slot: Slot | None, *, everything: bool) -> Line:
    refusals = observations.refusals_of(session, sequence.id, limit=MOST_REFUSALS)
    code, _, words = sequence.state_reason.partition(": ")
    return Line(
        sequence=sequence,
        reason=sequence.state_reason if _open(code, everything=everything) or not words else code,
        filters=filters_of(sequence),
        slot=slot,
        refusals=[
            (
                one,
                one.text if _open(one.code, everything=everything) else "",
                remedy(one.change, _unnamed),
            )
            for one in refusals
        ],
        executions=observations.executions_of(session, sequence.id),
    )


def _open(code: str, *, everything: bool) -> bool:
    return everything or code not in NAMING


def _unnamed(_: str) -> str:
    """Return what another sequence is called where its plan is not at hand."""
    return "another sequence"
