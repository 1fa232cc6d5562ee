"""Operations of a simulated device: those under way, and how the last ones ended."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pyros.domain.devices.operation import OpState

REMEMBERED: Final = 1000
"""So many operations are known by their key."""
SHOWN: Final = 8
"""So many ended operations are in a snapshot."""
MOST: Final = 20
"""So many operations may be under way; older ones are forgotten."""


@dataclass(slots=True, kw_only=True)
class Doing:
    """An operation under way; `until_s` is when it will be done if nothing comes between."""

    key: str
    verb: str
    goal: Mapping[str, object] = field(default_factory=dict)
    deadline_s: float = 5.0
    since_s: float = 0.0
    until_s: float | None = None
    silent: bool = False
    """Too small a thing to be listed among the operations that ended."""

    def progress(self, now_s: float) -> float:
        """Return how far it is, 0 to 1."""
        if self.until_s is None:
            return 0.0
        whole = self.until_s - self.since_s
        return min(1.0, max(0.0, (now_s - self.since_s) / whole)) if whole > 0.0 else 1.0

    def plain(self, state: OpState, now_s: float, **result: object) -> dict[str, object]:
        """Return it as it stands, as a plain map."""
        done = state is OpState.DONE
        error = str(result.pop("error", ""))
        eta_s = None if self.until_s is None else max(0.0, self.until_s - now_s)
        return {
            "key": self.key,
            "verb": self.verb,
            "goal": dict(self.goal),
            "deadline_s": self.deadline_s,
            "state": state.value,
            "progress": 1.0 if done else self.progress(now_s),
            "eta_s": eta_s if state in (OpState.ACCEPTED, OpState.RUNNING) else None,
            "result": result,
            "error": error,
        }


class Operations:
    """The operations of one device; forgotten by a box that is started anew."""

    def __init__(self) -> None:
        self.running: list[Doing] = []
        self._ended: deque[dict[str, object]] = deque(maxlen=SHOWN)
        self._known: OrderedDict[str, dict[str, object]] = OrderedDict()

    def clear(self) -> None:
        """Forget all."""
        self.running.clear()
        self._ended.clear()
        self._known.clear()

    def begin(self, doing: Doing, now_s: float) -> dict[str, object]:
        """Have an operation under way; return it as accepted."""
        self.running = [*self.running, doing][-MOST:]
        return doing.plain(OpState.ACCEPTED, now_s)

    def finish(
        self, doing: Doing, now_s: float, state: OpState, **result: object
    ) -> dict[str, object]:
        """End an operation, which may have been under way or not, and remember how."""
        if doing in self.running:
            self.running.remove(doing)
        plain = doing.plain(state, now_s, **result)
        self._known[doing.key] = plain
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        if not doing.silent:
            self._ended.append(plain)
        return plain

    def find(self, *verbs: str) -> Doing | None:
        """Return one of these that is under way."""
        return next((each for each in self.running if each.verb in verbs), None)

    def told(self, key: str, now_s: float) -> Mapping[str, object] | None:
        """Return what became of a key, None if it is not known."""
        for each in self.running:
            if each.key == key:
                return each.plain(OpState.RUNNING, now_s)
        return self._known.get(key)

    def shown(self, now_s: float) -> dict[str, object]:
        """Return what a snapshot says of them: the newest under way, and the last ends."""
        op = self.running[-1].plain(OpState.RUNNING, now_s) if self.running else None
        return {"op": op, "ended": list(self._ended)}
