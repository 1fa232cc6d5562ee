"""The port between an actor and its box: the epoch gate, the kernel's planned faults, counters."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pyros.config.load import load
from pyros.drivers.registry import driver_maker
from pyros.errors import LinkLost, Unresponsive
from pyros.kernel.clock import VirtualClock
from pyros.kernel.fence import Epoch, Fenced, here
from pyros.kernel.testing.faults import (
    Corrupt,
    Delay,
    Disconnect,
    Drop,
    Duplicate,
    FaultPlan,
    Reorder,
    StaleEpoch,
)
from simulators.world import World

CONFIG = load(Path(__file__).resolve().parents[2] / "config" / "simulation.yaml")
PATH = "/devices/unit-mount/telescope"
KEY, OTHER = "a" * 32, "b" * 32


class Desk:
    """A simulated telescope and drivers of its incarnations, all behind one gate."""

    def __init__(self, *rules: Any) -> None:
        self.clock = VirtualClock(datetime(2026, 3, 1, 6, tzinfo=UTC))
        self.world = World(CONFIG, clock=self.clock)
        self.plan = FaultPlan(seed=1, rules=rules)
        self.make = driver_maker(
            "telescope",
            CONFIG.devices["telescope"],
            self.world.transport("telescope"),
            faults=self.plan,
        )

    def driver(self, incarnation: int = 1) -> Any:
        speaker = SimpleNamespace(path=PATH, epoch=Epoch(1, incarnation), clock=self.clock)
        made = self.make(speaker)
        made.connect(1.0)
        return made

    @property
    def unparkings(self) -> int:
        """How often the box was really told to unpark."""
        return sum(1 for each in self.world.servers["telescope"]._answered._answers.values())


def test_the_gate_stops_an_incarnation_that_was_followed_before_anything_is_sent() -> None:
    """S75."""
    desk = Desk()
    old, _ = desk.driver(1), desk.driver(2)
    sent = old.port.client.counts["requests"]

    with pytest.raises(Fenced):
        old.unpark(key=KEY)

    assert old.port.client.counts["requests"] == sent


def test_an_abandoned_thread_sends_nothing_more() -> None:
    """S74, S75: the fence stands before the port."""
    driver = Desk().driver()
    sent = driver.port.client.counts["requests"]
    here.cell = SimpleNamespace(fenced=True, path=PATH, incarnation=1)
    try:
        with pytest.raises(Fenced):
            driver.sample(1.0)
        with pytest.raises(Fenced):
            driver.unpark(key=KEY)
    finally:
        here.cell = None

    assert driver.port.client.counts["requests"] == sent


@pytest.mark.parametrize(
    ("rule", "error", "done"),
    [
        (Drop(PATH, message=None), Unresponsive, 0),
        (Delay(PATH, message=None), Unresponsive, 1),
        (Corrupt(PATH, message=None), Unresponsive, 1),
        (Disconnect(PATH, message=None), LinkLost, 0),
        (Reorder(PATH, message=None), Unresponsive, 0),
        (StaleEpoch(PATH, message=None), Fenced, 0),
        (Duplicate(PATH, message=None), None, 1),
    ],
)
def test_each_planned_fault_is_committed_on_the_order_it_strikes(rule, error, done) -> None:
    """The second thing that this port sends is struck: hello is the first."""
    rule = type(rule)(PATH, nth=2)
    desk = Desk(rule)
    driver = desk.driver()

    if error is None:
        driver.unpark(key=KEY)
    else:
        with pytest.raises(error):
            driver.unpark(key=KEY)

    assert desk.unparkings == done
    assert driver.port.counts[type(rule).__name__] == 1
    assert len(desk.plan.injections) == 1


def test_what_was_held_back_arrives_after_the_one_that_follows_it_and_only_once() -> None:
    desk = Desk(Reorder(PATH, nth=2))
    driver = desk.driver()
    with pytest.raises(Unresponsive):
        driver.unpark(key=KEY)

    driver.order("park", {}, key=OTHER)

    assert list(desk.world.servers["telescope"]._answered._answers) == [OTHER, KEY]


def test_a_lost_answer_and_the_same_key_again_make_one_motion() -> None:
    desk = Desk(Delay(PATH, nth=2))
    driver = desk.driver()
    with pytest.raises(Unresponsive):
        driver.unpark(key=KEY)

    operation = driver.unpark(key=KEY)

    assert operation.key == KEY
    assert desk.unparkings == 1
