"""What every page shows: mode, holds, weather, what is done now, clocks, banners, navigation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from pyros.domain.user import rights_of
from pyros.kernel.lifecycle import ActorStatus
from pyros.messages.events import AlertChanged, ConditionsChanged, HoldsChanged, HouseStatus
from pyros.sky.coords import sidereal_deg
from pyros.web import cookies
from pyros.web.keys import ASSETS, NONCE, ONCE, PARTS, REQUEST_ID, SESSION, SITE, TITLE, USER
from pyros.web.lives import absence, actor_shape
from pyros.web.parts import WebParts
from pyros.web.plain import dumps
from pyros.web.shapes import Blank, shape

NOTHING = Blank()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The newest word of each part of the house, as shown; empty where nobody has spoken yet."""

    now: datetime
    holds: Any
    house: Any
    conditions: Any
    alerts: tuple[Any, ...]
    twilight: str
    twilight_at: datetime | None
    sidereal_deg: float
    missing: tuple[Any, ...]


def house_of(request: web.Request) -> House:
    """Return the house as the bus has it now; no actor is asked."""
    parts = request.app[PARTS]
    now = parts.clock.utc()
    status = parts.bus.latest("house")
    name, at = next_twilight(status, now)
    return House(
        now=now,
        holds=_shape_of(parts, "holds", HoldsChanged),
        house=_shape_of(parts, "house", HouseStatus),
        conditions=_shape_of(parts, "conditions", ConditionsChanged),
        alerts=tuple(in_progress(parts)),
        twilight=name,
        twilight_at=at,
        sidereal_deg=float(sidereal_deg(request.app[SITE], now)),
        missing=tuple(actor_shape(one) for one in parts.tree() if absence(one)),
    )


def _shape_of(parts: WebParts, topic: str, kind: type) -> object:
    value = parts.bus.latest(topic)
    return shape(value) if isinstance(value, kind) else NOTHING


def in_progress(parts: WebParts) -> Iterator[object]:
    """Yield the alerts that are being observed, as shown (P41)."""
    for published in parts.bus.snapshot("alert/*").values():
        if isinstance(published.value, AlertChanged) and published.value.in_progress:
            yield shape(published.value)


def next_twilight(status: object, now: datetime) -> tuple[str, datetime | None]:
    """Return what the Sun does next, and when."""
    night = status.night if isinstance(status, HouseStatus) else None
    if night is None:
        return "", None
    coming = [
        ("sunset", night.sunset),
        ("night begins", night.start),
        ("night ends", night.end),
        ("sunrise", night.sunrise),
    ]
    ahead = [(at, name) for name, at in coming if at is not None and at > now]
    return (min(ahead)[1], min(ahead)[0]) if ahead else ("", None)


def away(tree: tuple[ActorStatus, ...]) -> Iterator[str]:
    """Yield the parts that are not there now, each with how it stands."""
    yield from filter(None, map(absence, tree))


def page_context(request: web.Request) -> dict[str, Any]:
    """Return what every template may use."""
    app = request.app
    parts = app[PARTS]
    user = request.get(USER)
    full = user is not None and not user.must_change_password
    return {
        "parts": parts,
        "site": parts.config.site.name,
        "title": parts.config.web.title,
        "page_title": request.get(TITLE, ""),
        "path": request.path,
        "nonce": request[NONCE],
        "request_id": request[REQUEST_ID],
        "assets": app[ASSETS],
        "build": app[ASSETS].build(parts.secret),
        "user": user,
        "rights": {str(right) for right in rights_of(user)} if user is not None and full else set(),
        "csrf": request[SESSION].csrf if SESSION in request else "",
        "order_key": app[ONCE].key,
        "theme": cookies.theme(request),
        "top": house_of(request) if full else None,
        "now": parts.clock.utc(),
        "factor": parts.clock.factor,
        "simulated": parts.simulated,
        "development": parts.strikes is not None,
        "version": parts.version,
        "dumps": dumps,
    }
