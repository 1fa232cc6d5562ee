"""The ledger: whatever becomes of a sequence, its entries add up to what is due."""

from __future__ import annotations

import contextlib
import shutil
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pyros.domain.execution import Outcome
from pyros.domain.programme import Allocation
from pyros.domain.quota import EntryKind, LedgerEntry, due
from pyros.domain.request import RequestKind, SequenceState
from pyros.errors import IllegalTransition
from pyros.store import ledger, observations, people, transition
from pyros.store.engine import Store

QUIET = {"suppress_health_check": list(HealthCheck), "deadline": None}


def kinds(store, sequence):
    return [one.kind for one in store.read(lambda s: ledger.entries_of(s, sequence.id))]


def booked(store, sequence):
    return sum(store.read(lambda s: ledger.booked(s, sequence.id)).values())


def test_a_placed_sequence_is_debited_and_a_cancelled_one_gets_it_back(store, house):
    """P46: a cancelled sequence gives its quota back."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)
    assert booked(store, sequence) == 350.0

    house.transition(sequence, "cancel", by_owner=False)

    assert booked(store, sequence) == 0.0
    assert kinds(store, sequence) == [EntryKind.DEBIT, EntryKind.REFUND]


def test_what_was_served_is_paid_when_it_is_executed(store, house):
    """P28: SETTLE brings the night to what was served."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)

    house.end(house.begin(sequence), "DONE", done=10, served_s=320.0)

    assert house.sequence(sequence.id).state is SequenceState.EXECUTED
    assert booked(store, sequence) == 320.0
    assert kinds(store, sequence) == [EntryKind.DEBIT, EntryKind.SETTLE]


def test_an_interruption_costs_nothing_and_the_next_night_pays_its_own_part(store, house, tonight):
    """P28, P49: the quota comes back; a later debit books each night what it served."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)
    house.end(house.begin(sequence), "INTERRUPTED", done=4, served_s=100.0)
    assert booked(store, sequence) == 0.0

    tomorrow = tonight + timedelta(days=1)
    house.now += timedelta(days=1)
    house.schedule(sequence, night=tomorrow)

    nights = store.read(lambda s: ledger.booked(s, sequence.id))
    assert nights == {tonight: 100.0, tomorrow: 250.0}


def test_an_owner_pays_for_what_was_served_before_they_cancelled(store, house):
    """P28: who pays: only what is executed, and what an owner cancels half-way."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence)

    house.end(house.begin(sequence), "CANCELLED", done=3, served_s=90.0, by_owner=True)

    assert booked(store, sequence) == 90.0
    assert store.read(ledger.mismatches) == ()


def test_an_alert_is_debited_at_its_start_even_beyond_the_quota(store, house, dusk):
    """P47, P28: booked, never refused."""
    (sequence,) = house.submitted(kind=RequestKind.ALERT, programme="alerts", alert_id=7).sequences

    house.begin(sequence)

    assert booked(store, sequence) == 350.0
    assert store.read(lambda s: ledger.left(s, "alerts", "ada@x.org", dusk.date())).affords(1e9)


def test_a_filler_is_booked_with_nothing(store, house):
    """P29: it fills a gap at nobody's cost, to its end."""
    (sequence,) = house.submitted().sequences
    house.schedule(sequence, filler=True)

    house.end(house.begin(sequence), "DONE", done=10, served_s=300.0)

    assert booked(store, sequence) == 0.0
    assert store.read(ledger.mismatches) == ()


def test_a_schedule_refuses_what_an_account_cannot_pay(store, house, a_sequence):
    """P27, P25: overdrawn becomes a refusal with its numbers, checked in the transaction."""
    allocation = Allocation(programme="survey", period="2026B", quota_s=1e6, quota_night_s=800.0)
    store.write(lambda s: people.save_allocation(s, allocation))
    many = tuple(a_sequence(name=f"s{n}") for n in range(3))
    sequences = house.submitted(sequences=many).sequences

    stored = house.schedule(*sequences)

    (refusal,) = stored.refusals
    assert len(stored.slots) == 2
    assert refusal.code == "QUOTA_NIGHT"
    assert refusal.numbers == {"needed_s": 350.0, "left_s": 100.0}
    assert house.sequence(refusal.sequence_id).state is SequenceState.UNPLANNABLE
    assert store.read(ledger.mismatches) == ()


@pytest.mark.parametrize("first_is", ["refused", "left out", "a filler"])
def test_time_that_a_schedule_gives_back_is_there_for_its_slots(
    store, house, a_sequence, tonight, first_is
):
    """P28, P46: one sequence fits the quota of a night; the next schedule wants another."""
    store.write(
        lambda s: people.save_allocation(
            s, Allocation(programme="survey", period="2026B", quota_s=1e6, quota_night_s=400.0)
        )
    )
    first, second = house.submitted(sequences=(a_sequence(), a_sequence(name="two"))).sequences
    house.schedule(first)
    later = house.now + timedelta(hours=1)
    slots = [house.slot(second, start=house.now)]
    if first_is == "a filler":
        slots.append(house.slot(first, start=later, filler=True))
    refused = [house.refusal(first)] if first_is == "refused" else []

    stored = house.add_schedule(slots=slots, refusals=refused)

    assert stored.slots == tuple(slots)
    assert (booked(store, first), booked(store, second)) == (0.0, 350.0)
    assert store.read(ledger.mismatches) == ()


