"""A supervisor: starts its children in order, restarts who fails, gives up when that is no use."""

from __future__ import annotations

import logging
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pyros.errors import Refused
from pyros.kernel import nursery
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.brood import Brood
from pyros.kernel.cell import Exited, ExitKind, describe
from pyros.kernel.child import Child, ChildInfo, ChildState
from pyros.kernel.lifecycle import LIFECYCLE, Escalated
from pyros.kernel.logs import quiet
from pyros.kernel.nursery import StartFailed
from pyros.kernel.requests import (
    AlreadyRunning,
    ChildCount,
    ChildResumed,
    CountChildren,
    DeleteChild,
    GiveUp,
    NotFound,
    ReplaceChild,
    RestartChild,
    Retry,
    StartChild,
    SupervisorFailed,
    TerminateChild,
    WhichChildren,
)
from pyros.kernel.restart import Decider, Directive, RestartWindow, delay_s
from pyros.kernel.spec import (
    Backoff,
    ChildSpec,
    Restart,
    RestartIntensity,
    Strategy,
    SupervisorSpec,
    comes_back,
)
from pyros.kernel.watchdog import publish_counters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from pyros.kernel.ref import Address

log = quiet(__name__)


SAFE_STATE_S = 10.0
"""How long the safe-state action may take, seconds."""


