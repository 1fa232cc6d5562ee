"""What a person should know: alarms raised, risen, cleared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pyros.actors.monitoring.samples import TOLERANCE, Counting
from pyros.domain.conditions import Conditions
from pyros.domain.devices.device import AT_WORK, BORN, DeviceState
from pyros.domain.devices.state import CameraState, DomeState
from pyros.messages.events import DeviceStatus

CLOSE_S = 180.0
"""A dome that must be shut is seen shut within this, seconds."""
OFF_SETPOINT_C = 1.0


class Severity(StrEnum):
    """How much an alarm matters, the least first."""

    NOTICE = "NOTICE"
    WARNING = "WARNING"
    SERIOUS = "SERIOUS"
    CRITICAL = "CRITICAL"


RANK = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A reason for an alarm, as it is now; `key` is rule and subject."""

    key: str
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An open alarm; one a key."""

    key: str
    severity: Severity
    text: str
    raised_at: datetime
    last_at: datetime
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """All open alarms, and since when the dome should be shut."""

    open: Mapping[str, Alarm] = field(default_factory=dict)
    unsafe_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What changed: raised anew or to a higher severity, and cleared."""

    raised: tuple[Alarm, ...] = ()
    cleared: tuple[Alarm, ...] = ()


def troubles(
    alarms: Alarms,
    statuses: Iterable[DeviceStatus],
    conditions: Conditions | None,
    counts: Counting,
    now: datetime,
) -> tuple[Alarms, tuple[Trouble, ...]]:
    """Return what is wrong now, and the alarms with how long the dome should have been shut."""
    unsafe = conditions is None or not conditions.safe
    since = (alarms.unsafe_since or now) if unsafe else None
    alarms = replace(alarms, unsafe_since=since)
    statuses = tuple(statuses)
    found = [
        *(one for status in statuses if (one := _lost(status)) is not None),
        *(one for status in statuses if (one := _unshut(status, since, now)) is not None),
        *(one for status in statuses if (one := _warm(status)) is not None),
        *_sources(conditions, counts),
    ]
    return alarms, tuple(found)


def step(alarms: Alarms, found: Iterable[Trouble], now: datetime) -> tuple[Alarms, Step]:
    """Return the alarms after what is wrong now, and what is new of them."""
    still: dict[str, Alarm] = {}
    raised: list[Alarm] = []
    for trouble in found:
        before = alarms.open.get(trouble.key)
        alarm = _raised(before, trouble, now)
        still[trouble.key] = alarm
        if before is None or RANK[alarm.severity] > RANK[before.severity]:
            raised.append(alarm)
    cleared = tuple(alarm for key, alarm in alarms.open.items() if key not in still)
    return replace(alarms, open=still), Step(raised=tuple(raised), cleared=cleared)


def _raised(before: Alarm | None, trouble: Trouble, now: datetime) -> Alarm:
    if before is None:
        return Alarm(
            key=trouble.key,
            severity=trouble.severity,
            text=trouble.text,
            raised_at=now,
            last_at=now,
        )
    higher = max(before.severity, trouble.severity, key=RANK.__getitem__)
    return replace(before, severity=higher, text=trouble.text, last_at=now)


def unheard(device: str, *, blocking: bool) -> Trouble:
    """Return the trouble with a configured device of which nothing is heard."""
    severity = Severity.SERIOUS if blocking else Severity.WARNING
    return Trouble(key=f"device-lost:{device}", severity=severity, text=f"{device} says nothing")


def _lost(status: DeviceStatus) -> Trouble | None:
    """A device that is away; a blocking one is serious."""
    if status.life in AT_WORK or status.life in BORN or status.life is DeviceState.OUT:
        return None
    severity = Severity.SERIOUS if status.blocking else Severity.WARNING
    text = f"{status.device} is {status.life}: {status.reason}"
    return Trouble(key=f"device-lost:{status.device}", severity=severity, text=text)


def _unshut(status: DeviceStatus, since: datetime | None, now: datetime) -> Trouble | None:
    """A dome not seen closed though it must be, for longer than closing takes."""
    dome = status.snapshot
    if not isinstance(dome, DomeState) or since is None:
        return None
    if dome.closed_switch and dome.open_switch is False and status.life in AT_WORK:
        return None
    if now - since < timedelta(seconds=CLOSE_S):
        return None
    waited_s = (now - since).total_seconds()
    text = f"{status.device} is not seen closed {waited_s:.0f} s after the conditions forbade it"
    return Trouble(key=f"not-closed:{status.device}", severity=Severity.CRITICAL, text=text)


def _warm(status: DeviceStatus) -> Trouble | None:
    camera = status.snapshot
    if not isinstance(camera, CameraState) or status.life not in AT_WORK or not camera.cooler_on:
        return None
    if camera.temperature_C is None or camera.setpoint_C is None:
        return None
    off = camera.temperature_C - camera.setpoint_C
    if abs(off) <= OFF_SETPOINT_C:
        return None
    text = f"{status.device} is {off:+.1f} C off its set point {camera.setpoint_C:g} C"
    return Trouble(key=f"cooler:{status.device}", severity=Severity.WARNING, text=text)


def _sources(conditions: Conditions | None, counts: Counting) -> list[Trouble]:
    if conditions is None:
        return []
    gone = sorted(name for name, sources in conditions.sources.items() if not sources)
    found = [
        Trouble(key=f"stale:{name}", severity=Severity.WARNING, text=f"no source counts for {name}")
        for name in gone
    ]
    for name, tolerance in TOLERANCE.items():
        spread = counts.spread(name)
        if spread > tolerance:
            text = f"sources of {name} are {spread:.1f} apart: at most {tolerance:g} is usual"
            found.append(Trouble(key=f"spread:{name}", severity=Severity.WARNING, text=text))
    return found
