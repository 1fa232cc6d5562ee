"""How to reach an actor: an address, a bounded future, and what can go wrong."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, Self

import pykka

from pyros.errors import NotRunning, PyrosError, Refused
from pyros.kernel.fence import Fenced, check_fence, here
from pyros.kernel.logs import quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.cell import ActorCell
    from pyros.kernel.table import PathTable

log = quiet(__name__)

DEFAULT_ASK_S = 5.0
"""The deadline of an ask that names none, seconds."""


class ActorDead(NotRunning, pykka.ActorDeadError):
    """Nobody lives at the path, or whoever did ended before it answered."""

    def __init__(self, path: str, why: str = "nobody lives there") -> None:
        super().__init__(f"{path}: {why}")
        self.path = path

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.path, str(self).removeprefix(f"{self.path}: "))


class ActorRestarting(NotRunning):
    """The path has no incarnation yet; try again after `retry_after` seconds."""

    def __init__(self, path: str, retry_after: float) -> None:
        super().__init__(f"{path} is being restarted; try again in {retry_after:.1f} s")
        self.path = path
        self.retry_after = retry_after


class MailboxFull(NotRunning):
    """The mailbox holds all it may."""

    def __init__(self, path: str, capacity: int) -> None:
        super().__init__(f"{path}: its mailbox holds {capacity} messages already")
        self.path = path


class AskTimeout(NotRunning, pykka.Timeout):
    """No answer came before the deadline; whether the message is handled is unknown."""


class SelfAsk(Refused):
    """An actor asked itself and would have waited for ever; a failure of the actor."""


class AskUpward(PyrosError):
    """An actor asked one of its own tier or a higher one; a failure of the actor."""


class Deadlock(PyrosError):
    """Nothing can run any more, or actors wait for each other (deterministic runtime)."""


class BoundedFuture(pykka.Future[Any]):
    """An answer to come.  The first `set` counts; nobody waits without a deadline."""

    def __init__(self, deadline_s: float = DEFAULT_ASK_S) -> None:
        self._get_hook = None
        self.deadline_s = deadline_s
        self.waiter: Callable[[BoundedFuture, float], bool] | None = None
        self.target: ActorCell | None = None
        self._value: Any = None
        self._error: BaseException | None = None
        self._done = False
        self._thread: threading.Thread | None = None
        self._callbacks: list[Callable[[BoundedFuture], None]] | None = None
        self._claim = threading.Lock()
        self._gate = threading.Lock()
        self._gate.acquire()

    def __repr__(self) -> str:
        return f"<BoundedFuture {'done' if self._done else 'open'}>"

    @property
    def done(self) -> bool:
        """Whether the answer is there."""
        return self._done

    @property
    def error(self) -> BaseException | None:
        """What `get` would raise, None while open or if it would return."""
        return self._error

    def get(self, timeout_s: float | None = None, *, timeout: float | None = None) -> Any:  # noqa: ANN401
        """The answer, at most `timeout_s` later (default: the ask's own deadline).

        Raises:
            AskTimeout: none came.
            Exception: what the handler raised, or why the message was not accepted.
        """
        limit_s = next(s for s in (timeout_s, timeout, self.deadline_s) if s is not None)
        if self._get_hook is not None:
            return self._get_hook(limit_s)
        if not self._done and not self.wait(limit_s):
            msg = f"no answer in {limit_s:g} s"
            raise AskTimeout(msg)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(limit_s)
        if self._error is not None:
            raise self._error
        return self._value

    def wait(self, limit_s: float) -> bool:
        """Whether the answer was there within `limit_s`."""
        if self.waiter is not None:
            return self.waiter(self, limit_s)
        if not self._gate.acquire(timeout=max(limit_s, 0.0)):
            return False
        self._gate.release()
        return True

    def set(self, value: Any = None) -> None:  # noqa: ANN401
        """Answer; ignored if answered already."""
        if self._claim.acquire(blocking=False):
            self._value = value
            self._finish()

    def set_after(self, thread: threading.Thread | None) -> None:
        """Answer None; whoever gets it waits until `thread` has ended."""
        if self._claim.acquire(blocking=False):
            self._thread = thread
            self._finish()

    def set_exception(self, exc_info: Any = None) -> None:  # noqa: ANN401
        """Answer by an exception, the one in flight by default; ignored if answered already."""
        if self._claim.acquire(blocking=False):
            kind, error, _ = exc_info or sys.exc_info()
            self._error = error if error is not None else (kind or RuntimeError)()
            self._finish()

    def on_done(self, callback: Callable[[BoundedFuture], None]) -> None:
        """Call `callback(self)` once when answered, in the answering thread; it must only tell."""
        if self._callbacks is None:
            self._callbacks = []
        self._callbacks.append(callback)
        if self._done:
            self._call_back()

    def _finish(self) -> None:
        self._done = True
        self._gate.release()
        if self._callbacks:
            self._call_back()

    def _call_back(self) -> None:
        callbacks = self._callbacks or []
        while callbacks:
            try:
                callback = callbacks.pop(0)
            except IndexError:  # the other thread was faster
                return
            try:
                callback(self)
            except Exception:
                log.exception("a callback of an answer failed")


class Address:
    """A path that finds today's incarnation at each send.  A value: equal by system and path."""

    __slots__ = ("_incarnation", "_table", "path")

    def __init__(self, path: str, table: PathTable, incarnation: int = 0) -> None:
        self.path = path
        self._table = table
        self._incarnation = incarnation

    def __repr__(self) -> str:
        return f"Address({self.path})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Address):
            return NotImplemented
        return (self.path, self._incarnation, self._table.name) == (
            other.path,
            other._incarnation,
            other._table.name,
        )

    def __hash__(self) -> int:
        return hash(self.path)

    def __reduce__(self) -> tuple[Callable[..., Address], tuple[str, str, int]]:
        return _address_of, (self.path, self._table.name, self._incarnation)

    def tell(self, message: object) -> None:
        """Send and go on.

        Raises:
            ActorDead, ActorRestarting, MailboxFull: not delivered.
        """
        table = self._table
        cell = table.live.get(self.path)
        if cell is None or self._incarnation:
            cell = self._cell()
        cell.mailbox.put(table.mail(message))

    def offer(self, message: object) -> bool:
        """Send if somebody is there; else a dead letter and False.  Never raises."""
        cell = self._table.live.get(self.path)
        mail = self._table.mail(message)
        if cell is None or self._incarnation not in (0, cell.incarnation):
            check_fence()
            self._table.dead_letters.add(self.path, mail, "nobody lives there now")
            return False
        try:
            cell.mailbox.put(mail)
        except NotRunning:
            return False
        return True

    def ask(self, message: object, timeout_s: float = DEFAULT_ASK_S) -> Any:  # noqa: ANN401
        """The answer to `message`, at most `timeout_s` later.

        Raises:
            AskTimeout, ActorDead, ActorRestarting, MailboxFull: no answer.
            Refused: a declared no.
            AskUpward: an actor asks one that is not of a lower tier.
            Exception: what the handler raised.
        """
        return self.begin_ask(message, timeout_s).get(timeout_s)

    def begin_ask(self, message: object, timeout_s: float = DEFAULT_ASK_S) -> BoundedFuture:
        """Send, and return the answer to come; why it was not delivered is an answer, too."""
        future = BoundedFuture(timeout_s)
        future.waiter = self._table.waiter
        try:
            cell = future.target = self._cell()
        except NotRunning:
            check_fence()
            future.set_exception()
            return future
        asker = here.cell
        if asker is not None and asker is not cell and asker.tier <= cell.tier:
            self._table.judge_upward(asker, cell)
        cell.mailbox.put(self._table.mail(message, future))
        return future

    def _cell(self) -> ActorCell:
        cell = self._table.live.get(self.path)
        if cell is None:
            check_fence()
            raise self._table.absence(self.path)
        if self._incarnation not in (0, cell.incarnation):
            raise ActorDead(self.path, f"incarnation {self._incarnation} has ended")
        return cell


def _address_of(path: str, system: str, incarnation: int) -> Address:
    from pyros.kernel.table import table_named  # noqa: PLC0415 the table knows addresses

    return Address(path, table_named(system), incarnation)


__all__ = [
    "DEFAULT_ASK_S",
    "ActorDead",
    "ActorRestarting",
    "Address",
    "AskTimeout",
    "AskUpward",
    "BoundedFuture",
    "Deadlock",
    "Fenced",
    "MailboxFull",
    "Refused",
    "SelfAsk",
]
