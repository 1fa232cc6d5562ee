"""A scenario run again and again, with a crash at each of its deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pyros.kernel.signals import Shutdown
from pyros.kernel.testing.faults import FaultPlan, Kill
from pyros.kernel.testing.sim import SimRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyros.kernel.cell import ActorCell


class Scenario(Protocol):
    """Builds a system on a runtime with a plan, runs it, and judges what came of it."""

    def __call__(self, sim: SimRuntime, plan: FaultPlan) -> None:
        """Run; raise if an invariant does not hold."""


def crash_points(
    scenario: Scenario, *, seed: int = 0, wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[tuple[int, str, BaseException | None]]:
    """Run `scenario` cleanly, then once for each delivery with a crash of its receiver before it.

    Yields number, path and what the scenario raised (None: its invariants held).  `wanted` picks
    the paths that are crashed.
    """
    for number, path in enumerate(receivers(scenario, seed=seed), start=1):
        if wanted(path):
            yield number, path, crash_at(scenario, number, seed=seed)


def receivers(scenario: Scenario, *, seed: int = 0) -> list[str]:
    """Run `scenario` cleanly; return the path of whoever gets each delivery, in order."""
    sim, paths = SimRuntime(seed), list[str]()
    sim.on_delivery = lambda _, cell, message: paths.append(_victim(cell, message))
    scenario(sim, FaultPlan(seed))
    return paths


def _victim(cell: ActorCell, message: object) -> str:
    return "" if isinstance(message, Shutdown) else cell.path


def crash_at(scenario: Scenario, number: int, *, seed: int = 0) -> BaseException | None:
    """Run `scenario` with a crash at one delivery; return what it raised, None if all held."""
    sim, plan = SimRuntime(seed), FaultPlan(seed)

    def strike(count: int, cell: ActorCell, message: object) -> None:
        if count == number:
            plan.add(Kill(cell.path, message=type(message), incarnation=cell.incarnation))

    sim.on_delivery = strike
    try:
        scenario(sim, plan)
    except Exception as error:  # noqa: BLE001 it is the result
        return error
    return None
