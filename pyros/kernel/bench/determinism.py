"""Figures that depend on no machine: the same seed, and a crash at every delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pykka

from pyros.kernel.actor import SupervisedActor
from pyros.kernel.bench.measure import PATIENT, Echo, Effort, Figures, figure
from pyros.kernel.dynamic import dynamic
from pyros.kernel.lifecycle import LIFECYCLE, ChildDown
from pyros.kernel.spec import Backoff, ChildSpec, Restart, Strategy
from pyros.kernel.supervisor import StartChild, TerminateChild, supervisor
from pyros.kernel.system import EXIT_ESCALATED, EXIT_WISHED, ActorSystem
from pyros.kernel.testing.crash import crash_points
from pyros.kernel.testing.probe import probe_spec
from pyros.kernel.testing.sim import SimRuntime

if TYPE_CHECKING:
    from pyros.kernel.ref import BoundedFuture
    from pyros.kernel.testing.faults import FaultPlan


LOW = "/group/low"


class Relay(SupervisedActor):
    """Asks one below it and passes the answer on."""

    def on_receive(self, message: object) -> object:
        """Ask."""
        return self.context.address(LOW).ask(message, 5.0)


class Broken(Exception):
    """Something that must hold after any crash does not."""


def figures(effort: Effort) -> Figures:
    """Whether it repeats itself, and how many crashes do harm."""
    return _trace(effort) | _crashes()


def _trace(effort: Effort) -> Figures:
    traces = [_sim_trace(11, effort.rounds * 20) for _ in range(2)]
    same = traces[0] == traces[1]
    return {
        "same_trace": figure(
            same, "", 1, holds=same, against="the same seed in the deterministic runtime"
        )
    }


def _sim_trace(seed: int, seconds: int) -> str:
    sim = SimRuntime(seed)
    specs = [probe_spec(f"p{number}", "ticks", tier=number)[0] for number in range(5)]
    system = ActorSystem(
        [supervisor("s", specs, intensity=PATIENT)], clock=sim.clock, runtime=sim, boot=1
    )
    system.start()
    for second in range(seconds):
        for number in range(5):
            system.address(f"/s/p{number}").offer(second)
        system.bus.publish("ticks", second)
        if second % 7 == 0:
            system.address("/s").ask(TerminateChild("p3"))
        sim.run_for(1.0)
    system.stop()
    return sim.trace


def _crashes() -> Figures:
    outcomes = list(crash_points(_small_house, wanted=lambda path: path != ""))
    broken = [error for _, _, error in outcomes if error is not None]
    return {
        "crash_points_failed": figure(
            len(broken),
            "",
            0,
            holds=not broken,
            against=f"a crash of its receiver at each of {len(outcomes)} deliveries of a small tree"
            + "".join(f"; {error}" for error in broken[:3]),
        )
    }


def _small_house(sim: SimRuntime, plan: FaultPlan) -> None:
    """Talk to a tree with a group, a branch that may be away, and children that come and go."""
    system = ActorSystem(_tree(), clock=sim.clock, runtime=sim, boot=1, faults=plan)
    system.start()
    try:
        asked = [future for number in range(10) for future in _talk(sim, system, number)]
        sim.run_for(60.0)
        escalated = system.ending
        _judge(system, asked, escalated=escalated)
    finally:
        code = system.stop()
    if code != (EXIT_ESCALATED if escalated else EXIT_WISHED):
        raise Broken(f"exit code {code}")
    if pykka.ActorRegistry.get_all():
        raise Broken("somebody is left in the registry")


def _tree() -> list[ChildSpec]:
    low, _ = probe_spec("low", tier=1)
    reader, _ = probe_spec("reader", "ticks")
    away, _ = probe_spec("away", "ticks")
    wait = Backoff(min_s=1.0, max_s=2.0)
    relay = ChildSpec(id="relay", factory=Relay)
    return [
        supervisor("group", [low, reader, relay], strategy=Strategy.REST_FOR_ONE),
        supervisor("branch", [away], optional=True, backoff=wait),
        dynamic("plans"),
    ]


def _talk(sim: SimRuntime, system: ActorSystem, number: int) -> list[BoundedFuture]:
    """Ask, tell, publish and start a child; then let five seconds pass."""
    system.bus.publish("ticks", number)
    system.address("/branch/away").offer(number)
    plan = ChildSpec(id=f"plan-{number}", factory=Echo, restart=Restart.TEMPORARY)
    asked = [
        system.address("/group/relay").begin_ask(number, 5.0),
        system.address("/plans").begin_ask(StartChild(plan), 5.0),
        system.address(f"/plans/plan-{number - 1}").begin_ask(number, 5.0),
    ]
    sim.run_for(5.0)
    return asked


def _judge(system: ActorSystem, asked: list[BoundedFuture], *, escalated: bool) -> None:
    """Raise Broken unless the tree is whole, each ask has ended, each incarnation once."""
    live = system.services.table.live
    away = [r.path for r in system.tree() if r.state != "running" or r.path not in live]
    if away and not escalated:
        raise Broken(f"not whole: {', '.join(away)}")
    if not all(future.done for future in asked):
        raise Broken("an ask has not ended")
    items, missed = system.bus.items(LIFECYCLE)
    ends = [(e.path, e.incarnation) for item in items if isinstance(e := item.value, ChildDown)]
    if missed or len(ends) != len(set(ends)):
        raise Broken(f"ended twice: {ends}")
