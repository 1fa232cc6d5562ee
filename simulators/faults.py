"""Faults of simulated devices: planned or injected, seeded, and written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from pyros.domain.devices.device import Kind
from pyros.errors import InvalidValue
from simulators.chance import random_of

EVERY_KIND: Final = frozenset(
    {
        "crash",
        "power_loss",
        "restart_silent",
        "hang",
        "freeze",
        "link_cut",
        "slow",
        "lost_ack",
        "duplicate_reply",
        "garbage",
        "number_bad",
        "refuse",
        "never_done",
        "done_too_early",
        "abort_ignored",
        "error",
    }
)
OF_KIND: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.TELESCOPE: frozenset(
        {"stall", "pointing_error", "tracking_lost", "tracking_drift", "balance_slow"}
    ),
    Kind.CAMERA: frozenset(
        {
            "shutter_stuck",
            "shutter_stuck_open",
            "exposure_never_ready",
            "corrupt_frame",
            "stale_frame",
            "all_zero",
            "saturated",
            "cooler_off",
            "cooler_drift",
            "frames_full",
        }
    ),
    Kind.FILTER_WHEEL: frozenset(
        {"stuck", "between_positions", "wrong_filter", "position_lost", "homing_fails"}
    ),
    Kind.DOME: frozenset(
        {
            "shutter_stuck",
            "shutter_partly",
            "close_fails",
            "limit_switch_both",
            "limit_switch_none",
            "opens_by_itself",
            "rotation_stuck",
            "kick_ignored",
        }
    ),
    Kind.PLC: frozenset(
        {
            "heartbeat_frozen",
            "interlock_trips",
            "emergency_stop",
            "door_open",
            "local_mode",
            "sensor_nan",
            "output_ignored",
            "mains_lost",
            "ups_low",
            "contradicts_switch",
        }
    ),
    Kind.WEATHER: frozenset(
        {
            "sensor_nan",
            "stale",
            "sensor_frozen",
            "out_of_range",
            "spike",
            "rain_sudden",
            "wind_gust",
            "clouds",
            "dew",
            "station_lies_dry",
        }
    ),
}


TRIGGERS: Final = "now, start:<verb>, progress:<verb>:<0..1>, utc:<instant>, p:<0..1>"
_TRIGGER: Final = re.compile(r"now|start:\w+|(progress:\w+|p):(0(\.\d*)?|1(\.0*)?)|utc:(?P<utc>.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that shall be wrong with one device.

    `when` is now, start:<verb>, progress:<verb>:<0..1>, utc:<instant> or p:<share of operations>;
    without `duration_s` it stays until it is cleared.  `parameters` are numbers by its kind.
    """

    device: str
    kind: str
    when: str = "now"
    duration_s: float | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)

    def parameter(self, name: str, default: float) -> float:
        """Return one of its numbers."""
        return self.parameters.get(name, default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A line of the book: what began or ended, when, seconds of the world."""

    at_s: float
    fault: Fault
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    fault: Fault
    since_s: float | None = None
    """When it became active; None: it waits for its trigger."""


class Faults:
    """The faults of one device: those that wait and those that are active."""

    def __init__(self, kind: Kind, *, utc_0: datetime, seed: int) -> None:
        self._kind, self._utc_0 = kind, utc_0
        self._random = random_of("faults", seed, kind)
        self._planned: list[_Planned] = []
        self.active: dict[str, Fault] = {}
        self.book: list[Struck] = []

    def add(self, fault: Fault, now_s: float) -> None:
        """Plan a fault; raises InvalidValue if this kind knows no such fault or trigger."""
        known = EVERY_KIND | OF_KIND.get(self._kind, frozenset())
        if fault.kind not in known:
            raise InvalidValue("kind", fault.kind, allowed=", ".join(sorted(known)))
        if not _is_trigger(fault.when):
            raise InvalidValue("when", fault.when, allowed=TRIGGERS)
        self._planned.append(_Planned(fault=fault))
        self.pass_to(now_s)

    def clear(self, kind: str | None, now_s: float) -> None:
        """End the faults of that kind, or all."""
        for each in list(self._planned):
            if kind in (None, each.fault.kind):
                self._end(each, now_s)

    def pass_to(self, now_s: float) -> None:
        """Begin and end what time alone begins and ends."""
        if not self._planned:
            return
        for each in list(self._planned):
            if each.since_s is None and self._is_due(each.fault, now_s):
                self._begin(each, now_s)
            elif each.since_s is not None and each.fault.duration_s is not None:
                until_s = each.since_s + each.fault.duration_s
                if now_s >= until_s:
                    self._end(each, until_s)

    def started(self, verb: str, now_s: float) -> None:
        """Begin what an operation's start begins."""
        for each in self._waiting():
            trigger, _, rest = each.fault.when.partition(":")
            if (trigger == "start" and rest == verb) or (
                trigger == "p" and self._random.random() < float(rest)
            ):
                self._begin(each, now_s)

    def progressed(self, verb: str, progress: float, now_s: float) -> None:
        """Begin what an operation's progress begins."""
        for each in self._waiting():
            trigger, _, rest = each.fault.when.partition(":")
            of, _, share = rest.partition(":")
            if trigger == "progress" and of == verb and progress >= float(share):
                self._begin(each, now_s)

    def _waiting(self) -> list[_Planned]:
        return [each for each in self._planned if each.since_s is None]

    def _is_due(self, fault: Fault, now_s: float) -> bool:
        trigger, _, rest = fault.when.partition(":")
        if trigger == "utc":
            instant = datetime.fromisoformat(rest)
            return (instant - self._utc_0).total_seconds() <= now_s
        return trigger == "now"

    def _begin(self, planned: _Planned, now_s: float) -> None:
        place = self._planned.index(planned)
        self._planned[place] = replace(planned, since_s=now_s)
        self.active[planned.fault.kind] = planned.fault
        self.book.append(Struck(at_s=now_s, fault=planned.fault, active=True))

    def _end(self, planned: _Planned, now_s: float) -> None:
        self._planned.remove(planned)
        if self.active.get(planned.fault.kind) is planned.fault:
            del self.active[planned.fault.kind]
            self.book.append(Struck(at_s=now_s, fault=planned.fault, active=False))


def _is_trigger(when: str) -> bool:
    found = _TRIGGER.fullmatch(when)
    if found is None or found["utc"] is None:
        return found is not None
    try:
        return datetime.fromisoformat(found["utc"]).tzinfo is not None
    except ValueError:
        return False
