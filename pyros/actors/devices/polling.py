"""How often to call a device."""

from __future__ import annotations

from dataclasses import dataclass

from pyros.config.devices import Answers, Poll
from pyros.domain.devices.device import DeviceState
from pyros.domain.devices.operation import Operation

SHORTEST_REAL_S = 0.05
"""Never more than 20 calls a real second, however fast the observatory's time runs."""
AFTER_ETA_S = 0.02
"""An operation is looked at so long after the end it announced."""
STATUS_S = 5.0
"""A status is published at least so often, and so often is an idle actor woken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What decides when to look again.

    `due_s`: in how many seconds its kind wants something done; `silent`: it did not answer just
    now but is not given up; `parked`: it rests for long; `since_look_s`: how long ago that was.
    """

    life: DeviceState
    running: Operation | None = None
    moving: bool = False
    parked: bool = False
    silent: bool = False
    due_s: float | None = None
    since_look_s: float = 0.0


def next_beat_s(pace: Pace, *, poll: Poll, answers: Answers, factor: float) -> float:
    """Return in how many observatory seconds a device is to be looked at again.

    Rates are of the observatory's clock, pings of the real one; `factor` is how many observatory
    seconds pass in a real one.
    """
    rate_s = _rate_s(pace, poll)
    past_s = pace.since_look_s
    if pace.life in (DeviceState.DISABLED, DeviceState.OUT):
        return max(rate_s, SHORTEST_REAL_S * factor)
    longest_s = max(STATUS_S, poll.ready_s)  # who wants it read less often is told less often
    wanted = [answers.ping_s * factor if pace.silent else rate_s, longest_s]
    if pace.running is not None and pace.running.eta_s is not None:
        wanted.append(pace.running.eta_s + AFTER_ETA_S)
    wanted = [max(0.0, each - past_s) for each in wanted]
    if pace.due_s is not None:
        wanted.append(pace.due_s)
    return max(min(wanted), SHORTEST_REAL_S * factor)


def _rate_s(pace: Pace, poll: Poll) -> float:
    match pace.life:
        case DeviceState.DISABLED | DeviceState.UNKNOWN:
            return poll.disabled_s
        case DeviceState.OUT:
            return STATUS_S
    if pace.moving:
        return poll.moving_s
    return poll.parked_s if pace.parked else poll.ready_s
