"""How one incarnation is started, stopped and, at the last, abandoned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pykka

from pyros.errors import Refused, StartError
from pyros.kernel.actor import birth
from pyros.kernel.cell import (
    ActorCell,
    CellState,
    ExitKind,
    ExitReason,
    describe,
    reason_of,
)
from pyros.kernel.child import Orphan
from pyros.kernel.fence import check_fence
from pyros.kernel.logs import quiet
from pyros.kernel.mailbox import Mailbox
from pyros.kernel.ref import BoundedFuture
from pyros.kernel.signals import Shutdown
from pyros.kernel.spec import Restart

if TYPE_CHECKING:
    from pyros.kernel.actor import SupervisedActor
    from pyros.kernel.cell import Parent
    from pyros.kernel.services import Services
    from pyros.kernel.spec import ChildSpec

log = quiet(__name__)

IGNORE = object()
"""A factory returns it to say: no child today."""


class StartFailed(Refused, StartError):
    """A child did not come up; the text names it, the cause is chained.

    Whoever asked for the start gets it; the supervisor goes on.
    """

    def __init__(self, path: str, reason: ExitReason) -> None:
        super().__init__(f"{path} did not start: {reason.text}")
        self.path = path
        self.reason = reason
        self.__cause__ = reason.cause


def start(services: Services, path: str, spec: ChildSpec, parent: Parent) -> ActorCell | None:
    """A new incarnation of `path`, up when this returns; None if its factory ignores.

    Raises:
        StartFailed: it is not up; whatever there was of it has ended or is abandoned.
    """
    cell = ActorCell(path, services.table.next_epoch(path), spec, parent)
    actor = _construct(services, cell)
    if actor is None:
        return None
    check_fence()
    cell.mailbox.inherit()
    services.table.bind(cell)
    pykka.ActorRegistry.register(cell.ref)
    try:
        actor._start_actor_loop()  # noqa: SLF001 ours
    except RuntimeError as error:  # the machine has no thread for us
        _never_ran(services, cell, error)
    _await_start(services, cell)
    return cell


def _construct(services: Services, cell: ActorCell) -> SupervisedActor | None:
    cell.mailbox = Mailbox(cell, services.runtime.lane(), services.dead_letters)
    cell.started = BoundedFuture(cell.spec.start_patience_s)
    before = birth.cell, birth.services
    birth.cell, birth.services = cell, services
    try:
        if services.faults is not None:
            services.faults.strike_start(cell, "construction")
        actor = cell.spec.factory()
        if actor is IGNORE:
            return None
        _must_be_made_here(cell, actor)
    except Exception as error:
        raise StartFailed(cell.path, reason_of(error, kind=ExitKind.START_FAILED)) from error
    finally:
        birth.cell, birth.services = before
    return actor


def _must_be_made_here(cell: ActorCell, actor: object) -> None:
    if getattr(getattr(actor, "kernel_loop", None), "cell", None) is not cell:
        msg = f"the factory of {cell.path} should make a new SupervisedActor, gave {actor!r}"
        raise TypeError(msg)


def _never_ran(services: Services, cell: ActorCell, error: RuntimeError) -> None:
    cell.claim_exit()
    cell.mailbox.close("did not start")
    services.release(cell, ExitKind.SHUTDOWN)
    services.table.forget(cell)
    cell.state = CellState.TERMINATED
    raise StartFailed(cell.path, reason_of(error, kind=ExitKind.START_FAILED)) from error


def _await_start(services: Services, cell: ActorCell) -> None:
    patience_s = cell.spec.start_patience_s
    if not services.runtime.wait_started(cell, patience_s):
        text = f"on_start took longer than {patience_s:g} s"
        abandon(services, cell, ExitReason(kind=ExitKind.START_FAILED, text=text))
    if cell.state is CellState.STARTING or cell.exited is not None:
        if cell.exited is not None and cell.exited.kind is not ExitKind.START_FAILED:
            return  # it was up, and has failed since: the notice is on its way
        stop(services, cell, patience_s=cell.spec.patience_s)
        exited = cell.exited
        text = exited.reason if exited is not None else "ended at once"
        cause = exited.cause if exited is not None else None
        trace = exited.traceback if exited is not None else ""
        reason = ExitReason(kind=ExitKind.START_FAILED, text=text, cause=cause, traceback=trace)
        raise StartFailed(cell.path, reason) from cause


def ask_to_stop(cell: ActorCell, reason: str = "shutdown") -> None:
    """Let it end after the message in work; does not wait."""
    cell.mailbox.signal(Shutdown(reason=reason))


def stop(
    services: Services, cell: ActorCell, *, patience_s: float, reason: str = "shutdown"
) -> bool:
    """Whether it ended within `patience_s`; else it is abandoned, and so is all below it."""
    ended = cell.ended
    if patience_s > 0 and not cell.fenced:
        ask_to_stop(cell, reason)
        ended = services.runtime.wait_ended(cell, patience_s)
    return finish(services, cell, ended=ended, patience_s=patience_s)


def finish(services: Services, cell: ActorCell, *, ended: bool, patience_s: float) -> bool:
    """After the wait for the end of `cell`: abandon it if need be, and sweep what it left."""
    if not ended:
        text = f"did not stop in {patience_s:g} s" if patience_s > 0 else "stopped without waiting"
        abandon(services, cell, ExitReason(kind=ExitKind.KILLED, text=text))
    if cell.spec.is_supervisor:
        sweep(services, cell.path)
    return ended


def clear(services: Services, cell: ActorCell) -> None:
    """After the notice of its end: wait until nothing of it runs, or abandon it."""
    patience_s = cell.spec.patience_s
    ended = cell.fenced or services.runtime.wait_ended(cell, patience_s)
    finish(services, cell, ended=ended, patience_s=patience_s)


def abandon(services: Services, cell: ActorCell, reason: ExitReason) -> None:
    """Fence `cell` and wait for it no more; its parent is told unless it has been."""
    if cell.fenced or cell.ended:
        return
    mine = cell.claim_exit()
    services.fence(cell, reason.kind, f"{reason.kind}: {reason.text}")
    if mine:
        cell.loop.announce(reason)
    else:
        cell.started.set()
    cell.mailbox.interrupt(Shutdown(reason="abandoned"))
    log.error("%s#%d abandoned: %s", cell.path, cell.incarnation, reason.text)


def sweep(services: Services, path: str) -> None:
    """Stop all orphans below `path`, in reverse order of start; abandon who does not.

    Those of a supervisor that lives are its own to stop, and to speak of: each end is told once.
    """
    reason = f"its supervisor {path} is gone"
    below = services.table.below(path)
    mothers = {cell.path for cell in below if cell.spec.is_supervisor and not cell.fenced}
    for cell in reversed(below):
        if cell.path.rpartition("/")[0] in mothers:
            continue
        orphan = Orphan(cell, services)
        orphan.ask_for_pause(reason)
        stop(services, cell, patience_s=cell.spec.patience_s, reason=reason)
        orphan.stopped(cell, reason)
        if cell.spec.restart is Restart.TEMPORARY:
            orphan.forget()


__all__ = ["IGNORE", "StartFailed", "abandon", "ask_to_stop", "describe", "start", "stop", "sweep"]
