"""Requests and their sequences."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pyros.domain.problem import Problem
from pyros.domain.programme import Programme
from pyros.domain.request import RequestKind, SequenceState, request_state
from pyros.domain.target import FixedTarget
from pyros.errors import IllegalTransition, Refused, StaleVersion
from pyros.store import ids, people, requests

S = SequenceState


def test_a_request_is_found_as_it_was_written(store, a_request, a_sequence):
    """P36, P73: every field of request, sequence, album and plan comes back."""
    wanted = a_request(sequences=(a_sequence(), a_sequence(name="two", priority=70)))

    made = store.write(lambda s: requests.create(s, wanted))

    assert store.read(lambda s: requests.load(s, made.id)) == made
    assert [one.albums for one in made.sequences] == [one.albums for one in wanted.sequences]
    assert [one.position for one in made.sequences] == [0, 1]
    assert store.read(lambda s: requests.find(s, "survey", "Crab")) == made
    assert store.read(requests.load_all) == (made,)


def test_a_short_name_is_unique_in_its_programme(store, a_request):
    """P75: refused with words, not by the database."""
    store.write(lambda s: requests.create(s, a_request()))

    with pytest.raises(Refused, match="survey has a request 'Crab' already"):
        store.write(lambda s: requests.create(s, a_request()))
    store.write(lambda s: requests.create(s, a_request(programme="alerts")))


def test_ids_reserved_beforehand_are_kept_and_never_given_again(store, a_request, a_sequence):
    """P47: the hot path knows the ids of rows that are on their way."""
    first = store.write(lambda s: ids.reserve(s, "sequences", 10))
    request_id = store.write(lambda s: ids.reserve(s, "requests", 1))
    wanted = a_request(id=request_id, sequences=(a_sequence(id=first + 4),))

    made = store.write(lambda s: requests.create(s, wanted))
    other = store.write(lambda s: requests.create(s, a_request(short_name="other")))

    assert (made.id, made.sequences[0].id) == (request_id, first + 4)
    assert other.sequences[0].id >= first + 10
    with pytest.raises(ValueError, match="at least 1 of alerts"):
        store.write(lambda s: ids.reserve(s, "nonsense", 1))


def test_submitting_admits_at_once(house):
    """P83: without a commission, a request waits for its slot in the same call."""
    request = house.submitted()

    assert request_state(one.state for one in request.sequences) == "PENDING"
    assert request.submitted_at == house.now


def test_submitting_under_bad_conditions_says_why(store, house, a_request):
    """P83: monitoring's conditions set the sequences' status."""
    made = store.write(lambda s: requests.create(s, a_request()))

    store.write(
        lambda s: requests.submit(s, made.id, house.now, admission=lambda _: ("SKY: cloudy",))
    )

    (sequence,) = store.read(lambda s: requests.sequences(s, {S.UNPLANNABLE}))
    assert sequence.state_reason == "SKY: cloudy"
    assert house.transition(sequence, "readmit").state is S.TOBEPLANNED


def test_a_failed_check_submits_nothing(store, a_request, house):
    """P75: all problems, and still drafts."""
    made = store.write(lambda s: requests.create(s, a_request()))
    problems = (Problem("short_name", "is empty"), Problem("programme", "is closed"))

    with pytest.raises(Refused, match="short_name: is empty; programme: is closed"):
        store.write(lambda s: requests.submit(s, made.id, house.now, problems=problems))

    assert set(house.states().values()) == {S.DRAFT}


def test_a_programme_that_wants_approval_keeps_what_is_submitted(store, house):
    """P88: the commission admits it."""
    store.write(lambda s: people.save_programme(s, Programme(code="survey", needs_approval=True)))

    (sequence,) = house.submitted().sequences
    assert sequence.state is S.SUBMITTED

    admitted = store.write(lambda s: requests.admit(s, sequence.id, house.now, by="commission"))
    assert admitted.state is S.TOBEPLANNED


def test_a_sequence_without_estimate_gets_one(house, a_sequence):
    """P28: fixed at submission: 30 + 5 x 62."""
    (sequence,) = house.submitted(sequences=(a_sequence(estimate_s=0.0),)).sequences

    assert sequence.estimate_s == 340.0


def test_a_write_that_names_an_old_version_is_refused(house):
    """Domain 1: compare and set; nothing was written."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)

    with pytest.raises(StaleVersion):
        house.transition(sequence, "cancel", version=sequence.version)

    assert house.sequence(sequence.id).state is S.PLANNED


