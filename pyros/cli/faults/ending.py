"""The end of a trial: a person stops everything, and all that must hold is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from pyros.actors import tree
from pyros.cli.faults.premises import Premises
from pyros.cli.invariants import judge
from pyros.messages.commands import StopEverything
from pyros.messages.events import HouseStatus

STOP_S = 900.0
"""So long a person's order to stop everything may take, virtual seconds."""
LOOK_S = 10.0
PRESS_AGAIN_S = 60.0
"""A person whose order had no effect gives it again: it may have died with the majordome."""


def all_that_must_hold(site: Premises) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Stop everything; yield each invariant with what violates it."""
    until = site.clock.monotonic() + STOP_S
    while site.up is None and site.clock.monotonic() < until:
        site.run_for(LOOK_S)
    _press_stop(site, until)
    house = site.up
    if house is None:
        yield "up_again", ("the house is still down",)
        return
    yield "up_again", ()
    yield from judge(house, site.heard.record).items()
    site.close()
    yield "each_end_told_once", tuple(site.heard.told_twice)
    yield "nothing_left_running", tuple(site.left_over)


def _press_stop(site: Premises, until: float) -> None:
    """Give the order until all is shut and idle, or time is up."""
    pressed = float("-inf")
    while not _is_at_rest(site) and (now := site.clock.monotonic()) < until:
        if now - pressed >= PRESS_AGAIN_S and site.up is not None:
            pressed = now
            order = StopEverything(at=site.clock.utc(), ordered_by="the end of the trial")
            site.up.system.address(tree.MAJORDOME).offer(order)
        site.run_for(LOOK_S)
    site.run_for(LOOK_S)


def _is_at_rest(site: Premises) -> bool:
    record = site.heard.record
    status = site.up.bus.latest("house") if site.up is not None else None
    idle = isinstance(status, HouseStatus) and status.running is None
    closed = record.dome is not None and record.dome.phase == "closed"
    return idle and closed and record.telescope is not None and record.telescope.at_park is True