class Supervisor(SupervisedActor):
    """Keeps its children running by their specs."""

    def __init__(self, spec: SupervisorSpec, decider: Decider | None = None) -> None:
        super().__init__()
        self._spec = spec
        self._services = self.kernel_loop.services
        self._decider = decider or Decider()
        self._window = RestartWindow(spec.intensity)
        self._brood = Brood(self, spec, self._decider)
        for child in spec.children:
            self._brood.add(child)

    def on_start(self) -> None:
        """Start all in order; StartFailed if one that is not optional does not come up."""
        for child in self._brood:
            try:
                self._brood.start(child)
            except StartFailed as failure:
                if not child.spec.optional:
                    self._brood.stop_all(f"{child.path} did not start")
                    raise
                self._back_off(child, (child,), failure.reason.text)

    def on_stop(self) -> None:
        """Stop all in reverse order."""
        self._brood.stop_all("shutdown")

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop all in reverse order."""
        del exception_type, exception_value, traceback
        self._brood.stop_all("the supervisor failed")

    def on_receive(self, message: Any) -> object:  # noqa: ANN401
        """Answer a request, or act on what became of a child."""
        match message:
            case Exited():
                self._child_ended(message)
            case Retry():
                self._try_again(message.ids)
            case ChildResumed():
                self._charge(self._brood.at(message.path), describe(message.error), message.error)
            case GiveUp():
                self._escalate(message.reason, None)
            case _:
                return self._request(message)
        return None

    def _request(self, message: object) -> object:  # noqa: PLR0911 one for each request
        match message:
            case StartChild():
                return self._start_new(message.spec)
            case TerminateChild():
                return self._terminate(self._brood.find(message.id))
            case RestartChild():
                return self._restart_stopped(self._brood.find(message.id))
            case ReplaceChild():
                return self._replace(self._brood.find(message.id))
            case DeleteChild():
                return self._delete(self._brood.find(message.id))
            case WhichChildren():
                return tuple(child.info for child in self._brood)
            case CountChildren():
                return self._count()
            case _:
                return super().on_receive(message)

    def child_exited(self, exited: Exited) -> None:
        """The notice of a child's end, in whatever thread; it becomes a message."""
        self.kernel_loop.cell.mailbox.signal(exited)

    def child_resumed(self, path: str, error: BaseException) -> None:
        """The notice that a child failed and went on; it becomes a message."""
        self.kernel_loop.cell.mailbox.signal(ChildResumed(path, error))

    # What became of a child

    def _child_ended(self, exited: Exited) -> None:
        child = self._brood.at(exited.path)
        if child is None or child.cell is None or child.cell.incarnation != exited.incarnation:
            return  # stale: this incarnation has been dealt with
        ended = child.cell
        child.down(exited)
        publish_counters(self._services)
        stays_down = not comes_back(child.spec, exited.kind)
        log.log(
            logging.INFO if stays_down else logging.ERROR,
            "%s#%d ended (%s): %s; %s",
            exited.path,
            exited.incarnation,
            exited.kind,
            exited.reason,
            "stays down" if stays_down else "its supervisor acts",
        )
        if not (stays_down and exited.kind in {ExitKind.NORMAL, ExitKind.SHUTDOWN}):
            child.ask_for_pause(exited.reason)
        nursery.clear(self._services, ended)
        if stays_down:
            self._brood.leave_down(child, exited.reason)
            return
        directive = self._decider.decide(exited.cause)
        if directive is Directive.STOP:
            self._brood.leave_down(child, exited.reason)
        elif directive is Directive.ESCALATE:
            self._escalate(f"{child.path} failed: {exited.reason}", exited.cause)
        else:
            self._restart(child, exited)

    def _restart(self, child: Child, exited: Exited) -> None:
        child.become(ChildState.RESTARTING, exited.reason)
        if not child.spec.optional:
            self._charge(child, exited.reason, exited.cause)
        group = self._stop_group(self._group(child), f"{child.path} failed", but=child)
        if child.spec.backoff is None:
            self._start_group(group)
        else:
            self._back_off(child, group, exited.reason)

    def _group(self, child: Child) -> tuple[Child, ...]:
        children = [c for c in self._brood if c.state is not ChildState.STOPPED]
        match self._spec.strategy:
            case Strategy.ONE_FOR_ALL:
                return tuple(children)
            case Strategy.REST_FOR_ONE:
                return tuple(children[children.index(child) :])
            case _:
                return (child,)

    def _stop_group(
        self, group: tuple[Child, ...], why: str, *, but: Child | None = None
    ) -> tuple[Child, ...]:
        """Stop all but one in reverse; return those that shall come back."""
        for child in reversed(group):
            if child is not but:
                self._brood.stop(child, why, expected=True)
                if child.spec.restart is Restart.TEMPORARY:
                    self._brood.leave_down(child, why)
        return tuple(child for child in group if child in self._brood)

    def _start_group(self, group: tuple[Child, ...]) -> None:
        for place, child in enumerate(group):
            if child.cell is not None:
                continue
            try:
                self._brood.start(child)
            except StartFailed as failure:
                if child.spec.optional:
                    self._back_off(child, (child,), failure.reason.text)
                    continue
                self._charge(child, failure.reason.text, failure.reason.cause)
                self._back_off(child, group[place:], failure.reason.text)
                return

    def _back_off(self, child: Child, group: tuple[Child, ...], reason: str) -> None:
        """Try the group again later; at once, but by a new message, if there is no backoff."""
        wait_s = self._delay_s(child) if child.spec.backoff else 0.0
        factor = self._services.clock.factor  # a backoff counts real seconds
        for member in group:
            member.next_try = self._services.clock.utc() + timedelta(seconds=wait_s * factor)
            member.become(ChildState.RESTARTING, reason if member is child else None)
            self._services.table.expect(member.path, wait_s)
        self._say_degraded(child, reason, wait_s)
        retry = Retry(tuple(member.spec.id for member in group))
        mailbox = self.kernel_loop.cell.mailbox
        if wait_s == 0.0:
            mailbox.signal(retry)
            return
        child.retry = self._services.timers.after(wait_s * factor, lambda: _tell(mailbox, retry))

    def _delay_s(self, child: Child) -> float:
        backoff = child.spec.backoff or Backoff()
        quiet_s = self._services.clock.real_monotonic() - child.up_since
        if child.up_since and quiet_s > backoff.reset_after_s:
            child.tries = 0
        child.up_since = 0.0
        child.tries += 1
        return delay_s(backoff, child.tries - 1, self.context.random)

    def _say_degraded(self, child: Child, reason: str, wait_s: float) -> None:
        if child.spec.optional:
            child.degraded(reason, wait_s)
            tell = self._services.on_degraded
            if tell is not None and child.spec.is_supervisor and self.context.path == "/":
                tell(child.path, reason)

    def _try_again(self, ids: tuple[str, ...]) -> None:
        group = tuple(c for name in ids if (c := self._brood.get(name)) is not None)
        self._start_group(tuple(c for c in group if c.state is ChildState.RESTARTING))

    def _charge(self, child: Child | None, reason: str, cause: BaseException | None) -> None:
        self._services.restarts += 1
        if not self._window.charge(self._services.clock.real_monotonic()):
            name = child.path if child is not None else "a child"
            self._escalate(f"restart intensity exceeded by {name}: {reason}", cause)

    def _escalate(self, reason: str, cause: BaseException | None) -> None:
        cell, services = self.kernel_loop.cell, self._services
        said = Escalated(
            path=cell.path, incarnation=cell.incarnation, at=services.clock.utc(), reason=reason
        )
        services.bus.publish(LIFECYCLE, said, stream=True)
        log.error("%s gives up: %s", cell.path, reason)
        if cell.path == "/" and services.on_giving_up is not None:
            self.beat(cell.default_budget + SAFE_STATE_S)
            services.on_giving_up(reason)
        self._brood.stop_all(f"{cell.path} gives up: {reason}", pause=True)
        raise SupervisorFailed(reason) from cause

    # Requests

    def _start_new(self, spec: ChildSpec) -> Address:
        child = self._brood.add(spec)
        try:
            self._brood.start(child)
        except StartFailed:
            self._brood.forget(child)
            raise
        return self.context.address(child.path)

    def _terminate(self, child: Child) -> bool:
        self._brood.stop(child, "terminated")
        self._brood.leave_down(child, "terminated")
        return True

    def _restart_stopped(self, child: Child) -> Address:
        self._brood.must_be_down(child)
        self._brood.start(child)
        return self.context.address(child.path)

    def _replace(self, child: Child) -> bool:
        if child.spec.restart is Restart.TEMPORARY:
            msg = f"{child.path} is temporary: it would not come back"
            raise Refused(msg)
        down = child.state in {ChildState.STOPPED, ChildState.ABANDONED}
        group = (child,) if down else self._group(child)
        self._start_group(self._stop_group(group, f"{child.path} is replaced by order"))
        return True

    def _delete(self, child: Child) -> bool:
        self._brood.must_be_down(child)
        self._brood.forget(child)
        return True

    def _count(self) -> ChildCount:
        children = list(self._brood)
        return ChildCount(
            specs=len(children),
            active=sum(child.state is ChildState.RUNNING for child in children),
            supervisors=sum(child.spec.is_supervisor for child in children),
        )


