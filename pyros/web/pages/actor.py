"""One actor: how it stands, what happened to it, its log; in development, what it may suffer."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from pyros.domain.audit import LogLine
from pyros.kernel.lifecycle import LIFECYCLE, ActorStatus, LifecycleEvent
from pyros.store import house
from pyros.web import orders, seal
from pyros.web.keys import PARTS
from pyros.web.lives import actor_shape, event_shape, page_of
from pyros.web.parts import Strikes, WebParts
from pyros.web.pulse import losses
from pyros.web.reading import read_or
from pyros.web.render import render

EVENTS = 30
LINES = 60
NONE: tuple[LogLine, ...] = ()
OVER_S = 30.0
"""Who hangs by order stands still so much longer than it may, real seconds."""
SAID = {
    "kill": "It is to end as if its code had died: see below what its supervisor does.",
    "hang": "It is to stand still: see below when the watchdog finds it.",
    "restart": "It is to be stopped in order and started again: see its incarnation rise.",
}


async def page(request: web.Request) -> web.StreamResponse:
    """Show one actor."""
    parts = request.app[PARTS]
    status = _status(request)
    path = status.path
    lines = await read_or(
        request.app, lambda session: house.log_lines(session, path, limit=LINES), NONE
    )
    context = {
        "actor": actor_shape(status),
        "tier": status.tier,
        "budget_s": status.budget_s,
        "events": [event_shape(one) for one in _happened(parts, status)][:EVENTS],
        "letters": [one for one in losses(parts)["letters"] if one["to"] == path],
        "log_lines": lines.value,
        "missing": lines.missing,
        "said": SAID.get(request.query.get("said", ""), ""),
    }
    return render(request, "actor.html", context)


def _status(request: web.Request) -> ActorStatus:
    path = "/" + request.match_info["path"].lstrip("/")
    for status in request.app[PARTS].tree():
        if status.path == path:
            return status
    raise web.HTTPNotFound(text=f"no supervisor knows of an actor {path}")


def _happened(parts: WebParts, status: ActorStatus) -> Iterable[LifecycleEvent]:
    """Yield what happened to it, the newest first, and its last failure in any case."""
    items, _ = parts.bus.items(LIFECYCLE)
    events = [one.value for one in items if isinstance(one.value, LifecycleEvent)]
    mine = [one for one in events if one.path == status.path]
    if status.last_failure is not None and status.last_failure not in mine:
        mine.insert(0, status.last_failure)
    return reversed(mine)


# orders, in development mode alone


async def ask(request: web.Request) -> web.StreamResponse:
    """Show what would become of it."""
    _strikes(request)
    return _confirm(request, "")


async def strike(request: web.Request) -> web.StreamResponse:
    """Let it happen, if the house is still as it was shown."""
    strikes, status = _strikes(request), _status(request)
    form = await request.post()
    why = seal.broken(request, _sealed(request, status), str(form.get("seal", "")))
    if why:
        return _confirm(request, why)
    verb = request.match_info["verb"]
    await orders.strike(request, verb, status.path, lambda path: _act(strikes, verb, path))
    raise web.HTTPSeeOther(f"{page_of(status.path)}?said={verb}")


def _strikes(request: web.Request) -> Strikes:
    strikes = request.app[PARTS].strikes
    if strikes is None:
        text = "actors are played with in development mode only: web.development"
        raise web.HTTPNotFound(text=text)
    return strikes


def _act(strikes: Strikes, verb: str, path: str) -> None:
    match verb:
        case "kill":
            strikes.kill(path)
        case "hang":
            strikes.hang(path, over_s=OVER_S)
        case _:
            strikes.restart(path)


def _sealed(request: web.Request, status: ActorStatus) -> str:
    """What is confirmed: this verb for this incarnation, no other."""
    return f"{request.match_info['verb']} {status.path}#{status.incarnation}"


def _confirm(request: web.Request, why: str) -> web.Response:
    status, verb = _status(request), request.match_info["verb"]
    context = {
        "heading": f"{verb.capitalize()} {status.path.rpartition('/')[2]}?",
        "sentences": list(_effect(request.app[PARTS], status, verb)),
        "action": f"/orders/actors/{verb}{status.path}",
        "word": f"{verb.capitalize()} it",
        "seal": seal.seal(request, _sealed(request, status)),
        "why": why,
        "back": page_of(status.path),
    }
    return render(request, "confirm.html", context, status=409 if why else 200)


def _effect(parts: WebParts, status: ActorStatus, verb: str) -> Iterable[str]:
    yield f"{status.path}, incarnation {status.incarnation}, is {status.state}."
    yield EFFECTS[verb].format(budget_s=status.budget_s, all_s=status.budget_s + OVER_S)
    below = [one for one in parts.tree() if one.path.startswith(f"{status.path}/")]
    if below:
        yield f"What it supervises goes with it: {len(below)} below."
    if status.blocking:
        yield "The observatory pauses until it is back."


EFFECTS = {
    "kill": "It ends as if its code had died. Its supervisor starts the next incarnation, and "
    "counts that: too many, and the supervisor gives up in its turn.",
    "hang": "It stands still for {all_s:.0f} s by your watch; {budget_s:.0f} s are allowed. Then "
    "the watchdog leaves the thread to itself, and the next incarnation starts. The thread ends by "
    "itself.",
    "restart": "Its supervisor stops it in order and starts the next incarnation. No failure is "
    "counted; what waits in its mailbox may be lost.",
}
