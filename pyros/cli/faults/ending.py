"""The end of a trial: a person stops everything, and all that must hold is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from pyros.actors import tree
from pyros.cli.faults.premises import Premises
from pyros.cli.invariants import judge
from pyros.messages.commands import StopEverything

STOP_S = 900.0
"""So long a person's order to stop everything may take, virtual seconds."""
LOOK_S = 10.0


def all_that_must_hold(site: Premises) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Stop everything; yield each invariant with what violates it."""
    until = site.clock.monotonic() + STOP_S
    while site.up is None and site.clock.monotonic() < until:
        site.run_for(LOOK_S)
    house = site.up
    if house is None:
        yield "up_again", ("the house is still down",)
        return
    yield "up_again", ()
    order = StopEverything(at=site.clock.utc(), ordered_by="the end of the trial")
    house.system.address(tree.MAJORDOME).offer(order)
    while not _is_safe(site) and site.clock.monotonic() < until:
        site.run_for(LOOK_S)
    site.run_for(LOOK_S)
    yield from judge(house, site.heard.record).items()
    site.close()
    yield "each_end_told_once", tuple(site.heard.told_twice)
    yield "nothing_left_running", tuple(site.left_over)


def _is_safe(site: Premises) -> bool:
    record = site.heard.record
    closed = record.dome is not None and record.dome.phase == "closed"
    return closed and record.telescope is not None and record.telescope.at_park is True
