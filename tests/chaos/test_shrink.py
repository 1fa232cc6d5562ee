"""The fewest faults that still fail."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pyros.cli.faults.shrink import shrink

ENOUGH = 10_000


@given(
    count=st.integers(1, 60),
    needed=st.sets(st.integers(0, 59), min_size=1, max_size=4),
)
def test_the_causes_that_are_needed_together_are_found_and_no_other(
    count: int, needed: set[int]
) -> None:
    needed = {one % count for one in needed}

    found = shrink(range(count), lambda part: needed <= set(part), tries=ENOUGH)

    assert found == tuple(sorted(needed))


@given(count=st.integers(1, 80), tries=st.integers(0, 30), needed=st.integers(0, 79))
def test_no_more_is_tried_than_allowed_and_what_is_returned_failed(
    count: int, tries: int, needed: int
) -> None:
    needed %= count
    tried: list[tuple[int, ...]] = []

    def fails(part: tuple[int, ...]) -> bool:
        tried.append(part)
        return needed in part

    found = shrink(range(count), fails, tries=tries)

    assert len(tried) <= tries
    assert needed in found
    assert found == tuple(range(count)) or found in tried


def test_one_cause_alone_is_not_tried_again() -> None:
    assert shrink(["only"], lambda _: False, tries=ENOUGH) == ("only",)
