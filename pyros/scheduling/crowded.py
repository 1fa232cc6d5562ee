"""Why a request that could be seen has no slot: quota, alternative, or no room."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.instants import iso
from pyros.scheduling.model import Account, Floats, Request
from pyros.scheduling.quotas import QUOTA_CODES, QUOTA_WORDS
from pyros.scheduling.rooms import Pairs, Room, Rooms
from pyros.scheduling.starts import Line, arrange, reach
from pyros.scheduling.timetable import Refusal
from pyros.scheduling.words import minutes, name_of

ENOUGH_S = 1e-6
MOST_PRIORITY = 99
Change = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Short:
    """What a job's accounts lack, by pair of a line."""

    by_account: Mapping[str, Floats]
    asked: Floats
    """Whole seconds, the sum of all accounts."""
    none: Pairs
    """Where nothing is lacking."""

    def at(self, pair: int) -> dict[str, float]:
        """Return what is lacking at a pair, by account."""
        found = {name: float(missing[pair]) for name, missing in self.by_account.items()}
        return {name: missing for name, missing in found.items() if missing > ENOUGH_S}


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A job, the places it could have, what its accounts lack there, and its alternative."""

    job: Node
    rooms: Rooms
    short: Short
    twin: str


class Crowd:
    """One finished line, and why others are not in it.

    `used` is what its accounts have paid, `groups` who is done of each group of alternatives.
    """

    def __init__(
        self,
        grid: Grid,
        line: Line,
        used: Mapping[str, float],
        groups: Mapping[str, str],
        *,
        certain: Mapping[str, bool] | None = None,
    ) -> None:
        self.grid, self.used, self.groups = grid, used, groups
        self.rooms = Rooms(grid, line)
        self._certain = certain or {}
        self._without: dict[str, Rooms] = {}

    def refusal(self, job: Node) -> Refusal:
        """Return why a job that could be seen has no slot."""
        case = self.case(job)
        if self.held(case.twin):
            return self._for_a_series(case)
        rooms, short = case.rooms, case.short
        free = rooms.cheapest(job)
        hard = free if short.none.all() else rooms.cheapest(job, short.none)
        if free is not None and free.factor < 1.0 and (hard is None or hard.factor >= 1.0):
            return self._by_quota(case, rooms.first(job, short.asked) or free)
        if self._for_the_twin(case):
            return _alternative(self.grid, job, case.twin)
        return self._no_room(case, hard, free)

    def case(self, job: Node, accounts: Mapping[str, Account] | None = None) -> Case:
        """Return a job against the line, with the problem's accounts or others."""
        twin = self.twin(job)
        rooms = self.rooms if self.held(twin) else self.without(twin)
        short = self.short(rooms, job, self.grid.problem.accounts if accounts is None else accounts)
        return Case(job, rooms, short, twin)

    def thinner(self, gone: Sequence[str]) -> Crowd:
        """Return the same without some slots; what they paid is given back."""
        used, out = dict(self.used), set[str]()
        nodes = []
        for node in self.rooms.line.nodes:
            if (node.fixed and not node.held) or node.id not in gone:
                nodes.append(node)
            else:
                out.add(node.id)
                for account in _request(node).accounts:
                    used[account] = used.get(account, 0.0) - node.cost()
        groups = {group: name for group, name in self.groups.items() if name not in out}
        return Crowd(self.grid, _held(arrange(self.grid.transitions, nodes)), used, groups)

    # who stands in the way

    def held(self, name: str) -> bool:
        """Return whether a slot is of a series or of a tier above: nobody displaces it."""
        return bool(name) and all(node.id != name or node.fixed for node in self.rooms.line.nodes)

    def twin(self, job: Node) -> str:
        """Return the id of the alternative that is done; empty: none is."""
        group = job.request.one_of if job.request is not None else ""
        return self.groups.get(group, "") if group else ""

    def without(self, twin: str) -> Rooms:
        """Return the places of the line without an alternative, what it is worth counted."""
        if not twin:
            return self.rooms
        if twin not in self._without:
            nodes = [node for node in self.rooms.line.nodes if node.id != twin]
            line = _held(arrange(self.grid.transitions, nodes))
            self._without[twin] = Rooms(self.grid, line, reference=self.rooms.line.value)
        return self._without[twin]

    def short(self, rooms: Rooms, job: Node, accounts: Mapping[str, Account]) -> Short:
        """Return what the job's accounts lack at each pair, with those taken out given back."""
        request = _request(job)
        gone = [node for node in self.rooms.line.nodes if node not in rooms.line.nodes]
        missing = {}
        for name in request.accounts:
            if name in accounts and accounts[name].enforce:
                back = sum(node.cost() for node in gone if name in _request(node).accounts)
                over = self.used.get(name, 0.0) - back + job.cost() - accounts[name].left_s
                missing[name] = np.maximum(0.0, over - rooms.freed(name))
        asked = np.zeros(rooms.before.size)
        for lacking in missing.values():
            asked += np.ceil(lacking - ENOUGH_S)
        return Short(by_account=missing, asked=asked, none=asked <= 0.0)

    # reasons

    def _by_quota(self, case: Case, room: Room) -> Refusal:
        job, lacking = case.job, case.short.at(room.pair)
        name = max(lacking, key=lambda account: (lacking[account], account))
        account = self.grid.problem.accounts[name]
        left_s = account.left_s - self.used.get(name, 0.0)
        change: Change = {"add_s": _wanted(lacking)}
        out = [node.id for node in self._out(case, room)]
        if out:
            change["release"] = out
        return Refusal(
            id=job.id,
            code=QUOTA_CODES[account.kind],
            numbers={"needed_s": job.cost(), "left_s": left_s, "account": name},
            change=change,
            text=(
                f"{name} has {minutes(max(0.0, left_s))} left {QUOTA_WORDS[account.kind]},"
                f" {minutes(job.cost())} needed."
            ),
            certified=job.cost() > account.left_s + ENOUGH_S,
            also=tuple(other for other in sorted(lacking) if other != name),
        )

    def _for_a_series(self, case: Case) -> Refusal:
        alone = self.thinner([case.twin]).case(case.job)
        places = alone.short.none & (alone.rooms.count() == 0)
        if not alone.twin and alone.rooms.fits(case.job, places) is not None:
            return _alternative(self.grid, case.job, case.twin)
        text = f"{name_of(self.grid, case.twin)} is done instead, and nothing displaces it."
        return Refusal(id=case.job.id, code="ALTERNATIVE", numbers={"with": case.twin}, text=text)

    def _for_the_twin(self, case: Case) -> bool:
        """Return whether a job would go in at a gain if its alternative alone went."""
        rooms = case.rooms
        room = rooms.fits(case.job, case.short.none & (rooms.count() == 0))
        return bool(case.twin) and room is not None

    def _no_room(self, case: Case, hard: Room | None, free: Room | None) -> Refusal:
        wins = self._wins_from(case.job, hard)
        if hard is not None and wins is not None:
            return self._displacing(case, hard, wins)
        wins = self._wins_from(case.job, free)
        if free is not None and wins is not None:
            factor = self._factor(case.job, wins)
            room = case.rooms.first(case.job, case.short.asked, factor=factor)
            return self._displacing(case, room or free, wins)
        room = case.rooms.fits(case.job, case.short.none) or case.rooms.fits(case.job)
        if room is None:
            return self._nowhere(case)
        return self._displacing(case, room, None)

    def _least(self, case: Case, ids: list[str], more: Mapping[str, float]) -> list[str]:
        """Return those of `ids` without which all others may stay; one by one, the first first."""
        accounts = {
            name: replace(account, left_s=account.left_s + more.get(name, 0.0))
            for name, account in self.grid.problem.accounts.items()
        }
        for name in [name for name in ids if name != case.twin]:
            fewer = [other for other in ids if other != name]
            if not self._open_without(fewer, case.job):
                continue
            thinner = self.thinner(fewer).case(case.job, accounts)
            alone = thinner.short.none & (thinner.rooms.count() == 0)
            if thinner.rooms.fits(case.job, alone) is not None:
                return self._least(case, fewer, more)
        return ids

    def _open_without(self, gone: Sequence[str], job: Node) -> bool:
        """Return whether there is room at all without some slots; a look before a reckoning."""
        nodes = [node for node in self.rooms.line.nodes if node.fixed or node.id not in gone]
        found = reach(self.grid.transitions, nodes)
        if found is None:
            return False
        early, late = (tuple(steps) for steps in found)
        return Rooms(self.grid, Line(tuple(nodes), early, early, late, 0.0)).is_open(job)

    def _displacing(self, case: Case, room: Room, wins: int | None) -> Refusal:
        lacking = case.short.at(room.pair)
        out = {node.id: node for node in self._out(case, room)}
        ids = list(out)
        if wins is None and len(case.rooms.out(room)) > 1:  # none at all was tried before
            ids = self._least(case, ids, _wanted(lacking))
        worth = {name: self._worth(out[name]) for name in ids}
        change: Change = {"release": list(worth)}
        if wins is not None:
            change = {"set": "priority", "from": _request(case.job).priority, "to": wins}
        text = _text(self.grid, worth, room, wins)
        if lacking:
            change["add_s"] = _wanted(lacking)
            text += f" {' and '.join(sorted(lacking))}: not enough left either."
        return Refusal(
            id=case.job.id,
            code="NO_ROOM",
            numbers={
                "displaced": [[name, round(value, 3)] for name, value in worth.items()],
                "value": round(room.value, 3),
                "gain": round(room.value - room.lost, 3),
                "best_at": iso(self.grid.view.at(room.at)),
            },
            change=change,
            text=text,
            certified=self._certain.get(case.job.id, False),
            also=tuple(sorted(lacking)),
        )

    def _nowhere(self, case: Case) -> Refusal:
        text = "No room beside what is fixed: too short a gap with the moves around it."
        if case.job.best <= 0.0:
            text = "Worth nothing: its priority or its weight is 0."
        return Refusal(id=case.job.id, code="NO_ROOM", text=text)

    def _out(self, case: Case, room: Room) -> list[Node]:
        twin = [node for node in self.rooms.line.nodes if node.id == case.twin]
        return case.rooms.out(room) + (twin if case.twin else [])

    def _worth(self, node: Node) -> float:
        line = self.rooms.line
        return node.value_at(line.on[line.nodes.index(node)])

    def _wins_from(self, job: Node, room: Room | None) -> int | None:
        """Return the lowest whole priority, up to 99, at which a job gains there; None: none."""
        power, before = self.grid.problem.value.priority_power, _request(job).priority
        if room is None or power <= 0.0 or before <= 0.0 or room.factor < 1.0:
            return None
        wins = math.floor(before * room.factor ** (1.0 / power)) + 1
        return wins if wins <= MOST_PRIORITY else None

    def _factor(self, job: Node, priority: float) -> float:
        return float((priority / _request(job).priority) ** self.grid.problem.value.priority_power)


def _alternative(grid: Grid, job: Node, twin: str) -> Refusal:
    return Refusal(
        id=job.id,
        code="ALTERNATIVE",
        numbers={"with": twin},
        change={"release": [twin]},
        text=f"{name_of(grid, twin)} is done instead: at most one of the two.",
    )


def _text(grid: Grid, worth: Mapping[str, float], room: Room, wins: int | None) -> str:
    names = " and ".join(name_of(grid, name) for name in list(worth)[:3])
    if len(worth) > 3:
        names += f" and {len(worth) - 3} more"
    does = f"displace {names}" if names else "push others back"
    text = f"Would {does} (worth {room.lost:.1f}) for {room.value:.1f}"
    return f"{text}; wins from priority {wins}." if wins is not None else f"{text}."


def _wanted(short: Mapping[str, float]) -> dict[str, float]:
    """Return what each account lacks, whole seconds."""
    return {name: math.ceil(missing - ENOUGH_S) for name, missing in sorted(short.items())}


def _held(line: Line | None) -> Line:
    if line is None:
        raise RuntimeError("a line holds without some of its slots")
    return line


def _request(job: Node) -> Request:
    if job.request is None:
        raise TypeError(f"{job.id} is not a job")
    return job.request
