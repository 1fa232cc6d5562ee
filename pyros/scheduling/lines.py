"""The lines of one problem, tier by tier: what the solver works on between its stages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pyros.scheduling.accounts import Purse, Rules
from pyros.scheduling.bound import Bound, bound
from pyros.scheduling.by_columns import LARGE, available, by_columns, loaded
from pyros.scheduling.greedy import exchange, fill
from pyros.scheduling.grid import Grid, Node
from pyros.scheduling.held import add_late, hold, still_held
from pyros.scheduling.model import Problem, Tier
from pyros.scheduling.search import Search, by_density, settle
from pyros.scheduling.starts import Line, arrange, stand
from pyros.scheduling.timetable import Budget, Schedule

PAYING = (Tier.ALERT, Tier.ROUTINE)


@dataclass(slots=True, eq=False)
class TierLine:
    """One tier: its jobs, and the line it has now, with the tiers above pinned in it."""

    tier: Tier
    jobs: list[Node]
    """Those in no series."""
    line: Line
    bound: Bound
    asked: list[Node]
    """All that may start at all."""
    columns: bool = False
    """The compiled solver has been at it."""


@dataclass(slots=True, eq=False)
class Lines:
    """All tiers of a problem; a plan at any time."""

    grid: Grid
    rules: Rules
    tiers: list[TierLine] = field(default_factory=list)
    fillers: Line | None = None

    @property
    def last(self) -> Line:
        """Return the line with everything planned in it."""
        if self.fillers is not None:
            return self.fillers
        return self.tiers[-1].line

    def placed(self) -> dict[str, tuple[Node, int]]:
        """Return the jobs that have a place, of every tier, with their starts."""
        found: dict[str, tuple[Node, int]] = {}
        for line in [tier.line for tier in self.tiers] + [self.last]:
            for node, on in zip(line.nodes, line.on, strict=True):
                if not node.fixed or node.held:
                    found[node.id] = (node, on)
        return found


def first(problem: Problem, previous: Schedule | None, *, quick: bool = False) -> Lines:
    """Return lines with what stands of a previous plan and every job added that fits.

    `quick`: a large tier is filled by the compiled solver, where that is loaded already; then
    the lines depend on more than the problem.
    """
    grid = Grid(problem)
    fixed = grid.fixed()
    lines = Lines(grid=grid, rules=Rules(grid.transitions, Purse(problem, fixed)))
    for tier in PAYING:
        jobs = grid.jobs(tier)
        asked = jobs  # series are jobs in the bound: it holds for them too
        limit = _limit(lines, lines.rules.purse, tier, asked, fixed)
        held = hold(grid, lines.rules.purse, fixed, jobs, previous)
        fixed, jobs = held.fixed, held.jobs
        line = _begin(lines, fixed, jobs, previous)
        lines.tiers.append(TierLine(tier, jobs, line, limit, asked))
        if not (quick and loaded() and _by_columns(lines, len(lines.tiers) - 1, None)):
            line = fill(lines.rules, line, by_density(jobs))
            line = add_late(grid, lines.rules.purse, line, tier)
            lines.tiers[-1].line = line
        line = lines.tiers[-1].line
        fixed = _pinned(grid, line)
    return lines


def better(
    lines: Lines,
    moves: int,
    *,
    seed: int,
    go_on: Callable[[], bool],
    compiled: Callable[[], Budget] | None = None,
) -> None:
    """Search each tier in turn; what a tier above has is fixed for those below.

    `compiled` gives the budget of the compiled solver, where a tier is large enough for it.
    """
    for place, tier in enumerate(lines.tiers):
        if place:
            tier.line = _rebased(lines, place)
            if lines.tiers[place - 1].jobs:
                fixed = [node for node in tier.line.nodes if node.fixed and not node.held]
                paid = _paid(lines, place)
                tier.bound = _limit(lines, paid, tier.tier, tier.asked, fixed)
        if moves and not (compiled and _by_columns(lines, place, compiled)):
            search = Search(lines.rules, tier.line, tier.jobs, seed=seed)
            search.run(moves, go_on=go_on)
            exchange(lines.rules.purse, search.line, search.best)
            tier.line = search.best
        if moves or not tier.columns:  # a compiled filling has looked for single gains
            tier.line = settle(lines.rules, tier.line, tier.jobs)
        tier.line = add_late(lines.grid, lines.rules.purse, tier.line, tier.tier)


def _by_columns(lines: Lines, place: int, compiled: Callable[[], Budget] | None) -> bool:
    """Search (or fill) a tier with the compiled solver; return whether that could be done."""
    tier, grid = lines.tiers[place], lines.grid
    if len(tier.jobs) < LARGE or len(tier.jobs) < len(tier.asked) or not available():
        return False
    found = by_columns(
        grid,
        tier.tier,
        jobs=tier.jobs,
        line=tier.line,
        bound=tier.bound,
        purse=_paid(lines, place),
        budget=None if compiled is None else compiled(),
    )
    if found is None:
        return False
    exchange(lines.rules.purse, tier.line, found.line)
    tier.line, tier.bound, tier.columns = found.line, found.bound, True
    return True


def _paid(lines: Lines, place: int) -> Purse:
    """Return what has been paid for what is fixed in a tier: blocks and the tiers above."""
    purse = Purse(lines.grid.problem, lines.grid.fixed())
    for above in lines.tiers[:place]:
        for node in above.line.nodes:
            if not node.fixed or node.held:
                purse.pay(node)
    return purse


def add_fillers(lines: Lines) -> None:
    """Put into the blanks what is refused for its quota alone; it moves and counts nothing."""
    grid, lines.fillers = lines.grid, None
    inside = lines.placed().keys()
    waiting = list(grid.jobs(Tier.FILLER))
    if grid.problem.fill:
        waiting += [
            job
            for tier in lines.tiers
            for job in tier.jobs
            if job.id not in inside
            and lines.rules.purse.short(job)
            and not lines.rules.purse.twin(job)
        ]
    if not waiting:
        return
    jobs = [dataclasses.replace(job, filler=True, request=job.request) for job in waiting]
    line = arrange(lines.rules.transitions, _pinned(grid, lines.tiers[-1].line))
    if line is not None:
        free = Rules(
            lines.rules.transitions,
            Purse(Problem(site=grid.problem.site, night=grid.problem.night)),
        )
        lines.fillers = fill(free, line, sorted(jobs, key=_by_rank))


def _by_rank(job: Node) -> tuple[float, float, str]:
    request = job.request
    if request is None:
        return 0.0, 0.0, job.id
    return -request.weight, -request.priority, job.id


def _begin(
    lines: Lines, fixed: Sequence[Node], jobs: Sequence[Node], previous: Schedule | None
) -> Line:
    line = arrange(lines.rules.transitions, fixed)
    if line is None:
        raise RuntimeError("what is fixed cannot be put in order: it follows itself by definition")
    return line if previous is None else _as_before(lines, line, jobs, previous)


def _as_before(lines: Lines, line: Line, jobs: Sequence[Node], previous: Schedule) -> Line:
    """Return the line with the slots of a previous plan at their instants, as far as they hold."""
    by_id = {job.id: job for job in jobs}
    for slot in previous.slots:
        job = by_id.get(slot.id)
        if job is None or slot.filler or not lines.rules.purse.admits(job):
            continue
        new = _at(lines.rules, line, job, lines.grid.view.up(slot.on_target))
        if new is not None:
            exchange(lines.rules.purse, line, new)
            line = new
    return line


def _at(rules: Rules, line: Line, job: Node, step: int) -> Line | None:
    place = sum(1 for on in line.on if on < step)
    nodes = [*line.nodes[:place], job, *line.nodes[place:]]
    return stand(rules.transitions, nodes, [*line.on[:place], step, *line.on[place:]])


def _pinned(grid: Grid, line: Line) -> list[Node]:
    return [
        node if node.fixed and not node.held else grid.pinned(node, on)
        for node, on in zip(line.nodes, line.on, strict=True)
    ]


def _rebased(lines: Lines, place: int) -> Line:
    """Return a tier's line on what the tier above has become; what no longer holds is out."""
    tier, above = lines.tiers[place], lines.tiers[place - 1].line
    base = arrange(lines.rules.transitions, _pinned(lines.grid, above))
    if base is None:
        raise RuntimeError("the line of the tier above holds, hence it can be pinned")
    line = still_held(lines.grid, lines.rules.purse, base, tier.line)
    for node, on in zip(tier.line.nodes, tier.line.on, strict=True):
        if not node.fixed:
            new = _at(lines.rules, line, node, on)
            if new is None:
                lines.rules.purse.give_back(node)
            line = new or line
    return line


def _limit(
    lines: Lines, purse: Purse, tier: Tier, jobs: Sequence[Node], fixed: Sequence[Node]
) -> Bound:
    begin, end = lines.grid.view.night_of(tier)
    taken = 0
    until = begin
    for node in fixed:
        low, high = max(until, node.first), min(end, node.first + node.length)
        taken += max(0, high - low)
        until = max(until, high)
    left_s = {
        name: account.left_s - purse.used[name]
        for name, account in lines.grid.problem.accounts.items()
        if account.enforce
    }
    return bound(
        jobs, room=max(0, end - begin - taken), least=lines.grid.transitions.least, left_s=left_s
    )
