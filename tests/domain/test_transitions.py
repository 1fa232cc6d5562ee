"""The table of every state machine."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from pyros.domain.alert import AlertState
from pyros.domain.devices.device import DeviceState
from pyros.domain.execution import StepState
from pyros.domain.request import SequenceState
from pyros.domain.transitions import (
    NONE,
    TABLE,
    Effect,
    Machine,
    Row,
    events_of,
    states_of,
    step,
    words_of,
)
from pyros.domain.user import AccountState
from pyros.errors import IllegalTransition

STATES = {
    Machine.SEQUENCE: SequenceState,
    Machine.STEP: StepState,
    Machine.ALERT: AlertState,
    Machine.DEVICE: DeviceState,
    Machine.ACCOUNT: AccountState,
}
BOOKED = {"PLANNED", "EXECUTING"}


CASES = [
    pytest.param(machine, state, event, id=f"{machine}-{state}-{event}")
    for machine in Machine
    for state, event in product(sorted(states_of(machine)), sorted(events_of(machine)))
]


@pytest.mark.parametrize(("machine", "state", "event"), CASES)
def test_every_event_in_every_state_has_one_row_or_is_refused(machine, state, event):
    """Domain 2: a row leads to its target; whatever has no row raises IllegalTransition."""
    words = words_of(machine, state, event)
    rows = [row for row in TABLE if (row.machine, row.source, row.event) == (machine, state, event)]

    for values in product((True, False), repeat=len(words)):
        known = dict(zip(words, values, strict=True))
        fitting = [row for row in rows if row.fits(known)]
        if fitting:
            assert [step(machine, state, event, known)] == fitting
        else:
            with pytest.raises(IllegalTransition) as refused:
                step(machine, state, event, known)
            assert (refused.value.state, refused.value.event) == (state, event)


@pytest.mark.parametrize("machine", Machine)
def test_rows_name_only_states_that_there_are(machine):
    """Domain 2: the table and the enumerations of states are the same."""
    known = {state.value for state in STATES[machine]}

    assert states_of(machine) - {NONE} == known


def test_rows_of_one_state_and_event_exclude_each_other():
    """Domain 2: two rows that could both fit share a word which they want differently."""
    for one, other in combinations(TABLE, 2):
        if (one.machine, one.source, one.event) == (other.machine, other.source, other.event):
            assert any(other.needs.get(word, so) is not so for word, so in one.needs.items())


@pytest.mark.parametrize("state", ["EXECUTED", "CANCELLED", "REJECTED", "EXPIRED"])
def test_final_states_stay_final(state):
    """Domain 2.1: nothing leads out of them."""
    assert not [row for row in TABLE if row.machine is Machine.SEQUENCE and row.source == state]


@pytest.mark.parametrize("row", [row for row in TABLE if row.machine is Machine.SEQUENCE], ids=str)
def test_whatever_leaves_a_booked_state_says_what_becomes_of_the_time(row: Row):
    """P46: from PLANNED and EXECUTING every way out gives back, settles, or keeps the booking."""
    touching = set(row.effects) & {Effect.REFUND, Effect.SETTLE, Effect.DEBIT, Effect.REBOOK}

    if row.source in BOOKED and row.target not in BOOKED:
        assert touching in ({Effect.REFUND}, {Effect.SETTLE})
    if row.target in BOOKED and row.source not in BOOKED:
        assert touching == {Effect.DEBIT}


@pytest.mark.parametrize("state", ["TOBEPLANNED", "UNPLANNABLE"])
def test_an_alert_starts_unplanned_but_a_routine_sequence_does_not(state):
    """P47: an alert is served at once, whatever a schedule that was on its way says of it."""
    words = {"alert": True, "ready": True}

    assert step(Machine.SEQUENCE, state, "start", words).target == "EXECUTING"
    with pytest.raises(IllegalTransition, match="needs alert and ready"):
        step(Machine.SEQUENCE, state, "start", {"alert": False, "ready": True})


def test_a_disabled_device_that_answers_is_initialised_before_it_is_ready():
    """P18: there is no way from DISABLED to READY but through INITIALISING."""
    ways = {
        row.target for row in TABLE if row.machine is Machine.DEVICE and row.source == "DISABLED"
    }

    assert ways == {"CONNECTING", "INITIALISING", "OUT"}
    assert step(Machine.DEVICE, "DISABLED", "answers").target == "INITIALISING"


def test_the_last_admin_can_neither_be_suspended_nor_closed():
    """P88: somebody can always mend things."""
    for event in ("suspend", "close"):
        with pytest.raises(IllegalTransition):
            step(Machine.ACCOUNT, "ACTIVE", event, {"oneself": False, "last_admin": True})
