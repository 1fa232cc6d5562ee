"""A small house to judge about: telescope, camera, dome, PLC, weather, under San Pedro Martir."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from pyros.actors.majordome.decisions import Tick, decide
from pyros.actors.majordome.facts import Decision, Effect, Facts, Order, Rules
from pyros.config.night import Night as NightRules
from pyros.config.night import Safety
from pyros.domain.conditions import CauseStatus, Conditions
from pyros.domain.devices.device import Device, DeviceState, Kind
from pyros.domain.devices.state import DomeState, State, TelescopeState
from pyros.domain.execution import Execution
from pyros.domain.schedule import Cause, Night, Schedule, Slot
from pyros.messages.events import (
    ConditionsChanged,
    DeviceStatus,
    ExecutionStarted,
    ScheduleReady,
)
from pyros.sky.site import Site

MIDNIGHT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
SITE = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2790.0)
NIGHT = Night(
    date=MIDNIGHT.date() - timedelta(days=1),
    twilight="nautical",
    sunset=MIDNIGHT - timedelta(hours=7),
    sunrise=MIDNIGHT + timedelta(hours=7),
    start=MIDNIGHT - timedelta(hours=6),
    end=MIDNIGHT + timedelta(hours=6),
    alert_start=MIDNIGHT - timedelta(hours=6),
    alert_end=MIDNIGHT + timedelta(hours=6),
    first_schedule_at=MIDNIGHT - timedelta(hours=6),
)
RULES = Rules(
    site=SITE,
    night=NightRules(),
    safety=Safety(),
    devices={
        name: Device(name=name, kind=kind, unit=name, blocking=name != "camera")
        for name, kind in {
            "telescope": Kind.TELESCOPE,
            "camera": Kind.CAMERA,
            "dome": Kind.DOME,
            "plc": Kind.PLC,
            "weather": Kind.WEATHER,
        }.items()
    },
    channels={"vis": ("camera",)},
)
BLOCKING = ("dome", "plc", "telescope", "weather")


def conditions(at: datetime, *causes: str, interlocks: tuple[str, ...] = ()) -> ConditionsChanged:
    """The weather with these causes bad."""
    bad = tuple(
        CauseStatus(
            cause=cause,
            value=1.0,
            unit="",
            bad_limit=1.0,
            good_limit=0.5,
            bad=True,
            last_bad_at=at,
            good_at=None,
        )
        for cause in causes
    )
    return ConditionsChanged(
        at=at,
        conditions=Conditions(
            at=at,
            complete=True,
            safe=not causes and not interlocks,
            causes=bad,
            interlocks=interlocks,
        ),
    )


def status(
    at: datetime,
    device: str,
    life: DeviceState,
    snapshot: State | None = None,
    since: datetime | None = None,
) -> DeviceStatus:
    """What a device says of itself."""
    known = RULES.devices[device]
    return DeviceStatus(
        at=at,
        device=device,
        kind=known.kind,
        life=life,
        since=since or at,
        blocking=known.blocking,
        simulated=True,
        unit=known.unit,
        snapshot=snapshot,
    )


def dome(at: datetime, phase: str) -> DomeState:
    """A dome whose switches say `phase`."""
    return DomeState(
        device="dome",
        sampled_at=at,
        phase=phase,
        open_switch=phase == "open",
        closed_switch=phase == "closed",
    )


def mount(at: datetime, *, parked: bool, phase: str = "") -> TelescopeState:
    """A telescope, parked or tracking."""
    return TelescopeState(
        device="telescope",
        sampled_at=at,
        at_park=parked,
        phase=phase or ("parked" if parked else "tracking"),
        tracking=not parked,
    )


def slot(start: datetime, sequence_id: int = 1, minutes: float = 10.0) -> Slot:
    """A slot of a sequence."""
    return Slot(
        sequence_id=sequence_id,
        request_id=1,
        name=f"s{sequence_id}",
        start=start,
        on_target=start,
        end=start + timedelta(minutes=minutes),
    )


def schedule(at: datetime, *slots: Slot) -> ScheduleReady:
    """A schedule in force."""
    return ScheduleReady(
        at=at, schedule=Schedule(id=1, night=NIGHT.date, made_at=at, cause=Cause.FIRST, slots=slots)
    )


def execution(at: datetime, sequence_id: int = 1, alert_id: int | None = None) -> Execution:
    """An execution under way."""
    return Execution(id=7, sequence_id=sequence_id, night=NIGHT.date, start=at, alert_id=alert_id)


@dataclass
class Tale:
    """A house and what happened to it, second by second; `told` keeps every effect."""

    facts: Facts
    now: datetime
    told: list[Effect]
    sun_deg: float = -40.0
    phase: str = "closed"
    parked: bool = True
    weather: tuple[str, ...] = ()
    interlocks: tuple[str, ...] = ()
    lost: frozenset[str] = frozenset()
    silent: bool = False
    obeys: bool = True
    obeyed: int = 0
    mount_phase: str = ""

    @cached_property
    def since(self) -> datetime:
        """Since when devices are ready."""
        return self.now - timedelta(hours=1)

    def hear(self, message: object) -> list[Effect]:
        """Have one message judged; returns its effects."""
        decision: Decision = decide(self.facts, RULES, message, self.now)
        self.facts = decision.facts
        self.told += decision.effects
        return list(decision.effects)

    def forget(self) -> None:
        """Forget what was told so far."""
        self.told, self.obeyed = [], 0

    def live(self, seconds: float) -> list[Effect]:
        """Let time pass: devices report, the dome and the mount do what they are told."""
        effects: list[Effect] = []
        for _ in range(int(seconds)):
            self.now += timedelta(seconds=1)
            effects += self._report()
            effects += self.hear(Tick(sun_altitude_deg=self.sun_deg))
        return effects

    def _report(self) -> list[Effect]:
        effects: list[Effect] = []
        for name in RULES.devices:
            life = DeviceState.DISABLED if name in self.lost else DeviceState.READY
            snapshot: State | None = None
            if name == "dome":
                snapshot = dome(self.now, self.phase)
            elif name == "telescope":
                snapshot = mount(self.now, parked=self.parked, phase=self.mount_phase)
            since = self.now if life is DeviceState.DISABLED else self.since
            effects += self.hear(status(self.now, name, life, snapshot, since))
        if not self.silent:
            effects += self.hear(conditions(self.now, *self.weather, interlocks=self.interlocks))
        self._obey()
        return effects

    def _obey(self) -> None:
        """The dome and the mount of this tale do at once what they were last told."""
        if not self.obeys:
            return
        for verb in orders(self.told[self.obeyed :]):
            if verb in {"OpenDome", "CloseDome"}:
                self.phase = "open" if verb == "OpenDome" else "closed"
            elif verb in {"Park", "Unpark"}:
                self.parked = verb == "Park"
        self.obeyed = len(self.told)


def orders(effects: list[Effect]) -> list[str]:
    """Names of the commands among these effects, in order."""
    return [type(one.command).__name__ for one in effects if isinstance(one, Order)]


def hold_keys(tale: Tale) -> set[str]:
    """Keys of the holds in force."""
    return {hold.key for hold in tale.facts.holds}


def new_tale(**changes: object) -> Tale:
    """A majordome just born at midnight, with its dome shut and nothing heard yet."""
    facts = replace(Facts(started_at=MIDNIGHT, night=NIGHT, sun_altitude_deg=-40.0), **changes)
    return Tale(facts=facts, now=MIDNIGHT, told=[])


def observing_tale() -> Tale:
    """A house that is open and at rest, with a schedule of one slot in an hour."""
    tale = new_tale()
    tale.live(120)
    tale.hear(schedule(tale.now, slot(tale.now + timedelta(hours=1))))
    assert hold_keys(tale) == set()
    assert tale.phase == "open"
    tale.forget()
    return tale


def executing_tale(*, alert_id: int | None = None) -> Tale:
    """A house that executes a sequence, a routine one or an alert's."""
    tale = observing_tale()
    tale.hear(ExecutionStarted(at=tale.now, execution=execution(tale.now, alert_id=alert_id)))
    tale.forget()
    return tale
