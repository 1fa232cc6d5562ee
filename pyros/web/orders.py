"""An order of a person: written down, given once, and the page learns by push what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from pyros.errors import PyrosError
from pyros.kernel.ref import Address
from pyros.messages.commands import Command
from pyros.web.audit import note
from pyros.web.keys import BRIDGE, ONCE, PARTS
from pyros.web.plain import plain

ANSWER_S = 2.0


async def give(request: web.Request, to: str, order: Command) -> None:
    """Write the order down, then tell it; the same form sent twice is one order.

    Raises:
        NotRunning: nobody is there now; that is written down, too.
    """
    if not await _first(request):
        return
    _note(request, to, order)
    try:
        _address(request, to).tell(order)
    except PyrosError as gone:
        _note(request, to, order, outcome="REFUSED", reason=str(gone))
        raise


async def ask(request: web.Request, to: str, order: Command) -> object:
    """Write the order down, then ask it; None if the same form was sent before.

    Raises:
        NotRunning, AskTimeout, Refused: no answer, or a declared no; that is written down, too.
    """
    if not await _first(request):
        return None
    _note(request, to, order)
    try:
        return await request.app[BRIDGE].ask(_address(request, to), order, timeout_s=ANSWER_S)
    except PyrosError as no:
        _note(request, to, order, outcome="REFUSED", reason=str(no))
        raise


async def strike(request: web.Request, verb: str, path: str, act: Callable[[str], object]) -> None:
    """Write down what an actor shall suffer, then let it; the same form sent twice is one order.

    Raises:
        Refused, NotRunning: it was not done; that is written down, too.
    """
    if not await _first(request):
        return
    action = f"{verb}-actor"
    note(request, action=action, subject=path)
    try:
        act(path)
    except PyrosError as no:
        note(request, action=action, subject=path, outcome="REFUSED", reason=str(no))
        raise


async def _first(request: web.Request) -> bool:
    key = (await request.post()).get("key", "")
    return isinstance(key, str) and request.app[ONCE].spend(key)


def _address(request: web.Request, to: str) -> Address:
    parts = request.app[PARTS]
    return parts.address(parts.staff[to])


def _note(
    request: web.Request, to: str, order: Command, *, outcome: str = "DONE", reason: str = ""
) -> None:
    values = plain(order)
    after = values if isinstance(values, Mapping) else {}
    note(
        request,
        action=type(order).__name__,
        subject=to,
        after=after,
        outcome=outcome,
        reason=reason,
    )
