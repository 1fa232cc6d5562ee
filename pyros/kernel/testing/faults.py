"""A seeded plan of faults: who is struck, when, and how."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pyros.errors import PyrosError
from pyros.kernel.lifecycle import LIFECYCLE, Injected
from pyros.kernel.signals import Killed, Struck

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pyros.kernel.cell import ActorCell
    from pyros.kernel.services import Services


class InjectedError(PyrosError):
    """What a plan raises if its rule names no error."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches a path glob, a message class, an incarnation, and a count or a share."""

    path: str
    message: type | None = None
    nth: int | None = 1
    """The one match that is struck, from 1 on; None: every match."""
    share: float | None = None
    """If given, the share of the matches that are struck, by the plan's own chance."""
    incarnation: int | None = None

    def fits(self, path: str, incarnation: int, message: object) -> bool:
        """Whether it is about this message to this incarnation."""
        return (
            (self.message is None or isinstance(message, self.message))
            and self.incarnation in (None, incarnation)
            and fnmatchcase(path, self.path)
        )


@dataclass(frozen=True, slots=True)
class Kill(Rule):
    """End the actor as if its code had died, instead of handling the message."""


@dataclass(frozen=True, slots=True)
class Raise(Rule):
    """Fail with `error` instead of handling the message."""

    error: BaseException | type[BaseException] = InjectedError


@dataclass(frozen=True, slots=True)
class Hang(Rule):
    """Stand still for `for_s`, or until the plan is released; then handle the message."""

    for_s: float | None = None


@dataclass(frozen=True, slots=True)
class Slow(Rule):
    """Handle the message `by_s` later, with the actor busy meanwhile."""

    by_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StartFault(Rule):
    """Fail at the nth `construction` or `on_start` of whoever lives at the path."""

    stage: str = "on_start"
    error: BaseException | type[BaseException] = InjectedError


@dataclass(frozen=True, slots=True)
class PortRule(Rule):
    """A fault between us and a device; what it means is the port's business."""


@dataclass(frozen=True, slots=True)
class Drop(PortRule):
    """The request or answer is lost."""


@dataclass(frozen=True, slots=True)
class Duplicate(PortRule):
    """It arrives twice."""


@dataclass(frozen=True, slots=True)
class Delay(PortRule):
    """It arrives `by_s` later."""

    by_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Reorder(PortRule):
    """It arrives after the one that follows it."""


@dataclass(frozen=True, slots=True)
class Corrupt(PortRule):
    """Its bytes are spoilt."""


@dataclass(frozen=True, slots=True)
class Disconnect(PortRule):
    """The connection breaks."""


