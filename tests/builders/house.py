"""A whole house in virtual time, inside a night: simulators, all managers, a real database."""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pyros.actors import tree
from pyros.actors.alerts.spool import Spool
from pyros.actors.alerts.templates import burst_packet
from pyros.actors.scheduler.settings import site_of
from pyros.cli.invariants import Record, judge
from pyros.cli.one_process import rehearsed_outside
from pyros.config import rehearsal
from pyros.config.load import load
from pyros.domain.alert import Packet
from pyros.domain.devices.state import CameraState, DomeState, TelescopeState
from pyros.domain.execution import Outcome
from pyros.domain.image import Level
from pyros.domain.request import SequenceState
from pyros.kernel.lifecycle import LIFECYCLE
from pyros.kernel.testing.sim import SimRuntime
from pyros.messages import events
from pyros.messages.commands import StopEverything
from pyros.sky.coords import radec
from pyros.sky.night import night_of
from pyros.store import images, journal, observations, requests
from pyros.store.engine import Store
from pyros.system.observatory import build
from simulators.faults import Fault
from simulators.world import World

CONFIG = Path(__file__).resolve().parents[2] / "config" / "simulation.yaml"
EVENING = datetime.fromisoformat("2026-11-25T20:00+00:00")
INTO_THE_NIGHT = timedelta(minutes=20)
POLL_S = 5.0
HEARD = (
    "device/*",
    "device-changes",
    "conditions",
    "holds",
    "executions",
    "slews",
    "images",
    "analyses",
    "alarms",
    "alerts",
    "schedule",
    "operations",
    LIFECYCLE,
)
REQUEST = """\
short_name: {name}
programme: survey
sequences:
  - name: {name}
    target: {{ra_deg: {ra_deg}, dec_deg: {dec_deg}}}
    priority: {priority}
    constraints: {{min_altitude_deg: 25, moon_min_distance_deg: 5}}
    albums:
      - channel: vis
        plans:
          - {{filter: r, exposure_s: 30, count: 2}}
          - {{filter: g, exposure_s: 30, count: 1}}
      - channel: nir
        plans:
          - {{exposure_s: 20, count: 4}}
"""
FIELDS = (("first", 10.7, 41.3, 80), ("second", 23.5, 30.7, 60), ("third", 35.0, 35.0, 40))


def simulation(folder: Path, *, start: datetime | None = None, **simulated):
    """Return the shipped simulation in `folder`, with three short requests of its own."""
    wished = folder / "requests"
    wished.mkdir(parents=True, exist_ok=True)
    for name, ra_deg, dec_deg, priority in FIELDS:
        text = REQUEST.format(name=name, ra_deg=ra_deg, dec_deg=dec_deg, priority=priority)
        (wished / f"{name}.yaml").write_text(text)
    config = load(CONFIG)
    limits = night_of(site_of(config), EVENING, config.night.twilight)
    config = rehearsal.with_clock(
        rehearsal.in_folder(rehearsal.simulated(config), folder),
        factor=1.0,
        start=start or limits.start + INTO_THE_NIGHT,
    )
    simulation = config.simulation.model_copy(update={"requests": wished, **simulated})
    return rehearsal.quick(config.model_copy(update={"simulation": simulation}), POLL_S)


