"""Keeps the last word of every device, judges the conditions, writes down what is worth a row.

Publishes `ConditionsChanged` (state `conditions`): at once when a new weather or controller status
changes the verdict, when a delay is over or a sample too old, and at least every 5 s; but not
before every configured device has announced itself or `announce_s` is over (P57).  Publishes
`AlarmRaised` (stream) for what it finds, and writes every alarm of the house down.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pyros.actors.monitoring import alarms, interlocks, series, verdict, watch
from pyros.actors.monitoring.alarms import Alarms, Severity
from pyros.actors.monitoring.samples import Counting
from pyros.actors.monitoring.settings import Settings
from pyros.actors.monitoring.verdict import Measured
from pyros.actors.monitoring.watch import JUDGED, Heard
from pyros.domain.conditions import Conditions
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown
from pyros.messages.device_commands import Announce
from pyros.messages.events import (
    AlarmRaised,
    ConditionsChanged,
    DeviceChanged,
    DeviceStatus,
    Event,
    ImageAnalysed,
)
from pyros.messages.topics import is_stream, topic_of
from pyros.store import alarms as alarm_book
from pyros.store import telemetry
from pyros.store.engine import Session
from pyros.store.writer import Write

log = logging.getLogger(__name__)

WRITER = "/infrastructure/store-writer"
STATUS_S = 5.0
"""Conditions are published at least so often, observatory seconds."""
ROW_S = 60.0
"""Conditions that do not change are written so often, observatory seconds."""
FLUSH_S = 15.0
"""Readings are written in batches so often, observatory seconds."""
GRACE_S = 0.8
"""So long may the actor of a source be dead before it counts no more, real seconds (B6)."""
SHORTEST_REAL_S = 0.05

Clocks = Callable[[], Mapping[str, datetime]]
"""When each cause was last bad, as stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time to judge again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flush:
    """Time to write what was gathered."""


