"""Why a request that could be seen has no slot: quota, alternative, or no room."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pyros.scheduling.accounts import Rules
from pyros.scheduling.greedy import GAIN
from pyros.scheduling.grid import NEVER, Grid, Node
from pyros.scheduling.instants import iso
from pyros.scheduling.model import AccountKind, Request
from pyros.scheduling.starts import Line, earliest_after, latest_before
from pyros.scheduling.timetable import Refusal
from pyros.scheduling.words import minutes, name_of

QUOTA_CODES = {
    AccountKind.PERIOD: "QUOTA_PERIOD",
    AccountKind.NIGHT: "QUOTA_NIGHT",
    AccountKind.MEMBER: "QUOTA_USER",
}
QUOTA_WORDS = {
    AccountKind.PERIOD: "in this period",
    AccountKind.NIGHT: "tonight",
    AccountKind.MEMBER: "for its user",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Displaced:
    """The cheapest slots that would have to go, and the best value in their place."""

    out: tuple[tuple[str, float], ...]
    lost: float
    value: float
    at: int


def unplaced(grid: Grid, rules: Rules, line: Line, job: Node) -> Refusal:
    """Return why a job that could be seen has no slot in a finished line."""
    twin = rules.purse.twin(job)
    if twin:
        return Refusal(
            id=job.id,
            code="ALTERNATIVE",
            numbers={"with": twin},
            change={"release": [twin]},
            text=f"{name_of(grid, twin)} is done instead: at most one of the two.",
        )
    displaced = _displaced(rules, line, job)
    short = rules.purse.short(job)
    if short and (displaced is None or displaced.value > displaced.lost + GAIN):
        return _by_quota(grid, rules, job, short, displaced)
    return _no_room(grid, job, displaced, short)


def _by_quota(
    grid: Grid, rules: Rules, job: Node, short: Mapping[str, float], displaced: _Displaced | None
) -> Refusal:
    name = max(short, key=lambda account: (short[account], account))
    account = grid.problem.accounts[name]
    left_s = account.left_s - rules.purse.used[name]
    change: dict[str, object] = {"add_s": _wanted(short)}
    if displaced is not None and displaced.out:
        change["release"] = [out for out, _ in displaced.out]
    return Refusal(
        id=job.id,
        code=QUOTA_CODES[account.kind],
        numbers={"needed_s": job.cost(), "left_s": left_s, "account": name},
        change=change,
        text=(
            f"{name} has {minutes(max(0.0, left_s))} left {QUOTA_WORDS[account.kind]},"
            f" {minutes(job.cost())} needed."
        ),
        certified=job.cost() > account.left_s,
    )


def _no_room(
    grid: Grid, job: Node, displaced: _Displaced | None, short: Mapping[str, float]
) -> Refusal:
    if displaced is None:
        text = "No room beside what is fixed: too short a gap with the moves around it."
        return Refusal(id=job.id, code="NO_ROOM", text=text, also=tuple(short))
    ids = [name for name, _ in displaced.out]
    wins = _wins_from(grid, job, displaced)
    names = " and ".join(name_of(grid, name) for name in ids[:3]) or "nothing"
    if len(ids) > 3:
        names += f" and {len(ids) - 3} more"
    text = f"Would displace {names} (worth {displaced.lost:.1f}) for {displaced.value:.1f}"
    text += f"; wins from priority {wins}." if wins is not None else "."
    change: dict[str, object] = {"release": ids}
    if wins is not None:
        change = {"set": "priority", "from": _request(job).priority, "to": wins}
    if short:
        change["add_s"] = _wanted(short)
        text += f" {' and '.join(sorted(short))}: not enough left either."
    return Refusal(
        id=job.id,
        code="NO_ROOM",
        numbers={
            "displaced": [[name, round(value, 3)] for name, value in displaced.out],
            "value": round(displaced.value, 3),
            "gain": round(displaced.value - displaced.lost, 3),
            "best_at": iso(grid.view.at(displaced.at)),
        },
        change=change,
        text=text,
        also=tuple(short),
    )


def _wanted(short: Mapping[str, float]) -> dict[str, int]:
    """Return what each account lacks, whole seconds."""
    return {name: math.ceil(missing - 1e-6) for name, missing in sorted(short.items())}


def _wins_from(grid: Grid, job: Node, displaced: _Displaced) -> int | None:
    """Return the lowest whole priority, up to 99, with which the job gains; None: none does."""
    if displaced.value <= 0.0:
        return None
    factor = (displaced.lost + GAIN) / displaced.value
    power = grid.problem.value.priority_power
    if power <= 0.0:
        return None
    wins = math.floor(_request(job).priority * factor ** (1.0 / power)) + 1
    return wins if wins <= 99 else None


def _displaced(rules: Rules, line: Line, job: Node) -> _Displaced | None:
    """Return the cheapest set of neighbours in a row that would have to go for the job."""
    best: _Displaced | None = None
    for before in range(1, len(line.nodes) + 1):
        low = earliest_after(rules.transitions, line.nodes[before - 1], line.on[before - 1], job)
        if low >= NEVER:
            continue
        found = _first_room(rules, line, job, before, low)
        if found is not None and (
            best is None or (found.lost - found.value, found.at) < (best.lost - best.value, best.at)
        ):
            best = found
    return best


def _first_room(rules: Rules, line: Line, job: Node, before: int, low: int) -> _Displaced | None:
    """Return what goes when as few as possible behind `before` are taken out."""
    out: list[tuple[str, float]] = []
    for behind in range(before, len(line.nodes) + 1):
        if behind > before:
            node = line.nodes[behind - 1]
            if node.fixed:
                return None
            out.append((node.id, node.value_at(line.on[behind - 1])))
        high = job.last_start(NEVER)
        if behind < len(line.nodes):
            two = line.nodes[behind]
            high = latest_before(rules.transitions, job, two, line.on[behind])
        if low <= high:
            value, at = job.peak(low, high)
            if math.isfinite(value):
                lost = sum(worth for _, worth in out)
                return _Displaced(out=tuple(out), lost=lost, value=value, at=at)
    return None


def _request(job: Node) -> Request:
    if job.request is None:
        raise TypeError(f"{job.id} is not a job")
    return job.request
