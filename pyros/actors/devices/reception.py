"""What a device actor answers to each order."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from pyros.actors.devices import beat, guard, operations
from pyros.actors.devices.desk import Desk, unknown
from pyros.actors.devices.guard import VERBS
from pyros.actors.devices.report import change_of, end_of
from pyros.domain.devices.operation import Operation, OpState
from pyros.errors import CommandRefused, DeviceError, DeviceUnreachable, Refused
from pyros.messages import device_commands as orders

if TYPE_CHECKING:
    from pyros.drivers.interface import CameraDriver, FrameData

log = logging.getLogger(__name__)

FETCH_S = 20.0
"""A frame must have come within this, real seconds."""


def obey(desk: Desk, command: orders.DeviceCommand) -> Operation:
    """Give an order to the box and return its operation; a key known already changes nothing.

    Raises:
        Refused: with every reason why not.
    """
    known = desk.ops.known(command.key)
    if known is not None:
        return known
    _must_not(desk, command)
    operation = desk.act(command)
    now = desk.house.now()
    desk.manner = desk.manner.told(command, now)
    desk.become(beat.at_work(desk.life, busy=desk.running() is not None, now=now))
    desk.publish()
    return operation


def close(desk: Desk, command: orders.CloseDome) -> Operation:
    """Have the dome closed, whatever state it is in, until its switches say so."""
    if "close_shutter" not in desk.manner.verbs:
        _must_not(desk, command)
    if (known := desk.ops.known(command.key)) is not None:
        return known
    desk.look()
    operation = Operation(key=command.key, verb="close_shutter")
    desk.manner = desk.manner.told(command, desk.house.now())
    if desk.readable and command.key in desk.manner.done_keys(desk.sample):
        operation = operation.ending(OpState.DONE)
    else:
        log.warning("%s: closing: %s", desk.device.name, command.reason)
        operation = _begin_closing(desk, command) or operation
    desk.accept(operation)
    desk.look()
    return operation


def _begin_closing(desk: Desk, command: orders.CloseDome) -> Operation | None:
    """Return the box's operation; None if it did not take it: the beat orders it again."""
    if not desk.life.connected:
        return None
    desk.manner = desk.manner.gave(command, desk.house.now())
    try:
        operation: Operation | None = desk.manner.carry_out(desk.driver, command)
    except DeviceError as no:
        log.warning("%s: close refused or lost: %s", desk.device.name, no)
        return None
    return operation if operation is not None and not operation.ended else None


def abort(desk: Desk, command: orders.Abort) -> Operation:
    """Stop what moves, in every state; what came of it is read at once.

    Raises:
        Refused: a closing is under way, or the box has no such thing.
    """
    _must_not(desk, command)
    meant = not command.only or desk.ops.newest(desk.manner.background) in {"", command.only}
    try:
        operation = desk.driver.abort(command.only)
    except CommandRefused as no:
        raise Refused(str(no)) from no
    except DeviceUnreachable as silence:
        desk.silence(silence)
        return unknown(command, str(silence))
    if meant:  # what moves by another order moves on
        desk.life = beat.aborted(desk.life, desk.house.now())
    desk.look()
    return operation


def frame(desk: Desk, command: orders.FetchFrame | orders.DropFrame) -> FrameData | None:
    """Return the frame, or let the camera forget it.

    Raises:
        Refused: there is none, it came damaged, or nobody answered.
    """
    _must_not(desk, command)
    camera = cast("CameraDriver", desk.driver)  # no other kind has these verbs
    try:
        if isinstance(command, orders.FetchFrame):
            return camera.fetch(command.key, timeout_s=FETCH_S)
        camera.drop(command.key)
    except DeviceUnreachable as silence:
        desk.silence(silence)
        raise Refused(f"no answer: {silence}") from silence
    except DeviceError as no:
        raise Refused(str(no)) from no
    return None


def reset(desk: Desk, command: orders.ResetFault) -> Operation:
    """Try a device in FAULT again: its latched fault is cleared and it is initialised anew."""
    _must_not(desk, command)
    operation = Operation(key=command.key, verb="reset", state=OpState.DONE)
    if not desk.life.foreign:
        try:
            operation = desk.driver.reset()
        except CommandRefused as no:
            raise Refused(str(no)) from no
        except DeviceUnreachable as silence:
            desk.silence(silence)
    desk.become(beat.reset(desk.life, desk.house.now()))
    desk.look()
    return operation


def permit(desk: Desk, message: orders.RenewPermit | orders.WithdrawPermit) -> None:
    """Know until when the dome may be open; the first permit kicks, a withdrawn one closes.

    Raises:
        Refused: nothing of it can open.
    """
    if "open_shutter" not in desk.manner.verbs:
        raise Refused(f"{desk.device.name} cannot open: it needs no permit")
    had = desk.manner.permit_s(desk.house.now())
    desk.manner = desk.manner.told(message, desk.house.now())
    if not had or isinstance(message, orders.WithdrawPermit):
        desk.look()


def service(desk: Desk, message: orders.TakeOut | orders.PutBack) -> None:
    """Take the device out of service, or back into it.

    Raises:
        Refused: it is at work, or is where it should go already.
    """
    if reasons := guard.why_not(desk.here(), VERBS[type(message)]):
        raise Refused(*reasons)
    now, who = desk.house.now(), message.ordered_by
    if isinstance(message, orders.TakeOut):
        desk.become(beat.taken_out(desk.life, who, now))
        desk.lose("taken out of service")
        desk.publish()
    else:
        desk.become(beat.put_back(desk.life, who, now))
        desk.look()


def follow(desk: Desk, message: orders.FollowKey) -> None:
    """Tell whoever asks the end of an operation, now or when it comes."""
    done = desk.manner.done_keys(desk.sample) if desk.readable else frozenset[str]()
    desk.ops, ended = operations.follow(
        desk.ops, message.key, message.reply_to, readable=desk.readable, done_keys=done
    )
    if ended is not None:
        desk.house.tell(message.reply_to, end_of(desk.here(), ended))


def announce(desk: Desk) -> None:
    """Say again how it stands."""
    desk.house.say(change_of(desk.device, desk.life, desk.life))
    desk.publish(force=True)


def _must_not(desk: Desk, command: orders.DeviceCommand) -> None:
    """Refuse what the guard objects to, with every reason."""
    if reasons := guard.objections(desk.here(), command):
        desk.refuse(command, *reasons)
