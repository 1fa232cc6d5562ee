"""Majordome: hears, has it judged, and carries out what was decided."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from pyros.actors.majordome.decisions import Tick, decide
from pyros.actors.majordome.facts import (
    Begin,
    Decision,
    Effect,
    Facts,
    Order,
    Release,
    Rules,
    Say,
    Stamp,
    StoreHold,
)
from pyros.actors.majordome.prechecks import slot_reasons
from pyros.actors.majordome.status import house_status, told_of
from pyros.domain.devices.device import DeviceState
from pyros.domain.holds import House
from pyros.domain.schedule import Cause, Night
from pyros.errors import StoreUnavailable
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.lifecycle import LIFECYCLE, ChildUp, SystemPauseRequested
from pyros.messages import topics
from pyros.messages.commands import PlanAgain, StartSequence
from pyros.messages.device_commands import Announce
from pyros.messages.events import (
    AlarmRaised,
    DeviceChanged,
    Event,
    ExecutionProgress,
    HoldsChanged,
    HouseStatus,
    NightClosed,
)
from pyros.sky.bodies import sun_altitude, sun_radec_deg
from pyros.sky.night import night_of, noon_before
from pyros.store import house as house_rows
from pyros.store import observations, requests
from pyros.store.engine import Session, Store
from pyros.store.writer import Write

log = logging.getLogger(__name__)

HEARD = (
    "device/*",
    "device-changes",
    "conditions",
    "schedule",
    "scheduling-failed",
    "executions",
    "slews",
    "alerts",
    "calibrations",
    "progress",
    LIFECYCLE,
)
"""Topics that the majordome listens to."""

TICK_S = 1.0
LAPSE_S = 60.0
"""So often sequences are looked through for windows that are over, seconds."""
SUN_EVERY_S = 60.0
"""So often the Sun is computed; between two such instants it moves evenly, to 0.001 deg."""


@dataclass(frozen=True, slots=True)
class SecondPassed:
    """To itself: see to the clock, the Sun and the night."""


@dataclass(frozen=True, slots=True)
class LapseDue:
    """To itself: have windows that are over looked through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a majordome needs of the house: rules, the store, and who stands behind each name."""

    rules: Rules
    store: Store
    writer: str
    staff: Mapping[str, str]
    """Path of each manager and device by its name."""


class Majordome(SupervisedActor):
    """Holds, safety, night and slots; judged in `decisions`, carried out here."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts
        self._facts: Facts | None = None
        self._status: HouseStatus | None = None
        self._shown: tuple[object, ...] = ()
        """The facts that `_status` was made from."""
        self._sun: tuple[datetime, float, float] | None = None
        """An instant, and the Sun's altitude then and `SUN_EVERY_S` later, degrees."""
        self._unwritten: deque[Write] = deque()
        self._noon: datetime | None = None
        """When tonight's limits are over."""

    def on_start(self) -> None:
        now = self.context.clock.utc()
        night, holds = self._parts.store.read(
            partial(_remembered, when=now, rules=self._parts.rules)
        )
        if night is None:
            night = _limits(self._parts.rules, now)
        self._facts = Facts(
            started_at=now, night=night, holds=holds, sun_altitude_deg=self._sun_deg(now)
        )
        snapshot = self.context.subscribe(*HEARD)
        for _topic, value in sorted(snapshot.items()):
            self._hear(value, now)
        self._ask_round(now)
        self.context.every(TICK_S, SecondPassed(), key="second")
        self.context.every(LAPSE_S, LapseDue(), key="lapse")
        self._act(self._decide(Tick(sun_altitude_deg=self._sun_deg(now)), now))

    def on_receive(self, message: object) -> object:
        now = self.context.clock.utc()
        if isinstance(message, LapseDue):
            self._write(partial(requests.lapse, at=now), "lapse")
            return None
        if isinstance(message, SecondPassed):
            self._new_night(now)
            self._flush()
            sun_radec_deg(self._parts.rules.site, now)  # so that no slew waits for it
            message = Tick(sun_altitude_deg=self._sun_deg(now))
        self._hear(message, now)
        return None

    def _ask_round(self, now: datetime) -> None:
        """Have every device say its state again; one that does not is held to be awaited."""
        for name in self._parts.rules.devices:
            self._tell(name, Announce(at=now))

    def _hear(self, message: object, now: datetime) -> None:
        if isinstance(message, SystemPauseRequested):
            lost = self._lost_device(message, now)
            if lost is None:
                return
            message = lost
        if isinstance(message, ExecutionProgress):
            self._adopt(message)
            return
        if isinstance(message, ChildUp):
            if message.path != self._parts.staff.get("scheduler"):
                return
            message = PlanAgain(at=now, cause=Cause.MISSED, ordered_by="majordome")
        self._act(self._decide(message, now))

    def _lost_device(self, request: SystemPauseRequested, now: datetime) -> DeviceChanged | None:
        """A blocking device's actor has died: the same fact as a device that was lost."""
        paths = {path: name for name, path in self._parts.staff.items()}
        name = paths.get(request.path)
        device = self._parts.rules.devices.get(name) if name else None
        if device is None:
            return None
        return DeviceChanged(
            at=now,
            device=device.name,
            kind=device.kind,
            old=DeviceState.READY,
            new=DeviceState.DISABLED,
            blocking=device.blocking,
            reason=request.reason,
        )

    def _adopt(self, progress: ExecutionProgress) -> None:
        """After a crash of ours: what executes goes on and is known again."""
        facts = replace(self._known(), running_until=progress.expected_end)
        self._facts = facts
        if facts.running is None and facts.armed is None and progress.execution.end is None:
            self._facts = replace(
                facts,
                running=progress.execution,
                begun=facts.begun | {progress.execution.sequence_id},
            )

    def _known(self) -> Facts:
        if self._facts is None:
            raise RuntimeError("the majordome was asked before its start")
        return self._facts

    def _decide(self, message: object, now: datetime) -> Decision:
        decision = decide(self._known(), self._parts.rules, message, now)
        self._facts = decision.facts
        return decision

    def _act(self, decision: Decision) -> None:
        for effect in decision.effects:
            self._carry_out(effect)
        self._show()

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Order(to=to, command=command):
                self._tell(to, command)
            case Say(event=event):
                _note(event)
                self._publish(event)
            case Begin():
                self._begin(effect)
            case Stamp(night=night):
                self._write(partial(observations.save_night, night=night), "night")
            case StoreHold(hold=hold, lifted=lifted):
                at = self.context.clock.utc()
                work = house_rows.lift_hold if lifted else house_rows.place_hold
                self._write(partial(work, hold=hold, at=at), "hold")
            case Release(night=night):
                at = self.context.clock.utc()
                self._write(partial(observations.release, night=night.date, at=at), "release")

    def _begin(self, effect: Begin) -> None:
        """Read the slot's sequence and have it started, if it may still be pointed at."""
        now, facts = self.context.clock.utc(), self._known()
        night = facts.night
        try:
            wanted = self._parts.store.read(
                partial(requests.sequence, sequence_id=effect.slot.sequence_id)
            )
        except StoreUnavailable as gone:
            log.warning("slot of %s not started: %s", effect.slot.name, gone)
            return
        reasons = slot_reasons(wanted, effect.slot, facts, self._parts.rules, now)
        if reasons or night is None:
            log.warning("%s not started: %s", effect.slot.name, "; ".join(reasons))
            self._facts = replace(facts, armed=None, armed_at=None, refusal="; ".join(reasons))
            return
        alert = self._parts.store.read(partial(requests.alert_of, sequence_id=wanted.id))
        self._tell(
            "observation",
            StartSequence(
                at=now,
                sequence=wanted,
                night=night,
                schedule_id=effect.schedule_id,
                alert_id=alert.id if alert else None,
                alert_name=alert.name if alert else "",
                burst_at=alert.burst_at if alert else None,
                latest_end=effect.latest_end,
            ),
        )

    def _show(self) -> None:
        """Publish what the house does, when that has changed."""
        shown = told_of(self._known())
        if shown == self._shown:
            return
        self._shown = shown
        status = house_status(self._known(), self.context.clock.utc())
        before = self._status
        if before is None or replace(status, at=before.at) != before:
            self._status = status
            self._publish(status)

    def _new_night(self, now: datetime) -> None:
        """At local noon: the limits of the coming night."""
        if self._noon is not None and now < self._noon:
            return
        self._noon = noon_before(self._parts.rules.site, now) + timedelta(days=1)
        facts = self._known()
        limits = _limits(self._parts.rules, now)
        if facts.night is None or facts.night.date != limits.date:
            self._facts = replace(
                facts, night=limits, schedule=None, begun=frozenset(), plan_wanted=Cause.RESUME
            )

    def _sun_deg(self, now: datetime) -> float:
        past_s = (now - self._sun[0]).total_seconds() if self._sun is not None else -1.0
        if self._sun is None or not 0.0 <= past_s < SUN_EVERY_S:
            later = now + timedelta(seconds=SUN_EVERY_S)
            first, last = sun_altitude(self._parts.rules.site, [now, later])
            self._sun, past_s = (now, float(first), float(last)), 0.0
        _, first_deg, last_deg = self._sun
        return first_deg + (last_deg - first_deg) * past_s / SUN_EVERY_S

    def _tell(self, to: str, command: object) -> None:
        path = self._parts.staff.get(to)
        if path is None or not self.context.address(path).offer(command):
            log.warning("%s is away; lost %s", to, type(command).__name__)

    def _write(self, work: Callable[[Session], object], what: str) -> None:
        write = Write(work=work, epoch=self.context.epoch, what=what)
        self._unwritten.append(write)
        self._flush()

    def _flush(self) -> None:
        """Hand over what is to be written, in order; what the writer does not take waits here."""
        writer = self.context.address(self._parts.writer)
        while self._unwritten:
            if not writer.offer(self._unwritten[0]):
                log.warning("nobody writes now; %d rows wait", len(self._unwritten))
                return
            self._unwritten.popleft()

    def _publish(self, event: Event) -> None:
        self.context.bus.publish(topics.topic_of(event), event, stream=topics.is_stream(event))


def _note(event: Event) -> None:
    """Say in the log what a person will want to read tomorrow."""
    match event:
        case HoldsChanged(mode=mode, because=because) if because:
            log.info("%s (%s)", mode, because)
        case AlarmRaised(severity=severity, text=text):
            log.error("%s: %s", severity, text)
        case NightClosed(night=night):
            log.info("night of %s closed: ready for the next", night.date)
        case _:
            pass


def _remembered(session: Session, *, when: datetime, rules: Rules) -> tuple[Night | None, House]:
    """Tonight's limits and stamps, and the holds that outlive a process."""
    date = _limits(rules, when).date
    return observations.night(session, date), frozenset(house_rows.holds(session))


def _limits(rules: Rules, now: datetime) -> Night:
    limits = night_of(
        rules.site, now, rules.night.twilight, alert_sun_deg=rules.night.alert_sun_deg
    )
    return Night(
        date=limits.date,
        twilight=rules.night.twilight,
        sunset=limits.sunset,
        sunrise=limits.sunrise,
        start=limits.start,
        end=limits.end,
        alert_start=limits.alert_start,
        alert_end=limits.alert_end,
        moon_illumination=limits.moon_illumination,
    )
