"""Alerts: those in progress, those that moved nothing and why, and a drill on demand."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from aiohttp import web

from pyros.domain.alert import Alert
from pyros.messages.commands import SendTestAlert
from pyros.messages.events import HouseStatus, LinkReported
from pyros.store import alerts, images, requests
from pyros.store.alerts import StoredNotice
from pyros.store.engine import Session
from pyros.web import formats, seal
from pyros.web.keys import PARTS, USER
from pyros.web.orders import ask
from pyros.web.parts import WebParts
from pyros.web.reading import read, read_or
from pyros.web.render import render
from pyros.web.shapes import alert_shape, image_shape

LIMIT = 100
NONE: tuple[tuple[Alert, ...], tuple[StoredNotice, ...]] = ((), ())


async def page(request: web.Request) -> web.StreamResponse:
    """Show all alerts, the newest first, and every packet with what became of it."""
    found = await read_or(
        request.app,
        lambda session: (alerts.alerts(session, limit=LIMIT), alerts.notices(session, limit=LIMIT)),
        NONE,
    )
    links = request.app[PARTS].bus.snapshot("alerts/link/*").values()
    context = {
        "missing": found.missing,
        "alerts": [alert_shape(alert) for alert in found.value[0]],
        "notices": found.value[1],
        "links": [one.value for one in links if isinstance(one.value, LinkReported)],
    }
    return render(request, "alerts.html", context)


async def one(request: web.Request) -> web.StreamResponse:
    """Show where one alert stands: its instants, notices, sequences, images (P42)."""
    found = await read(request.app, lambda session: _one(session, request.match_info["name"]))
    if found is None:
        raise web.HTTPNotFound(text=f"no alert is called {request.match_info['name']}")
    return render(request, "alert.html", found)


def _one(session: Session, name: str) -> dict[str, object] | None:
    alert = alerts.by_name(session, name)
    if alert is None:
        return None
    request = requests.of_alert(session, alert.id)
    return {
        "alert": alert_shape(alert),
        "stamps": list(stamps(alert)),
        "joins": alert.joins,
        "notices": alerts.notices(session, alert_id=alert.id),
        "sequences": request.sequences if request is not None else (),
        "images": [image_shape(i) for i in images.list(session, alert_id=alert.id, limit=60)],
    }


def stamps(alert: Alert) -> Iterable[tuple[str, object, str]]:
    """Yield (name, instant, how long after the one before) of the chain of seven."""
    names = ("burst", "written", "sent", "received", "decided", "commanded", "first_light")
    chain = [(name, getattr(alert.stamps, name)) for name in names]
    known = [(name, at) for name, at in chain if at is not None]
    after = {
        later: f"+{(at - before).total_seconds():.3f} s after {name}"
        for (name, before), (later, at) in pairwise(known)
    }
    for name, at in chain:
        yield name.replace("_", " "), at, after.get(name, "")


async def ask_test(request: web.Request) -> web.StreamResponse:
    """Show what a drill would do, with the numbers of now (P43)."""
    return _confirm(request, "")


async def test(request: web.Request) -> web.StreamResponse:
    """Send a drill; in a simulated observatory it slews."""
    form = await request.post()
    why = seal.broken(request, "test-alert", str(form.get("seal", "")))
    if why:
        return _confirm(request, why)
    parts = request.app[PARTS]
    order = SendTestAlert(
        at=parts.clock.utc(), ordered_by=request[USER].email, real_slew=parts.simulated
    )
    await ask(request, "alerts", order)
    raise web.HTTPSeeOther("/?said=drill")


def _confirm(request: web.Request, why: str) -> web.Response:
    context = {
        "heading": "Send a test alert?",
        "sentences": list(_effect(request.app[PARTS])),
        "action": "/orders/test-alert",
        "word": "Send the test alert",
        "seal": seal.seal(request, "test-alert"),
        "why": why,
    }
    status = 409 if why else 200
    return render(request, "confirm.html", context, status=status)


def _effect(parts: WebParts) -> Iterable[str]:
    yield "A packet of role test goes in as one from a satellite would, 5 deg from the zenith."
    if not parts.simulated:
        yield "It is shown and judged as a drill; the telescope does not move."
        return
    status = parts.bus.latest("house")
    running = status.running if isinstance(status, HouseStatus) else None
    if running is not None:
        begun = formats.clock(running.start)
        yield f"'{running.name}', which runs since {begun} UTC, is aborted and planned again."
    yield "The (simulated) telescope slews to it at once, if no hold is in force."
