"""What the kernel itself sends to actors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """End after the message in work; travels in the system lane."""

    reason: str = "shutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMissed:
    """An actor was too slow for streams it subscribed to: it should read a snapshot again."""

    patterns: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminated:
    """One that was watched is gone for good."""

    path: str
    incarnation: int
    reason: str


class Killed(BaseException):
    """A fault plan ends the actor as if its code had died."""


@dataclass(frozen=True, slots=True)
class Roll:
    """Answered by how many messages the actor has handled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A message without content: a fault plan strikes an idle actor with it."""

    fault: object
