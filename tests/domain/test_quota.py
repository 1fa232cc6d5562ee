"""Telescope time as money: what is due, how it is booked, what is left."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.domain.quota import (
    OWNER,
    Account,
    EntryKind,
    LedgerEntry,
    QuotaCode,
    debited,
    differences,
    due,
    entries,
    left_tonight,
)
from pyros.domain.request import SequenceState

FIRST = date(2026, 11, 1)
NIGHTS = st.dictionaries(
    st.integers(0, 20).map(lambda n: FIRST + timedelta(days=n)),
    st.floats(-1e5, 1e5).map(lambda s: round(s, 1)),
    max_size=5,
)
LIKE = LedgerEntry(
    entry_key="debit:1:1",
    at=datetime(2026, 11, 1, tzinfo=UTC),
    kind=EntryKind.DEBIT,
    amount_s=0.0,
    programme="survey",
    period="",
    owner="ada@x.org",
    night=FIRST,
)


@given(NIGHTS, NIGHTS)
def test_entries_bring_every_night_to_what_is_wanted(booked, wanted):
    """P28, P46: after the entries each night's sum is as wanted, and no key stands twice."""
    periods = dict.fromkeys(booked | wanted, "2026B")

    made = entries(LIKE, booked, wanted, periods)

    after = dict(booked)
    for entry in made:
        after[entry.night] = after.get(entry.night, 0.0) + entry.amount_s
    for night in after.keys() | wanted.keys():
        assert after.get(night, 0.0) == pytest.approx(wanted.get(night, 0.0), abs=0.01)
    assert len({entry.entry_key for entry in made}) == len(made)


@given(NIGHTS)
def test_booking_again_what_is_booked_writes_nothing(booked):
    """Domain 5: a repeat writes nothing."""
    assert differences(booked, booked) == {}


@given(st.dictionaries(st.integers(0, 9), st.floats(1.0, 100.0), max_size=4), st.floats(500, 9999))
def test_a_debit_is_the_estimate_spread_over_the_nights_that_served(served, estimate_s):
    """P28: each earlier attempt pays in its own night, the rest tonight."""
    nights = {FIRST + timedelta(days=n): seconds for n, seconds in served.items()}
    tonight = FIRST + timedelta(days=12)

    booked = debited(nights, tonight, estimate_s)

    assert sum(booked.values()) == pytest.approx(estimate_s)
    assert all(booked[night] == seconds for night, seconds in nights.items())


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("PLANNED", "", 100.0),
        ("EXECUTING", "", 100.0),
        ("EXECUTED", "", 40.0),
        ("CANCELLED", f"{OWNER} no use", 40.0),
        ("CANCELLED", "retracted", 0.0),
        ("EXPIRED", "", 0.0),
        ("REJECTED", "", 0.0),
        ("TOBEPLANNED", "", 0.0),
        ("UNPLANNABLE", "", 0.0),
        ("DRAFT", "", 0.0),
        ("SUBMITTED", "", 0.0),
    ],
)
def test_only_what_is_executed_or_cancelled_by_its_owner_is_paid(
    a_sequence, state, reason, expected
):
    """P28, P46: weather, alerts, faults and operators cost the user nothing."""
    columns = {"estimate_s": 100.0, "served_s": 40.0, "state_reason": reason}
    sequence = a_sequence(state=SequenceState(state), **columns)

    assert due(sequence) == expected


@pytest.mark.parametrize("state", list(SequenceState))
def test_a_filler_is_free_whatever_becomes_of_it(a_sequence, state):
    """P29: a sequence that fills a gap costs nobody anything."""
    sequence = a_sequence(
        state=state, estimate_s=100.0, served_s=40.0, free=True, state_reason=OWNER
    )

    assert due(sequence) == 0.0


@pytest.mark.parametrize(
    ("account", "left", "code"),
    [
        (Account(quota_s=1000, quota_night_s=900, used_s=800, tonight_s=0), 200, "QUOTA_PERIOD"),
        (Account(quota_s=9e4, quota_night_s=900, used_s=300, tonight_s=300), 600, "QUOTA_NIGHT"),
        (Account(quota_s=9000, quota_night_s=9000, nights_left=27), 1000, "QUOTA_NIGHT"),
        (Account(quota_s=900, quota_night_s=900, user_s=50, max_share=0.1), 40, "QUOTA_USER"),
    ],
)
def test_the_least_of_period_night_and_member_is_left(account, left, code):
    """P27, P28: and the refusal says which one it is."""
    found = left_tonight(account)

    assert found.left_s == pytest.approx(left)
    assert found.code is QuotaCode(code)
    assert found.affords(left)
    assert not found.affords(left + 1)


def test_unused_nights_flow_into_those_that_remain():
    """P28: quotas evolve: a night may use three times the even share of what is left."""
    early = left_tonight(Account(quota_s=10000, quota_night_s=9000, nights_left=100))
    late = left_tonight(Account(quota_s=10000, quota_night_s=9000, nights_left=10))

    assert early.left_s == pytest.approx(300)
    assert late.left_s == pytest.approx(3000)


def test_a_programme_that_is_not_enforced_is_never_refused():
    """P47: an alert observes beyond its quota; it is booked all the same."""
    assert left_tonight(Account(quota_s=0, quota_night_s=0, enforced=False)).affords(1e9)
