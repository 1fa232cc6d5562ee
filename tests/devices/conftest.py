"""A box that does as it is told, or not, and a house with one device actor in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pyros.actors.devices.actor import DeviceActor
from pyros.actors.devices.manner import Now
from pyros.actors.devices.settings import Settings, device_of
from pyros.config.devices import AnyDevice, Camera, Dome, FilterWheel, Plc, Telescope, Weather
from pyros.config.night import Safety
from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.orders import Exposure
from pyros.domain.devices.state import (
    STATES,
    CameraState,
    DomeState,
    FilterWheelState,
    Identity,
    PlcState,
    Sample,
    State,
    TelescopeState,
    WeatherState,
)
from pyros.drivers.interface import Capabilities, FrameData
from pyros.errors import DeviceUnreachable, NotNow
from pyros.kernel.context import Context
from pyros.kernel.spec import ChildSpec
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.faults import FaultPlan
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages.events import DeviceChanged, DeviceStatus, OperationEnded

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)


def now(s: float = 0.0) -> Now:
    """Return the instant `s` seconds after the begin of a test."""
    return Now(at=AT + timedelta(seconds=s), s=s)


ENTRIES: Mapping[str, AnyDevice] = {
    "telescope": Telescope(kind="telescope", unit="mount", driver="pyros", blocking=True),
    "camera": Camera(
        kind="camera",
        unit="vis",
        driver="pyros",
        channel="vis",
        cooler={"setpoints_C": [-70, -60]},
    ),
    "wheel": FilterWheel(
        kind="filter_wheel",
        unit="vis",
        driver="pyros",
        attached_to="camera",
        filters=[{"name": "g", "slot": 0, "focus_offset_steps": 120}, {"name": "r", "slot": 1}],
    ),
    "dome": Dome(kind="dome", unit="dome", driver="pyros", blocking=True),
    "plc": Plc(kind="plc", unit="plc", driver="pyros", blocking=True),
    "weather": Weather(kind="weather", unit="weather", driver="pyros"),
}

AS_FOUND: Mapping[str, State] = {
    "telescope": TelescopeState(
        device="telescope", sampled_at=AT, phase="tracking", at_park=False, tracking=True
    ),
    "camera": CameraState(
        device="camera",
        sampled_at=AT,
        phase="idle",
        temperature_C=-70.0,
        setpoint_C=-70.0,
        cooler_on=True,
        power_pct=50.0,
        cooler_stable=True,
    ),
    "wheel": FilterWheelState(
        device="wheel", sampled_at=AT, phase="idle", slot=0, name="g", moving=False
    ),
    "dome": DomeState(
        device="dome",
        sampled_at=AT,
        phase="closed",
        open_switch=False,
        closed_switch=True,
        motor=False,
    ),
    "plc": PlcState(device="plc", sampled_at=AT, phase="ok", is_safe=True),
    "weather": WeatherState(
        device="weather",
        sampled_at=AT,
        phase="ok",
        sensors={"rain": Sample(value=False, at=AT)},
    ),
}


@dataclass
class Box:
    """A device of any kind on the virtual clock; `orders` is what it was told to do.

    `takes_s` is how long an operation runs.  It does not move by itself but for that: a test says
    what it shows.  `silence` is raised by every call while it is set, `refusal` by every order.
    """

    state: State
    clock: Callable[[], datetime]
    takes_s: float = 10.0
    silence: DeviceUnreachable | None = None
    refusal: str = ""
    stops_on_abort: bool = True
    orders: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    epochs: list[tuple[int, int]] = field(default_factory=list)
    connects: int = 0
    boot: str = "b1"
    seq: int = 0
    until: datetime | None = None
    names: tuple[str, ...] = ("g", "r")
    clean: bool = True

    def show(self, **fields: object) -> None:
        """Have it say this of itself from now on."""
        self.state = replace(self.state, **fields)

    def count(self, verb: str) -> int:
        """Return how often it was given that order."""
        return sum(1 for each, _ in self.orders if each == verb)

    def read(self) -> State:
        """Return its truth now."""
        at, op = self.clock(), self.state.op
        if op is not None and self.until is not None and at >= self.until:
            self.finish(OpState.DONE)
        elif op is not None and self.until is not None:
            self.show(op=replace(op, eta_s=(self.until - at).total_seconds()))
        self.seq += 1
        self.show(seq=self.seq, sampled_at=at, boot_id=self.boot)
        return self.state

    def finish(self, state: OpState, error: str = "") -> None:
        """End its operation."""
        if self.state.op is not None:
            ended = self.state.op.ending(state, error=error)
            self.show(op=None, ended=(*self.state.ended, ended)[-8:])
        self.until = None

    def restart(self) -> None:
        """Start anew, all forgotten."""
        self.boot = f"{self.boot}+"
        self.show(op=None, ended=())
        self.until = None

    def take(self, verb: str, args: Mapping[str, object], key: str) -> Operation:
        """Take an order."""
        self.orders.append((verb, args))
        if self.refusal:
            raise NotNow(self.refusal)
        operation = Operation(key=key, verb=verb, goal=args, state=OpState.RUNNING)
        if verb == "cooler":
            self.show(cooler_on=args["on"], setpoint_C=args["setpoint_C"])
            return operation.ending(OpState.DONE)
        self.until = self.clock() + timedelta(seconds=self.takes_s)
        self.show(op=replace(operation, eta_s=self.takes_s))
        return replace(operation, eta_s=self.takes_s)


class BoxDriver:
    """The line to a box, for one incarnation of its actor."""

    def __init__(self, box: Box, context: Context) -> None:
        self.box, self.context = box, context
        self.last: State | None = None

    def _call(self) -> Box:
        if self.box.silence is not None:
            raise self.box.silence
        return self.box

    def connect(self, timeout_s: float) -> Identity:
        box = self._call()
        box.connects += 1
        return Identity(model="box", boot_id=box.boot)

    def capabilities(self) -> Capabilities:
        return Capabilities(verbs=frozenset(), limits={"names": list(self.box.names)})

    def sample(self, timeout_s: float) -> State:
        self.last = self._call().read()
        return self.last

    def state(self) -> State | None:
        return self.last

    def on_change(self, hook: Callable[[], None]) -> None:
        pass

    def order(self, verb: str, args: Mapping[str, object], *, key: str) -> Operation:
        box = self._call()
        box.epochs.append(tuple(self.context.epoch))
        return box.take(verb, args, key)

    def abort(self, key: str | None = None) -> Operation:
        box = self._call()
        box.orders.append(("abort", {"only": key}))
        if box.stops_on_abort:
            box.finish(OpState.ABORTED)
        return Operation(key="a" * 32, verb="abort", state=OpState.DONE)

    def reset(self) -> Operation:
        self._call().show(faults=())
        return Operation(key="e" * 32, verb="reset", state=OpState.DONE)

    def disconnect(self) -> None:
        self.last = None

    def slew(self, ra_deg: float, dec_deg: float, *, track: bool = True, key: str) -> Operation:
        args = {"ra_deg": ra_deg, "dec_deg": dec_deg, "track": track}
        return self.order("slew", args, key=key)

    def track(self, *, on: bool, key: str) -> Operation:
        return self.order("track", {"on": on}, key=key)

    def park(self, *, key: str) -> Operation:
        return self.order("park", {}, key=key)

    def unpark(self, *, key: str) -> Operation:
        return self.order("unpark", {}, key=key)

    def expose(self, exposure: Exposure, *, key: str) -> Operation:
        return self.order("expose", {"exposure_s": exposure.exposure_s}, key=key)

    def cooler(self, *, on: bool, setpoint_C: float, key: str) -> Operation:
        return self.order("cooler", {"on": on, "setpoint_C": setpoint_C}, key=key)

    def fetch(self, key: str, *, timeout_s: float) -> FrameData:
        if key not in self._call().state.frames:
            raise NotNow("no frame of that key")
        return FrameData(key=key, pixels=np.zeros((2, 2), dtype=np.uint16), meta={})

    def drop(self, key: str) -> None:
        box = self._call()
        box.show(frames=tuple(each for each in box.state.frames if each != key))

    def select(self, name: str, *, key: str) -> Operation:
        return self.order("select", {"name": name}, key=key)

    def home(self, *, key: str) -> Operation:
        return self.order("home", {}, key=key)

    def open_shutter(self, *, key: str) -> Operation:
        return self.order("open_shutter", {}, key=key)

    def close_shutter(self, *, key: str) -> Operation:
        return self.order("close_shutter", {}, key=key)

    def kick(self) -> None:
        self._call().orders.append(("kick", {}))


class Observer:
    """All that one device has said on the bus."""

    def __init__(self, system: ActorSystem, name: str) -> None:
        self._bus, self._name = system.bus, name

    @property
    def status(self) -> DeviceStatus:
        found = self._bus.latest(f"device/{self._name}")
        assert isinstance(found, DeviceStatus)
        return found

    @property
    def changes(self) -> list[DeviceChanged]:
        return [item.value for item in self._bus.items("device-changes")[0]]

    @property
    def lives(self) -> list[str]:
        return [str(change.new) for change in self.changes if change.old is not change.new]

    @property
    def ended(self) -> list[OperationEnded]:
        return [item.value for item in self._bus.items("operations")[0]]


class Scene:
    """A system with one device actor and its box, in virtual time."""

    def __init__(self, name: str, safety: Safety, entry: AnyDevice | None = None) -> None:
        self.sim = SimRuntime(seed=1, start=AT)
        self.box = Box(state=AS_FOUND[name], clock=self.sim.clock.utc)
        entry = entry or ENTRIES[name]
        self.settings = Settings(device=device_of(name, entry), entry=entry, safety=safety)
        self.plan = FaultPlan(seed=1, rules=())
        self.path = f"/devices/{name}"
        child = ChildSpec(id=name, factory=self.make, tier=1, budget_s=3.0)
        probe, self.told = probe_spec("plan")
        self.system = ActorSystem(
            [supervisor("devices", [child]), probe],
            clock=self.sim.clock,
            runtime=self.sim,
            faults=self.plan,
        )
        self.seen = Observer(self.system, name)

    def make(self) -> DeviceActor:
        return DeviceActor(self.settings, lambda context: BoxDriver(self.box, context))

    def start(self) -> Scene:
        self.system.start()
        return self

    def run(self, seconds: float) -> None:
        self.sim.run_for(seconds)

    @property
    def ends(self) -> list[tuple[str, str]]:
        """Key and end of all that a plan was told by FollowKey."""
        self.sim.run_until_idle()
        return [(each.key, str(each.state)) for each in self.told.of(OperationEnded)]

    def ask(self, message: object) -> object:
        return self.system.address(self.path).ask(message)

    def kill(self) -> None:
        self.system.kill(self.path)
        self.sim.run_until_idle()

    @property
    def life(self) -> str:
        return str(self.seen.status.life)

    @property
    def at(self) -> datetime:
        return self.sim.clock.utc()


@pytest.fixture
def scene() -> Iterator[Callable[..., Scene]]:
    """Make a started scene of a device by name; it is stopped at the end."""
    made: list[Scene] = []

    def make(kind: str, entry: AnyDevice | None = None, **shown: object) -> Scene:
        one = Scene(kind, Safety(), entry)
        one.box.show(**shown)
        made.append(one)
        return one.start()

    yield make
    for one in made:
        one.system.stop()


assert set(AS_FOUND) == set(ENTRIES)
assert len(STATES) == len(ENTRIES)
