"""What every figure needs: how much to measure, an actor, a system for it, and the form."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyros.kernel.actor import SupervisedActor
from pyros.kernel.clock import SystemClock
from pyros.kernel.spec import ChildSpec, RestartIntensity
from pyros.kernel.supervisor import supervisor
from pyros.kernel.system import ActorSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Figure = dict[str, object]
"""value, unit, bound, holds, against"""
Figures = dict[str, Figure]

PATIENT = RestartIntensity(max_restarts=1_000_000, period_s=1.0)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure."""

    rounds: int
    asks: int
    tells: int
    actors: int
    deaths: int
    publications: int


FULL = Effort(rounds=15, asks=2_000, tells=20_000, actors=300, deaths=500, publications=20_000)
QUICK = Effort(rounds=5, asks=400, tells=4_000, actors=100, deaths=60, publications=3_000)


class Echo(SupervisedActor):
    """The same, supervised."""

    def on_receive(self, message: object) -> object:
        """Give it back, fail if that is asked for, or hang until the event is set."""
        if isinstance(message, Exception):
            raise message
        if isinstance(message, threading.Event):
            message.wait()
        return message


@contextlib.contextmanager
def in_silence() -> Iterator[None]:
    """The deaths of a measurement are nobody's news."""
    kernel = logging.getLogger("pyros.kernel")
    level = kernel.level
    kernel.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        kernel.setLevel(level)


def figure(value: object, unit: str, bound: float, *, holds: bool, against: str) -> Figure:
    """One figure: `holds` says whether it is within its bound."""
    return {"value": value, "unit": unit, "bound": bound, "holds": holds, "against": against}


@contextlib.contextmanager
def running(*specs: ChildSpec, scan_s: float = 0.1) -> Iterator[ActorSystem]:
    """A system of real threads with these children, below a supervisor of endless patience."""
    unit = supervisor("s", specs, intensity=PATIENT)
    system = ActorSystem([unit], clock=SystemClock(), scan_s=scan_s, max_abandoned=1_000)
    system.start()
    try:
        yield system
    finally:
        system.stop()


def per_call_s(action: Callable[[], object], count: int) -> float:
    """Seconds that each of `count` calls took."""
    began = time.perf_counter()
    for _ in range(count):
        action()
    return (time.perf_counter() - began) / count
