"""The actor that the kernel supervises."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar

import pykka
from pykka.messages import ProxyCall, ProxyGetAttr, ProxySetAttr

from pyros.kernel.context import Context
from pyros.kernel.fence import check_fence
from pyros.kernel.logs import quiet
from pyros.kernel.loop import ActorLoop
from pyros.kernel.ref import BoundedFuture

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from pyros.kernel.cell import ActorCell
    from pyros.kernel.mailbox import Mailbox
    from pyros.kernel.services import Services

log = quiet(__name__)

_PROXY = frozenset({ProxyCall, ProxyGetAttr, ProxySetAttr})


class _Birth(threading.local):
    """The cell of the actor that this thread is making."""

    cell: ActorCell | None = None
    services: Services | None = None


birth = _Birth()


class SupervisedActor(pykka.ThreadingActor):
    """An actor with a context, made by a supervisor from its `ChildSpec` and in no other way.

    An exception that a hook raises ends this incarnation; the supervisor decides what follows.
    A declared no is `raise Refused(...)`: whoever asked gets it, and the actor goes on.
    """

    use_daemon_thread: ClassVar[bool] = True

    budgets: ClassVar[Mapping[type, float]] = {}
    """How long a handler may take, seconds, by message class; others take the spec's budget."""

    context: Context

    def __init__(self) -> None:
        cell, services = birth.cell, birth.services
        if cell is None or services is None:
            msg = f"{type(self).__name__} is made by a supervisor: put it in a ChildSpec"
            raise TypeError(msg)
        super().__init__()
        birth.cell = birth.services = None
        cell.ref = self._actor_ref
        cell.loop = self.kernel_loop = ActorLoop(self, cell, services)
        self.context = Context(cell, services)

    def on_start(self) -> None:
        """Called once, before the first message.  To raise is to fail to start."""

    def on_receive(self, message: Any) -> Any:  # noqa: ANN401
        """Called for each message; what it returns answers an ask."""
        log.warning("%s: unexpected %s", self.context.path, type(message).__name__)

    def on_stop(self) -> None:
        """Called once, after the last message, when the actor was stopped in order."""

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Called once after a failure of a handler, instead of `on_stop`."""

    def beat(self, extend_s: float | None = None) -> None:
        """Give the running handler `extend_s` more from now on; by default its budget anew."""
        check_fence()
        cell, now = self.kernel_loop.cell, self.kernel_loop.services.runtime.now()
        if extend_s is not None:
            cell.budget = now - cell.busy_since + extend_s
        elif cell.busy_since:
            cell.busy_since = now

    @staticmethod
    def _create_actor_inbox() -> Mailbox:
        cell = birth.cell
        if cell is None:
            msg = "an actor is made by a supervisor: put it in a ChildSpec"
            raise TypeError(msg)
        return cell.mailbox

    @staticmethod
    def _create_future() -> BoundedFuture:
        return BoundedFuture()

    def _start_actor_loop(self) -> None:
        loop = self.kernel_loop
        loop.services.runtime.launch(loop)

    def _actor_loop(self) -> None:
        self.kernel_loop.run()

    def _handle_receive(self, message: Any) -> Any:  # noqa: ANN401
        if message.__class__ in _PROXY:
            return super()._handle_receive(message)
        return self.on_receive(message)
