"""What a kind of device adds to the life that all devices share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, Self, TypeVar

from pyros.domain.devices.operation import Operation
from pyros.domain.devices.state import State
from pyros.drivers.interface import Capabilities, Driver
from pyros.messages.commands import Command
from pyros.messages.device_commands import DeviceCommand

StateT = TypeVar("StateT", bound=State)
DriverT = TypeVar("DriverT", bound=Driver)


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The instant, and the same on the clock that never falls, observatory seconds."""

    at: datetime
    s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kick(Command):
    """To the box of the dome: your owner lives and means it to be open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home(DeviceCommand):
    """Find the zero position again; part of initialising, nobody else orders it."""


Order = DeviceCommand | Kick


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """What one look at a device leads to.

    `ready`: it is as its kind wants it, else `why` not.  `faults` put it into FAULT.  `orders` are
    given to the box now, their keys filled in by who gives them.  `notes` are for the log,
    `happenings` are facts that nobody ordered (a dome that closed by itself).
    """

    ready: bool = True
    why: str = ""
    faults: tuple[str, ...] = ()
    orders: tuple[Order, ...] = ()
    notes: tuple[str, ...] = ()
    happenings: tuple[str, ...] = ()


BENIGN = frozenset({"garbled"})
"""Faults that a field is None for, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner(Generic[StateT, DriverT]):
    """How a kind behaves among us; frozen, so what changes comes back as a new one."""

    verbs: ClassVar[frozenset[str]] = frozenset()
    """What may be ordered of it, besides abort, reset, take_out and put_back."""
    resting: ClassVar[frozenset[str]] = frozenset()
    """Words of `phase` in which nothing moves."""
    urgent: ClassVar[frozenset[str]] = frozenset()
    """Verbs that the box takes though another operation runs: that one ends for it."""
    calm: ClassVar[frozenset[str]] = frozenset()
    """Words of `phase` in which it is at work, but nothing moves that must be watched closely."""
    background: ClassVar[frozenset[str]] = frozenset()
    """Verbs whose operation keeps no other from being ordered."""
    drops_foreign: ClassVar[bool] = False
    """Whether an operation found running, which nobody asks for, is aborted."""

    def tend(self, sample: StateT, now: Now) -> tuple[Self, Tended]:
        """Look at a fresh sample; what to do, and is it ready."""
        return self, Tended(faults=faults_of(sample))

    def pulse(self, now: Now) -> tuple[Self, Order | None]:
        """What time alone asks for between two looks; None: look, or let it rest."""
        return self, None

    def told(self, command: Command, now: Now) -> Self:
        """Know that `command` was accepted."""
        return self

    def gave(self, order: Order, now: Now) -> Self:
        """Know that `order` was just given to the box."""
        return self

    def knows(self, capabilities: Capabilities) -> str:
        """Return why the box cannot be ours (its filters have other names), empty if it can."""
        return ""

    def refusals(self, verb: str, sample: StateT, now: Now) -> tuple[str, ...]:
        """Return why `verb` may not be ordered now, whatever its arguments."""
        return ()

    def interlocks(self, sample: StateT, now: Now) -> tuple[str, ...]:
        """Return what the box says forbids a motion."""
        return sample.interlocks

    def objections(self, command: DeviceCommand, now: Now) -> tuple[str, ...]:
        """Return what is wrong with the arguments of a command."""
        return ()

    def carry_out(self, driver: DriverT, command: Order) -> Operation | None:
        """Give an order to the box.

        Raises:
            NotSupported: no such order for this kind.
            CommandRefused, DeviceUnreachable: as the driver.
        """
        raise NotImplementedError

    def done_keys(self, sample: StateT) -> frozenset[str]:
        """Return keys that the sample itself proves done (a held frame, a closed dome)."""
        return frozenset()

    def kept_keys(self) -> frozenset[str]:
        """Return keys that it sees to itself, whether or not the box still knows them."""
        return frozenset()

    def result_of(self, operation: Operation) -> Operation:
        """Return an ended operation with what only we know of its result."""
        return operation

    def due_s(self, now: Now) -> float | None:
        """Return in how many seconds it wants to be looked at at the latest."""
        return None

    def stance(self, now: Now) -> object:
        """Return what of itself decides on refusals, beside the sample; equal if it is no news."""
        return None

    def permit_s(self, now: Now) -> float | None:
        """Return how long it may still be open, seconds; None for whatever cannot open."""
        return None


def faults_of(sample: State) -> tuple[str, ...]:
    """Return the faults of a sample that put the device into FAULT."""
    faults = tuple(fault for fault in sample.faults if fault not in BENIGN)
    return faults or (("error reported by the device",) if sample.phase == "error" else ())
