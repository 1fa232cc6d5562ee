"""The life of a device, one answer or silence at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.devices import beat
from pyros.actors.devices.beat import Life, Look, Rules
from pyros.actors.devices.manner import Now, Tended
from pyros.domain.devices.device import AT_WORK, DeviceState
from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.state import Link, TelescopeState
from pyros.errors import BadPeer, DeviceUnreachable, LinkLost, Restarted, Unresponsive

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
RULES = Rules(missed=3, initialise_s=60.0)
READY = Tended()
LEGAL = {
    (DeviceState.UNKNOWN, DeviceState.INITIALISING),
    (DeviceState.UNKNOWN, DeviceState.DISABLED),
    (DeviceState.UNKNOWN, DeviceState.FAULT),
    (DeviceState.DISABLED, DeviceState.INITIALISING),
    (DeviceState.DISABLED, DeviceState.FAULT),
    (DeviceState.INITIALISING, DeviceState.READY),
    (DeviceState.INITIALISING, DeviceState.FAULT),
    (DeviceState.INITIALISING, DeviceState.DISABLED),
    (DeviceState.READY, DeviceState.BUSY),
    (DeviceState.READY, DeviceState.FAULT),
    (DeviceState.READY, DeviceState.DISABLED),
    (DeviceState.BUSY, DeviceState.READY),
    (DeviceState.BUSY, DeviceState.FAULT),
    (DeviceState.BUSY, DeviceState.DISABLED),
    (DeviceState.FAULT, DeviceState.DISABLED),
    (DeviceState.FAULT, DeviceState.INITIALISING),
    (DeviceState.FAULT, DeviceState.UNKNOWN),
}
"""The table of domain 2.5."""


def now(s: float) -> Now:
    return Now(at=AT + timedelta(seconds=s), s=s)


def sample(s: float, **fields: object) -> TelescopeState:
    plain = TelescopeState(device="t", sampled_at=AT + timedelta(seconds=s), boot_id="b")
    return replace(plain, **fields)


def answered(life: Life, s: float, tended: Tended = READY, **look: object) -> Life:
    look_at = Look(sample=sample(s), tended=tended, **look)
    return beat.heard(life, look_at, now(s), rules=RULES)[-1]


def ready() -> Life:
    return answered(beat.born(now(0)), 0)


def test_ready_only_as_its_kind_wants_it() -> None:
    """P18."""
    life = answered(beat.born(now(0)), 0, Tended(ready=False, why="cooling"))
    assert (life.state, life.reason) == (DeviceState.INITIALISING, "cooling")

    assert answered(life, 30, READY).state is DeviceState.READY


def test_not_initialised_in_time_is_a_fault_with_the_reason() -> None:
    """5.3."""
    life = answered(beat.born(now(0)), 0, Tended(ready=False, why="cooling"))
    life = answered(life, 61, Tended(ready=False, why="cooling"))

    assert life.state is DeviceState.FAULT
    assert life.reason == "not initialised within 60 s: cooling"


def test_two_wrong_results_in_a_row_are_a_fault() -> None:
    """WrongResult: once more where repeatable, then FAULT."""
    wrong = Operation(key="1", verb="slew").ending(OpState.FAILED, error="WrongResult: 300 arcsec")
    right = Operation(key="2", verb="slew").ending(OpState.DONE)

    life = answered(ready(), 1, endings=(wrong,))
    assert life.state is DeviceState.READY
    life = answered(life, 2, endings=(right,))
    life = answered(life, 3, endings=(wrong,))
    assert life.state is DeviceState.READY
    assert answered(life, 4, endings=(wrong,)).state is DeviceState.FAULT


def test_what_is_no_real_answer_is_silence() -> None:
    """2.4: stale, lost, restarted, at rest."""
    life = ready()
    assert beat.silence_in(life, sample(1), now(1)) is None
    stale = beat.silence_in(life, sample(1, link=Link.STALE), now(1))
    assert isinstance(stale, Unresponsive)
    lost = beat.silence_in(life, sample(1, link=Link.LOST), now(1))
    assert isinstance(lost, LinkLost)
    assert isinstance(beat.silence_in(life, sample(1, boot_id="c"), now(1)), Restarted)
    assert isinstance(beat.silence_in(life, sample(0), now(6)), Unresponsive)


def test_a_device_lost_at_rest_is_not_back_by_the_same_answer() -> None:
    """P16: what was no answer before is none after the line was let go, either."""
    gone = replace(ready(), state=DeviceState.DISABLED)
    assert isinstance(beat.silence_in(gone, sample(0), now(12)), Unresponsive)
    assert beat.silence_in(gone, sample(12), now(12)) is None
    assert beat.silence_in(gone, sample(0, boot_id="c"), now(12)) is None


events = st.sampled_from(
    ["good", "busy", "not ready", "fault", "silent", "lost", "restarted", "foreign", "reset"]
)
SILENCES: dict[str, DeviceUnreachable] = {
    "silent": Unresponsive("no answer"),
    "lost": LinkLost("cut"),
    "restarted": Restarted("new boot"),
    "foreign": BadPeer("wrong"),
}
LOOKS = {
    "good": (READY, False),
    "busy": (READY, True),
    "not ready": (Tended(ready=False, why="cold"), False),
    "fault": (Tended(faults=("motor",)), False),
}


@given(st.lists(events, max_size=60))
def test_a_life_only_takes_steps_of_the_table(script: list[str]) -> None:
    """2.5: whatever happens, and 3 silences always end in DISABLED or FAULT."""
    life, silent = beat.born(now(0)), 0
    for n, event in enumerate(script):
        s = 2.0 * (n + 1)
        if event == "reset":
            lives = beat.reset(life, now(s))
        elif event in SILENCES:
            lives = beat.unheard(life, SILENCES[event], now(s), rules=RULES)
        elif life.foreign:
            continue
        else:
            tended, busy = LOOKS[event]
            look = Look(sample=sample(s), tended=tended, busy=busy)
            lives = beat.heard(life, look, now(s), rules=RULES)
        states = [life.state, *(each.state for each in lives)]
        for before, after in pairwise(states):
            assert before == after or (before, after) in LEGAL
        life = lives[-1]
        silent = silent + 1 if event in SILENCES else 0 if event in LOOKS else silent
        if silent >= 3:
            assert life.state not in AT_WORK


def test_what_moves_by_a_new_order_is_no_abort_that_failed() -> None:
    """P20, P48: a mount that parks after an abort is not the one that did not stop."""
    life = beat.aborted(ready(), now(10))

    parks = beat.ordered(life)

    assert answered(parks, 30, still=False).state is not DeviceState.FAULT
    assert answered(life, 30, still=False).state is DeviceState.FAULT
