"""The night: five questions answered without a click, and the four orders of an operator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from aiohttp import web

from pyros.domain.alert import Alert
from pyros.domain.audit import LogLine
from pyros.domain.conditions import Conditions
from pyros.domain.execution import Execution
from pyros.domain.image import Image, Level
from pyros.domain.request import Sequence
from pyros.domain.schedule import Schedule
from pyros.messages.commands import (
    ParkTelescope,
    PauseObserving,
    ResumeObserving,
    StopEverything,
)
from pyros.messages.events import ConditionsChanged, HoldsChanged
from pyros.sky.night import NightLimits, night_of, noon_before
from pyros.sky.site import Site
from pyros.store import alarms, alerts, house, images, observations, requests, telemetry
from pyros.store.alarms import StoredAlarm
from pyros.store.alerts import StoredNotice
from pyros.store.engine import Session
from pyros.web import seal
from pyros.web.devices import device_rows
from pyros.web.keys import PARTS, SITE, USER
from pyros.web.lives import actor_shape
from pyros.web.orders import give
from pyros.web.parts import WebParts
from pyros.web.pictures.sky_map import SkyMap, Wanted, sky_map
from pyros.web.pictures.strips import Strip, Trend, strips, trend
from pyros.web.pictures.timeline import Timeline, span, timeline
from pyros.web.plain import plain
from pyros.web.reading import Answer, in_thread, read_or
from pyros.web.render import render
from pyros.web.shapes import alert_shape, image_shape

TREND = timedelta(hours=4)
LOG_LINES = 40
NOTICES = 12
ALERTS = 12
MOST_TARGETS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the store knows of the night; empty where it does not answer."""

    schedule: Schedule | None = None
    sequences: tuple[Sequence, ...] = ()
    executions: tuple[Execution, ...] = ()
    images: tuple[Image, ...] = ()
    last_images: dict[str, Image] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    notices: tuple[StoredNotice, ...] = ()
    conditions: tuple[Conditions, ...] = ()
    log: tuple[LogLine, ...] = ()
    alarms: tuple[StoredAlarm, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """The three pictures' data; scripts draw them, and ask for them anew at /night.json."""

    timeline: Timeline
    sky: SkyMap
    strips: tuple[Strip, ...]
    trend: Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The page's own part."""

    night: NightLimits
    pictures: Pictures
    history: Answer[History]


async def page(request: web.Request) -> web.StreamResponse:
    """Show the night."""
    parts = request.app[PARTS]
    view = await view_of(request)
    found = view.history.value
    context: dict[str, Any] = {
        "view": view,
        "missing": view.history.missing,
        "pictures": plain(view.pictures),
        "devices": device_rows(parts),
        "tree": [actor_shape(status) for status in parts.tree()],
        "channels": [_channel(parts, name, found) for name in parts.config.channels],
        "alerts": [alert_shape(alert) for alert in found.alerts],
        "notices": found.notices,
        "log_lines": found.log,
        "alarms": found.alarms,
        "schedule": found.schedule,
        "said": SAID.get(request.query.get("said", ""), ""),
    }
    return render(request, "night.html", context)


async def pictures(request: web.Request) -> web.StreamResponse:
    """Return the pictures' data as JSON."""
    view = await view_of(request)
    body = {"pictures": plain(view.pictures), "missing": view.history.missing}
    return web.json_response(body)


async def view_of(request: web.Request) -> View:
    """Return the night as bus and store have it now."""
    app = request.app
    parts, site = app[PARTS], app[SITE]
    now = parts.clock.utc()
    noon, twilight = noon_before(site, now), parts.config.night.twilight
    night = await in_thread(app, lambda: _night_after(site, noon, twilight))
    channels = tuple(parts.config.channels)
    history = await read_or(
        app, lambda session: history_of(session, night, now, channels), History()
    )
    drawn = await in_thread(app, lambda: _draw(parts, site, night, now, history.value))
    return View(night=night, pictures=drawn, history=history)


@lru_cache(maxsize=4)
def _night_after(site: Site, noon: datetime, twilight: str) -> NightLimits:
    return night_of(site, noon + timedelta(hours=12), twilight)


def history_of(
    session: Session, night: NightLimits, now: datetime, channels: Iterable[str]
) -> History:
    """Return what is stored of a night."""
    start, _ = span(night)
    schedule = observations.current_schedule(session)
    if schedule is not None and schedule.night != night.date:
        schedule = None
    executions = observations.executions(session, night.date)
    wanted = [slot.sequence_id for slot in schedule.slots] if schedule is not None else []
    ids = dict.fromkeys([*wanted, *(one.sequence_id for one in executions if one.end is None)])
    return History(
        schedule=schedule,
        sequences=tuple(requests.sequence(session, one) for one in list(ids)[:MOST_TARGETS]),
        executions=executions,
        images=images.list(session, night=night.date, level=Level.L0, limit=1000),
        last_images=dict(_last_images(session, channels)),
        alerts=alerts.alerts(session, limit=ALERTS),
        notices=alerts.notices(session, limit=NOTICES),
        conditions=telemetry.conditions(session, min(start, now - TREND), now),
        log=house.log_lines(session, limit=LOG_LINES),
        alarms=alarms.alarms(session),
    )


def _last_images(session: Session, channels: Iterable[str]) -> Iterable[tuple[str, Image]]:
    """Yield the newest image of each channel that has a picture, else the newest at all."""
    for channel in channels:
        newest = images.list(session, channel=channel, limit=10)
        shown = [image for image in newest if image.preview_path and image.frame == "LIGHT"]
        if shown or newest:
            yield channel, (shown or [*newest])[0]


def _draw(
    parts: WebParts,
    site: Site,
    night: NightLimits,
    now: datetime,
    found: History,
) -> Pictures:
    wanted = strips(parts.config.site.limits)
    holds = parts.bus.latest("holds")
    recent = [one for one in found.conditions if one.at >= now - TREND]
    return Pictures(
        timeline=timeline(
            site,
            night,
            schedule=found.schedule,
            executions=found.executions,
            holds=holds.holds if isinstance(holds, HoldsChanged) else (),
            conditions=found.conditions,
            alerts=found.alerts,
            images=found.images,
        ),
        sky=sky_map(
            site,
            now,
            _targets(found),
            min_altitude_deg=parts.config.site.min_altitude_deg,
            sun_distance_deg=parts.config.safety.sun_distance_deg,
        ),
        strips=wanted,
        trend=trend(recent, wanted),
    )


def _targets(found: History) -> list[Wanted]:
    slots = {slot.sequence_id: slot for slot in (found.schedule.slots if found.schedule else ())}
    done = {one.sequence_id for one in found.executions if one.end is not None}
    running = {one.sequence_id for one in found.executions if one.end is None}
    return [
        Wanted(
            name=sequence.name,
            ra_deg=sequence.target.ra_deg,
            dec_deg=sequence.target.dec_deg,
            state="running"
            if sequence.id in running
            else "done"
            if sequence.id in done
            else "planned",
            start=slots[sequence.id].start if sequence.id in slots else None,
        )
        for sequence in found.sequences
    ]


def _channel(parts: WebParts, name: str, found: History) -> dict[str, object]:
    image = found.last_images.get(name)
    return {
        "name": name,
        "title": parts.config.channels[name].title or name,
        "image": image_shape(image) if image is not None else None,
    }


# orders

SAID = {
    "pause": "Pause is ordered: what runs is aborted, nothing starts.",
    "resume": "Resume is ordered: it begins with a scheduling.",
    "park": "Park is ordered: what runs is aborted, then the telescope parks.",
    "stop": "Stop is ordered: abort, close, park.",
    "drill": "A drill is sent: follow it in the banner.",
}


async def pause(request: web.Request) -> web.StreamResponse:
    """Pass the order on; the page learns from the live channel when it is done."""
    order = PauseObserving(at=_now(request), ordered_by=request[USER].email)
    await give(request, "majordome", order)
    raise web.HTTPSeeOther("/?said=pause")


async def park(request: web.Request) -> web.StreamResponse:
    """Pass the order on."""
    order = ParkTelescope(at=_now(request), ordered_by=request[USER].email)
    await give(request, "majordome", order)
    raise web.HTTPSeeOther("/?said=park")


async def stop(request: web.Request) -> web.StreamResponse:
    """Pass the order on: one step, always."""
    order = StopEverything(at=_now(request), ordered_by=request[USER].email)
    await give(request, "majordome", order)
    raise web.HTTPSeeOther("/?said=stop")


async def ask_resume(request: web.Request) -> web.StreamResponse:
    """Show what resuming would do, with the numbers of now."""
    return _confirm_resume(request, "")


async def resume(request: web.Request) -> web.StreamResponse:
    """Pass the order on, if the house is still as it was shown."""
    form = await request.post()
    why = seal.broken(request, "resume", str(form.get("seal", "")))
    if why:
        return _confirm_resume(request, why)
    order = ResumeObserving(at=_now(request), ordered_by=request[USER].email)
    await give(request, "majordome", order)
    raise web.HTTPSeeOther("/?said=resume")


def _confirm_resume(request: web.Request, why: str) -> web.Response:
    context = {
        "heading": "Resume observing?",
        "sentences": list(_effect_of_resume(request.app[PARTS])),
        "action": "/orders/resume",
        "word": "Resume observing",
        "seal": seal.seal(request, "resume"),
        "why": why,
    }
    status = 409 if why else 200
    return render(request, "confirm.html", context, status=status)


def _effect_of_resume(parts: WebParts) -> Iterable[str]:
    holds = parts.bus.latest("holds")
    if not isinstance(holds, HoldsChanged):
        yield "The majordome has not said which holds are in force."
        return
    others = [hold for hold in holds.holds if hold.key != "operator"]
    mine = [hold for hold in holds.holds if hold.key == "operator"]
    yield (
        f"Lifts the hold 'operator' ({mine[0].reason})."
        if mine
        else ("There is no hold 'operator': resuming changes nothing.")
    )
    if others:
        yield "The house stays still for: " + "; ".join(f"{h.key} ({h.reason})" for h in others)
    else:
        yield "Nothing else holds the house: the dome opens, a schedule is made, slews begin."
    yield weather_now(parts)


def weather_now(parts: WebParts) -> str:
    """Return today's numbers beside their limits, as a sentence."""
    now = parts.bus.latest("conditions")
    limits = parts.config.site.limits
    if not isinstance(now, ConditionsChanged):
        return "Nothing is known of the weather."
    values = now.conditions.values
    humidity, wind = values.get("humidity_pct"), values.get("wind_m_s")
    return (
        f"Weather is {'safe' if now.conditions.safe else 'UNSAFE'}: "
        f"humidity {_number(humidity)} % (limit {limits.humidity_pct.bad:g}), "
        f"wind {_number(wind)} m/s (limit {limits.wind_m_s.bad:g})."
    )


def _number(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) else "unknown"


def _now(request: web.Request) -> datetime:
    return request.app[PARTS].clock.utc()
