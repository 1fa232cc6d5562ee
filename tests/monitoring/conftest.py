"""A house with monitoring, a store, and two devices whose words a test puts on the bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pyros.actors.monitoring.actor import Monitoring
from pyros.actors.monitoring.settings import Settings, Watched
from pyros.domain.conditions import Conditions
from pyros.domain.devices.device import DeviceState, Kind
from pyros.domain.devices.state import PlcState, Sample, State, WeatherState
from pyros.kernel.spec import ChildSpec
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages.events import ConditionsChanged, DeviceChanged, DeviceStatus
from pyros.messages.topics import is_stream, topic_of
from pyros.store import telemetry
from pyros.store.engine import Store
from pyros.store.schema import upgrade
from pyros.store.writer import StoreWriter

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
FINE: dict[str, float | bool] = {
    "rain": False,
    "rain_mm_h": 0.0,
    "wind_m_s": 4.0,
    "gust_m_s": 6.0,
    "humidity_pct": 40.0,
    "temperature_C": 10.0,
    "dew_point_C": -3.0,
    "pressure_hPa": 730.0,
    "sky_temperature_C": -35.0,
}


def status(kind: Kind, snapshot: State | None, when: datetime, **fields: object) -> DeviceStatus:
    """Return a status of the only device of a kind."""
    plain = DeviceStatus(
        at=when,
        device=str(kind),
        kind=kind,
        life=DeviceState.READY,
        since=when,
        blocking=True,
        simulated=True,
        unit=str(kind),
        snapshot=snapshot,
    )
    return replace(plain, **fields)


class House:
    """Monitoring, a store, a probe where the weather station's actor would live."""

    def __init__(self, store: Store) -> None:
        self.sim = SimRuntime(seed=2, start=AT)
        self.store = store
        self.beats = 0
        weather, self.told = probe_spec("weather", tier=1)
        plc, self.told_plc = probe_spec("plc", tier=1)
        devices = {
            name: Watched(name=name, kind=Kind(name), path=f"/devices/{name}", blocking=True)
            for name in ("weather", "plc")
        }
        self.settings = Settings(devices=devices)
        monitoring = ChildSpec(id="monitoring", factory=self.make)
        self.system = ActorSystem(
            [
                supervisor(
                    "infrastructure",
                    [ChildSpec(id="store-writer", factory=lambda: StoreWriter(store), tier=0)],
                ),
                supervisor("always_on", [monitoring]),
                supervisor("devices", [weather, plc]),
            ],
            clock=self.sim.clock,
            runtime=self.sim,
            faults=FaultPlan(seed=1, rules=()),
        )

    def make(self) -> Monitoring:
        return Monitoring(self.settings, lambda: self.store.read(telemetry.cause_clocks))

    @property
    def now(self) -> datetime:
        return self.sim.clock.utc()

    @property
    def conditions(self) -> Conditions:
        latest = self.system.bus.latest("conditions")
        assert isinstance(latest, ConditionsChanged)
        return latest.conditions

    @property
    def alarms(self) -> list[str]:
        return [item.value.key for item in self.system.bus.items("alarms")[0]]

    def weather(self, *, life: DeviceState = DeviceState.READY, **values: float | bool) -> None:
        """Let the station say this now."""
        sensors = {
            name: Sample(value=value, at=self.now) for name, value in {**FINE, **values}.items()
        }
        state = WeatherState(device="weather", sampled_at=self.now, phase="ok", sensors=sensors)
        self._say(status(Kind.WEATHER, state, self.now, life=life))

    def weather_without_sample(self) -> None:
        """Let the station say that it begins."""
        self._say(status(Kind.WEATHER, None, self.now, life=DeviceState.INITIALISING))

    def weather_becomes(self, life: DeviceState) -> None:
        """Let the station change its life; its status follows later."""
        before = self.system.bus.latest("device/weather")
        assert isinstance(before, DeviceStatus)
        change = DeviceChanged(
            at=self.now,
            device="weather",
            kind=Kind.WEATHER,
            old=before.life,
            new=life,
            blocking=True,
            reason="",
        )
        self.system.bus.publish(topic_of(change), change, stream=is_stream(change))

    def plc(self, **fields: object) -> None:
        """Let the controller say this now."""
        self.beats += 1
        state = PlcState(
            device="plc", sampled_at=self.now, phase="ok", is_safe=True, heartbeat=self.beats
        )
        self._say(status(Kind.PLC, replace(state, **fields), self.now))

    def _say(self, told: DeviceStatus) -> None:
        self.system.bus.publish(topic_of(told), told)
        self.sim.run_until_idle()

    def fine_for(self, seconds: float, every_s: float = 5.0) -> None:
        """Let both say that all is well for a while."""
        for _ in range(int(seconds / every_s)):
            self.weather()
            self.plc()
            self.sim.run_for(every_s)
        self.weather()
        self.plc()


@pytest.fixture
def house(tmp_path) -> Iterator[Callable[[], House]]:
    """Make a started house."""
    made: list[House] = []

    def make() -> House:
        store = Store(f"sqlite:///{tmp_path}/pyros.db")
        upgrade(store)
        one = House(store)
        made.append(one)
        one.system.start()
        return one

    yield make
    for one in made:
        one.system.stop()
        one.store.close()