@dataclass(frozen=True, slots=True)
class StaleEpoch(PortRule):
    """It carries the epoch of the incarnation before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """One strike: for the table of coverage."""

    rule: Rule
    path: str
    incarnation: int
    message_type: str
    actor_class: str


class FaultPlan:
    """Consulted before each handler, at each start, and by the ports of devices."""

    def __init__(self, seed: int = 0, rules: Sequence[Rule] = ()) -> None:
        self._random = random.Random(f"faults:{seed}")  # noqa: S311
        self._rules: list[Rule] = []
        self._counts: list[int] = []
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._services: Services | None = None
        self.injections: list[Injection] = []
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule) -> None:
        """One more rule from now on."""
        with self._lock:
            self._rules.append(rule)
            self._counts.append(0)

    def release(self) -> None:
        """Let everybody go on who hangs."""
        self._released.set()

    def attach(self, services: Services) -> None:
        """Serve this system."""
        self._services = services

    def match(self, cell: ActorCell, message: object) -> Rule | None:
        """The handler rule that strikes this message, if any; it counts as injected."""
        if isinstance(message, Struck):
            rule = message.fault if isinstance(message.fault, Rule) else None
        else:
            rule = self._find(cell.path, cell.incarnation, message, _of_handlers)
        if rule is not None:
            self._note(rule, cell.path, cell.incarnation, message, _class_of(cell))
        return rule

    def strike(self, cell: ActorCell, message: object) -> bool:
        """With threads: do to this message's handler what the plan says."""
        rule = self.match(cell, message)
        if rule is not None:
            self.perform(rule)
        return isinstance(message, Struck)

    def perform(self, rule: Rule) -> None:
        """Raise, hang or wait, in this thread."""
        match rule:
            case Kill():
                msg = "killed by the fault plan"
                raise Killed(msg)
            case Raise():
                raise _made(rule.error)
            case Hang():
                self._released.wait(rule.for_s)
            case Slow() if self._services is not None:
                self._services.clock.wait(threading.Event(), rule.by_s)

    def strike_start(self, cell: ActorCell, stage: str) -> None:
        """Raise if the plan lets this start fail."""

        def starts_here(rule: Rule) -> bool:
            return isinstance(rule, StartFault) and rule.stage == stage

        rule = self._find(cell.path, cell.incarnation, None, starts_here)
        if isinstance(rule, StartFault):
            kind = _class_of(cell) if stage == "on_start" else ""
            self._note(rule, cell.path, cell.incarnation, None, kind)
            raise _made(rule.error)

    def at_port(self, path: str, message: object = None, incarnation: int = 0) -> PortRule | None:
        """The fault that a device's port is to commit on this request or answer, if any."""
        rule = self._find(path, incarnation, message, lambda rule: isinstance(rule, PortRule))
        if isinstance(rule, PortRule):
            self._note(rule, path, incarnation, message, "")
            return rule
        return None

    def crash(self, cell: ActorCell, error: BaseException | None) -> None:
        """Strike whoever lives there now, idle or not."""
        self.strike_now(cell, Kill(cell.path) if error is None else Raise(cell.path, error=error))

    def hang(self, cell: ActorCell, for_s: float) -> None:
        """Let whoever lives there stand still so long, idle or not."""
        self.strike_now(cell, Hang(cell.path, for_s=for_s))

    def strike_now(self, cell: ActorCell, rule: Rule) -> None:
        """Let a rule strike the next time that `cell` looks into its mailbox."""
        cell.mailbox.signal(Struck(fault=rule))

    def _find(
        self, path: str, incarnation: int, message: object, wanted: Callable[[Rule], bool]
    ) -> Rule | None:
        if not self._rules:
            return None
        with self._lock:
            struck = None
            for place, rule in enumerate(self._rules):
                if wanted(rule) and rule.fits(path, incarnation, message):
                    self._counts[place] += 1
                    if struck is None and self._hits(rule, self._counts[place]):
                        struck = place
            if struck is None:
                return None
            rule = self._rules[struck]
            if rule.nth is not None and rule.share is None:  # its one match has come
                del self._rules[struck], self._counts[struck]
            return rule

    def _hits(self, rule: Rule, count: int) -> bool:
        if rule.share is not None:
            return self._random.random() < rule.share
        return rule.nth is None or count == rule.nth

    def _note(self, rule: Rule, path: str, incarnation: int, message: object, kind: str) -> None:
        message_type = "" if message is None else type(message).__name__
        self.injections.append(
            Injection(
                rule=rule,
                path=path,
                incarnation=incarnation,
                message_type=message_type,
                actor_class=kind,
            )
        )
        services = self._services
        if services is not None:
            event = Injected(
                path=path,
                incarnation=incarnation,
                at=services.clock.utc(),
                fault=type(rule).__name__,
                message_type=message_type,
                actor_class=kind,
            )
            services.bus.publish(LIFECYCLE, event, stream=True)


def _of_handlers(rule: Rule) -> bool:
    return not isinstance(rule, StartFault | PortRule)


def _class_of(cell: ActorCell) -> str:
    return type(cell.loop.actor).__name__


def _made(error: BaseException | type[BaseException]) -> BaseException:
    return error("injected by the fault plan") if isinstance(error, type) else error
