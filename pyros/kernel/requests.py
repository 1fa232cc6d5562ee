"""What one may ask of a supervisor, and what it tells itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyros.errors import PyrosError, Refused

if TYPE_CHECKING:
    from pyros.kernel.ref import Address
    from pyros.kernel.spec import ChildSpec


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start one more child; answered by its address when it is up."""

    spec: ChildSpec


@dataclass(frozen=True, slots=True)
class TerminateChild:
    """Stop a child and do not restart it; its spec is kept unless it is temporary."""

    id: str


@dataclass(frozen=True, slots=True)
class RestartChild:
    """Start a stopped child again; answered by its address."""

    id: str


@dataclass(frozen=True, slots=True)
class ReplaceChild:
    """Stop a child in order and start its next incarnation; charged to nobody.

    Those that its supervisor's strategy restarts with it are replaced, too.
    """

    id: str


@dataclass(frozen=True, slots=True)
class DeleteChild:
    """Forget a stopped child."""

    id: str


@dataclass(frozen=True, slots=True)
class WhichChildren:
    """Answered by a tuple of `ChildInfo` in order of start."""


@dataclass(frozen=True, slots=True)
class CountChildren:
    """Answered by a `ChildCount`."""


@dataclass(frozen=True, slots=True)
class ChildCount:
    """How many children there are, how many of them run, and how many supervise."""

    specs: int
    active: int
    supervisors: int


@dataclass(frozen=True, slots=True)
class Retry:
    """The time for another try has come (the supervisor tells itself)."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChildResumed:
    """A child failed and went on."""

    path: str
    error: BaseException


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop the children and fail, for this reason."""

    reason: str


class AlreadyRunning(Refused):
    """A child of that id runs; it was not touched."""

    def __init__(self, address: Address) -> None:
        super().__init__(f"{address.path} runs already")
        self.address = address


class NotFound(Refused):
    """The supervisor has no child of that id."""


class SupervisorFailed(PyrosError):
    """A supervisor gave up; the text names the child, the cause is chained."""
