"""An actor that records what it gets."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pyros.kernel.actor import SupervisedActor
from pyros.kernel.spec import ChildSpec

if TYPE_CHECKING:
    from collections.abc import Callable


class Recorded:
    """What a probe got, over all its incarnations."""

    def __init__(self) -> None:
        self.messages: list[object] = []
        self.starts: list[int] = []
        self._changed = threading.Condition()

    def add(self, message: object) -> None:
        """One more."""
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def of(self, kind: type) -> list[Any]:
        """Those of a class, in order."""
        return [message for message in self.messages if isinstance(message, kind)]

    def wait_until(self, predicate: Callable[[list[object]], bool], timeout_s: float = 5.0) -> None:
        """With threads: wait until `predicate(messages)`.

        Raises:
            TimeoutError: not so within `timeout_s` real seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: predicate(self.messages), timeout_s):
                msg = f"not so in {timeout_s:g} s; got {self.messages!r}"
                raise TimeoutError(msg)


class TestProbe(SupervisedActor):
    """Records each message; answers an ask by what `answer` gives for it."""

    __test__ = False

    def __init__(
        self, recorded: Recorded, topics: tuple[str, ...], answer: Callable[[object], object]
    ) -> None:
        super().__init__()
        self._recorded = recorded
        self._topics = topics
        self._answer = answer

    def on_start(self) -> None:
        """Subscribe."""
        self._recorded.starts.append(self.context.incarnation)
        if self._topics:
            self.context.subscribe(*self._topics)

    def on_receive(self, message: Any) -> object:  # noqa: ANN401
        """Record."""
        self._recorded.add(message)
        return self._answer(message)


def probe_spec(
    id: str,  # noqa: A002
    *topics: str,
    answer: Callable[[object], object] | None = None,
    tier: int = 3,
) -> tuple[ChildSpec, Recorded]:
    """The spec of a probe that subscribes to `topics`, and what it will have recorded."""
    recorded = Recorded()
    answering = answer or (lambda _: None)
    spec = ChildSpec(id=id, factory=lambda: TestProbe(recorded, topics, answering), tier=tier)
    return spec, recorded