def _tell(mailbox: Any, message: object) -> None:  # noqa: ANN401
    mailbox.signal(message)


def supervisor(  # noqa: PLR0913 what OTP's supervisor takes
    id: str,  # noqa: A002
    children: Sequence[ChildSpec],
    *,
    strategy: Strategy = Strategy.ONE_FOR_ONE,
    intensity: RestartIntensity | None = None,
    decider: Decider | None = None,
    restart: Restart = Restart.PERMANENT,
    optional: bool = False,
    backoff: Backoff | None = None,
    tier: int = 3,
    budget_s: float | None = None,
    shutdown_s: float = math.inf,
) -> SupervisorSpec:
    """The spec of a supervisor of `children`.

    Its budget is computed from its children's times unless `budget_s` says otherwise.
    """
    spec: SupervisorSpec

    def factory() -> SupervisedActor:
        return Supervisor(spec, decider)

    spec = SupervisorSpec(
        id=id,
        factory=factory,
        children=tuple(children),
        strategy=strategy,
        intensity=intensity or RestartIntensity(),
        restart=restart,
        optional=optional,
        backoff=backoff,
        tier=tier,
        own_budget_s=budget_s,
        shutdown_s=shutdown_s,
    )
    return spec


__all__ = [
    "AlreadyRunning",
    "ChildCount",
    "ChildInfo",
    "CountChildren",
    "DeleteChild",
    "GiveUp",
    "NotFound",
    "ReplaceChild",
    "RestartChild",
    "StartChild",
    "Supervisor",
    "SupervisorFailed",
    "TerminateChild",
    "WhichChildren",
    "supervisor",
]
