"""The holds that follow from the facts: weather, site, devices, Sun, and a majordome's birth.

Operator's and safety's holds are placed and lifted by hand or by the closing order; all others
are found here anew from what is known, so that a device which comes back can lift its own and no
other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from pyros.actors.majordome.facts import Facts, Rules
from pyros.domain.devices.device import Device, Kind
from pyros.domain.holds import Hold, HoldKind, House

STORED = frozenset({HoldKind.OPERATOR, HoldKind.SAFETY})
"""Kinds that only a person or the closing order lifts."""

OVERDUE_S = 10.0
"""After the time for announcements, how long a silent device is still only awaited."""

_SHUTS_AT_ONCE = frozenset({Kind.TELESCOPE, Kind.DOME, Kind.PLC, Kind.WEATHER})


def holds_now(facts: Facts, rules: Rules, now: datetime) -> House:
    """Return every hold in force at `now`; one that was there before keeps its beginning."""
    stored = [hold for hold in facts.holds if hold.kind in STORED]
    before = {hold.key: hold for hold in facts.holds}
    found = [_keep_since(hold, before.get(hold.key)) for hold in _derived(facts, rules, now)]
    return frozenset([*stored, *found])


def _keep_since(hold: Hold, before: Hold | None) -> Hold:
    return replace(hold, since=before.since) if before is not None else hold


def _derived(facts: Facts, rules: Rules, now: datetime) -> Iterator[Hold]:
    yield from _starting(facts, rules, now)
    yield from _weather(facts, rules, now)
    yield from _site(facts, now)
    for device in rules.devices.values():
        if device.blocking:
            yield from _device(device, facts, rules, now)
    yield from _sun(facts, rules, now)


def _is_young(facts: Facts, rules: Rules, now: datetime) -> bool:
    """Whether silence may still be only the first announcement that has not come."""
    patience = timedelta(seconds=rules.night.announce_s + OVERDUE_S)
    return now - facts.started_at < patience


def _starting(facts: Facts, rules: Rules, now: datetime) -> Iterator[Hold]:
    blocking = [device.name for device in rules.devices.values() if device.blocking]
    missing = [name for name in blocking if name not in facts.seen]
    known = facts.conditions is not None and facts.conditions.complete
    waited = now - facts.started_at >= timedelta(seconds=rules.night.announce_s)
    if waited and ((not missing and known) or not _is_young(facts, rules, now)):
        return
    what = f"waiting for {', '.join(missing)}" if missing else "looking round"
    yield Hold(
        key="starting", kind=HoldKind.STARTING, since=now, by="majordome", reason=what, closes=False
    )


def _weather(facts: Facts, rules: Rules, now: datetime) -> Iterator[Hold]:
    conditions = facts.conditions
    if conditions is None:
        if not _is_young(facts, rules, now):
            yield _weather_hold("unknown", "no conditions were ever heard", now)
        return
    age_s = (now - conditions.at).total_seconds()
    if age_s > rules.safety.conditions_max_age_s:
        yield _weather_hold("silent", f"last heard of the weather {age_s:.0f} s ago", now)
    for cause in conditions.causes:
        if cause.bad:
            text = f"{cause.cause} {_shown(cause.value)}{cause.unit and ' ' + cause.unit}"
        else:
            text = f"{cause.cause}: good, waiting until {cause.good_at:%H:%M:%S} UTC"
        yield _weather_hold(cause.cause, text, now)
    if not conditions.causes and not conditions.complete and not _is_young(facts, rules, now):
        yield _weather_hold("incomplete", "not every quantity has a source", now)


def _weather_hold(cause: str, reason: str, now: datetime) -> Hold:
    return Hold(
        key=f"weather:{cause}", kind=HoldKind.WEATHER, since=now, by="monitoring", reason=reason
    )


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, (int, float)) else "unknown"


def _site(facts: Facts, now: datetime) -> Iterator[Hold]:
    if facts.stopping:
        yield Hold(
            key="site:stopping",
            kind=HoldKind.SITE,
            since=now,
            by="majordome",
            reason="the observatory stops",
        )
    if facts.conditions is None:
        return
    for interlock in facts.conditions.interlocks:
        yield Hold(
            key=f"site:{interlock}", kind=HoldKind.SITE, since=now, by="plc", reason=interlock
        )


def _device(device: Device, facts: Facts, rules: Rules, now: datetime) -> Iterator[Hold]:
    seen = facts.seen.get(device.name)
    key = f"device:{device.name}"
    before = facts.hold(key)
    if seen is None:
        yield _device_hold(
            key,
            device,
            now,
            "has not announced itself",
            closes=not _is_young(facts, rules, now) and _shuts(device),
        )
    elif not seen.at_work:
        lost_s = (now - (before.since if before else now)).total_seconds()
        closes = _shuts(device) or lost_s >= rules.safety.device_lost_closes_s
        birth = before is not None and not before.closes and _is_young(facts, rules, now)
        text = f"{device.name} is {seen.life}" + (f": {seen.reason}" if seen.reason else "")
        yield _device_hold(key, device, now, text, closes=closes and not birth)
    elif before is not None and (now - seen.since).total_seconds() < rules.night.stable_s:
        text = f"{device.name} is back, to be steady for {rules.night.stable_s:.0f} s"
        yield replace(before, reason=text)


def _shuts(device: Device) -> bool:
    return device.kind in _SHUTS_AT_ONCE


def _device_hold(key: str, device: Device, now: datetime, reason: str, *, closes: bool) -> Hold:
    return Hold(
        key=key, kind=HoldKind.DEVICE, since=now, by=device.name, reason=reason, closes=closes
    )


def _sun(facts: Facts, rules: Rules, now: datetime) -> Iterator[Hold]:
    altitude_deg = facts.sun_altitude_deg
    if altitude_deg is None or altitude_deg > rules.night.daylight_sun_deg:
        text = "Sun unknown" if altitude_deg is None else f"Sun at {altitude_deg:.1f} deg"
        yield Hold(key="daylight:sun", kind=HoldKind.DAYLIGHT, since=now, by="clock", reason=text)
    night = facts.night
    dark = (
        night is not None
        and night.start is not None
        and night.end is not None
        and night.start <= now < night.end
    )
    if not dark:
        yield Hold(
            key="daylight:twilight",
            kind=HoldKind.TWILIGHT,
            since=now,
            by="clock",
            reason=_night_text(facts),
            closes=False,
        )


def _night_text(facts: Facts) -> str:
    night = facts.night
    if night is None or night.start is None or night.end is None:
        return "no night: the Sun does not go low enough"
    return f"night from {night.start:%H:%M} to {night.end:%H:%M} UTC"
