"""The house of `builders/scheduler_house.py`, started for a test and stopped after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from builders.scheduler_house import EVENING, Bench, House, people_of_house, settings_of_house

from pyros.actors.scheduler.actor import Desk, Scheduler
from pyros.kernel.spec import ChildSpec
from pyros.kernel.system import ActorSystem
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime
from pyros.store import schema
from pyros.store.engine import Store
from pyros.store.writer import StoreWriter


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "pyros.db"
    store = Store(f"sqlite:///{path}")
    schema.upgrade(store)
    store.write(people_of_house)
    store.close()
    return path


@pytest.fixture
def store(template, tmp_path):
    path = tmp_path / "pyros.db"
    path.write_bytes(template.read_bytes())
    made = Store(f"sqlite:///{path}", synchronous="OFF")
    yield made
    made.close()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def house(store, bench) -> Callable[..., House]:
    """Start the tree in the evening, with the bench's workers."""
    systems = []

    def built(*, faults=None, at: datetime = EVENING, boot: int = 1, **changes) -> House:
        desk = Desk(settings=settings_of_house(**changes), store=store, writer="/store-writer")
        probe, seen = probe_spec("probe", "schedule", "scheduling-failed")
        specs = [
            ChildSpec(id="store-writer", factory=lambda: StoreWriter(store), tier=0),
            probe,
            ChildSpec(id="scheduler", factory=lambda: Scheduler(desk, bench.make)),
        ]
        sim = SimRuntime(seed=1, start=at)
        system = ActorSystem(specs, clock=sim.clock, runtime=sim, boot=boot, faults=faults)
        system.start()
        systems.append(system)
        sim.run_for(1.0)
        return House(sim, system, seen, store)

    yield built
    for system in systems:
        system.stop()
