"""Lines to a schedule: slots, refusals, idle times, and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from pyros.scheduling.accounts import Purse
from pyros.scheduling.air import airmass
from pyros.scheduling.cadence import Chains, part_of
from pyros.scheduling.crowded import Crowd
from pyros.scheduling.document import sha256
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.idle import idle_times
from pyros.scheduling.lines import Lines, TierLine
from pyros.scheduling.model import Request, Tier
from pyros.scheduling.refusals import unseen
from pyros.scheduling.starts import Line, latest_before
from pyros.scheduling.timetable import Changes, Refusal, Schedule, Slot, Spent, TierResult

KEPT_S = 60.0
FOLLOWS = "Not in this first plan; the reason follows with the full one."


def summarise(  # noqa: PLR0913 - what a schedule says of itself, by name
    lines: Lines, *, stage: str, previous: Schedule | None, solver: str, seed: int, at_once: int
) -> Schedule:
    """Return the schedule that the lines stand for.

    Where more than `at_once` are refused, nobody waits for their reasons: they are those of the
    previous plan, or said to follow.
    """
    slots = _slots(lines)
    refused = _refused(lines)
    known = _known(previous, refused) if len(refused) > at_once else None
    refusals = _refusals(lines, refused) if known is None else known
    results = tuple(
        TierResult(tier=str(tier.tier), value=tier.line.value, bound=tier.bound.value)
        for tier in lines.tiers
        if tier.jobs or any(node.held for node in tier.line.nodes)
    )
    return Schedule(
        problem_sha256=sha256(lines.grid.problem),
        stage=stage,
        value=sum(result.value for result in results),
        bound=sum(result.bound for result in results),
        tiers=results,
        slots=slots,
        refusals=refusals,
        accounts=_accounts(lines),
        idle=idle_times(lines, refusals),
        changes=_changes(previous, slots),
        solver=solver,
        seed=seed,
    )


def _slots(lines: Lines) -> tuple[Slot, ...]:
    grid, line, placed = lines.grid, lines.last, lines.placed()
    found = []
    for place in range(1, len(line.nodes)):
        node = line.nodes[place]
        if node.frozen:
            found.append(_frozen(grid, node))
        elif node.id in placed:
            found.append(_slot(lines, line, place, *placed[node.id]))
    return tuple(found)


def _frozen(grid: Grid, node: Node) -> Slot:
    armed = next(one for one in grid.problem.armed if one.id == node.id)
    slot = Slot(
        id=node.id,
        start=armed.start,
        on_target=armed.on_target,
        end=armed.end,
        step=node.first,
        setup_s=(armed.on_target - armed.start).total_seconds(),
        frozen=True,
    )
    return _with_sky(grid, slot, grid.requests[node.id], node.first, node.length)


def _slot(lines: Lines, line: Line, place: int, node: Node, on: int) -> Slot:
    grid, step_s = lines.grid, lines.grid.view.step_s
    one, one_on = line.nodes[place - 1], line.on[place - 1]
    one_end = one_on + one.length
    setup = lines.rules.transitions.steps(one.pointing, one_on, one_end, node.pointing, on)
    value = node.value_at(on)
    before, after = _slide(lines, line, place, node, on)
    slot = Slot(
        id=node.id,
        start=grid.view.at(on - setup),
        on_target=grid.view.at(on),
        end=grid.view.at(on + node.length),
        step=on,
        setup_s=setup * step_s,
        slide_before_s=before * step_s,
        slide_after_s=after * step_s,
        value=0.0 if node.filler else value,
        quality=value / node.best if node.best > 0.0 else 0.0,
        filler=node.filler,
    )
    request = node.request
    return slot if request is None else _with_sky(grid, slot, request, on, node.length)


def _slide(lines: Lines, line: Line, place: int, node: Node, on: int) -> tuple[int, int]:
    """Return how many steps a slot alone may go earlier and later, every step between feasible."""
    transitions = lines.rules.transitions
    one, one_on = line.nodes[place - 1], line.on[place - 1]
    end = one_on + one.length
    first, last = on, on
    while math.isfinite(node.value_at(first - 1)) and first - 1 - transitions.steps(
        one.pointing, one_on, end, node.pointing, first - 1
    ) >= max(end, node.floor):
        first -= 1
    high = node.first + node.values.size - 1
    if place + 1 < len(line.nodes):
        high = latest_before(transitions, node, line.nodes[place + 1], line.on[place + 1])
    while last < high and math.isfinite(node.value_at(last + 1)):
        last += 1
    return on - first, last - on


def _with_sky(grid: Grid, slot: Slot, request: Request, on: int, length: int) -> Slot:
    view, direction = grid.view, grid.direction(request)
    middle = min(on + length // 2, view.steps)
    altitude = math.degrees(math.asin(max(-1.0, min(1.0, float(direction.sin_altitude[middle])))))
    return replace(
        slot,
        altitude_deg=round(altitude, 4),
        airmass=round(airmass(max(altitude, 0.0)), 4),
        moon_distance_deg=round(float(view.moon_distance_deg(direction)[middle]), 3),
        hour_angle_h=round(float(view.hour_angle_deg(direction)[middle]) / 15.0, 4),
    )


def _refused(lines: Lines) -> list[Request]:
    placed = lines.placed().keys() | lines.grid.frozen_ids()
    requests = sorted(lines.grid.problem.requests, key=lambda request: request.id)
    return [request for request in requests if request.id not in placed]


def _known(previous: Schedule | None, refused: Sequence[Request]) -> tuple[Refusal, ...]:
    before = {} if previous is None else {one.id: one for one in previous.refusals}
    follows = Refusal(id="", code="NO_ROOM", text=FOLLOWS)
    return tuple(before.get(one.id) or replace(follows, id=one.id) for one in refused)


def _refusals(lines: Lines, refused: Sequence[Request]) -> tuple[Refusal, ...]:
    crowds = _crowds(lines)
    return tuple(_refusal(lines.grid, crowds[request.tier], request) for request in refused)


def _certain(tier: TierLine) -> dict[str, bool]:
    """Return which jobs are in no better line: bound and reduced cost are a proof of it."""
    limit = tier.bound
    return {name: limit.value + cost < tier.line.value for name, cost in limit.reduced.items()}


def _refusal(grid: Grid, crowd: Crowd, request: Request) -> Refusal:
    job = grid.job(request)
    if job is None:
        return unseen(grid, request)
    part = part_of(grid.problem, request)
    if part is not None:
        return Chains(grid, crowd.rooms.line, crowd.used, crowd.groups).refusal(part, request)
    return crowd.refusal(job)


def _crowds(lines: Lines) -> dict[Tier, Crowd]:
    """Return for each tier the line in which its refused ones would have to stand."""
    grid, used = lines.grid, Purse(lines.grid.problem, lines.grid.fixed())
    found = {}
    for tier in lines.tiers:
        for node in tier.line.nodes:
            if not node.fixed or node.held:
                used.pay(node)
        found[tier.tier] = Crowd(
            grid, tier.line, dict(used.used), dict(used.groups), certain=_certain(tier)
        )
    found[Tier.FILLER] = Crowd(grid, lines.last, {}, {})
    return found


def _accounts(lines: Lines) -> dict[str, Spent]:
    prices = {name: price for tier in lines.tiers for name, price in tier.bound.price_per_h.items()}
    used = lines.rules.purse.used
    return {
        name: Spent(
            used_s=used[name],
            left_s=account.left_s - used[name],
            price_per_h=round(prices.get(name, 0.0), 6),
        )
        for name, account in sorted(lines.grid.problem.accounts.items())
    }


def _changes(previous: Schedule | None, slots: tuple[Slot, ...]) -> Changes:
    if previous is None:
        return Changes(new=tuple(slot.id for slot in slots))
    old = {slot.id: slot for slot in previous.slots}
    now = {slot.id: slot for slot in slots}
    both = [name for name in now if name in old]
    near = [
        name
        for name in both
        if abs((now[name].on_target - old[name].on_target).total_seconds()) <= KEPT_S
    ]
    return Changes(
        kept=tuple(near),
        moved=tuple(name for name in both if name not in near),
        new=tuple(name for name in now if name not in old),
        dropped=tuple(name for name in old if name not in now),
    )
