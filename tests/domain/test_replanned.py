"""What a newer plan changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pyros.domain.replanned import replanned
from pyros.domain.schedule import Cause, Schedule, Slot

NOW = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)


def plan(made_min, *slots):
    """Return a plan of (sequence, minute of its start), ten minutes each."""
    return Schedule(
        night=date(2026, 11, 24),
        made_at=NOW + timedelta(minutes=made_min),
        cause=Cause.FIRST,
        slots=tuple(slot(*one) for one in slots),
    )


def slot(sequence_id, minute):
    start = NOW + timedelta(minutes=minute)
    return Slot(
        sequence_id=sequence_id,
        request_id=1,
        name=str(sequence_id),
        start=start,
        on_target=start,
        end=start + timedelta(minutes=10),
    )


def ids(slots):
    return [one.sequence_id for one in slots]


def test_each_slot_is_kept_moved_new_dropped_or_over() -> None:
    """P30."""
    before = plan(0, (1, 0), (2, 20), (3, 40), (4, 60))
    after = plan(15, (2, 20.5), (3, 55), (5, 70))
    found = replanned(before, after)

    assert ids(found.over) == [1]
    assert ids(found.kept) == [2]
    assert [(one.after.sequence_id, one.by_s) for one in found.moved] == [(3, 900.0)]
    assert ids(found.new) == [5]
    assert ids(found.dropped) == [4]


plans = st.lists(st.tuples(st.integers(1, 8), st.integers(-60, 300)), unique_by=lambda one: one[0])


@given(plans, plans, st.integers(-60, 300))
def test_no_slot_of_either_plan_is_lost_or_counted_twice(before, after, made) -> None:
    found = replanned(plan(0, *before), plan(made, *after))
    moved = [one.after for one in found.moved]

    assert sorted(ids([*found.kept, *moved, *found.new])) == sorted(name for name, _ in after)
    assert sorted(ids([*found.kept, *moved, *found.dropped, *found.over])) == sorted(
        name for name, _ in before
    )


@given(plans)
def test_the_same_plan_again_changes_nothing(slots) -> None:
    found = replanned(plan(-90, *slots), plan(-90, *slots))

    assert ids(found.kept) == [name for name, _ in slots]
    assert (found.moved, found.new, found.dropped, found.over) == ((), (), (), ())
