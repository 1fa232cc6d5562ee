"""An operation: what a device was told to do and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pyros.errors import IllegalTransition


class OpState(StrEnum):
    """How far an operation is; the last four are ends."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


ENDED = frozenset({OpState.DONE, OpState.FAILED, OpState.ABORTED, OpState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One order under way.

    `key` is 32 hex digits and names it for ever (for an exposure: its exposure key).  `progress`
    runs from 0 to 1, `eta_s` is what it still needs as far as the device knows, in seconds of the
    observatory's clock.
    """

    key: str
    verb: str
    goal: Mapping[str, object] = field(default_factory=dict)
    deadline_s: float = 0.0
    state: OpState = OpState.ACCEPTED
    progress: float = 0.0
    eta_s: float | None = None
    result: Mapping[str, object] = field(default_factory=dict)
    error: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ENDED

    def ending(self, state: OpState, *, error: str = "", **result: object) -> Operation:
        """Return the operation with its end; the first end wins.

        Raises:
            IllegalTransition: it has ended already, or `state` is no end.
        """
        if self.ended or state not in ENDED:
            raise IllegalTransition("operation", self.state, state)
        progress = 1.0 if state is OpState.DONE else self.progress
        merged = {**self.result, **result}
        return replace(self, state=state, error=error, result=merged, progress=progress, eta_s=None)
