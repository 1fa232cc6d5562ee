"""When to restart, when to wait, when to give up.  Pure."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from pyros.kernel.spec import Backoff, RestartIntensity


class RestartWindow:
    """The restarts of one supervisor within its period."""

    def __init__(self, intensity: RestartIntensity) -> None:
        self._intensity = intensity
        self._times: deque[float] = deque(maxlen=intensity.max_restarts + 1)

    def charge(self, now: float) -> bool:
        """Count a restart at `now` seconds; whether the supervisor still bears it."""
        self._times.append(now)
        while self._times and now - self._times[0] > self._intensity.period_s:
            self._times.popleft()
        return len(self._times) <= self._intensity.max_restarts


def delay_s(backoff: Backoff, tries: int, random: Random) -> float:
    """How long to wait before try number `tries` (from 0), seconds."""
    plain_s = min(backoff.max_s, backoff.min_s * 2.0 ** min(tries, 1000))
    return plain_s * (1.0 + backoff.jitter * random.random())


class Directive(StrEnum):
    """What a supervisor does about a failure."""

    RESTART = "restart"
    STOP = "stop"
    ESCALATE = "escalate"
    RESUME = "resume"


class Decider:
    """Exception class to directive; the most specific class wins, the default is restart."""

    def __init__(self, rules: Mapping[type[BaseException], Directive] | None = None) -> None:
        self._rules = dict(rules or {})

    def decide(self, error: BaseException | None) -> Directive:
        """What to do about `error`; one without an exception (hung) is a restart."""
        for kind in type(error).__mro__ if error is not None else ():
            if kind in self._rules:
                return self._rules[kind]
        return Directive.RESTART

    def resumes(self, error: BaseException) -> bool:
        """Whether the child is to go on as if nothing had been."""
        return self.decide(error) is Directive.RESUME