class Monitoring(SupervisedActor):
    """The one who judges the sky; it talks to no driver and gives no order but to announce."""

    def __init__(self, settings: Settings, clocks: Clocks = dict) -> None:
        super().__init__()
        self._settings, self._clocks = settings, clocks
        self._heard = Heard()
        self._memory = verdict.Memory()
        self._conditions: Conditions | None = None
        self._counts = Counting()
        self._stored_at: datetime | None = None
        self._alarms = Alarms()
        self._own: set[AlarmRaised] = set()
        """Alarms of our own that are on their way back to us, written already."""
        self._last: series.Last = {}
        self._rows: list[series.Row] = []
        self._status_rows: dict[str, series.StatusRow] = {}
        self._new_status_rows: list[series.StatusRow] = []
        self._asked_at: dict[str, datetime] = {}
        self._started_at = self.context.clock.utc()
        self._waits = True

    def on_start(self) -> None:
        self._memory = verdict.born(self._clocks(), self._now())
        found = self.context.subscribe(
            "device/*", "device-changes", LIFECYCLE, "analyses", "alarms"
        )
        for status in found.values():
            if isinstance(status, DeviceStatus):
                self._status(status, judges=False)
        self._judge()
        self.context.every(max(FLUSH_S, SHORTEST_REAL_S * self._factor), Flush())

    def on_receive(self, message: object) -> None:
        match message:
            case DeviceStatus():
                self._status(message)
            case DeviceChanged(old=old, new=new) if old is not new:
                self._heard = watch.changed(self._heard, message)
                if message.kind in JUDGED:
                    self._judge()
            case ChildDown():
                self._child_down(message)
            case ImageAnalysed():
                self._image(message)
            case AlarmRaised() if message in self._own:
                self._own.remove(message)
            case AlarmRaised():
                self._write_alarm(message)
            case Tick():
                self._judge()
                self._ask_the_silent()
            case Flush():
                self._flush()

    def on_stop(self) -> None:
        self._flush()

    # --- what is heard

    def _status(self, status: DeviceStatus, *, judges: bool = True) -> None:
        self._heard = watch.status(self._heard, status)
        rows = series.worth(self._last, status)
        self._last = series.after(self._last, rows)
        self._rows.extend(rows)
        row = series.status_row(self._status_rows.get(status.device), status)
        if row is not None:
            self._status_rows[status.device] = row
            self._new_status_rows.append(row)
        if judges and (status.kind in JUDGED or self._waits):
            self._judge()

    def _child_down(self, down: ChildDown) -> None:
        """Believe a source a little longer: its successor is on its way."""
        for watched in self._settings.devices.values():
            if watched.path == down.path:
                self._heard = watch.dead(self._heard, watched.name, down.at)
                self.context.after(self._grace_s, Tick(), key=f"dead-{watched.name}")

    def _image(self, analysed: ImageAnalysed) -> None:
        fwhm = analysed.image.fwhm_arcsec
        if fwhm is not None:
            seeing = Measured(value=fwhm, at=analysed.image.start)
            self._memory = replace(self._memory, seeing=seeing)

    def _ask_the_silent(self) -> None:
        now = self._now()
        for each in watch.silent(self._heard, self._settings, now):
            asked = self._asked_at.get(each.name)
            if asked is None or (now - asked).total_seconds() >= watch.QUIET_S:
                self._asked_at[each.name] = now
                self.context.address(each.path).offer(Announce(at=now))

    # --- the verdict

    def _judge(self) -> None:
        """Judge what is known now; publish it if it is news, or the last word is old."""
        now = self._now()
        if self._still_waits(now):
            self._wake(1.0)
            return
        read = watch.readings(self._heard, self._settings, now, self._grace_s)
        known = watch.controllers(self._heard, self._settings, now, self._grace_s)
        limits = self._settings.limits
        forbidden = interlocks.forbidden(known, now, limits.sample_max_age_s)
        self._memory, conditions, self._counts = verdict.judge(
            self._memory, read, forbidden, limits, now
        )
        self._publish(conditions)
        self._find_troubles(now)
        dues = [STATUS_S, verdict.next_change_s(conditions), watch.next_expiry_s(read, now)]
        self._wake(min(due for due in dues if due is not None) + 0.01)

    def _still_waits(self, now: datetime) -> bool:
        """Whether to wait until what is configured has announced itself (P57)."""
        if not self._waits:
            return False
        missing = watch.untold(self._heard, self._settings)
        waited_s = (now - self._started_at).total_seconds()
        if missing and waited_s < self._settings.announce_s:
            return True
        if missing:
            log.warning("nothing heard of %s in %.0f s", ", ".join(missing), waited_s)
        self._waits = False
        return False

    def _publish(self, conditions: Conditions) -> None:
        before = self._conditions
        news = verdict.differ(before, conditions)
        old = before is None or (conditions.at - before.at).total_seconds() >= STATUS_S - 0.1
        if not news and not old:
            return
        self._conditions = conditions
        self._say(ConditionsChanged(at=conditions.at, conditions=conditions))
        if news:
            causes = ", ".join(cause.cause for cause in conditions.causes) or "none"
            log.info("conditions: causes %s; sky %s", causes, conditions.sky)
        if news or self._is_old(conditions.at):
            self._stored_at = conditions.at
            keep = partial(telemetry.add_conditions, conditions=conditions)
            self._write(keep, "conditions")

    def _is_old(self, at: datetime) -> bool:
        return self._stored_at is None or (at - self._stored_at).total_seconds() >= ROW_S

    # --- alarms

    def _find_troubles(self, now: datetime) -> None:
        statuses = self._heard.statuses
        self._alarms, found = alarms.troubles(
            self._alarms, statuses.values(), self._conditions, self._counts, now
        )
        unheard = (
            alarms.unheard(each.name, blocking=each.blocking)
            for each in self._settings.devices.values()
            if each.name not in statuses
        )
        self._alarms, step = alarms.step(self._alarms, (*found, *unheard), now)
        for alarm in step.raised:
            log.log(_LEVEL[alarm.severity], "%s", alarm.text)
            severity = str(alarm.severity)
            event = AlarmRaised(at=now, key=alarm.key, severity=severity, text=alarm.text)
            self._write_alarm(event)  # before its end may be written
            self._own.add(event)
            self._say(event)
        for alarm in step.cleared:
            self._write(partial(alarm_book.clear_alarm, key=alarm.key, at=now), "alarm")

    def _write_alarm(self, alarm: AlarmRaised) -> None:
        """Write any alarm of the house down, whoever raised it."""
        raised = partial(
            alarm_book.raise_alarm,
            key=alarm.key,
            severity=alarm.severity,
            text=alarm.text,
            at=alarm.at,
        )
        self._write(raised, "alarm")

    # --- rows

    def _flush(self) -> None:
        if not self._rows and not self._new_status_rows:
            return
        batch = partial(
            _add_rows,
            readings=[_reading(row) for row in self._rows],
            statuses=[_status_of(row) for row in self._new_status_rows],
        )
        self._rows, self._new_status_rows = [], []
        self._write(batch, "readings", lazy=True)

    def _write(self, work: Callable[[Session], object], what: str, *, lazy: bool = False) -> None:
        epoch, path = self.context.epoch, self.context.path
        write = Write(work=work, epoch=epoch, what=what, path=path, lazy=lazy)
        self.context.address(WRITER).offer(write)

    # --- the shell

    @property
    def _factor(self) -> float:
        return self.context.clock.factor

    @property
    def _grace_s(self) -> float:
        return GRACE_S * self._factor

    def _now(self) -> datetime:
        return self.context.clock.utc()

    def _wake(self, delay_s: float) -> None:
        self.context.after(max(delay_s, SHORTEST_REAL_S * self._factor), Tick(), key="tick")

    def _say(self, event: Event) -> None:
        self.context.bus.publish(topic_of(event), event, stream=is_stream(event))


_LEVEL = {
    Severity.NOTICE: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.SERIOUS: logging.ERROR,
    Severity.CRITICAL: logging.CRITICAL,
}


def _reading(row: series.Row) -> telemetry.Reading:
    return telemetry.Reading(
        device=row.device,
        quantity=row.quantity,
        unit=row.unit,
        at=row.at,
        value=row.value,
        good=row.good,
    )


def _status_of(row: series.StatusRow) -> telemetry.Status:
    return telemetry.Status(device=row.device, at=row.at, state=row.state, values=row.values)


def _add_rows(
    session: Session, *, readings: list[telemetry.Reading], statuses: list[telemetry.Status]
) -> None:
    telemetry.add_readings(session, readings)
    telemetry.add_status(session, statuses)
