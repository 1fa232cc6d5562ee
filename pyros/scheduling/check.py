"""Is a schedule valid: every rule tried again, with arithmetic of its own.

Shares no code with the solver but the model, the calendar and the sky; the refusals' reasons are
tried by `confirm`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from pyros.scheduling.audit import Auditor
from pyros.scheduling.instants import elapsed_s
from pyros.scheduling.model import Problem, Request, Tier
from pyros.scheduling.moves import Moves
from pyros.scheduling.series import series_rule
from pyros.scheduling.timetable import Schedule, Slot, Violation

TOLERANCE_S = 0.002
Slot3 = tuple[str, datetime, datetime]


def check(problem: Problem, schedule: Schedule) -> list[Violation]:
    """Return every rule that a schedule breaks; empty: it is valid."""
    judge = Judge(problem)
    found = judge.placed(schedule)
    known = {request.id for request in problem.requests}
    if all(slot.id in known for slot in schedule.slots):
        found += judge.sums(schedule)
    return found


class Judge:
    """Judges schedules of one problem; what it has worked out of a slot it keeps."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._auditor = Auditor(problem)
        self._moves = Moves(self._auditor)
        self._complaints: dict[Slot3, tuple[str, ...]] = {}
        self._setups: dict[tuple[Slot3 | None, Slot3], float] = {}

    def placed(
        self,
        schedule: Schedule,
        changed: Request | None = None,
        richer: Problem | None = None,
    ) -> list[Violation]:
        """Return every rule that the slots break; with a `changed` request, or other accounts."""
        problem = richer or self.problem
        if changed is not None:
            asked = tuple(changed if one.id == changed.id else one for one in problem.requests)
            problem = dataclasses.replace(problem, requests=asked)
        known = {request.id for request in problem.requests}
        strangers = [slot.id for slot in schedule.slots if slot.id not in known]
        if strangers:
            return [_broken("complete", strangers, "not in the problem")]
        rules = (_once, _complete, _night, _frozen, _quota, _blocks, series_rule)
        found = [violation for rule in rules for violation in rule(problem, schedule)]
        found += self._order(schedule)
        return found + list(self._feasible(problem, schedule, changed))

    def _setup_s(self, earlier: Slot | None, slot: Slot) -> float:
        key = (None if earlier is None else _key(earlier), _key(slot))
        if key not in self._setups:
            self._setups[key] = self._moves.setup_s(earlier, slot)
        return self._setups[key]

    def _order(self, schedule: Schedule) -> Iterator[Violation]:
        slots = sorted(schedule.slots, key=lambda slot: slot.on_target)
        for one, two in pairwise(slots):
            if two.start < one.end - _slack():
                yield _broken("order", [one.id, two.id], "overlap")
        earlier: Slot | None = None
        for slot in slots:
            if not slot.frozen:
                needed = self._setup_s(earlier, slot)
                given = elapsed_s(slot.start, slot.on_target)
                if given < needed - TOLERANCE_S:
                    text = f"set-up of {given:g} s, {needed:.1f} s needed"
                    yield _broken("order", [slot.id], text)
            earlier = slot
        for block in self.problem.blocks:
            before = [slot for slot in slots if slot.end <= block.start + _slack()]
            late_s = self._moves.late_for(before[-1], block) if before else 0.0
            if late_s > TOLERANCE_S:
                text = f"ends {late_s:.1f} s too late for {block.id}"
                yield _broken("order", [before[-1].id], text)

    def _feasible(
        self, problem: Problem, schedule: Schedule, changed: Request | None
    ) -> Iterator[Violation]:
        requests = {request.id: request for request in problem.requests}
        for slot in schedule.slots:
            if not slot.frozen:
                fresh = changed is not None and slot.id == changed.id
                for text in self._of(requests[slot.id], slot, fresh=fresh):
                    yield _broken("feasible", [slot.id], text)

    def _of(self, request: Request, slot: Slot, *, fresh: bool) -> tuple[str, ...]:
        if fresh:
            return tuple(self._auditor.complaints(request, slot))
        key = _key(slot)
        if key not in self._complaints:
            self._complaints[key] = tuple(self._auditor.complaints(request, slot))
        return self._complaints[key]

    def sums(self, schedule: Schedule) -> list[Violation]:
        """Return where values and times do not add up."""
        return list(_sums(self._auditor, schedule))


def _key(slot: Slot) -> Slot3:
    return slot.id, slot.on_target, slot.end


def _broken(rule: str, ids: list[str], text: str) -> Violation:
    return Violation(rule=rule, ids=tuple(ids), text=text)


