"""What a supervisor must know of a child, checked when it is made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pyros.errors import PyrosError
from pyros.kernel.cell import ExitKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyros.kernel.actor import SupervisedActor


class SpecError(PyrosError, ValueError):
    """A specification that cannot be meant; the text names child and field."""


def _is_name(text: str) -> bool:
    return text != "" and "/" not in text and not any(mark in text for mark in "*?[")


def _must(holds: bool, what: str, right: str) -> None:  # noqa: FBT001
    if not holds:
        msg = f"{what}: should be {right}"
        raise SpecError(msg)


class Restart(StrEnum):
    """When a child that ended is started anew."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"


class Strategy(StrEnum):
    """Who is restarted with a child that failed."""

    ONE_FOR_ONE = "one_for_one"
    ONE_FOR_ALL = "one_for_all"
    REST_FOR_ONE = "rest_for_one"


class Overflow(StrEnum):
    """What a full mailbox does with the next message."""

    REJECT = "reject"
    DROP_OLDEST = "drop_oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartIntensity:
    """How many restarts in how many seconds a supervisor bears."""

    max_restarts: int = 3
    period_s: float = 30.0

    def __post_init__(self) -> None:
        _must(self.max_restarts >= 0, f"intensity.max_restarts {self.max_restarts}", "0 or more")
        _must(self.period_s > 0, f"intensity.period_s {self.period_s}", "above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before each try; see `restart.delay_s`."""

    min_s: float = 1.0
    max_s: float = 30.0
    jitter: float = 0.1
    reset_after_s: float = 60.0

    def __post_init__(self) -> None:
        _must(
            0 < self.min_s <= self.max_s,
            f"backoff {self.min_s} to {self.max_s} s",
            "0 < min <= max",
        )
        _must(0 <= self.jitter <= 1, f"backoff.jitter {self.jitter}", "0 to 1")
        _must(self.reset_after_s > 0, f"backoff.reset_after_s {self.reset_after_s}", "above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """One child of a supervisor."""

    id: str
    factory: Callable[[], SupervisedActor]
    """Called anew for each incarnation, in the supervisor's thread."""
    restart: Restart = Restart.PERMANENT
    shutdown_s: float = 5.0
    """How long it may take to stop; 0: fenced at once; infinity: supervisors only."""
    start_timeout_s: float = 5.0
    budget_s: float = 5.0
    """How long one handler may take; a message class may carry its own."""
    tier: int = 3
    blocking: bool = False
    """Whether its loss asks for a pause."""
    optional: bool = False
    """Whether the supervisor can live without it."""
    backoff: Backoff | None = None
    """Required if optional."""
    mailbox: int = 10_000
    overflow: Overflow = Overflow.REJECT
    drains: bool = False
    """Whether no mail of it is lost: an orderly stop waits, within `shutdown_s`, until what waits
    is handled; after a failure the next incarnation begins with what was told and not yet read."""

    def __post_init__(self) -> None:
        self._check_names()
        self._check_times()

    def _check_names(self) -> None:
        _must(
            isinstance(self.id, str) and _is_name(self.id),
            f"child {self.id!r}: id",
            "a word without /",
        )
        _must(callable(self.factory), f"child {self.id!r}: factory {self.factory!r}", "callable")
        _must(
            self.restart in list(Restart),
            f"child {self.id!r}: restart {self.restart!r}",
            "permanent, transient or temporary",
        )
        _must(
            self.overflow in list(Overflow),
            f"child {self.id!r}: overflow {self.overflow!r}",
            "reject or drop_oldest",
        )
        _must(
            not self.optional or self.backoff is not None,
            f"child {self.id!r}: backoff None",
            "given, since it is optional",
        )

    def _check_times(self) -> None:
        _must(self.shutdown_s >= 0, f"child {self.id!r}: shutdown_s {self.shutdown_s}", "0 or more")
        _must(
            self.is_supervisor or not math.isinf(self.shutdown_s),
            f"child {self.id!r}: shutdown_s infinite",
            "finite, since it is no supervisor",
        )
        _must(
            self.start_timeout_s > 0,
            f"child {self.id!r}: start_timeout_s {self.start_timeout_s}",
            "above 0",
        )
        _must(self.budget_s > 0, f"child {self.id!r}: budget_s {self.budget_s}", "above 0")
        _must(self.mailbox > 0, f"child {self.id!r}: mailbox {self.mailbox}", "above 0")

    @property
    def is_supervisor(self) -> bool:
        """Whether the child supervises others."""
        return False

    @property
    def patience_s(self) -> float:
        """How long to wait for its end, seconds, finite."""
        return self.shutdown_s

    @property
    def start_patience_s(self) -> float:
        """How long to wait for its start, seconds."""
        return self.start_timeout_s


MARGIN_S = 1.0
"""What a supervisor is given on top of its children's times, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorSpec(ChildSpec):
    """A child that supervises `children`; made by `supervisor()` and `dynamic()`."""

    children: tuple[ChildSpec, ...] = ()
    strategy: Strategy = Strategy.ONE_FOR_ONE
    intensity: RestartIntensity = RestartIntensity()
    one_deadline: bool = False
    """Whether its children stop all at once (dynamic) or one after another."""
    own_budget_s: float | None = None
    """Overrides the computed budget of its handlers."""

    def __post_init__(self) -> None:
        ChildSpec.__post_init__(self)
        _must(
            self.strategy in list(Strategy),
            f"supervisor {self.id!r}: strategy {self.strategy!r}",
            "one_for_one, one_for_all or rest_for_one",
        )
        check_ids(self.id, self.children)

    @property
    def is_supervisor(self) -> bool:
        """Whether the child supervises others."""
        return True

    @property
    def patience_s(self) -> float:
        """How long to wait for its end: its children's times and a margin, seconds."""
        if not math.isinf(self.shutdown_s):
            return self.shutdown_s
        return stop_patience_s(self.children, one_deadline=self.one_deadline)

    @property
    def start_patience_s(self) -> float:
        """How long to wait for its start: to start all, and to stop them if one does not."""
        starts_s = sum(child.start_patience_s for child in self.children)
        return starts_s + stop_patience_s(self.children, one_deadline=self.one_deadline)


def comes_back(spec: ChildSpec, kind: ExitKind) -> bool:
    """Whether its supervisor restarts a child that ended so."""
    if spec.restart is Restart.TRANSIENT:
        return kind not in {ExitKind.NORMAL, ExitKind.SHUTDOWN}
    return spec.restart is Restart.PERMANENT


def hands_on(spec: ChildSpec, kind: ExitKind) -> bool:
    """Whether the next incarnation gets the mail that one which ended so has not read."""
    return (
        spec.drains and kind not in {ExitKind.NORMAL, ExitKind.SHUTDOWN} and comes_back(spec, kind)
    )


def stop_patience_s(children: tuple[ChildSpec, ...], *, one_deadline: bool) -> float:
    """How long `children` may take to stop, together with a margin, seconds."""
    times = [child.patience_s for child in children]
    return (max(times, default=0.0) if one_deadline else sum(times)) + MARGIN_S


def check_ids(supervisor: str, children: tuple[ChildSpec, ...]) -> None:
    """Raise `SpecError` if two children share an id."""
    seen: dict[str, None] = {}
    for child in children:
        _must(child.id not in seen, f"supervisor {supervisor!r}: id {child.id!r} twice", "unique")
        seen[child.id] = None
