"""Our errors as numbers on the wire, and back; the numbers are those of Alpaca where it has one."""

from __future__ import annotations

from collections.abc import Mapping

from pyros.errors import (
    BadPeer,
    CommandRefused,
    DeviceError,
    HardwareFault,
    Interlocked,
    InvalidValue,
    LinkLost,
    NotNow,
    NotSupported,
    OperationCancelled,
    OperationTimeout,
    Restarted,
    Unresponsive,
    WrongResult,
)


class Outdated(CommandRefused):
    """A later incarnation of the sender has spoken already; the port makes `Fenced` of it."""

    number = 0x509


CLASSES: Mapping[int, type[DeviceError]] = {
    each.number: each
    for each in (
        NotSupported,
        InvalidValue,
        NotNow,
        Interlocked,
        CommandRefused,
        OperationCancelled,
        OperationTimeout,
        WrongResult,
        HardwareFault,
        LinkLost,
        Unresponsive,
        Restarted,
        BadPeer,
        Outdated,
    )
} | {0x407: NotNow, 0x408: NotNow, 0x409: NotNow}


def error_map(error: DeviceError) -> dict[str, object]:
    """Return the plain map that carries an error."""
    detail: dict[str, object] = {}
    if isinstance(error, InvalidValue):
        detail = {
            "parameter": error.parameter,
            "value": repr(error.value)[:200],
            "allowed": error.allowed,
        }
    return {
        "number": error.number,
        "name": type(error).__name__,
        "text": str(error)[:1000],
        "detail": detail,
    }


def error_of(plain: Mapping[str, object]) -> DeviceError:
    """Return the error that a plain map carries, whatever is in it.

    Numbers that are not ours: refusals up to 0x4FF, hardware faults from 0x500 on.
    """
    number, text, detail = plain.get("number"), str(plain.get("text", "")), plain.get("detail")
    if not isinstance(number, int):
        return BadPeer(f"error without a number: {text}")
    found = CLASSES.get(number) or (CommandRefused if number < 0x500 else HardwareFault)
    if found is InvalidValue:
        return _invalid(detail if isinstance(detail, dict) else {}, text)
    return found(text or f"{plain.get('name', 'error')} 0x{number:X}")


def _invalid(detail: Mapping[str, object], text: str) -> InvalidValue:
    error = InvalidValue(
        str(detail.get("parameter", "")),
        detail.get("value"),
        allowed=str(detail.get("allowed", "")),
    )
    error.args = (text,) if text else error.args
    return error
