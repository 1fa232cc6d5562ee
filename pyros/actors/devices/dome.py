"""How a dome behaves among us: open only by permit, and closing is never given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from pyros.actors.devices.manner import Kick, Manner, Now, Order, Tended, faults_of
from pyros.actors.devices.permit import Permit, kick_due
from pyros.config.night import Safety
from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import DomeState
from pyros.drivers.interface import DomeDriver
from pyros.errors import NotSupported
from pyros.messages.commands import Command
from pyros.messages.device_commands import (
    CloseDome,
    OpenDome,
    RenewPermit,
    WithdrawPermit,
)

SELF_CLOSE = "selfclose"
"""The verb of an operation nobody ordered: the dome closed by itself."""
WISHES = 20
"""So many orders to close are told that it is closed, the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomeManner(Manner[DomeState, DomeDriver]):
    """The permit, and the closing that goes on until both switches say closed.

    `closing` is why it shall be closed, empty without that wish; `wished` are the keys of the
    orders that wait for it.
    """

    verbs: ClassVar[frozenset[str]] = frozenset({"open_shutter", "close_shutter"})
    resting: ClassVar[frozenset[str]] = frozenset({"open", "closed", "partly", "unknown"})

    safety: Safety
    permit: Permit
    closing: str = ""
    closing_since_s: float = 0.0
    ordered_s: float | None = None
    kicked_s: float | None = None
    was_open: bool = False
    wished: tuple[str, ...] = ()

    def tend(self, sample: DomeState, now: Now) -> tuple[DomeManner, Tended]:
        happenings = (SELF_CLOSE,) if self._closes_by_itself(sample) else ()
        manner, notes = self._judged(sample, now)
        manner, orders = manner.ordering(sample, now)
        faults = faults_of(sample)
        return manner, Tended(faults=faults, orders=orders, notes=notes, happenings=happenings)

    def pulse(self, now: Now) -> tuple[DomeManner, Order | None]:
        """A kick, if no more than that is due: whoever closes looks each time."""
        every_s = self.safety.kick_s
        due = kick_due(self.permit, kicked_s=self.kicked_s, now_s=now.s, every_s=every_s)
        if self.closing or not due:
            return self, None
        return replace(self, kicked_s=now.s), Kick(at=now.at)

    def told(self, command: Command, now: Now) -> DomeManner:
        match command:
            case RenewPermit():
                return replace(self, permit=self.permit.renewed(now.s, command.until_s))
            case WithdrawPermit():
                gone = replace(self, permit=self.permit.withdrawn(now.s))
                return gone.wanting(command.reason or "permit withdrawn", now)
            case CloseDome():
                wish = self.wanting(command.reason or "ordered", now)
                return replace(wish, wished=(*wish.wished, command.key)[-WISHES:])
        return self

    def gave(self, order: Order, now: Now) -> DomeManner:
        return replace(self, ordered_s=now.s) if isinstance(order, CloseDome) else self

    def refusals(self, verb: str, sample: DomeState | None, now: Now) -> tuple[str, ...]:
        reasons = []
        if verb in ("open_shutter", "abort") and self.closing:
            reasons.append(f"it is closing ({self.closing}) until its switches say closed")
        if verb == "open_shutter" and not self.permit.valid(now.s):
            reasons.append("no valid permit to be open")
        return tuple(reasons)

    def interlocks(self, sample: DomeState, now: Now) -> tuple[str, ...]:
        """What forbids to open; that nobody kicks is cured by the kick before the order."""
        if not self.permit.valid(now.s):
            return sample.interlocks
        return tuple(each for each in sample.interlocks if "kick" not in each)

    def carry_out(self, driver: DomeDriver, command: Order) -> Operation | None:
        match command:
            case Kick():
                driver.kick()
                return None
            case OpenDome():
                driver.kick()
                return driver.open_shutter(key=command.key)
            case CloseDome():
                return driver.close_shutter(key=command.key)
        raise NotSupported(f"a dome knows no {type(command).__name__}")

    def done_keys(self, sample: DomeState) -> frozenset[str]:
        """Keys of the closing orders, once both switches say closed."""
        return frozenset(self.wished) if is_closed(sample) else frozenset()

    def kept_keys(self) -> frozenset[str]:
        return frozenset(self.wished)

    def due_s(self, now: Now) -> float | None:
        dues = []
        if self.permit.valid(now.s):
            dues.append(self.permit.until_s - now.s + 0.01)
            if self.kicked_s is not None:
                dues.append(self.kicked_s + self.safety.kick_s - now.s)
        elif not self.permit.over(now.s):
            dues.append(self.permit.until_s - now.s + 0.01)
        if self.closing and self.ordered_s is not None:
            dues.append(self.ordered_s + self.safety.close_again_s - now.s)
        return max(0.0, min(dues)) if dues else None

    def stance(self, now: Now) -> object:
        return self.permit.valid(now.s), bool(self.closing)

    def permit_s(self, now: Now) -> float | None:
        return self.permit.left_s(now.s)

    def wanting(self, why: str, now: Now) -> DomeManner:
        """Return the dome with the wish to close; the first reason stays."""
        if self.closing:
            return self
        return replace(self, closing=why, closing_since_s=now.s, ordered_s=None)

    def _judged(self, sample: DomeState, now: Now) -> tuple[DomeManner, tuple[str, ...]]:
        """Return the dome with its wish to close begun, or confirmed by the switches."""
        closed = is_closed(sample)
        seen = replace(self, was_open=sample.open_switch is True)
        if seen.closing and closed:
            done = replace(seen, closing="", ordered_s=None, wished=())
            return done, (f"closed, both switches say so ({seen.closing})",)
        if not seen.closing and not closed and seen.permit.over(now.s):
            return seen.wanting("no permit to be open", now), ("no permit to be open: closing",)
        return seen, ()

    def ordering(self, sample: DomeState, now: Now) -> tuple[DomeManner, tuple[Order, ...]]:
        """Return the dome with what is due noted as ordered, and these orders."""
        manner, orders = self, list[Order]()
        if manner.close_due(sample, now):
            orders.append(CloseDome(at=now.at, key="", reason=manner.closing))
            manner = replace(manner, ordered_s=now.s)
        every_s = self.safety.kick_s
        if kick_due(manner.permit, kicked_s=manner.kicked_s, now_s=now.s, every_s=every_s):
            orders.append(Kick(at=now.at))
            manner = replace(manner, kicked_s=now.s)
        return manner, tuple(orders)

    def close_due(self, sample: DomeState, now: Now) -> bool:
        """Whether to order it to close, for the first time or again."""
        if not self.closing or is_closed(sample):
            return False
        if self.ordered_s is None:
            return True
        if now.s - self.ordered_s < self.safety.close_again_s - 1e-6:
            return False
        in_time = now.s - self.closing_since_s <= self.safety.shutter_s
        return not (sample.phase == "closing" and in_time)

    def _closes_by_itself(self, sample: DomeState) -> bool:
        leaves = self.was_open and sample.phase in ("closing", "closed", "partly")
        ours = sample.op is not None and sample.op.verb == "close_shutter"
        return leaves and not self.closing and not ours


def dome_manner(safety: Safety, now: Now) -> DomeManner:
    """Return the manner of a dome whose actor was just born: as long as a permit to be told one."""
    return DomeManner(safety=safety, permit=Permit(until_s=now.s + safety.permit_s))


def is_closed(sample: DomeState) -> bool:
    """Whether both switches say closed; anything else is not closed."""
    return sample.closed_switch is True and sample.open_switch is False
