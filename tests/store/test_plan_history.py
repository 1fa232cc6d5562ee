"""Old plans found: by night, by what they ended with, by what they refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pyros.domain.request import RequestKind
from pyros.store import plan_history
from pyros.store.plan_history import Which


@pytest.fixture
def plans(store, house, a_sequence, tonight):
    """Three plans of two nights: only the first refuses something."""
    sequences = (a_sequence(), a_sequence(name="two"))
    request = house.submitted(sequences=sequences)
    one, two = request.sequences
    yesterday = tonight - timedelta(days=1)
    made = [
        house.schedule(one, refused=(two,), night=yesterday),
        house.schedule(one, two, night=tonight),
        house.schedule(two, night=tonight),
    ]
    return made, request


def found(store, **which):
    """Return the ids of the plans that are found."""
    return [one.id for one in store.read(lambda s: plan_history.plan_lines(s, Which(**which)))]


def test_old_plans_are_found_by_night_by_days_before_and_by_how_nights_ended(
    store, plans, tonight
) -> None:
    """P30: by day, days before, end-of-night plans, all plans."""
    (old, first, last), _ = plans
    yesterday = tonight - timedelta(days=1)

    assert found(store) == [last.id, first.id, old.id]
    assert found(store, first_night=tonight, last_night=tonight) == [last.id, first.id]
    assert found(store, first_night=yesterday, last_night=tonight) == [last.id, first.id, old.id]
    assert found(store, last_of_night=True) == [last.id, old.id]
    assert found(store, before_id=last.id) == [first.id, old.id]
    assert found(store, last_of_night=True, last_night=yesterday) == [old.id]


def test_plans_are_found_by_what_they_refused_and_for_whom(store, plans) -> None:
    """P31."""
    (old, first, last), request = plans

    assert found(store, code="ALTITUDE") == [old.id]
    assert found(store, code="NO_ROOM") == []
    assert found(store, request_id=request.id) == [last.id, first.id, old.id]
    assert found(store, request_id=request.id + 99) == []
    assert store.read(plan_history.refusal_codes) == ("ALTITUDE",)
    counts = store.read(lambda s: plan_history.refusal_counts(s, [old.id, last.id]))
    assert counts == {old.id: {"ALTITUDE": 1}}


def test_a_line_says_how_much_is_in_a_plan_and_whether_its_night_ended_with_it(
    store, plans
) -> None:
    (old, first, last), _ = plans
    lines = {one.id: one for one in store.read(lambda s: plan_history.plan_lines(s, Which()))}

    assert (lines[old.id].slots, lines[old.id].refusals) == (1, 1)
    assert (lines[first.id].slots, lines[first.id].refusals) == (2, 0)
    assert [lines[one.id].last_of_night for one in (old, first, last)] == [True, False, True]


def test_the_plan_before_is_one_of_the_same_night(store, plans) -> None:
    (old, first, last), _ = plans

    def before(plan):
        return store.read(lambda s: plan_history.plan_before(s, plan.id, plan.night))

    assert (before(old), before(first), before(last)) == (None, None, first.id)
    assert store.read(plan_history.newest_plan) == last.id


def test_whose_a_request_is_is_known_for_many_at_once(store, plans, house) -> None:
    """P22, P33."""
    _, request = plans
    asked = store.read(lambda s: plan_history.asked_by(s, [request.id, request.id, 999]))
    ids = [one.id for one in request.sequences]
    sequences = store.read(lambda s: plan_history.sequences_by_id(s, [*ids, 999]))

    assert asked.keys() == {request.id}
    assert asked[request.id].owner == request.owner
    assert asked[request.id].kind is RequestKind.ROUTINE
    assert [sequences[one].albums for one in ids] == [one.albums for one in request.sequences]


def test_a_house_without_plans_has_none_to_show(store, tonight) -> None:
    """P21."""
    assert found(store) == []
    assert store.read(plan_history.newest_plan) is None
    assert store.read(plan_history.refusal_codes) == ()
    assert store.read(lambda s: plan_history.plan_before(s, 1, tonight)) is None
    assert store.read(lambda s: plan_history.refusal_counts(s, [])) == {}
    assert store.read(lambda s: plan_history.asked_by(s, [])) == {}
