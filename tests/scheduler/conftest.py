"""The house of `builders/scheduler_house.py`, started for a test and stopped after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from builders.scheduler_house import (
    EVENING,
    Bench,
    House,
    a_night,
    a_sequence,
    people_of_house,
    settings_of_house,
)

from pyros.actors.scheduler.actor import Desk, Scheduler
from pyros.actors.scheduler.facts import Facts, Wanted
from pyros.domain.admission import ChannelNow
from pyros.domain.request import RequestKind
from pyros.domain.target import FixedTarget
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
def some_facts() -> Facts:
    """Eight sequences over the sky, all of them admitted."""
    asked = tuple(
        Wanted(
            sequence=replace(
                a_sequence(target=FixedTarget(ra_deg=15.0 * number, dec_deg=20.0)),
                id=number,
                request_id=number,
            ),
            kind=RequestKind.ROUTINE,
            name=f"s{number}",
            owner="ada@x.org",
            programme="survey",
        )
        for number in range(1, 9)
    )
    return Facts(
        now=EVENING,
        night=a_night(),
        wanted=asked,
        channels={
            "vis": ChannelNow(up=True, filters=frozenset({"g", "r"})),
            "nir": ChannelNow(up=True),
        },
    )


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def house(store, bench) -> Callable[..., House]:
    """Start the tree in the evening, with the bench's workers."""
    systems = []

    def built(*, faults=None, at: datetime = EVENING, boot: int = 1, **changes) -> House:
        desk = Desk(settings=settings_of_house(**changes), store=store, writer="/store-writer")
        probe, seen = probe_spec("probe", "schedule", "scheduling-failed", "alarms")
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
