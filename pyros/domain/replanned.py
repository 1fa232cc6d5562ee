"""What a newer plan of a night changed in an older one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pyros.domain.schedule import Schedule, Slot

KEPT_S = 60.0
"""A slot that is moved by no more than this keeps its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A sequence in both plans, at another time."""

    before: Slot
    after: Slot

    @property
    def by_s(self) -> float:
        """Return by how much, seconds; later is positive."""
        return (self.after.on_target - self.before.on_target).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned:
    """The slots of two plans, sorted by what became of them; each list in order of time."""

    kept: tuple[Slot, ...] = ()
    moved: tuple[Moved, ...] = ()
    new: tuple[Slot, ...] = ()
    dropped: tuple[Slot, ...] = ()
    """Not planned any more, though their time was still to come."""
    over: tuple[Slot, ...] = ()
    """Their time was over when the newer plan was made."""


def replanned(before: Schedule, after: Schedule) -> Replanned:
    """Return how `after` differs from `before`, plans of one night in the order they were made."""
    older = {slot.sequence_id: slot for slot in before.slots}
    newer = {slot.sequence_id for slot in after.slots}
    pairs = [
        Moved(before=older[slot.sequence_id], after=slot)
        for slot in after.slots
        if slot.sequence_id in older
    ]
    gone = [slot for slot in before.slots if slot.sequence_id not in newer]
    return Replanned(
        kept=tuple(pair.after for pair in pairs if abs(pair.by_s) <= KEPT_S),
        moved=tuple(pair for pair in pairs if abs(pair.by_s) > KEPT_S),
        new=tuple(slot for slot in after.slots if slot.sequence_id not in older),
        dropped=tuple(slot for slot in gone if not _is_over(slot, after.made_at)),
        over=tuple(slot for slot in gone if _is_over(slot, after.made_at)),
    )


def _is_over(slot: Slot, at: datetime) -> bool:
    return slot.end <= at
