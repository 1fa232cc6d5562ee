"""The life of a device: one answer or one silence at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from pyros.actors.devices.manner import Now, Tended
from pyros.domain.devices.device import AT_WORK, DeviceState
from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.state import Link, State
from pyros.errors import (
    BadPeer,
    DeviceUnreachable,
    HardwareFault,
    LinkLost,
    Restarted,
    Unresponsive,
    WrongResult,
)

STILL_S = 5.0
"""After an abort the device must stand still within this, observatory seconds."""
FROZEN_S = 5.0
"""An answer whose own time has not moved for so long is no answer."""
NO_ANSWER_YET = frozenset({DeviceState.UNKNOWN, DeviceState.CONNECTING, DeviceState.DISABLED})
"""States in which the device is to be called before it can be asked."""
NO_LINE = NO_ANSWER_YET | {DeviceState.OUT}
"""States in which it cannot be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How long what is borne."""

    missed: int = 3
    initialise_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Where a device stands; seconds are of the monotonic clock."""

    state: DeviceState = DeviceState.UNKNOWN
    since: datetime
    reason: str = ""
    silent: int = 0
    """Unanswered calls in a row."""
    entered_s: float = 0.0
    boot_id: str = ""
    sampled_at: datetime | None = None
    fresh_s: float = 0.0
    """When its own time was last seen to move."""
    aborted_s: float | None = None
    """When an abort was ordered whose standstill is not seen yet."""
    wrong: int = 0
    """Operations in a row that ended elsewhere than told."""
    foreign: bool = False
    """Whoever answers there is not our device."""
    again: bool = False
    """Whether the next try is due at once."""

    @property
    def connected(self) -> bool:
        """Whether the line stands as far as we know, so that it can be asked."""
        return self.state not in NO_LINE and not self.foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A sample, what its kind makes of it, and what it says of operations.

    `busy`: one is under way that keeps others out; `still`: nothing moves; `endings`: those that
    were just seen to end.
    """

    sample: State
    tended: Tended
    busy: bool = False
    still: bool = True
    endings: tuple[Operation, ...] = ()


Lives = tuple[Life, ...]
"""The states passed through, the last one is that of now; never empty."""


def born(now: Now) -> Life:
    """Return the life of a device nobody has called yet."""
    return Life(since=now.at, entered_s=now.s, fresh_s=now.s)


def silence_in(life: Life, sample: State, now: Now) -> DeviceUnreachable | None:
    """Return the silence that an answer amounts to: lost line, old truth, another boot.

    None: it is a real answer.
    """
    if sample.link in (Link.LOST, Link.DISCONNECTED):
        return LinkLost(f"link {sample.link}")
    if sample.link is Link.STALE:
        return Unresponsive("status is stale")
    restarted = bool(life.boot_id) and sample.boot_id != life.boot_id
    if restarted and life.state not in NO_ANSWER_YET:
        return Restarted("the device was started anew")
    at_rest = sample.sampled_at == life.sampled_at and now.s - life.fresh_s > FROZEN_S
    if at_rest and not restarted:
        return Unresponsive(f"status at rest for {now.s - life.fresh_s:.0f} s")
    return None


def heard(life: Life, look: Look, now: Now, *, rules: Rules) -> Lives:
    """Return the life after a real answer (see `silence_in`)."""
    tended = look.tended
    if life.state is DeviceState.OUT:
        return (life,)
    life = _noted(life, look, now)
    lives: Lives = (life,)
    if life.state in NO_ANSWER_YET:
        life = _to(life, DeviceState.INITIALISING, "answers", now)
        lives = (*lives, life)
    if life.state in AT_WORK | {DeviceState.INITIALISING} and (wrong := _fault(life, look, now)):
        return (*lives, _to(life, DeviceState.FAULT, wrong, now))
    if life.state is DeviceState.INITIALISING:
        life = _initialising(life, tended, now, rules)
        lives = (*lives, life)
    if life.state in AT_WORK:
        lives = (*lives, _at_work(life, busy=look.busy, now=now))
    return _different(lives)


def unheard(life: Life, silence: DeviceUnreachable, now: Now, *, rules: Rules) -> Lives:
    """Return the life after a call that nobody answered, or the wrong one did."""
    if life.state is DeviceState.OUT:
        return (life,)
    if isinstance(silence, BadPeer):
        return _different((life, _foreign(life, silence, now)))
    counted = replace(life, silent=life.silent + 1, again=False)
    if life.state is DeviceState.DISABLED:
        return (replace(counted, reason=str(silence)),)
    borne = life.connected and isinstance(silence, Unresponsive) and counted.silent < rules.missed
    if borne or life.foreign:
        return (counted,)
    lost = _to(counted, DeviceState.DISABLED, str(silence), now)
    return (life, replace(lost, again=isinstance(silence, Restarted), aborted_s=None))


def aborted(life: Life, now: Now) -> Life:
    """Return the life after an abort was ordered: standstill must be seen."""
    return replace(life, aborted_s=now.s if life.aborted_s is None else life.aborted_s)


def ordered(life: Life) -> Life:
    """Return the life after the box began something new: that moves, not what was aborted."""
    return replace(life, aborted_s=None)


def at_work(life: Life, *, busy: bool, now: Now) -> Lives:
    """Return the life after an order was accepted or an operation ended."""
    if life.state not in AT_WORK:
        return (life,)
    return _different((life, _at_work(life, busy=busy, now=now)))


def reset(life: Life, now: Now) -> Lives:
    """Return the life of a device in FAULT that is tried again; any other stays as it is."""
    if life.state is not DeviceState.FAULT:
        return (life,)
    state = DeviceState.UNKNOWN if life.foreign else DeviceState.INITIALISING
    fresh = _to(life, state, "reset", now)
    return (life, replace(fresh, wrong=0, foreign=False, aborted_s=None, again=True))


def taken_out(life: Life, by: str, now: Now) -> Lives:
    """Return the life of a device that is out of service."""
    return (life, replace(_to(life, DeviceState.OUT, f"taken out by {by}", now), foreign=False))


def put_back(life: Life, by: str, now: Now) -> Lives:
    """Return the life of a device that is called again."""
    return (life, replace(_to(life, DeviceState.UNKNOWN, f"put back by {by}", now), again=True))


def _noted(life: Life, look: Look, now: Now) -> Life:
    sample = look.sample
    moved = sample.sampled_at != life.sampled_at
    wrong = life.wrong
    for each in look.endings:
        if each.state is OpState.DONE:
            wrong = 0
        elif WrongResult.__name__ in each.error:
            wrong += 1
    return replace(
        life,
        silent=0,
        again=False,
        wrong=wrong,
        boot_id=sample.boot_id,
        sampled_at=sample.sampled_at,
        fresh_s=now.s if moved else life.fresh_s,
        aborted_s=None if look.still else life.aborted_s,
    )


def _fault(life: Life, look: Look, now: Now) -> str:
    if look.tended.faults:
        return ", ".join(look.tended.faults)
    if failed := [each.error for each in look.endings if HardwareFault.__name__ in each.error]:
        return failed[0]
    if life.wrong >= 2:
        return "twice in a row it ended elsewhere than told"
    if life.aborted_s is not None and now.s - life.aborted_s > STILL_S:
        return f"abort_not_confirmed: it still moves {now.s - life.aborted_s:.0f} s after the abort"
    return ""


def _initialising(life: Life, tended: Tended, now: Now, rules: Rules) -> Life:
    if tended.ready:
        return _to(life, DeviceState.READY, "initialised", now)
    waited_s = now.s - life.entered_s
    if waited_s > rules.initialise_s:
        why = f"not initialised within {rules.initialise_s:g} s: {tended.why}"
        return _to(life, DeviceState.FAULT, why, now)
    return replace(life, reason=tended.why)


def _at_work(life: Life, *, busy: bool, now: Now) -> Life:
    state = DeviceState.BUSY if busy else DeviceState.READY
    return life if life.state is state else _to(life, state, "", now)


def _foreign(life: Life, silence: BadPeer, now: Now) -> Life:
    why = f"{silence}; mend the address or the box, then reset the fault"
    return replace(_to(life, DeviceState.FAULT, why, now), foreign=True)


def _to(life: Life, state: DeviceState, reason: str, now: Now) -> Life:
    return replace(life, state=state, reason=reason, since=now.at, entered_s=now.s, silent=0)


def _different(lives: Lives) -> Lives:
    """Return the lives without those whose state the next one shares."""
    kept = [one for one, after in pairwise(lives) if one.state != after.state]
    return (*kept, lives[-1])
