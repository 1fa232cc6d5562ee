"""Is a refusal true: its change is applied to the problem, and one looks; so with a little less."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import cast

from pyros.scheduling.cadence import Chains, part_of
from pyros.scheduling.changes import Change, applied, smaller
from pyros.scheduling.check import Judge
from pyros.scheduling.crowded import Case, Crowd
from pyros.scheduling.grid import Grid
from pyros.scheduling.model import Problem, Request, Tier
from pyros.scheduling.rebuilt import Rebuilt, rebuilt
from pyros.scheduling.rooms import Room
from pyros.scheduling.starts import Line, arrange
from pyros.scheduling.timetable import Refusal, Schedule, Slot, Verdict
from pyros.scheduling.visibility import View, starts_of

BY_THE_SKY = frozenset(
    {
        *("EPHEMERIS", "WINDOW", "NOT_BEFORE", "SUN", "ALTITUDE", "AIRMASS", "HORIZON", "ZENITH"),
        *("HOUR_ANGLE", "MOON_DISTANCE", "MOON_LIGHT", "MERIDIAN", "FIXED_BLOCK", "TOO_LONG"),
    }
)


def confirm(problem: Problem, schedule: Schedule, refusal: Refusal) -> Verdict:
    """Return whether the refused request gets a slot with the change, and none with less of it.

    For a constraint: a feasible start exists with it alone changed.  For quota, alternative and
    room: the checker accepts the plan with the request in it, at a gain.  "Less" is 1 % less, a
    unit at least, or one id fewer.
    """
    return next(confirmed(problem, schedule, [refusal]))


def confirmed(
    problem: Problem, schedule: Schedule, refusals: Iterable[Refusal]
) -> Iterator[Verdict]:
    """Yield the verdict of `confirm` for each refusal; faster than one by one."""
    court = _Court(problem, schedule)
    yield from map(court.verdict, refusals)


class _Court:
    """One schedule, and what becomes of it with changes."""

    def __init__(self, problem: Problem, schedule: Schedule) -> None:
        self._grid = Grid(problem)
        sky = self._grid.view.sky
        self._problem = problem if problem.sky else dataclasses.replace(problem, sky=sky)
        self._schedule = schedule
        self._judge = Judge(self._problem)
        self._lines: dict[Tier, Rebuilt] | None = None
        self._crowds: dict[tuple[Tier, tuple[str, ...]], Crowd] = {}

    def verdict(self, refusal: Refusal) -> Verdict:
        request = self._grid.requests.get(refusal.id)
        if request is None:
            return _no(f"{refusal.id} is not in the problem")
        if refusal.code in BY_THE_SKY:
            return self._by_the_sky(refusal, request)
        if self._lines is None:
            try:
                self._lines = rebuilt(self._grid, self._schedule)
            except ValueError as error:
                return _no(f"the schedule does not stand: {error}")
        return self._in_the_plan(refusal, request)

    # when it could be seen

    def _by_the_sky(self, refusal: Refusal, request: Request) -> Verdict:
        if self._seen(request):
            return _no("it can be seen as it is")
        if not refusal.change:
            return _yes("no change alone would admit it")
        if not self._seen_with(refusal.change, request):
            return _no("it cannot be seen with the change either")
        for less in self._less(refusal.change):
            if self._seen_with(less, request):
                return _no(f"less would do: {less}")
        return _yes("it can be seen with the change, and not with less")

    def _less(self, change: Change) -> Iterator[Change]:
        yield from smaller(change, step_s=self._grid.view.step_s)
        names = cast(list[str], change.get("release", []))
        for name in names:
            yield {**change, "release": [other for other in names if other != name]}

    def _seen_with(self, change: Change, request: Request) -> bool:
        problem, other = applied(self._problem, request, change)
        same = dataclasses.replace(problem, requests=()) == dataclasses.replace(
            self._problem, requests=()
        )
        return self._seen(other, self._grid.view if same else View(problem))

    def _seen(self, request: Request, view: View | None = None) -> bool:
        view = view or self._grid.view
        return bool(starts_of(view.tests(request), view.length(request), view.steps).any())

    # in the plan

    def _in_the_plan(self, refusal: Refusal, request: Request) -> Verdict:
        if self._grid.job(request) is None:
            return _no("it cannot be seen at all")
        if part_of(self._problem, request) is not None:
            return self._in_its_series(refusal, request)
        if self._room(refusal, request, {}) is not None:
            return _no("it goes in as it is, at a gain")
        if not refusal.change:
            return _yes("no change alone would admit it")
        return self._with_the_change(refusal, request)

    def _with_the_change(self, refusal: Refusal, request: Request) -> Verdict:
        found = self._room(refusal, request, refusal.change)
        if found is None:
            return _no("it does not go in with the change, at a gain")
        broken = self._broken(found)
        if broken:
            return _no(f"the checker refuses it with the change: {broken}")
        for less in self._less_room(refusal):
            if self._room(refusal, request, less) is not None:
                return _no(f"less would do: {less}")
        return _yes("it goes into the plan with the change, and not with less")

    def _in_its_series(self, refusal: Refusal, request: Request) -> Verdict:
        if self._chained(refusal, request, {}):
            return _no("its series goes in as it is")
        if not refusal.change:
            return _yes("no change alone would admit it")
        if not self._chained(refusal, request, refusal.change):
            return _no("its series does not go in with the change")
        for less in self._less(refusal.change):
            if self._chained(refusal, request, less):
                return _no(f"less would do: {less}")
        return _yes("its series goes in with the change, and not with less")

    def _chained(self, refusal: Refusal, request: Request, change: Change) -> bool:
        """Return whether a series goes in with a change, as far as its code speaks of it."""
        gone = cast(list[str], change.get("release", []))
        own = {name: part for name, part in change.items() if name != "release"}
        problem, _ = applied(self._problem, request, own)
        lines = cast(dict[Tier, Rebuilt], self._lines)
        known = lines[request.tier]
        chains = Chains(self._grid, known.line, known.used, known.groups)
        part = part_of(problem, request)
        jobs = [] if part is None else chains.jobs(part)
        if part is None or len(jobs) < len(part.ids):
            return False
        if refusal.code == "CADENCE":
            return chains.alone(part, jobs)
        if chains.twin(jobs) or chains.short(jobs, problem.accounts, gone):
            return False
        return _by_quota(refusal) or chains.beside(part, jobs, gone)

    def _less_room(self, refusal: Refusal) -> Iterator[Change]:
        if _by_quota(refusal):
            yield from smaller(refusal.change, step_s=self._grid.view.step_s)
        else:
            yield from self._less(refusal.change)

    def _room(self, refusal: Refusal, request: Request, change: Change) -> Found | None:
        """Return where a request goes in with a change, at a gain; None: nowhere."""
        own = {name: part for name, part in change.items() if name != "release"}
        problem, other = applied(self._problem, request, own)
        job = self._grid.job(other)
        if job is None:
            return None
        by_release = "release" in change and not _by_quota(refusal)
        gone = tuple(sorted(cast(list[str], change["release"]))) if by_release else ()
        crowd = self._crowd(request.tier, gone)
        case = crowd.case(job, problem.accounts)
        if case.twin and (by_release or crowd.held(case.twin)):
            return None
        if by_release:
            alone = case.rooms.count() == 0
            room = case.rooms.fits(job, case.short.none & alone)
        else:
            room = case.rooms.cheapest(job, case.short.none)
        if room is None or room.factor >= 1.0:
            return None
        found = Found(problem, other, crowd, case, room)
        line = found.line(self._grid)
        return found if line is not None and line.value > crowd.rooms.line.value else None

    def _crowd(self, tier: Tier, gone: tuple[str, ...]) -> Crowd:
        """Return the line of a tier without some of its slots."""
        lines = cast(dict[Tier, Rebuilt], self._lines)
        if (tier, gone) not in self._crowds:
            crowd = Crowd(self._grid, lines[tier].line, lines[tier].used, lines[tier].groups)
            if len(self._crowds) > REMEMBERED:
                self._crowds.clear()
            self._crowds[tier, gone] = crowd.thinner(gone) if gone else crowd
        return self._crowds[tier, gone]

    # the plan with it in it

    def _broken(self, found: Found) -> str:
        """Return what the checker says of the plan with the request in it; empty: nothing."""
        line = found.line(self._grid)
        if line is None:
            return "its slots do not follow one another"
        gain = line.value - found.crowd.rooms.line.value
        if gain <= 0.0:
            return f"it gains {gain:.6f}"
        held = {node.id for node in line.nodes if not node.fixed}
        slots = _slots(self._grid, line, found.request.tier)
        slots += [slot for slot in self._schedule.slots if self._stays(slot, held, found)]
        names = {slot.id for slot in slots}
        schedule = dataclasses.replace(
            self._schedule,
            slots=tuple(sorted(slots, key=lambda slot: slot.on_target)),
            refusals=tuple(
                Refusal(id=request.id, code="OUT")
                for request in self._problem.requests
                if request.id not in names and request.id != self._running()
            ),
        )
        richer = dataclasses.replace(self._problem, accounts=found.problem.accounts)
        broken = self._judge.placed(schedule, found.request, richer)
        return "; ".join(f"{one.rule} {', '.join(one.ids)}: {one.text}" for one in broken)

    def _stays(self, slot: Slot, held: set[str], found: Found) -> bool:
        """Return whether a slot is of what was fixed for the line: armed, or of a tier above."""
        if slot.id in held:
            return False
        fixed = {node.id for node in found.crowd.rooms.line.nodes if node.fixed}
        return slot.id in fixed

    def _running(self) -> str:
        return "" if self._problem.running is None else self._problem.running.id


REMEMBERED = 20


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A place for a changed request."""

    problem: Problem
    request: Request
    crowd: Crowd
    case: Case
    room: Room

    def line(self, grid: Grid) -> Line | None:
        """Return the line with the request in it."""
        nodes, room = self.case.rooms.line.nodes, self.room
        order = [*nodes[: room.before + 1], self.case.job, *nodes[room.behind :]]
        return arrange(grid.transitions, order)


def _by_quota(refusal: Refusal) -> bool:
    return refusal.code.startswith("QUOTA")


def _slots(grid: Grid, line: Line, tier: Tier) -> list[Slot]:
    """Return the slots of a line, as far as they are not fixed, without what is for people."""
    found = []
    for place in range(1, len(line.nodes)):
        node, on = line.nodes[place], line.on[place]
        one, one_on = line.nodes[place - 1], line.on[place - 1]
        if node.fixed:
            continue
        end = one_on + one.length
        setup = grid.transitions.steps(one.pointing, one_on, end, node.pointing, on)
        found.append(
            Slot(
                id=node.id,
                start=grid.view.at(on - setup),
                on_target=grid.view.at(on),
                end=grid.view.at(on + node.length),
                step=on,
                setup_s=setup * grid.view.step_s,
                filler=tier is Tier.FILLER,
            )
        )
    return found


def _yes(text: str) -> Verdict:
    return Verdict(confirmed=True, text=text)


def _no(text: str) -> Verdict:
    return Verdict(confirmed=False, text=text)