@dataclass
class House:
    """An observatory that runs, the world around it, and all that it has said."""

    observatory: object
    runtime: SimRuntime
    world: World
    events: list = field(default_factory=list)
    record: Record = field(default_factory=Record)
    code: int | None = None
    _by_class: dict[type, list] = field(default_factory=dict)

    def __post_init__(self):
        self._news = self.observatory.bus.subscribe(HEARD, lambda: None)

    # --- time

    def run_for(self, seconds):
        """Let virtual time pass and hear all that is said meanwhile."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.runtime.run_for(min(5.0, (end - self.now).total_seconds()))
            self._hear()

    def run_until(self, predicate, timeout_s=1800.0):
        """Let virtual time pass until `predicate()`; TimeoutError if it does not come to that."""

        def holds():
            self._hear()
            return predicate()

        try:
            self.runtime.run_until(holds, timeout_s)
        except TimeoutError as late:
            raise TimeoutError(f"{late}\n{self.told()}") from None

    def _hear(self):
        news, missed = self._news.take_in_order()
        assert not missed
        for published in news:
            self.events.append(published.value)
            self._by_class.setdefault(type(published.value), []).append(published.value)
            self.record.see(published.value)

    @property
    def now(self):
        return self.runtime.clock.utc()

    # --- what was said

    def of(self, kind, **wanted):
        """Return the events of a class, with these fields if any are named."""
        self._hear()
        return [
            one
            for one in self._by_class.get(kind, ())
            if all(getattr(one, name) == value for name, value in wanted.items())
        ]

    def told(self):
        """Return what was said, in short, for a person who reads a failure."""
        told = [
            f"{getattr(one, 'at', None):%H:%M:%S.%f} {type(one).__name__} "
            f"{getattr(one, 'reason', '') or getattr(one, 'because', '')}"
            f"{getattr(one, 'device', '')} {getattr(one, 'new', '')} {getattr(one, 'path', '')}"
            for one in self.events
            if not isinstance(one, events.DeviceStatus | events.ConditionsChanged)
        ]
        return "\n".join(told[-60:])

    def status(self, device):
        return self.observatory.bus.latest(f"device/{device}")

    def snapshot(self, device):
        status = self.status(device)
        return status.snapshot if status is not None else None

    @property
    def holds(self):
        """Keys of the holds in force."""
        said = self.observatory.bus.latest("holds")
        return {hold.key for hold in said.holds} if said is not None else {"none heard"}

    @property
    def house(self):
        return self.observatory.bus.latest("house")

    @property
    def dome(self):
        state = self.snapshot("dome")
        return state.phase if isinstance(state, DomeState) else "unknown"

    @property
    def parked(self):
        state = self.snapshot("telescope")
        return isinstance(state, TelescopeState) and state.at_park is True

    @property
    def progress(self):
        return self.observatory.bus.latest("progress")

    @property
    def plan(self):
        """Path of the plan actor at work."""
        return self.progress.plan

    def exposing(self, camera="camera-vis"):
        state = self.snapshot(camera)
        return isinstance(state, CameraState) and state.phase == "exposing"

    def incarnation(self, path):
        return self.one(path).incarnation

    def one(self, path):
        return next(one for one in self.observatory.system.tree() if one.path == path)

    # --- what is stored

    @property
    def store(self) -> Store:
        return self.observatory.store

    def sequence(self, name):
        every = self.store.read(lambda session: requests.sequences(session, set(SequenceState)))
        return next(one for one in every if one.name == name)

    def executions(self, name):
        night = self.house.night.date
        every = self.store.read(lambda session: observations.executions(session, night))
        return [one for one in every if one.name == name]

    def steps(self, execution):
        return self.store.read(lambda session: journal.steps(session, execution.id))

    def raw(self, name):
        wanted = self.sequence(name).id
        return self.store.read(
            lambda session: images.list(session, sequence_id=wanted, level=Level.L0, limit=1000)
        )

    def frames(self, name):
        """Return how many frames of each channel and filter are stored of a sequence."""
        return Counter((image.channel, image.filter) for image in self.raw(name))

    # --- what happens to it

    def kill(self, path):
        """Let the actor at `path` die now."""
        self.observatory.system.kill(path)

    @property
    def plan_of_faults(self):
        """The plan by which actors are struck."""
        return self.observatory.system.services.faults

    def tell(self, path, message):
        self.observatory.system.address(path).tell(message)

    def burst(self, number=1):
        """Return the packet of a burst high in the sky, spooled as an inlet does."""
        config = self.observatory.config
        ra_deg, dec_deg = (float(x) for x in radec(site_of(config), 65.0, 120.0, self.now))
        payload = burst_packet(now=self.now, ra_deg=ra_deg, dec_deg=dec_deg, number=number)
        self.record.alerts_sent += 1
        packet = Packet(payload=payload, source=config.alerts.sources[0].name, received=self.now)
        Spool(config.data.root / "spool").keep(packet)
        return packet

    def strike(self, device, kind, **more):
        """Let something be wrong with a device."""
        self.world.inject(Fault(device=device, kind=kind, **more))

    def cure(self, device, kind=None):
        self.world.clear(device, kind)

    def stop(self):
        """Stop everything, once; return the exit code."""
        if self.code is None:
            self.code = self.observatory.stop()
        return self.code

    # --- ways

    def until_observing(self):
        self.run_until(lambda: self.house is not None and not self.holds)

    def until_exposing(self, camera="camera-vis", name="first"):
        """Run until a camera exposes for this sequence, a few seconds into an exposure."""
        self.run_until(
            lambda: (
                self.exposing(camera)
                and self.progress is not None
                and self.progress.execution.name == name
                and self.progress.execution.end is None
            )
        )
        self.run_for(4.0)
        assert self.exposing(camera)

    def until_ended(self, name, outcome=Outcome.DONE, timeout_s=3600.0):
        """Run until an execution of this sequence ends so; return the event."""

        def ended():
            return [
                one
                for one in self.of(events.ExecutionEnded, outcome=outcome)
                if one.execution.name == name
            ]

        self.run_until(lambda: bool(ended()), timeout_s)
        return ended()[-1]

    def assert_sound(self):
        """Have a person stop everything; then all that must hold all along and after it holds."""
        self.tell(tree.MAJORDOME, StopEverything(at=self.now, ordered_by="the end of a test"))
        self.run_until(lambda: self.house.running is None and self.dome == "closed", 600.0)
        self.run_until(lambda: self.parked, 600.0)
        self.run_for(1.0)
        found = judge(self.observatory, self.record)
        assert {name: broken for name, broken in found.items() if broken} == {}, self.told()


WHOLE = Counter({("vis", "r"): 2, ("vis", "g"): 1, ("nir", ""): 4})
"""The frames of one of the sequences here."""


@contextlib.contextmanager
def running(config, *, database=None, seed=1, prepared=lambda world: None):
    """Run a house of `config`; `database` is a prepared file to begin with."""
    folder = config.data.root
    folder.mkdir(parents=True, exist_ok=True)
    if database is not None:
        shutil.copy(database, folder / "pyros.db")
    runtime = SimRuntime(seed=seed, start=config.clock.start)
    world = World(config, clock=runtime.clock)
    prepared(world)
    with rehearsed_outside(config, runtime, world=world) as outside:
        observatory = build(config, outside)
        house = House(observatory=observatory, runtime=runtime, world=world)
        observatory.system.start()
        try:
            yield house
        finally:
            house.stop()