def _once(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    times = Counter(slot.id for slot in schedule.slots)
    for name, count in times.items():
        if count > 1:
            yield _broken("once", [name], f"has {count} slots")
    groups: defaultdict[str, set[str]] = defaultdict(set)
    requests = {request.id: request for request in problem.requests}
    for slot in schedule.slots:
        group = requests[slot.id].one_of
        if group and not slot.filler:
            groups[group].add(slot.id)
    for group, ids in groups.items():
        if len(ids) > 1:
            yield _broken("once", sorted(ids), f"at most one of {group} may be done")


def _complete(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    answered = Counter(slot.id for slot in schedule.slots)
    answered += Counter(refusal.id for refusal in schedule.refusals)
    if problem.running is not None:
        answered[problem.running.id] += 1
    for request in problem.requests:
        if answered[request.id] != 1:
            yield _broken("complete", [request.id], f"is answered {answered[request.id]} times")
    known = {request.id for request in problem.requests}
    extra = [refusal.id for refusal in schedule.refusals if refusal.id not in known]
    if extra:
        yield _broken("complete", extra, "refused, but not in the problem")


def _night(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    tiers = {request.id: request.tier for request in problem.requests}
    for slot in schedule.slots:
        start, end = problem.night.start, problem.night.end
        if tiers[slot.id] is Tier.ALERT:
            start, end = problem.night.alert_start or start, problem.night.alert_end or end
        if problem.now is not None:
            start = max(start, problem.now)
        if not slot.frozen and (slot.start < start - _slack() or slot.end > end + _slack()):
            yield _broken("night", [slot.id], "outside its night, or in the past")
        if not slot.start <= slot.on_target <= slot.end:
            yield _broken("night", [slot.id], "ends before it begins")


def _slack() -> timedelta:
    return timedelta(seconds=TOLERANCE_S)


def _frozen(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    slots = {slot.id: slot for slot in schedule.slots}
    for armed in problem.armed:
        slot = slots.get(armed.id)
        if slot is None:
            yield _broken("frozen", [armed.id], "was armed and has no slot")
        elif (slot.start, slot.on_target, slot.end) != (armed.start, armed.on_target, armed.end):
            yield _broken("frozen", [armed.id], "was armed and has moved")
    armed_ids = {armed.id for armed in problem.armed}
    for slot in schedule.slots:
        if slot.frozen and slot.id not in armed_ids:
            yield _broken("frozen", [slot.id], "says it was armed, and was not")


def _quota(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    requests = {request.id: request for request in problem.requests}
    paying = [slot.id for slot in schedule.slots if not slot.filler]
    if problem.running is not None and problem.running.id in requests:
        paying.append(problem.running.id)
    fixed = {armed.id for armed in problem.armed}
    spent: defaultdict[str, float] = defaultdict(float)
    movable: defaultdict[str, list[str]] = defaultdict(list)
    for name in paying:
        for payer in requests[name].accounts:
            spent[payer] += requests[name].cost_s
            if name not in fixed and not (problem.running and problem.running.id == name):
                movable[payer].append(name)
    for name, account in problem.accounts.items():
        if account.enforce and movable[name] and spent[name] > account.left_s + TOLERANCE_S:
            text = f"{name} is overdrawn: {spent[name]:g} s of {account.left_s:g} s"
            yield _broken("quota", movable[name], text)


def _fixed(problem: Problem) -> Iterator[tuple[str, datetime, datetime]]:
    for block in problem.blocks:
        yield block.id, block.start, block.end
    if problem.running is not None:
        yield problem.running.id, problem.now or problem.night.start, problem.running.end


def _blocks(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    for name, start, end in _fixed(problem):
        for slot in schedule.slots:
            overlap = slot.start < end - _slack() and slot.end > start + _slack()
            if not slot.frozen and overlap:
                yield _broken("blocks", [slot.id], f"overlaps {name}, which is fixed")


def _sums(auditor: Auditor, schedule: Schedule) -> Iterator[Violation]:
    problem = auditor.problem
    requests = {request.id: request for request in problem.requests}
    total = sum(slot.value for slot in schedule.slots)
    if abs(total - schedule.value) > 1e-6 * max(1.0, total):
        yield _broken("sums", [], f"value {schedule.value:g}, slots add up to {total:g}")
    if schedule.value > schedule.bound * (1.0 + 1e-9) + 1e-9:
        yield _broken("sums", [], f"value {schedule.value:g} above its bound {schedule.bound:g}")
    for slot in schedule.slots:
        worth = 0.0 if slot.filler or slot.frozen else auditor.worth(requests[slot.id], slot)
        if abs(worth - slot.value) > 1e-6 * max(1.0, worth):
            yield _broken("sums", [slot.id], f"value {slot.value:g}, is worth {worth:g}")
    yield from _gaps(problem, schedule)


def _gaps(problem: Problem, schedule: Schedule) -> Iterator[Violation]:
    """Idle times fill exactly what slots, set-ups and what is fixed leave of the night.

    What is fixed keeps no step: the rest of a step in which it begins or ends is nobody's.
    """
    step_s = problem.night.step_s
    taken = [(slot.start, slot.end) for slot in schedule.slots]
    taken += [(start, end) for _, start, end in _fixed(problem)]
    for idle in schedule.idle:
        for start, end in taken:
            if idle.start < end - _slack() and idle.end > start + timedelta(seconds=step_s):
                yield _broken("sums", [], f"idle time at {idle.start} overlaps what is busy")
    begin, end = problem.night.start, problem.night.end
    if problem.now is not None:
        begin = max(begin, problem.now)
    step = timedelta(seconds=step_s)
    spans = [(slot.start, slot.end) for slot in schedule.slots]
    spans += [(start - step, end + step) for _, start, end in _fixed(problem)]
    spans = sorted(spans + [(idle.start, idle.end) for idle in schedule.idle])
    until = begin + timedelta(seconds=step_s)
    for start, stop in [*spans, (end, end)]:
        if stop <= begin or start >= end:
            continue
        if start > until + _slack():
            yield _broken("sums", [], f"nobody says what happens at {until}")
        until = max(until, stop)
    if spans and until < end - timedelta(seconds=step_s):
        yield _broken("sums", [], f"nobody says what happens from {until} on")
