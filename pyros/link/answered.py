"""Keys of orders already accepted, so that the same order is done at most once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

KEEP: Final = 1000
KEEP_S: Final = 600.0


class Answer(NamedTuple):
    """What was ordered under a key, what was answered, and when (device seconds)."""

    op: str
    args: Mapping[str, object]
    operation: Mapping[str, object]
    at_s: float

    def is_same(self, op: str, args: Mapping[str, object]) -> bool:
        """Whether this is the order that came under the key before."""
        return self.op == op and self.args == args


class Answered:
    """Remembers 1000 keys or 10 minutes of them, whichever is more."""

    def __init__(self, *, keep: int = KEEP, keep_s: float = KEEP_S) -> None:
        self._keep, self._keep_s = keep, keep_s
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: str) -> Answer | None:
        """Return what is known of a key, None if nothing is."""
        return self._answers.get(key)

    def put(self, key: str, answer: Answer) -> None:
        """Remember an accepted order; forget the oldest ones that are both too many and too old."""
        self._answers[key] = answer
        while len(self._answers) > self._keep:
            oldest = next(iter(self._answers.values()))
            if answer.at_s - oldest.at_s <= self._keep_s:
                return
            self._answers.popitem(last=False)

    def clear(self) -> None:
        """Forget all, as a box does that is started anew."""
        self._answers.clear()
