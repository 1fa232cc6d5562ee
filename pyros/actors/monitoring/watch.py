"""What was heard of each device, and which of it may be believed now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pyros.actors.monitoring import interlocks
from pyros.actors.monitoring.interlocks import Controller
from pyros.actors.monitoring.samples import SWITCHES, Reading
from pyros.actors.monitoring.settings import Settings, Watched
from pyros.domain.devices.device import AT_WORK, BORN, DeviceState, Kind
from pyros.domain.devices.state import PlcState, Sample, WeatherState
from pyros.messages.events import DeviceChanged, DeviceStatus

QUIET_S = 10.0
"""A device that says nothing for so long is asked to announce itself."""
JUDGED = frozenset({Kind.WEATHER, Kind.PLC})
"""Kinds whose word makes the conditions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The last status of each device by name, and since when its actor is dead, if it is."""

    statuses: Mapping[str, DeviceStatus] = field(default_factory=dict)
    controllers: Mapping[str, Controller] = field(default_factory=dict)
    dead_since: Mapping[str, datetime] = field(default_factory=dict)


def status(heard: Heard, told: DeviceStatus) -> Heard:
    """Return what is heard with a status; it proves that its actor lives."""
    name = told.device
    dead = {each: at for each, at in heard.dead_since.items() if each != name or at > told.at}
    controllers = heard.controllers
    if told.kind is Kind.PLC:
        state = told.snapshot if isinstance(told.snapshot, PlcState) else None
        known = interlocks.heard(controllers.get(name), told.life, state, told.at)
        controllers = {**controllers, name: known}
    return replace(
        heard,
        statuses={**heard.statuses, name: told},
        controllers=controllers,
        dead_since=dead,
    )


def changed(heard: Heard, change: DeviceChanged) -> Heard:
    """Return what is heard with a change of life, which may be ahead of its status."""
    before = heard.statuses.get(change.device)
    if before is None or before.life is change.new:
        return heard
    return status(heard, replace(before, life=change.new, reason=change.reason, at=change.at))


def dead(heard: Heard, name: str, at: datetime) -> Heard:
    """Return what is heard when a device's actor has died."""
    return replace(heard, dead_since={**heard.dead_since, name: at})


def silent(heard: Heard, settings: Settings, now: datetime) -> tuple[Watched, ...]:
    """Return the devices that said nothing for a while, or never."""
    return tuple(
        each
        for each in settings.devices.values()
        if (told := heard.statuses.get(each.name)) is None
        or now - told.at > timedelta(seconds=QUIET_S)
    )


def untold(heard: Heard, settings: Settings) -> tuple[str, ...]:
    """Return the devices that have not said how they stand; one at work says so by a sample."""
    return tuple(name for name in sorted(settings.devices) if not _has_told(heard, name))


def _has_told(heard: Heard, name: str) -> bool:
    told = heard.statuses.get(name)
    if told is None or told.life in BORN:
        return False
    return told.snapshot is not None or told.life not in AT_WORK


def readings(
    heard: Heard, settings: Settings, now: datetime, grace_s: float
) -> tuple[Reading, ...]:
    """Return the newest samples of every living source of weather.

    A source whose actor died counts for `grace_s` more: so long a restart may take.
    """
    return tuple(
        reading
        for watched in settings.devices.values()
        if watched.kind in JUDGED and _lives(heard, watched.name, now, grace_s)
        for reading in _readings(heard.statuses[watched.name], watched)
    )


def controllers(
    heard: Heard, settings: Settings, now: datetime, grace_s: float
) -> tuple[Controller, ...]:
    """Return every configured controller as it stands; one never heard of is UNKNOWN."""
    return tuple(
        _controller(heard, watched.name, now, grace_s)
        for watched in settings.devices.values()
        if watched.kind is Kind.PLC
    )


def next_expiry_s(read: tuple[Reading, ...], now: datetime) -> float | None:
    """Return in how many seconds the first of these samples will be too old."""
    ages = ((each.max_age_s, (now - each.sample.at).total_seconds()) for each in read)
    left = [limit_s - age_s for limit_s, age_s in ages if limit_s > age_s]
    return min(left) if left else None


def _lives(heard: Heard, name: str, now: datetime, grace_s: float) -> bool:
    told, since = heard.statuses.get(name), heard.dead_since.get(name)
    if told is None or told.life not in AT_WORK:
        return False
    return since is None or now - since < timedelta(seconds=grace_s)


def _readings(told: DeviceStatus, watched: Watched) -> Iterator[Reading]:
    for quantity, sample in _samples(told):
        yield Reading(
            source=told.device, quantity=quantity, sample=sample, max_age_s=watched.max_age_s
        )


def _samples(told: DeviceStatus) -> Iterator[tuple[str, Sample]]:
    match told.snapshot:
        case WeatherState(sensors=sensors):
            yield from sensors.items()
        case PlcState(inputs=inputs):
            yield from ((name, inputs[name]) for name in sorted(SWITCHES & inputs.keys()))


def _controller(heard: Heard, name: str, now: datetime, grace_s: float) -> Controller:
    known = heard.controllers.get(name)
    if known is None or not _lives(heard, name, now, grace_s):
        return Controller(life=DeviceState.UNKNOWN, at=now, beat_at=now, state=None)
    return known
