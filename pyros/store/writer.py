"""Store-writer: the one actor that writes, in order; what it was told is never lost."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import ClassVar

from pyros.errors import PyrosError, StaleVersion, StoreUnavailable
from pyros.kernel.actor import SupervisedActor
from pyros.kernel.fence import Epoch
from pyros.messages.events import AlarmRaised
from pyros.messages.topics import topic_of
from pyros.store.engine import Done, Session, Store

log = logging.getLogger(__name__)

BATCH = 200
"""At most so many works are committed at once."""

LAZY_S = 1.0
"""So long a lazy write may wait for company, seconds."""

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
SERIOUS_QUEUE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """Something to be written; `what` is a word for logs.

    Told: done in order, tried again while the database cannot be written.  Asked: answered by
    what `work` returns or raises, once it is committed.  `epoch` is the writer's own: one of an
    earlier boot, or of an earlier incarnation at the same `path`, is refused.  A `lazy` one, told,
    waits up to a second for others to share a commit with; a crash may cost that second.
    `hush_s`: for so many real seconds nothing told is committed, for whoever wrote this has
    something to do that is more urgent than any row.
    """

    work: Callable[[Session], object]
    epoch: Epoch | None = None
    what: str = ""
    path: str = ""
    lazy: bool = False
    hush_s: float = 0.0

    def __repr__(self) -> str:
        return f"Write({self.what})"


@dataclass(frozen=True, slots=True)
class Flush:
    """To itself: commit what waits."""


class StoreWriter(SupervisedActor):
    """Commits what it is told in batches, each work undone alone if it fails.

    A `Flush` to itself lands behind whatever was in the mailbox by then, so that a burst of
    writes costs one commit.
    """

    budgets: ClassVar[dict[type, float]] = {Write: 30.0, Flush: 30.0}

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._waiting: deque[Write] = deque()
        self._flush_told = False
        self._wait_s = 0.0
        self._quiet_until_s = float("-inf")
        self._newest: dict[str, Epoch] = {}

    def on_receive(self, message: object) -> object:
        """Take a write, or commit those that wait."""
        match message:
            case Write() if self._asked():
                return self._answer(message)
            case Write():
                self._keep(message)
            case Flush():
                self._flush_told = False
                if not self._is_quiet():
                    self._commit_waiting()
            case _:
                log.warning("%s: unexpected %s", self.context.path, type(message).__name__)
        return None

    def on_stop(self) -> None:
        """Write what was told, one last time."""
        self._commit_waiting()
        for write in self._waiting:
            log.error("%s: lost at the end: the database cannot be written", write.what or "write")

    def on_failure(
        self,
        exception_type: type[BaseException] | None,  # noqa: ARG002  the kernel's hook
        exception_value: BaseException | None,  # noqa: ARG002
        traceback: TracebackType | None,  # noqa: ARG002
    ) -> None:
        """Write what was told, whatever has happened."""
        self.on_stop()

    def _asked(self) -> bool:
        envelope = self.kernel_loop.cell.message
        return envelope is not None and envelope.reply_to is not None

    def _keep(self, write: Write) -> None:
        self._waiting.append(write)
        if self._wait_s > 0.0:
            return
        if write.hush_s > 0.0:
            self._hush(write.hush_s * self.context.clock.factor)
        if len(self._waiting) >= BATCH:
            self._commit_waiting()
        elif self._flush_told or self._is_quiet():
            return
        elif write.lazy:
            if len(self._waiting) == 1:
                self.context.after(LAZY_S, Flush(), key="lazy")
        else:
            self._flush_told = self.context.me.offer(Flush())

    def _hush(self, seconds: float) -> None:
        self._quiet_until_s = self.context.clock.monotonic() + seconds
        self.context.after(seconds, Flush(), key="hush")

    def _is_quiet(self) -> bool:
        return self.context.clock.monotonic() < self._quiet_until_s

    def _answer(self, write: Write) -> object:
        """Write it now, behind what was told before; a declared no goes to the asker alone."""
        try:
            done = self._commit((*self._waiting, write))[-1]
        except StoreUnavailable as gone:
            self._unavailable(gone)
            done = Done(error=gone)
        else:
            self._waiting.clear()
            self._available()
        if done.error is not None:
            self._decline(done.error)
        return done.result

    def _decline(self, error: Exception) -> None:
        """Answer by an error, and live on: the first answer of a future counts."""
        envelope = self.kernel_loop.cell.message
        if envelope is not None and envelope.reply_to is not None:
            envelope.reply_to.set_exception((type(error), error, error.__traceback__))

    def _commit_waiting(self) -> None:
        while self._waiting:
            some = tuple(self._waiting)[:BATCH]
            try:
                self._commit(some)
            except StoreUnavailable as gone:
                self._unavailable(gone)
                return
            for _ in some:
                self._waiting.popleft()
        self._available()

    def _commit(self, writes: tuple[Write, ...]) -> tuple[Done, ...]:
        """Write them all at once and say what became of each.

        Raises:
            StoreUnavailable: nothing was written.
        """
        done = self._store.write_all([self._guarded(write) for write in writes])
        for write, one in zip(writes, done, strict=True):
            if one.error is not None:
                self._report(write, one.error)
        return done

    def _guarded(self, write: Write) -> Callable[[Session], object]:
        def work(session: Session) -> object:
            self._admit(write)
            return write.work(session)

        return work

    def _admit(self, write: Write) -> None:
        """Refuse a writer that has a successor already (S24)."""
        if write.epoch is None:
            return
        ours = self.context.epoch
        newest = self._newest.get(write.path, Epoch(ours.boot, 0)) if write.path else None
        newest = newest or Epoch(ours.boot, 0)
        if write.epoch < newest:
            raise StaleVersion(f"{write.what}: written by {write.epoch}, {newest} is there now")
        if write.path:
            self._newest[write.path] = write.epoch

    def _report(self, write: Write, error: Exception) -> None:
        what = write.what or "write"
        if isinstance(error, PyrosError):
            log.warning("%s: not written: %s", what, error)
            return
        log.error("%s: a mistake, not written", what, exc_info=error)
        self._alarm(f"store:{what}", "SERIOUS", f"{what} not written: {error!r}")

    def _unavailable(self, gone: StoreUnavailable) -> None:
        if self._wait_s == 0.0:
            text = f"{gone}; {len(self._waiting)} writes wait, next try in {FIRST_WAIT_S} s"
            log.error("%s", text)
            self._alarm("store:unavailable", "CRITICAL", text)
        elif len(self._waiting) >= SERIOUS_QUEUE:
            log.error("%s; %d writes wait", gone, len(self._waiting))
        self._wait_s = min(max(FIRST_WAIT_S, 2 * self._wait_s), LONGEST_WAIT_S)
        self._flush_told = True
        self.context.after(self._wait_s, Flush(), key="flush")

    def _available(self) -> None:
        if self._wait_s > 0.0:
            log.warning("the database can be written again")
            self._wait_s = 0.0
            self.context.cancel("flush")
            self._flush_told = False

    def _alarm(self, key: str, severity: str, text: str) -> None:
        alarm = AlarmRaised(at=self.context.clock.utc(), key=key, severity=severity, text=text)
        self.context.bus.publish(topic_of(alarm), alarm, stream=True)
