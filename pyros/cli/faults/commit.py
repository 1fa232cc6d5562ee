"""How each fault is committed against a house, and how those that last are taken back."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyros.actors import tree
from pyros.cli.faults.premises import Premises
from pyros.cli.faults.strokes import AT_PORTS, PLAN, Harm, Stroke
from pyros.kernel.cell import ActorCell
from pyros.kernel.testing import faults
from pyros.store.sqlite import LIBRARY
from simulators.faults import Fault

SMALL_FILE = 8192
"""On a full disk no file grows beyond this, bytes."""

PORT_RULES: Final[Mapping[Harm, type[faults.PortRule]]] = {
    Harm.DROP: faults.Drop,
    Harm.DUPLICATE: faults.Duplicate,
    Harm.DELAY: faults.Delay,
    Harm.REORDER: faults.Reorder,
    Harm.CORRUPT: faults.Corrupt,
    Harm.DISCONNECT: faults.Disconnect,
    Harm.STALE_EPOCH: faults.StaleEpoch,
}


@dataclass(slots=True)
class Villain:
    """Commits faults against one site."""

    site: Premises
    committed: list[Stroke] = field(default_factory=list)
    missed: list[Stroke] = field(default_factory=list)
    """Those that met nobody: the house was down, or nobody lived there."""
    _undo: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def commit(self, stroke: Stroke) -> None:
        """Commit a fault now."""
        met = self._of_the_world(stroke) or self._of_the_house(stroke)
        (self.committed if met else self.missed).append(stroke)

    def next_due(self) -> float | None:
        """When the next lasting fault is to be taken back, by the clock's monotonic."""
        return min((due for due, _ in self._undo), default=None)

    def take_back_due(self, now: float) -> None:
        """Take back those that have lasted long enough."""
        due = [one for one in self._undo if one[0] <= now]
        self._undo = [one for one in self._undo if one[0] > now]
        for _, undo in due:
            undo()

    def take_back_all(self) -> None:
        """Take back all."""
        self.take_back_due(float("inf"))

    def _later(self, seconds: float, undo: Callable[[], object]) -> None:
        self._undo.append((self.site.clock.monotonic() + seconds, undo))

    def _of_the_world(self, stroke: Stroke) -> bool:
        """Commit what happens around the house, whether or not it is up."""
        match stroke.harm:
            case Harm.CLOCK_STEP:
                self.site.clock.step_utc(stroke.amount_s)
            case Harm.FULL_DISK:
                self._fill_disk(stroke.amount_s)
            case Harm.LOCKED_DATABASE:
                return self._lock(stroke.amount_s)
            case Harm.RAIN:
                return self._rain(stroke.amount_s)
            case Harm.LINK_CUT:
                self._break(stroke.target.rpartition("/")[2], "link_cut", stroke.amount_s)
            case _:
                return False
        return True

    def _rain(self, seconds: float) -> bool:
        stations = [n for n, one in self.site.config.devices.items() if one.kind == "weather"]
        for name in stations:
            self._break(name, "rain_sudden", seconds)
        return bool(stations)

    def _break(self, device: str, fault: str, seconds: float) -> None:
        self.site.world.inject(Fault(device=device, kind=fault, duration_s=seconds))

    def _fill_disk(self, seconds: float) -> None:
        limit, ceiling = resource.getrlimit(resource.RLIMIT_FSIZE)
        if limit == SMALL_FILE:
            return  # it is full already
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE, ceiling))
        self._later(seconds, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, ceiling)))

    def _lock(self, seconds: float) -> bool:
        """Let somebody else hold the database's write lock for a while.

        By the house's own SQLite: a second library in one process undoes the locks of the first.
        """
        house = self.site.up
        if house is None:
            return False
        other = LIBRARY.connect(str(house.store.path), isolation_level=None, timeout=0.0)
        try:
            other.execute("BEGIN IMMEDIATE")
        except LIBRARY.OperationalError:
            other.close()
            return False
        self._later(seconds, other.close)
        return True

    def _of_the_house(self, stroke: Stroke) -> bool:
        house = self.site.up
        if house is None:
            return False
        if stroke.harm in AT_PORTS:
            self.site.plan.add(PORT_RULES[stroke.harm](stroke.target))
            return True
        cell = self._victim(stroke.target)
        if cell is None:
            return False
        if stroke.harm is Harm.START:
            self.site.plan.add(faults.StartFault(cell.path))
        self.site.plan.strike_now(cell, _blow(stroke, cell.path))
        return True

    def _victim(self, target: str) -> ActorCell | None:
        house = self.site.up
        if house is None:
            return None
        live = house.system.services.table.live
        if target != PLAN:
            return live.get(target)
        plans = sorted(path for path in live if path.startswith(f"{tree.PLANS}/"))
        return live[plans[0]] if plans else None


def _blow(stroke: Stroke, path: str) -> faults.Rule:
    match stroke.harm:
        case Harm.HANG:
            return faults.Hang(path, for_s=stroke.amount_s)
        case Harm.SLOW:
            return faults.Slow(path, by_s=stroke.amount_s)
        case Harm.RAISE:
            return faults.Raise(path)
        case _:
            return faults.Kill(path)


@contextlib.contextmanager
def disk_as_before() -> Iterator[None]:
    """Give the disk back whatever happens within."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
