"""Who lives at which path now, and who has been there."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from pyros.errors import NotRunning
from pyros.kernel.cell import CellState
from pyros.kernel.fence import Epoch
from pyros.kernel.mailbox import DeadLetters, Mail
from pyros.kernel.ref import ActorDead, ActorRestarting, Address, AskUpward

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.cell import ActorCell
    from pyros.kernel.ref import BoundedFuture

_tables: weakref.WeakValueDictionary[str, PathTable] = weakref.WeakValueDictionary()


class PathTable:
    """The register of one system: path to today's incarnation.

    Single operations on its maps are atomic; only the supervisor of a path writes its entry.
    """

    def __init__(self, name: str, boot: int, dead_letters: DeadLetters, *, tiers: bool) -> None:
        self.name = name
        self.boot = boot
        self.dead_letters = dead_letters
        self.waiter: Callable[[BoundedFuture, float], bool] | None = None
        self.live: dict[str, ActorCell] = {}
        """Whoever takes mail, in order of start."""
        self.cells: dict[Epoch | tuple[str, int], ActorCell] = {}
        """Whoever has not ended, in order of start."""
        self.abandoned: dict[tuple[str, int], ActorCell] = {}
        self._tiers = tiers
        self._restarting: dict[str, float] = {}
        self._incarnations: dict[str, int] = {}
        self.mail = Mail
        _tables[name] = self

    def next_epoch(self, path: str) -> Epoch:
        """The epoch of the next incarnation at `path`; the first is 1."""
        number = self._incarnations.get(path, 0) + 1
        self._incarnations[path] = number
        return Epoch(self.boot, number)

    def incarnation(self, path: str) -> int:
        """The newest incarnation that `path` has had, 0 if none."""
        return self._incarnations.get(path, 0)

    def bind(self, cell: ActorCell) -> None:
        """From now on mail to its path reaches `cell`."""
        self._restarting.pop(cell.path, None)
        self.live.pop(cell.path, None)
        self.live[cell.path] = cell
        self.cells[cell.path, cell.incarnation] = cell

    def unbind(self, cell: ActorCell) -> None:
        """No more mail for `cell`; another incarnation at its path is not touched."""
        if self.live.get(cell.path) is cell:
            del self.live[cell.path]

    def forget(self, cell: ActorCell) -> None:
        """`cell` has ended altogether."""
        self.unbind(cell)
        self.cells.pop((cell.path, cell.incarnation), None)

    def abandon(self, cell: ActorCell) -> None:
        """`cell` will not be waited for any more; its thread may run on."""
        cell.state = CellState.ABANDONED
        self.forget(cell)
        self.abandoned[cell.path, cell.incarnation] = cell

    def running_abandoned(self) -> tuple[ActorCell, ...]:
        """The abandoned incarnations whose threads still run."""
        for key, cell in list(self.abandoned.items()):
            if cell.ended or (cell.thread is not None and not cell.thread.is_alive()):
                self.abandoned.pop(key, None)
        return tuple(self.abandoned.values())

    def expect(self, path: str, retry_after_s: float) -> None:
        """`path` has nobody now, and shall have somebody after `retry_after_s`."""
        self._restarting[path] = retry_after_s

    def give_up(self, path: str) -> None:
        """Nobody is to be expected at `path` any more."""
        self._restarting.pop(path, None)

    def absence(self, path: str) -> NotRunning:
        """Why nobody answers at `path`."""
        place = path
        while place not in self._restarting:  # a supervisor above it may be on its way
            if place == "/":
                return ActorDead(path)
            place = place.rpartition("/")[0] or "/"
        return ActorRestarting(path, self._restarting[place])

    def dead(self, path: str, why: str) -> ActorDead:
        """The error of an ask to `path` that ended without an answer."""
        return ActorDead(path, why)

    def below(self, path: str) -> list[ActorCell]:
        """All that have not ended strictly below `path`, in order of start."""
        prefix = path.rstrip("/") + "/"
        return [
            c for c in list(self.cells.values()) if c.path.startswith(prefix) and c.path != path
        ]

    def address(self, path: str, incarnation: int = 0) -> Address:
        """The address of `path`; of one incarnation only if that is given."""
        return Address(path, self, incarnation)

    def judge_upward(self, asker: ActorCell, asked: ActorCell) -> None:
        """Raise `AskUpward`, unless this system does not mind."""
        if self._tiers:
            msg = (
                f"{asker.path} (tier {asker.tier}) asks {asked.path} (tier {asked.tier}): "
                "one asks downward only, should be told"
            )
            raise AskUpward(msg)


def table_named(name: str) -> PathTable:
    """The table of a system in this process; an empty one if there is none of that name."""
    table = _tables.get(name)
    return table if table is not None else _Nowhere(name)


class _Nowhere(PathTable):
    """What an address finds that was unpickled where its system is not."""

    def __init__(self, name: str) -> None:
        from datetime import UTC, datetime  # noqa: PLC0415

        super().__init__(name, 0, DeadLetters(lambda: datetime.now(UTC), 1), tiers=False)
