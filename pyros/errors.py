"""Every error of PyROS on one screen; a class exists where a caller acts differently on it.

PyrosError
├── ConfigError            the file is wrong: say where and what would be right; nothing starts
├── StartError             something else is missing at start: one line with its remedy; exit 1
├── Refused                a declared no, with its reasons: tell who asked, go on
├── NotRunning             nobody answers at that address now: try later (leaves: kernel/ref.py)
├── IllegalTransition      no such step from this state: nothing was written
├── StaleVersion           somebody else changed it meanwhile: read it again; nothing was written
├── StoreUnavailable       the database cannot be written now: keep it, try later
└── DeviceError
    ├── CommandRefused     nothing was begun: tell who asked, do not send it again unchanged
    │       NotSupported  InvalidValue  NotNow  Interlocked
    ├── OperationFailed    begun, ended badly: read the box; at rest READY, else FAULT
    │       OperationCancelled  OperationTimeout  WrongResult  HardwareFault
    └── DeviceUnreachable  nobody knows what became of it: DISABLED, go on calling
            LinkLost  Unresponsive  Restarted  BadPeer
"""

from __future__ import annotations

from typing import ClassVar


class PyrosError(Exception):
    """Root of all errors that PyROS raises on purpose."""


class ConfigError(PyrosError):
    """The configuration is wrong; the text has one complaint a paragraph, each with its place."""


class StartError(PyrosError):
    """The observatory cannot start; the text is one line: what is missing and the remedy."""


class Refused(PyrosError):
    """A declared no.  The asker gets it, who said it lives on."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class NotRunning(PyrosError):
    """Nobody answers at that address now."""


class IllegalTransition(PyrosError):
    """No such step from this state; nothing was written."""

    def __init__(self, machine: str, state: str, event: str, why: str = "") -> None:
        super().__init__(f"{machine}: no '{event}' from {state}" + (f": {why}" if why else ""))
        self.machine, self.state, self.event, self.why = machine, state, event, why


class StaleVersion(PyrosError):
    """The row was changed by somebody else since it was read; nothing was written."""


class NoSuchRow(PyrosError, LookupError):
    """The store has no row of that id, or not yet."""


class StoreUnavailable(PyrosError):
    """The database cannot be written now (full disk, locked, gone); nothing was written."""


class DeviceError(PyrosError):
    """Something between us and a device."""

    number: ClassVar[int] = 0x500


class CommandRefused(DeviceError):
    """The device began nothing."""

    number = 0x40C


class NotSupported(CommandRefused):
    """The device has no such verb."""

    number = 0x400


class InvalidValue(CommandRefused):
    """A parameter is out of what the device allows; nothing was begun."""

    number = 0x401

    def __init__(self, parameter: str, value: object, *, allowed: str = "") -> None:
        text = f"{parameter} {value!r}"
        super().__init__(f"{text}: allowed is {allowed}" if allowed else f"{text} is not allowed")
        self.parameter, self.value, self.allowed = parameter, value, allowed


class NotNow(CommandRefused):
    """The device could, but not in its present state (busy, expired, parked ...)."""

    number = 0x40B


class Interlocked(CommandRefused):
    """An interlock forbids it."""

    number = 0x506


class OperationFailed(DeviceError):
    """It was begun and ended badly."""


class OperationCancelled(OperationFailed):
    """Somebody aborted it."""

    number = 0x40E


class OperationTimeout(OperationFailed):
    """It did not end before its deadline."""

    number = 0x503


class WrongResult(OperationFailed):
    """It said done, but the device is not where it was sent."""

    number = 0x504


class HardwareFault(OperationFailed):
    """The device reports a fault."""

    number = 0x507


class DeviceUnreachable(DeviceError):
    """No answer; what became of a running operation is unknown."""


class LinkLost(DeviceUnreachable):
    """The connection broke."""

    number = 0x501


class Unresponsive(DeviceUnreachable):
    """The connection stands, but nobody answers."""

    number = 0x502


class Restarted(DeviceUnreachable):
    """The device side was started anew since we last spoke."""

    number = 0x505


class BadPeer(DeviceUnreachable):
    """Wrong version, identity or key at the other end."""

    number = 0x508
