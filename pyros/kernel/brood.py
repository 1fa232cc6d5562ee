"""The children of one supervisor: how each is added, started, stopped and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyros.kernel import nursery
from pyros.kernel.child import Child, ChildState
from pyros.kernel.nursery import StartFailed
from pyros.kernel.requests import AlreadyRunning, NotFound
from pyros.kernel.spec import MARGIN_S, Restart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyros.kernel.cell import ActorCell
    from pyros.kernel.restart import Decider
    from pyros.kernel.services import Services
    from pyros.kernel.spec import ChildSpec, SupervisorSpec
    from pyros.kernel.supervisor import Supervisor


class Brood:
    """Children by id, in order of start."""

    def __init__(self, mother: Supervisor, spec: SupervisorSpec, decider: Decider) -> None:
        self._mother = mother
        self._cell: ActorCell = mother.kernel_loop.cell
        self._services: Services = mother.kernel_loop.services
        self._spec = spec
        self._decider = decider
        self._children: dict[str, Child] = {}
        self._work_s = self._longest_s = 0.0

    def __iter__(self) -> Iterator[Child]:
        return iter(list(self._children.values()))

    def __contains__(self, child: Child) -> bool:
        return self._children.get(child.spec.id) is child

    def get(self, name: str) -> Child | None:
        """The child of that id, None if there is none."""
        return self._children.get(name)

    def find(self, name: str) -> Child:
        """The child of that id.

        Raises:
            NotFound: there is none.
        """
        if name not in self._children:
            msg = f"{self._cell.path} has no child {name!r}"
            raise NotFound(msg)
        return self._children[name]

    def at(self, path: str) -> Child | None:
        """The child that lives at `path`, None if there is none."""
        return self._children.get(path.rsplit("/", 1)[-1])

    def add(self, spec: ChildSpec) -> Child:
        """One more child; it is not started.  A stopped one of the same id makes room.

        Raises:
            AlreadyRunning: one of that id runs.
        """
        old = self._children.get(spec.id)
        if old is not None:
            self.must_be_down(old)
            self.forget(old)
        path = f"{self._cell.path.rstrip('/')}/{spec.id}"
        child = self._children[spec.id] = Child(spec, path, self._services)
        child.static = spec in self._spec.children
        self._weigh(spec, 1)
        return child

    def forget(self, child: Child) -> None:
        """The child and its spec are no more."""
        if self._children.pop(child.spec.id, None) is not None:
            self._weigh(child.spec, -1)
            child.forget()

    def must_be_down(self, child: Child) -> None:
        """Raise `AlreadyRunning` if the child runs or is about to."""
        if child.cell is not None or child.state is ChildState.RESTARTING:
            raise AlreadyRunning(self._services.table.address(child.path))

    def start(self, child: Child) -> None:
        """Start a new incarnation and wait for it.

        Raises:
            StartFailed: it did not come up; all has been said about it.
        """
        child.cancel_retry()
        again = child.incarnation > 0
        child.become(ChildState.STARTING)
        self._services.table.expect(child.path, child.spec.start_patience_s)
        try:
            cell = nursery.start(self._services, child.path, child.spec, self._mother)
        except StartFailed as failure:
            child.did_not_start(failure.reason)
            child.become(ChildState.STOPPED, failure.reason.text)
            child.ask_for_pause(failure.reason.text)
            self._services.table.give_up(child.path)
            raise
        if cell is None:
            self._services.table.give_up(child.path)
            child.become(ChildState.STOPPED, "ignored")
            return
        cell.decider = self._decider.resumes
        child.restarts += again
        child.up(cell)

    def stop(
        self, child: Child, reason: str, *, expected: bool = False, pause: bool = False
    ) -> None:
        """Stop a child; `expected`: it will be back soon; `pause`: ask for one if it blocks."""
        child.cancel_retry()
        cell = child.cell
        if cell is None:
            child.become(ChildState.STOPPED)
            return
        if expected or pause:
            child.ask_for_pause(reason)
        child.become(ChildState.STOPPING)
        if expected:
            self._services.table.expect(child.path, child.spec.patience_s)
        ended = nursery.stop(self._services, cell, patience_s=child.spec.patience_s, reason=reason)
        self._stopped(child, cell, ended=ended)

    def stop_all(self, reason: str, *, pause: bool = False) -> None:
        """Stop all in reverse order, or all at once if they share one deadline."""
        if self._spec.one_deadline:
            self._stop_at_once(reason, pause=pause)
        else:
            for child in reversed(list(self)):
                self.stop(child, reason, pause=pause)
        for child in self:
            if not child.static:
                child.gone(reason)
                child.forget()

    def leave_down(self, child: Child, reason: str) -> None:
        """The child has ended and will not come back by itself."""
        child.become(ChildState.STOPPED, reason)
        child.gone(reason)
        if child.spec.restart is Restart.TEMPORARY:
            self.forget(child)

    def _stop_at_once(self, reason: str, *, pause: bool) -> None:
        running = [(child, child.cell) for child in self if child.cell is not None]
        running.reverse()
        for child, cell in running:
            if pause:
                child.ask_for_pause(reason)
            child.become(ChildState.STOPPING)
            if child.spec.patience_s > 0:
                nursery.ask_to_stop(cell, reason)
        runtime, patience_s = self._services.runtime, 0.0
        began = runtime.now()
        for child, cell in running:
            patience_s = child.spec.patience_s
            ended = runtime.wait_ended(cell, max(patience_s - (runtime.now() - began), 0.0))
            nursery.finish(self._services, cell, ended=ended, patience_s=patience_s)
            self._stopped(child, cell, ended=ended)

    def _stopped(self, child: Child, cell: ActorCell, *, ended: bool) -> None:
        if cell.exited is not None:
            child.down(cell.exited)
        child.cell = None
        child.become(ChildState.STOPPED if ended else ChildState.ABANDONED)

    def _weigh(self, spec: ChildSpec, sign: int) -> None:
        """Stopping and starting all children must fit into the budget of one handler."""
        one_s = spec.patience_s + spec.start_patience_s
        self._longest_s = max(self._longest_s, one_s)
        self._work_s += sign * one_s
        needed_s = self._longest_s if self._spec.one_deadline else self._work_s
        self._cell.default_budget = self._spec.own_budget_s or needed_s + 2 * MARGIN_S
