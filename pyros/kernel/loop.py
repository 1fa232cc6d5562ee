"""One loop with one way out: the life of an incarnation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pykka.messages import _ActorStop

from pyros.errors import Refused
from pyros.kernel.bus import Subscription
from pyros.kernel.cell import FAILURES, CellState, Exited, ExitKind, ExitReason, describe, reason_of
from pyros.kernel.fence import Fenced, here
from pyros.kernel.lifecycle import LIFECYCLE, Resumed
from pyros.kernel.logs import quiet
from pyros.kernel.mailbox import Mail
from pyros.kernel.ref import ActorDead, SelfAsk
from pyros.kernel.signals import Killed, Roll, Shutdown, StreamMissed
from pyros.kernel.spec import hands_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from pykka._envelope import Envelope

    from pyros.kernel.actor import SupervisedActor
    from pyros.kernel.cell import ActorCell
    from pyros.kernel.services import Services

log = quiet(__name__)

GONE = ExitReason(kind=ExitKind.HUNG, text="abandoned")
"""What a loop ends with whose end somebody else has declared."""
HOOK_BUDGET_S = 5.0


class ActorLoop:
    """Runs one actor: start, messages, end; and tells the parent once how it ended."""

    __slots__ = ("_budgets", "_endings", "_handle", "_now", "_stops", "actor", "cell", "services")

    def __init__(self, actor: SupervisedActor, cell: ActorCell, services: Services) -> None:
        self.actor = actor
        self.cell = cell
        self.services = services
        self._handle = actor._handle_receive  # noqa: SLF001 ours
        self._budgets = actor.budgets
        self._now = services.runtime.now
        self._stops: list[Any] = []
        self._endings: list[Callable[[], None]] = []

    def at_end(self, action: Callable[[], None]) -> None:
        """Call `action` when this incarnation ends, whatever ends it."""
        self._endings.append(action)

    def run(self) -> None:
        """The whole life, in the actor's own thread."""
        here.cell = self.cell
        reason = self.begin()
        get = self.cell.mailbox.get
        while reason is None:
            reason = self.deliver(get())
        self.end(reason)

    def begin(self) -> ExitReason | None:
        """Call `on_start`; None if the actor is up, else why not."""
        cell = self.cell
        if self._abandoned():
            return GONE
        cell.budget = cell.spec.start_patience_s + HOOK_BUDGET_S  # the supervisor judges earlier
        cell.busy_since = self._now()
        reason = None
        try:
            if self.services.faults is not None:
                self.services.faults.strike_start(cell, "on_start")
            self.actor.on_start()
        except BaseException as error:  # noqa: BLE001
            reason = reason_of(error, kind=ExitKind.START_FAILED)
        cell.busy_since = 0.0
        if cell.fenced:
            return GONE
        if reason is None:
            cell.state = CellState.RUNNING
            cell.started.set()
        return reason

    def _abandoned(self) -> bool:
        return self.cell.fenced

    def deliver(self, envelope: Envelope[Any]) -> ExitReason | None:
        """Handle one message; None, or why the actor ends."""
        cell = self.cell
        message = envelope.message
        kind = message.__class__
        if kind in _SPECIAL:
            return self._special(envelope, message)
        cell.message = envelope
        default_s = cell.default_budget
        cell.budget = self._budgets.get(kind, default_s) if self._budgets else default_s
        cell.busy_since = self._now()
        reason = None
        try:
            strike = self.services.strike
            answer = None if strike is not None and strike(cell, message) else self._handle(message)
        except BaseException as error:  # noqa: BLE001
            reason = self._caught(envelope, error)
        else:
            if envelope.reply_to is not None and not cell.fenced:
                envelope.reply_to.set(answer)
        cell.busy_since = 0.0
        cell.message = None
        cell.handled += 1
        return GONE if cell.fenced else reason

    def budget_of(self, message: object) -> float:
        """How long the handler of `message` may take, seconds."""
        return self._budgets.get(type(message), self.cell.default_budget)

    def _special(self, envelope: Envelope[Any], message: Any) -> ExitReason | None:  # noqa: ANN401
        if self.cell.fenced:
            return GONE
        match message:
            case Subscription():
                return self._deliver_news(message)
            case Roll():
                if envelope.reply_to is not None:
                    envelope.reply_to.set(self.cell.handled)
                return None
            case Shutdown():
                failure = self._deliver_rest() if self.cell.spec.drains else None
                return failure or ExitReason(kind=ExitKind.SHUTDOWN, text=message.reason)
            case _:
                if envelope.reply_to is not None:
                    self._stops.append(envelope.reply_to)
                return ExitReason(kind=ExitKind.NORMAL, text="stopped")

    def _deliver_rest(self) -> ExitReason | None:
        """Handle the mail that came before the stop; None, or how that failed."""
        while (envelope := self.cell.mailbox.take()) is not None:
            if envelope.message.__class__ is not Shutdown:
                reason = self.deliver(envelope)
                if reason is not None:
                    return reason
        return None

    def news(self, subscription: Subscription) -> list[Mail]:
        """What is new on the bus for this actor, as mail."""
        published, missed = subscription.take_in_order()
        mail = [Mail(item.value) for item in published]
        if missed:
            mail.insert(0, Mail(StreamMissed(patterns=subscription.patterns, count=missed)))
        return mail

    def _deliver_news(self, subscription: Subscription) -> ExitReason | None:
        for mail in self.news(subscription):
            reason = self.deliver(mail)
            if reason is not None:
                return reason
        return None

    def _caught(self, envelope: Envelope[Any], error: BaseException) -> ExitReason | None:
        cell, reply = self.cell, envelope.reply_to
        if cell.fenced or isinstance(error, Fenced):
            return GONE
        if isinstance(error, Refused) and not isinstance(error, SelfAsk):
            if reply is None:
                log.info("%s refuses %s: %s", cell.path, type(envelope.message).__name__, error)
            else:
                reply.set_exception((type(error), error, error.__traceback__))
            return None
        if reply is not None:
            said = error if isinstance(error, Exception) else ActorDead(cell.path, describe(error))
            reply.set_exception((type(said), said, said.__traceback__))
        if cell.decider is not None and isinstance(error, Exception) and cell.decider(error):
            self._resume(error)
            return None
        kind = ExitKind.KILLED if isinstance(error, Killed) else ExitKind.FAILED
        return reason_of(error, kind=kind, message=envelope.message)

    def _resume(self, error: Exception) -> None:
        cell, at = self.cell, self.services.clock.utc()
        resumed = Resumed(
            path=cell.path, incarnation=cell.incarnation, at=at, reason=describe(error)
        )
        self.services.bus.publish(LIFECYCLE, resumed, stream=True)
        cell.parent.child_resumed(cell.path, error)

    def end(self, reason: ExitReason) -> None:
        """The one way out: tell the parent, run the last hook, give everything back."""
        cell = self.cell
        mine = cell.claim_exit()
        leaves = hands_on(cell.spec, reason.kind)
        cell.mailbox.close(f"ended ({reason.kind}: {reason.text})", leaves=leaves)
        self.services.release(cell, reason.kind)
        failed = reason.kind in FAILURES
        if mine:
            cell.state = CellState.FAILED if failed else CellState.STOPPING
            if failed:
                self.announce(reason)
            clean = self._last_hook(reason)
            if not failed:
                self.announce(reason, clean=clean)
        self._give_back()

    def announce(self, reason: ExitReason, *, clean: bool = True) -> None:
        """Send the one `Exited` of this incarnation; by whoever has claimed its exit."""
        cell, clock = self.cell, self.services.clock
        cell.exited = Exited(
            path=cell.path,
            incarnation=cell.incarnation,
            kind=reason.kind,
            reason=reason.text,
            cause=reason.cause,
            traceback=reason.traceback,
            message_type=reason.message_type,
            monotonic=clock.monotonic(),
            utc=clock.utc(),
            clean=clean,
        )
        cell.parent.child_exited(cell.exited)
        cell.started.set()

    def release(self) -> None:
        """End timers and subscriptions; harmless when done twice."""
        while self._endings:
            try:
                self._endings.pop()()
            except Exception:
                log.exception("%s: giving something back failed", self.cell.path)

    def _last_hook(self, reason: ExitReason) -> bool:
        cell = self.cell
        if reason.kind is ExitKind.START_FAILED:
            return True
        cell.budget = max(cell.spec.patience_s, 0.25)
        cell.busy_since = self._now()
        try:
            if reason.kind in FAILURES:
                self._on_failure(reason.cause)
            else:
                self.actor.on_stop()
        except BaseException:
            log.exception("%s: the last hook failed", cell.path)
            return False
        finally:
            cell.busy_since = 0.0
        return True

    def _on_failure(self, error: BaseException | None) -> None:
        if error is None:
            self.actor.on_failure(None, None, None)
        else:
            self.actor.on_failure(type(error), error, error.__traceback__)

    def _give_back(self) -> None:
        cell = self.cell
        self.release()
        self.services.table.forget(cell)
        cell.state = CellState.TERMINATED
        cell.started.set()
        for reply in self._stops:
            reply.set_after(cell.thread)


_SPECIAL = frozenset({Subscription, Shutdown, Roll, _ActorStop})