def test_an_adjustment_is_written_once(store, dusk, tonight):
    """P28: a person mends a mistake by a further row; a repeat writes nothing."""
    entry = LedgerEntry(
        entry_key="adjust:1",
        at=dusk,
        kind=EntryKind.ADJUST,
        amount_s=-60.0,
        programme="survey",
        period="2026B",
        owner="ada@x.org",
        night=tonight,
        by="admin@x.org",
    )
    for _ in range(2):
        store.write(lambda s: ledger.adjust(s, entry))

    account = store.read(
        lambda s: ledger.account(s, people.programme(s, "survey"), "ada@x.org", tonight)
    )
    assert account.used_s == account.user_s == -60.0


class Life(RuleBasedStateMachine):
    """Any walk of a few sequences through the table, with time going on."""

    template = None
    folder = None
    builders = None

    @initialize()
    def open_a_database(self):
        path = self.folder / "walk.db"
        for name in (path, path.with_name("walk.db-wal"), path.with_name("walk.db-shm")):
            name.unlink(missing_ok=True)
        shutil.copy(self.template, path)
        self.house = self.builders.house_of(Store(f"sqlite:///{path}", synchronous="OFF"))
        made = tuple(
            self.builders.sequence(name=f"s{n}", carry_over_nights=n, **self.window(n))
            for n in range(3)
        )
        routine = self.house.submitted(sequences=made).sequences
        alert = self.house.submitted(
            short_name="GRB", kind=RequestKind.ALERT, programme="alerts", sequences=made[:1]
        ).sequences
        self.ids = [one.id for one in (*routine, *alert)]
        self.night = self.house.now.date()

    def window(self, n):
        dusk = self.builders.dusk
        return {"window_start": dusk, "window_end": dusk + timedelta(days=1 if n else 9)}

    def teardown(self):
        if hasattr(self, "house"):
            self.house.store.close()

    @rule(hours=st.floats(0.0, 20.0))
    def time_passes(self, hours):
        self.house.now += timedelta(hours=hours)
        self.night = self.house.now.date()

    @rule(
        which=st.integers(0, 3),
        event=st.sampled_from(
            ["refuse", "exclude", "readmit", "release", "lapse", "unsubmit", "submit", "admit"]
        ),
    )
    def an_event_comes(self, which, event):
        sequence = self.house.sequence(self.ids[which])
        with contextlib.suppress(IllegalTransition):
            self.house.transition(sequence, event, reason="ALTITUDE")

    @rule(which=st.integers(0, 3), by_owner=st.booleans())
    def somebody_cancels(self, which, by_owner):
        sequence = self.house.sequence(self.ids[which])
        if sequence.state is not SequenceState.EXECUTING:
            with contextlib.suppress(IllegalTransition):
                self.house.transition(sequence, "cancel", by_owner=by_owner)

    @rule(chosen=st.sets(st.integers(0, 3)), filler=st.booleans())
    def a_schedule_is_made(self, chosen, filler):
        sequences = [self.house.sequence(self.ids[which]) for which in sorted(chosen)]
        self.house.schedule(*sequences, night=self.night, filler=filler)

    @rule(which=st.integers(0, 3))
    def an_execution_begins(self, which):
        sequence = self.house.sequence(self.ids[which])
        with contextlib.suppress(IllegalTransition):
            self.house.begin(sequence, steps=0, night=self.night)

    @rule(
        outcome=st.sampled_from(Outcome),
        done=st.integers(0, 10),
        served_s=st.floats(0.0, 500.0),
        by_owner=st.booleans(),
    )
    def an_execution_ends(self, outcome, done, served_s, by_owner):
        running = self.house.store.read(observations.open_execution)
        if running is not None:
            self.house.end(running, outcome, done=done, served_s=served_s, by_owner=by_owner)

    @invariant()
    def the_ledger_adds_up(self):
        if not hasattr(self, "house"):
            return
        store = self.house.store
        assert store.read(ledger.mismatches) == ()
        for sequence_id in self.ids:
            sequence = self.house.sequence(sequence_id)
            assert booked(store, sequence) == pytest.approx(due(sequence), abs=0.01)
            assert sequence.served_s <= sequence.estimate_s + 0.01

    @invariant()
    def replaying_the_events_gives_the_state(self):
        if not hasattr(self, "house"):
            return
        for sequence_id in self.ids:
            state = "DRAFT"
            for _, source, target in self.house.store.read(
                lambda s, of=sequence_id: transition.events(s, of)
            ):
                assert source == state
                state = target
            assert self.house.sequence(sequence_id).state == state


def test_after_any_legal_walk_the_ledger_adds_up(template, tmp_path, builders):
    """P27, P28, P46: the sum of a sequence's entries is due(sequence), whatever happened."""
    Life.template, Life.folder, Life.builders = template, tmp_path, builders

    run_state_machine_as_test(
        Life, settings=settings(max_examples=12, stateful_step_count=25, **QUIET)
    )


@settings(max_examples=5, **QUIET)
@given(st.lists(st.floats(1.0, 400.0), min_size=1, max_size=4))
def test_an_account_is_the_sum_of_its_sequences(template, tmp_path, builders, estimates):
    """P28: used = the sum of what is due over its sequences."""
    path = tmp_path / f"sum-{len(list(tmp_path.iterdir()))}.db"
    shutil.copy(template, path)
    house = builders.house_of(Store(f"sqlite:///{path}", synchronous="OFF"))
    made = tuple(
        builders.sequence(name=f"s{n}", estimate_s=seconds) for n, seconds in enumerate(estimates)
    )
    sequences = house.submitted(sequences=made).sequences

    house.schedule(*sequences)

    account = house.store.read(
        lambda s: ledger.account(s, people.programme(s, "survey"), "ada@x.org", house.now.date())
    )
    assert account.used_s == pytest.approx(sum(estimates))
    house.store.close()
