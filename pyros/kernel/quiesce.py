"""With threads and a clock moved by hand: wait until nobody has anything to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyros.kernel.mailbox import Token
from pyros.kernel.ref import BoundedFuture
from pyros.kernel.signals import Roll

if TYPE_CHECKING:
    from pyros.kernel.cell import ActorCell
    from pyros.kernel.table import PathTable

PATIENCE_S = 10.0
"""How long a handler may keep everybody waiting, real seconds."""
STEP_S = 0.05


def settle(table: PathTable) -> None:
    """Return when all actors have handled all that was sent.

    Calls the roll: a token goes behind the mail of each actor and comes back with the number of
    messages handled so far.  Two rolls in a row with the same numbers: nothing is on its way.
    """
    before, now = None, _call(table)
    while before != now:
        before, now = now, _call(table)


def _call(table: PathTable) -> list[tuple[str, int, int]]:
    cells = list(table.cells.values())
    answers = [(cell, _nudge(cell)) for cell in cells]
    return [(cell.path, cell.incarnation, _wait(cell, answer)) for cell, answer in answers]


def _nudge(cell: ActorCell) -> BoundedFuture:
    answer = BoundedFuture(PATIENCE_S)
    cell.mailbox.nudge(Token(Roll(), answer))
    return answer


def _wait(cell: ActorCell, answer: BoundedFuture) -> int:
    waited_s = 0.0
    while not answer.wait(STEP_S):
        waited_s += STEP_S
        if cell.ended or cell.fenced or waited_s > PATIENCE_S:
            return cell.handled
    return int(answer.get())
