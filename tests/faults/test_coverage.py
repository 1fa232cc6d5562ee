"""Every kind of fault strikes every class of actor: one table (S98)."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from functools import partial
from importlib import import_module

import pytest
from builders.house import running, simulation
from builders.web_house import NOW
from builders.web_house import House as WebHouse

from pyros.actors import tree
from pyros.actors.alerts.broker import Broker
from pyros.actors.alerts.inlet import Inlet
from pyros.config.alerts import InletSource, VtpSource
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.clock import SystemClock
from pyros.kernel.lifecycle import LIFECYCLE, Injected
from pyros.kernel.spec import ChildSpec, RestartIntensity
from pyros.kernel.supervisor import StartChild, supervisor
from pyros.kernel.testing.faults import Hang, Kill, Raise, Slow, StartFault
from pyros.store.sink import BusSink
from pyros.web.actor import Web

FAULTS = {
    "kill": Kill,
    "raise": Raise,
    "hang": partial(Hang, for_s=60.0),  # longer than any budget; then it is abandoned no more
    "slow": partial(Slow, by_s=0.2),
    "construction": partial(StartFault, stage="construction"),
    "on_start": partial(StartFault, stage="on_start"),
}
KINDS_OF_DEVICES = (
    "/devices/unit-mount/telescope",
    "/devices/unit-vis/camera-vis",
    "/devices/unit-nir/camera-nir",
    "/devices/unit-vis/wheel-vis",
    "/devices/unit-dome/dome",
    "/devices/unit-plc/plc",
    "/devices/unit-weather/weather",
)
OF_THE_HOUSE = (
    *KINDS_OF_DEVICES,
    "/devices/unit-nir",
    tree.WRITER,
    tree.MONITORING,
    tree.ALERTS,
    tree.ANALYZER,
    tree.PLANS,
    tree.OBSERVATION,
    tree.SCHEDULER,
    tree.MAJORDOME,
)
A_PLAN = f"{tree.PLANS}/*"
OF_THE_EDGE = ("/edge/bus-sink", "/edge/inlet", "/edge/broker", "/edge/web")
NO_PART_OF_A_TREE = ("pyros.kernel.bench", "pyros.kernel.testing")
LET_BE_S = 35.0
"""The longest restart window of those that are struck one after the other is 30 s."""


def strike(system, path, fault, *, struck_at=""):
    """Let a fault of that kind befall whoever lives at `path` (its successors: `struck_at`)."""
    plan, rule = system.services.faults, FAULTS[fault](struck_at or path)
    if isinstance(rule, StartFault):
        plan.add(rule)
        system.kill(path)
    else:
        plan.strike_now(system.services.table.live[path], rule)


def is_over(status, fault, before):
    """Whether one that was struck works again, by itself or by its successor."""
    return status.state == "running" and (fault == "slow" or status.incarnation > before)


def classes_of(system):
    """Return the class of whoever lives now, by path."""
    live = system.services.table.live
    return {path: type(cell.loop.actor).__name__ for path, cell in live.items()}


def lines_of(system, classes):
    """Return (class, fault) of each strike."""
    for one in system.services.faults.injections:
        fault = getattr(one.rule, "stage", "") or type(one.rule).__name__.lower()
        plan = "RunningPlan" if one.path.startswith(A_PLAN[:-1]) else ""
        yield one.actor_class or classes.get(one.path) or plan, fault


def strike_the_house(house, fault):
    """Strike a plan that exposes, then everybody else, one after the other."""
    system, plan = house.observatory.system, house.plan
    strike(system, plan, fault, struck_at=A_PLAN if fault in {"construction", "on_start"} else "")
    house.run_for(5.0)
    for path in OF_THE_HOUSE:
        before = house.incarnation(path)
        strike(system, path, fault)
        house.run_until(lambda p=path, n=before: is_over(house.one(p), fault, n), 120.0)
        house.run_for(LET_BE_S)


@contextlib.contextmanager
def an_edge(folder, database, config):
    """Run those who speak with the outside: they have sockets, and so threads and real time."""
    house = WebHouse(
        config,
        folder,
        database,
        clock=SystemClock(start=NOW),
        watch=SystemClock(),
        development=True,
    )
    made = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def part(name, make):
            def factory():
                made.append(make())
                return made[-1]

            return ChildSpec(id=name, factory=factory, tier=9, budget_s=0.5, start_timeout_s=15.0)

        inlet = InletSource(kind="inlet", name="local", port=0)
        broker = VtpSource(kind="vtp", name="away", host="127.0.0.1", port=1)
        parts = [
            part("bus-sink", lambda: BusSink("/writer")),
            part("inlet", lambda: Inlet(inlet, name="ivo://o.example/site")),
            part("broker", lambda: Broker(broker, name="ivo://o.example/site")),
            part("web", lambda: Web(house.parts, listener)),
        ]
        patient = RestartIntensity(max_restarts=100)
        house.system.address("/").ask(StartChild(supervisor("edge", parts, intensity=patient)))
        try:
            yield house
        finally:
            house.system.services.faults.release()
            house.close()
            for actor in made:
                put_away(actor)


def put_away(actor):
    """Close what one holds that was abandoned, or never began."""
    actor.on_stop()
    if isinstance(actor, Web) and actor._server._thread.ident is None:
        actor._server._loop.close()
        actor._server._listener.close()


def strike_the_edge(house, fault):
    """Strike those at the edge, one after the other."""
    news, injections = threading.Event(), house.system.services.faults.injections
    feed = house.bus.subscribe([LIFECYCLE, "kernel/tree/*"], news.set)

    def row(path):
        return next(one for one in house.system.tree() if one.path == path)

    for path in OF_THE_EDGE:
        before, known = row(path).incarnation, len(injections)
        strike(house.system, path, fault)
        while len(injections) == known or not is_over(row(path), fault, before):
            assert news.wait(30.0), f"{path} is not back after {fault}: {row(path)}"
            news.clear()
            feed.take()
    feed.close()


def every_class():
    """Return the names of all classes of actors that the observatory is made of."""
    import_module("pyros.system.assembly")
    found, left = set(), [SupervisedActor]
    while left:
        kinds = left.pop().__subclasses__()
        left += kinds
        found |= {
            kind.__name__
            for kind in kinds
            if kind.__module__.startswith("pyros.")
            and not kind.__module__.startswith(NO_PART_OF_A_TREE)
        }
    return found


def drawn(table, classes):
    """Return the table as people read it."""
    head = f"{'':20}" + "".join(f"{fault:>14}" for fault in FAULTS)
    rows = [
        f"{name:20}" + "".join(f"{table[name, fault]:>14}" for fault in FAULTS)
        for name in sorted(classes)
    ]
    return "\n".join([head, *rows])


@pytest.mark.realtime
def test_every_fault_strikes_every_class_of_actor_and_the_house_is_sound(database, tmp_path):
    """S98, B13: each comes back; the plan's injections are the table."""
    table, classes = Counter(), every_class()
    for fault in FAULTS:
        with running(simulation(tmp_path / fault), database=database) as house:
            house.until_exposing()
            known = classes_of(house.observatory.system)
            strike_the_house(house, fault)
            assert len(house.of(Injected)) == len(house.plan_of_faults.injections)
            table.update(lines_of(house.observatory.system, known))
            house.assert_sound()
    with an_edge(tmp_path, database, simulation(tmp_path / "data")) as edge:
        known = classes_of(edge.system)
        for fault in FAULTS:
            strike_the_edge(edge, fault)
        table.update(lines_of(edge.system, known))

    print(f"\n{drawn(table, classes)}")  # noqa: T201 for whoever asks what was struck (pytest -s)
    assert {name for name, _ in table} >= classes
    assert [(name, fault) for name in classes for fault in FAULTS if not table[name, fault]] == []
