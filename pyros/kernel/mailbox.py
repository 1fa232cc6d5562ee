"""A mailbox of two lanes, bounded, closed in one step; and where lost mail goes."""

from __future__ import annotations

import itertools
import queue
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from pyros.kernel.fence import Fenced, here
from pyros.kernel.ref import ActorDead, MailboxFull, SelfAsk
from pyros.kernel.spec import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pyros.kernel.cell import ActorCell

_numbers = itertools.count(1)


class Mail(Envelope[Any]):
    """A message on its way, with its sender and a number of its own."""

    __slots__ = ("cell", "number")

    def __init__(self, message: object, reply_to: Any = None) -> None:  # noqa: ANN401 Pykka's type
        self.message = message
        self.reply_to = reply_to
        self.cell = here.cell
        self.number = next(_numbers)

    @property
    def sender(self) -> str:
        """The path of the actor that sent it; empty if nobody's code did."""
        return "" if self.cell is None else self.cell.path


class Signal(Mail):
    """Mail of the kernel itself; it travels in the system lane."""

    __slots__ = ()


class Token(Mail):
    """A mere nudge (a bus subscription has news): neither counted nor a dead letter."""

    __slots__ = ()


class Lane(Protocol):
    """What carries the user lane: a `queue.SimpleQueue`, or the deterministic runtime's own."""

    def put(self, item: Any, /) -> None:  # noqa: ANN401
        """Append; never blocks."""

    def get(self) -> Any:  # noqa: ANN401
        """Take the oldest, waiting for it."""

    def get_nowait(self) -> Any:  # noqa: ANN401
        """Take the oldest or raise `queue.Empty`."""

    def qsize(self) -> int:
        """How many wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that reached nobody."""

    to: str
    message_type: str
    reason: str
    sender: str
    at: datetime


class DeadLetters:
    """The newest lost messages, how many there were, and what waits for a successor to read it."""

    def __init__(self, utc: Callable[[], datetime], size: int = 256) -> None:
        self._utc = utc
        self._ring: deque[DeadLetter] = deque(maxlen=size)
        self._numbers = itertools.count(1)
        self._left: dict[str, deque[Envelope[Any]]] = {}
        self.count = 0

    def add(self, to: str, envelope: Envelope[Any], reason: str) -> None:
        """Remember that `envelope` did not reach `to`."""
        self.count = next(self._numbers)
        sender = getattr(envelope, "sender", "")
        kind = type(envelope.message).__name__
        self._ring.append(
            DeadLetter(to=to, message_type=kind, reason=reason, sender=sender, at=self._utc())
        )

    def leave(self, to: str, envelope: Envelope[Any]) -> None:
        """Keep `envelope` for the next incarnation of `to`."""
        self._left.setdefault(to, deque()).append(envelope)

    def claim(self, path: str) -> tuple[Envelope[Any], ...]:
        """What the last incarnation of `path` left, oldest first; given once."""
        return tuple(self._left.pop(path, ()))

    def newest(self) -> tuple[DeadLetter, ...]:
        """The newest, oldest first."""
        return tuple(self._ring)


_WAKE = object()


