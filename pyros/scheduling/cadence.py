"""Why a member of a series has no slot: another member, its limits, a quota, or no room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyros.scheduling.chains import Limits, chain, limits_of
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.model import Account, Problem, Request, Series
from pyros.scheduling.quotas import QUOTA_CODES, QUOTA_WORDS
from pyros.scheduling.starts import Line, arrange
from pyros.scheduling.timetable import Refusal
from pyros.scheduling.words import minutes, name_of

LONGEST_S = 86400.0


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What must be done for one member to be done: those before it, or all."""

    name: str
    series: Series
    ids: tuple[str, ...]


def part_of(problem: Problem, request: Request) -> Part | None:
    """Return the part of its series that a request needs; None: it is in none."""
    for name, series in problem.series.items():
        if request.id in series.members:
            count = series.members.index(request.id) + 1
            whole = series.members
            return Part(name, series, whole if series.whole else whole[:count])
    return None


class Chains:
    """Series against one finished line; what its accounts have paid is `used`."""

    def __init__(
        self, grid: Grid, line: Line, used: Mapping[str, float], groups: Mapping[str, str]
    ) -> None:
        self._grid, self._line, self._used, self._groups = grid, line, used, groups

    def refusal(self, part: Part, request: Request) -> Refusal:
        """Return why a member that could be seen alone has no slot."""
        jobs = self.jobs(part)
        if len(jobs) < len(part.ids):
            return self._missing(part, request)
        if not self.alone(part, jobs):
            return self._limits(part, request, jobs)
        other = self.twin(jobs)
        if other:
            return _alternative(self._grid, part, request, other)
        short = self.short(jobs, self._grid.problem.accounts)
        if short:
            return self._quota(part, request, jobs, short)
        return self._no_room(part, request, jobs)

    # questions

    def jobs(self, part: Part) -> list[Node]:
        """Return its members as jobs, up to the first that cannot be seen."""
        found = []
        for name in part.ids:
            job = self._job(name)
            if job is None:
                break
            found.append(job)
        return found

    def _job(self, name: str) -> Node | None:
        request = self._grid.requests.get(name)
        return None if request is None else self._grid.job(request)

    def twin(self, jobs: Sequence[Node]) -> str:
        """Return the id of an alternative that rules the whole of it out; empty: none does."""
        taken = {group: name for group, name in self._groups.items() if name not in _ids(jobs)}
        for job in jobs:
            group = job.request.one_of if job.request is not None else ""
            if group and taken.setdefault(group, job.id) != job.id:
                return taken[group]
        return ""

    def alone(self, part: Part, jobs: Sequence[Node], series: Series | None = None) -> bool:
        """Return whether a series fits beside what is fixed, all else left out."""
        fixed = [node for node in self._line.nodes if node.fixed and not node.held]
        return self._stands(fixed, jobs, limits_of(series or part.series, self._step_s))

    def beside(self, part: Part, jobs: Sequence[Node], gone: Sequence[str]) -> bool:
        """Return whether a series fits into the plan as it stands, without some slots."""
        kept = [
            (node, on)
            for node, on in zip(self._line.nodes, self._line.on, strict=True)
            if node.id not in {*gone, *part.series.members} or (node.fixed and not node.held)
        ]
        nodes = [node if node.fixed else self._grid.pinned(node, on) for node, on in kept]
        return self._stands(nodes, jobs, limits_of(part.series, self._step_s))

    def short(
        self, jobs: Sequence[Node], accounts: Mapping[str, Account], gone: Sequence[str] = ()
    ) -> dict[str, float]:
        """Return what accounts lack for all of it, with some slots given back."""
        asked: dict[str, float] = {}
        back_ids = {*gone, *(job.id for job in jobs)}
        for job in jobs:
            for name in _accounts(job):
                asked[name] = asked.get(name, 0.0) + job.cost()
        back = {
            name: sum(
                node.cost()
                for node in self._line.nodes
                if node.id in back_ids and name in _accounts(node)
            )
            for name in asked
        }
        over = {
            name: self._used.get(name, 0.0) - back.get(name, 0.0) + cost - accounts[name].left_s
            for name, cost in asked.items()
            if name in accounts and accounts[name].enforce
        }
        return {name: missing for name, missing in over.items() if missing > 1e-6}

    @property
    def _step_s(self) -> float:
        return self._grid.view.step_s

    def _stands(self, nodes: Sequence[Node], jobs: Sequence[Node], limits: Limits) -> bool:
        line = arrange(self._grid.transitions, nodes)
        return line is not None and chain(self._grid, line, jobs, limits) is not None

    # reasons

    def _missing(self, part: Part, request: Request) -> Refusal:
        """Return which members cannot be seen, and what else the rest would need."""
        seen = [name for name in part.ids if self._job(name) is not None]
        out = [name for name in part.ids if name not in seen]
        rest = tuple(name for name in part.series.members if name not in out)
        fewer = Part(part.name, replace(part.series, members=rest), tuple(seen))
        changes = [_change(part, "members", list(part.series.members), list(rest))]
        more = self._relaxed(fewer, self.jobs(fewer))
        changes = [] if more is None else changes + more
        names = " and ".join(name_of(self._grid, name) for name in out[:3])
        return Refusal(
            id=request.id,
            code="CADENCE",
            numbers={"series": part.name, "with": out},
            change=_together(changes),
            text=f"{names} of the same series cannot be seen tonight.",
            certified=True,
        )

    def _limits(self, part: Part, request: Request, jobs: Sequence[Node]) -> Refusal:
        """Return how far the limits between starts would have to give way."""
        changes = self._relaxed(part, jobs) or []
        between = f"{part.series.min_s:g} to {part.series.max_s:g} s"
        names = ", ".join(name_of(self._grid, name) for name in part.ids[:4])
        return Refusal(
            id=request.id,
            code="CADENCE",
            numbers={"series": part.name, "with": [one for one in part.ids if one != request.id]},
            change=_together(changes),
            text=f"{between} from start to start cannot be kept tonight ({names}).",
            certified=True,
        )

    def _relaxed(self, part: Part, jobs: Sequence[Node]) -> list[dict[str, object]] | None:
        """Return the least changes of its limits with which it fits; None: no limits would do."""
        series, changes = part.series, []
        if not self.alone(part, jobs, replace(series, min_s=0.0, max_s=LONGEST_S)):
            return None
        if not self.alone(part, jobs, replace(series, max_s=LONGEST_S)):
            least = self._least(part, jobs, replace(series, max_s=LONGEST_S))
            changes.append(_change(part, "min_s", series.min_s, least))
            series = replace(series, min_s=least)
        if not self.alone(part, jobs, series):
            most = self._most(part, jobs, series)
            changes.append(_change(part, "max_s", series.max_s, most))
        return changes

    def _most(self, part: Part, jobs: Sequence[Node], series: Series) -> float:
        """Return the least max_s, on the grid, with which it fits."""
        low, high = int(series.max_s // self._step_s), int(LONGEST_S // self._step_s)
        while high - low > 1:
            middle = (low + high) // 2
            fits = self.alone(part, jobs, replace(series, max_s=middle * self._step_s))
            low, high = (low, middle) if fits else (middle, high)
        return high * self._step_s

    def _least(self, part: Part, jobs: Sequence[Node], series: Series) -> float:
        """Return the greatest min_s, on the grid, with which it fits; 0 where none does."""
        low, high = 0, int(-(-series.min_s // self._step_s))
        while high - low > 1:
            middle = (low + high) // 2
            fits = self.alone(part, jobs, replace(series, min_s=middle * self._step_s))
            low, high = (middle, high) if fits else (low, middle)
        return low * self._step_s

    def _quota(
        self, part: Part, request: Request, jobs: Sequence[Node], short: Mapping[str, float]
    ) -> Refusal:
        name = max(short, key=lambda account: (short[account], account))
        account = self._grid.problem.accounts[name]
        needed = sum(job.cost() for job in jobs if name in _accounts(job))
        left_s = account.left_s - self._used.get(name, 0.0)
        return Refusal(
            id=request.id,
            code=QUOTA_CODES[account.kind],
            numbers={"needed_s": needed, "left_s": left_s, "account": name, "series": part.name},
            change={"add_s": {name: float(-(-missing // 1)) for name, missing in short.items()}},
            text=(
                f"{name} has {minutes(max(0.0, left_s))} left {QUOTA_WORDS[account.kind]},"
                f" {minutes(needed)} needed for its series."
            ),
            also=tuple(other for other in sorted(short) if other != name),
        )

    def _no_room(self, part: Part, request: Request, jobs: Sequence[Node]) -> Refusal:
        movable = [
            node.id
            for node in self._line.nodes
            if (not node.fixed or node.held) and node.id not in part.series.members
        ]
        gone = list(movable)
        for name in movable:
            fewer = [other for other in gone if other != name]
            if self.beside(part, jobs, fewer):
                gone = fewer
        names = " and ".join(name_of(self._grid, name) for name in gone[:3])
        more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
        text = f"Its series would displace {names}{more}." if gone else "Its series pays less."
        return Refusal(
            id=request.id,
            code="NO_ROOM",
            numbers={"series": part.name, "displaced": [[name, 0.0] for name in gone]},
            change={"release": gone},
            text=text,
        )


def _ids(jobs: Sequence[Node]) -> set[str]:
    return {job.id for job in jobs}


def _alternative(grid: Grid, part: Part, request: Request, other: str) -> Refusal:
    return Refusal(
        id=request.id,
        code="ALTERNATIVE",
        numbers={"series": part.name, "with": other},
        text=f"{name_of(grid, other)} is done instead of one of its series: at most one may be.",
    )


def _together(changes: list[dict[str, object]]) -> dict[str, object]:
    """Return changes as one; empty: nothing would do."""
    if not changes:
        return {}
    return changes[0] if len(changes) == 1 else {"all": changes}


def _change(part: Part, name: str, before: object, after: object) -> dict[str, object]:
    return {"set": f"series/{part.name}/{name}", "from": before, "to": after}


def _accounts(job: Node) -> tuple[str, ...]:
    return () if job.request is None else job.request.accounts
