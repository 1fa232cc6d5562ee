"""What a plan changed in the one before it, as one person may see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pyros.domain.replanned import Replanned, replanned
from pyros.domain.schedule import Slot
from pyros.web.formats import spell
from pyros.web.plan_facts import PlanFacts
from pyros.web.plan_view import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of what became of the plan before."""

    what: str
    """moved, new or dropped"""
    name: str
    href: str
    own: bool
    at: datetime
    """Where it is now, or was when it was dropped."""
    before: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of the plan before: counts, and a line for each that did not stay."""

    before_id: int
    kept: int
    over: int
    lines: tuple[Change, ...]

    def count(self, what: str) -> int:
        """Return how many lines are of that kind."""
        return sum(line.what == what for line in self.lines)


def changes_of(facts: PlanFacts, viewer: Viewer) -> Changes | None:
    """Return what became of the plan before, None if there was none."""
    if facts.before is None:
        return None
    found = replanned(facts.before, facts.plan)
    lines = sorted(_lines(found, viewer), key=lambda line: line.at)
    return Changes(
        before_id=facts.before.id,
        kept=len(found.kept),
        over=len(found.over),
        lines=tuple(lines),
    )


def _lines(found: Replanned, viewer: Viewer) -> Iterator[Change]:
    for one in found.moved:
        yield _line(viewer, "moved", one.after, before=one.before.start, by=later(one.by_s))
    for slot in found.new:
        yield _line(viewer, "new", slot)
    for slot in found.dropped:
        yield _line(viewer, "dropped", slot, before=slot.start)


def changed_slots(facts: PlanFacts) -> dict[int, str]:
    """Return for each sequence of the plan what became of its place: kept, new, `12 min later`."""
    if facts.before is None:
        return {}
    found = replanned(facts.before, facts.plan)
    return (
        {slot.sequence_id: "kept" for slot in found.kept}
        | {slot.sequence_id: "new" for slot in found.new}
        | {one.after.sequence_id: later(one.by_s) for one in found.moved}
    )


def later(by_s: float) -> str:
    """Return `12 min later` or `3 min earlier`, to the minute where it is one at least."""
    size = abs(by_s)
    amount = spell(60.0 * round(size / 60.0)) if size >= 60.0 else spell(size)
    return f"{amount} {'later' if by_s > 0 else 'earlier'}"


def _line(
    viewer: Viewer, what: str, slot: Slot, *, before: datetime | None = None, by: str = ""
) -> Change:
    seen = viewer.sees(slot.request_id)
    return Change(
        what=what,
        name=slot.name if seen else viewer.asked(slot.request_id).programme,
        href=viewer.href(slot.request_id),
        own=viewer.owns(slot.request_id),
        at=slot.start,
        before=before,
        by=by,
    )