class Mailbox:
    """Where every send to an incarnation arrives: the inbox that Pykka's references hold.

    Race-free without a lock: put enqueues and, if closed by then, drains; close sets the flag,
    drains and wakes the reader.  Each envelope is rejected once, since `get_nowait` is atomic.
    """

    __slots__ = (
        "_closed",
        "_dead",
        "_lane",
        "_leaves",
        "_overflow",
        "_system",
        "capacity",
        "cell",
        "rejected",
    )

    def __init__(self, cell: ActorCell, lane: Lane, dead: DeadLetters) -> None:
        self.cell = cell
        self.capacity = cell.spec.mailbox
        self.rejected = 0
        self._overflow = cell.spec.overflow
        self._lane = lane
        self._system: deque[Signal] = deque()
        self._dead = dead
        self._leaves = False
        self._closed = ""

    def inherit(self) -> None:
        """Begin with the mail that the last incarnation left unread."""
        for envelope in self._dead.claim(self.cell.path):
            self._lane.put(envelope)

    def put(self, envelope: Envelope[Any], /) -> None:
        """Accept a message of anybody.

        Raises:
            Fenced: the sender's incarnation was abandoned.
            ActorDead, MailboxFull: told, and not accepted.  If asked, the asker's future says so.
        """
        sender = envelope.cell if envelope.__class__ is Mail else here.cell
        if sender is not None:
            if sender.fenced:
                msg = f"{sender.path}#{sender.incarnation} was abandoned"
                raise Fenced(msg)
            if sender is self.cell and envelope.reply_to is not None:
                self._ask_to_self(envelope)
                return
        if self._closed:
            self._refuse(envelope, ActorDead(self.cell.path, self._closed))
            return
        if self._lane.qsize() >= self.capacity and not self._make_room(envelope):
            return
        self._lane.put(envelope)
        if self._closed:  # another thread may have closed it
            self._drain()  # type: ignore[unreachable]

    def signal(self, message: object) -> bool:
        """Put a message of the kernel in the system lane; False if closed."""
        if self._closed:
            return False
        self._system.append(Signal(message))
        self._lane.put(_WAKE)
        return True

    def nudge(self, token: Token) -> None:
        """Put a token behind the mail that waits; it is never refused."""
        if not self._closed:
            self._lane.put(token)

    def get(self) -> Envelope[Any]:
        """The next envelope, the system lane first; waits for it."""
        while True:
            if self._system:
                return self._system.popleft()
            item = self._lane.get()
            if item is not _WAKE:
                return item  # type: ignore[no-any-return]

    def take(self) -> Envelope[Any] | None:
        """The next envelope, the system lane first; None if there is none."""
        while True:
            if self._system:
                return self._system.popleft()
            try:
                item = self._lane.get_nowait()
            except queue.Empty:
                return None
            if item is not _WAKE:
                return item  # type: ignore[no-any-return]

    def empty(self) -> bool:
        """Whether nothing waits in either lane."""
        return not self._system and self._lane.qsize() == 0

    def __len__(self) -> int:
        return self._lane.qsize() + len(self._system)

    @property
    def signals(self) -> int:
        """How many messages of the kernel wait."""
        return len(self._system)

    @property
    def closed(self) -> bool:
        """Whether nothing is accepted any more."""
        return self._closed != ""

    def close(self, reason: str, *, leaves: bool = False) -> None:
        """Accept nothing from now on; answer queued asks, make dead letters of queued tells.

        With `leaves` the queued tells wait for the next incarnation.
        """
        self._leaves = self._leaves or leaves
        self._closed = self._closed or reason or "ended"
        self._drain()
        self._lane.put(_WAKE)

    def interrupt(self, message: object) -> None:
        """Wake the reader of a closed mailbox with a last word."""
        self._system.append(Signal(message))
        self._lane.put(_WAKE)

    def _ask_to_self(self, envelope: Envelope[Any]) -> None:
        if isinstance(envelope.message, _ActorStop):
            envelope.reply_to.set(None)  # type: ignore[union-attr]
            self._lane.put(Mail(envelope.message))
        else:
            self._refuse(envelope, SelfAsk(f"{self.cell.path} asks itself"))

    def _make_room(self, envelope: Envelope[Any]) -> bool:
        if isinstance(envelope.message, _ActorStop):
            return True
        self.rejected += 1
        if self._overflow is Overflow.REJECT:
            self._refuse(envelope, MailboxFull(self.cell.path, self.capacity))
            return False
        self._drop_oldest()
        return True

    def _drop_oldest(self) -> None:
        for _ in range(len(self)):
            try:
                oldest = self._lane.get_nowait()
            except queue.Empty:
                return
            if oldest is _WAKE or isinstance(oldest, Token):
                self._lane.put(oldest)
                continue
            self._reject(oldest, MailboxFull(self.cell.path, self.capacity))
            return

    def _drain(self) -> None:
        error = ActorDead(self.cell.path, self._closed)
        while True:
            try:
                envelope = self._lane.get_nowait()
            except queue.Empty:
                return
            if envelope is not _WAKE and not isinstance(envelope, Token):
                self._reject(envelope, error)

    def _reject(self, envelope: Envelope[Any], error: Exception) -> None:
        if envelope.reply_to is not None:
            envelope.reply_to.set_exception((type(error), error, None))
        elif self._leaves and not isinstance(envelope.message, _ActorStop):
            self._dead.leave(self.cell.path, envelope)
        elif not isinstance(envelope.message, _ActorStop):
            self._dead.add(self.cell.path, envelope, str(error))

    def _refuse(self, envelope: Envelope[Any], error: Exception) -> None:
        self._reject(envelope, error)
        if envelope.reply_to is None:
            raise error