def test_an_illegal_step_leaves_everything_as_it_was(house):
    """Domain 2: rows, events and ledger."""
    (sequence,) = house.submitted().sequences
    before = house.sequence(sequence.id)

    with pytest.raises(IllegalTransition):
        house.transition(sequence, "finish", done_fraction=1.0)

    assert house.sequence(sequence.id) == before


def test_unsubmitting_is_refused_as_a_whole_naming_the_sequences(store, house, a_sequence):
    """P84: what executes or was executed cannot be taken back."""
    request = house.submitted(sequences=(a_sequence(), a_sequence(name="two")))
    house.schedule(*request.sequences)
    house.begin(request.sequences[1])

    with pytest.raises(Refused, match="'two' is EXECUTING"):
        store.write(lambda s: requests.unsubmit(s, request.id, at=house.now, by="ada@x.org"))

    assert house.sequence(request.sequences[0].id).state is S.PLANNED


def test_unsubmitting_makes_drafts_and_gives_the_quota_back(store, house):
    """P84, P46."""
    request = house.submitted()
    house.schedule(*request.sequences)

    back = store.write(lambda s: requests.unsubmit(s, request.id, at=house.now, by="ada@x.org"))

    assert [one.state for one in back.sequences] == [S.DRAFT]


def test_a_cancelled_request_frees_its_slots(store, house, a_sequence):
    """P46: everything of it that is not final."""
    request = house.submitted(sequences=(a_sequence(), a_sequence(name="two")))
    house.schedule(request.sequences[0])

    gone = store.write(
        lambda s: requests.cancel(
            s, request.id, at=house.now, by="ada@x.org", reason="no use", by_owner=True
        )
    )

    assert [one.state for one in gone] == [S.CANCELLED, S.CANCELLED]
    assert gone[0].state_reason == "OWNER no use"


def test_a_window_that_ends_moves_by_a_day_or_expires(store, house, a_sequence, dusk):
    """P79: at most carry_over_nights times, for windows of a day."""
    day = {"window_start": dusk, "window_end": dusk + timedelta(days=1)}
    made = (a_sequence(carry_over_nights=1, **day), a_sequence(name="two", **day))
    first, second = house.submitted(sequences=made).sequences

    house.now = dusk + timedelta(days=1)
    store.write(lambda s: requests.lapse(s, house.now))

    moved = house.sequence(first.id)
    assert (moved.state, moved.carried) == (S.TOBEPLANNED, 1)
    assert moved.window_end == dusk + timedelta(days=2)
    assert house.sequence(second.id).state is S.EXPIRED

    house.now = dusk + timedelta(days=2)
    store.write(lambda s: requests.lapse(s, house.now))
    assert house.sequence(first.id).state is S.EXPIRED


def test_a_better_position_is_pointed_at_and_the_old_one_stays_on_record(store, house):
    """P39: a target revision, append-only."""
    (sequence,) = house.submitted().sequences
    better = FixedTarget(ra_deg=83.7, dec_deg=22.1)

    store.write(
        lambda s: requests.amend_target(s, sequence.id, better, at=house.now, notice="ivo://x")
    )

    assert house.sequence(sequence.id).target == better
    query = "SELECT n, notice FROM target_revision"
    assert store.read(lambda s: s.exec_driver_sql(query).all()) == [(1, "ivo://x")]


def test_only_drafts_that_were_never_handed_in_can_be_deleted(store, house, a_request):
    """Domain 1: nothing an observation needs is deleted."""
    request = house.submitted()
    draft = store.write(lambda s: requests.create(s, a_request(short_name="draft")))

    store.write(lambda s: requests.delete_draft(s, draft.id))
    with pytest.raises(Refused, match="cancel it instead"):
        store.write(lambda s: requests.delete_draft(s, request.id))

    assert [one.short_name for one in store.read(requests.load_all)] == ["Crab"]


def test_an_alert_has_one_request(store, house, a_request):
    """P40: and its sequences are admitted whatever the programme wants."""
    store.write(lambda s: people.save_programme(s, Programme(code="alerts", needs_approval=True)))
    alert = {"kind": RequestKind.ALERT, "programme": "alerts", "alert_id": 3}

    request = house.submitted(short_name="GRB", **alert)

    assert store.read(lambda s: requests.of_alert(s, 3)) == request
    assert request.sequences[0].state is S.TOBEPLANNED
    with pytest.raises(Exception, match="UNIQUE constraint failed"):
        store.write(lambda s: requests.create(s, a_request(short_name="again", **alert)))
