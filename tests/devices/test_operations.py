"""Which operations are under way, how they ended, who is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.devices import operations
from pyros.actors.devices.operations import Operations
from pyros.domain.devices.operation import Operation, OpState
from pyros.domain.devices.state import TelescopeState

AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
SLEW = Operation(key="1", verb="slew", state=OpState.RUNNING, deadline_s=30.0)
IDLE = TelescopeState(device="t", sampled_at=AT)
MOVING = replace(IDLE, op=SLEW)


def under_way() -> Operations:
    return operations.accepted(Operations(), SLEW, 0.0)[0]


def test_an_end_is_told_once() -> None:
    """First end wins."""
    done = replace(IDLE, ended=(SLEW.ending(OpState.DONE),))
    ops, seen = operations.seen(under_way(), done, 1.0)
    assert [each.state for each in seen.endings] == [OpState.DONE]

    ops, again = operations.seen(ops, done, 2.0)
    assert again.endings == ()
    assert ops.known("1") == SLEW.ending(OpState.DONE)


def test_what_the_box_forgot_ends_unknown() -> None:
    """never done: nobody claims what was not seen."""
    ops, seen = operations.seen(under_way(), IDLE, 2.0)
    assert seen.endings == ()
    _, seen = operations.seen(ops, IDLE, 3.1)
    assert [each.state for each in seen.endings] == [OpState.UNKNOWN]


def test_what_turns_out_after_an_unknown_end_is_a_new_fact() -> None:
    """1.1: a lost link's operation may turn out done."""
    ops, lost = operations.lost(under_way(), "link lost")
    assert [each.state for each in lost] == [OpState.UNKNOWN]
    done = replace(IDLE, ended=(SLEW.ending(OpState.DONE),))

    ops, seen = operations.seen(ops, done, 9.0)
    assert [each.state for each in seen.endings] == [OpState.DONE]
    assert operations.seen(ops, done, 10.0)[1].endings == ()


def test_a_found_operation_is_adopted_and_what_ended_before_is_no_news() -> None:
    """S87."""
    old = Operation(key="0", verb="park", state=OpState.DONE)
    ops, seen = operations.seen(Operations(), replace(MOVING, ended=(old,)), 0.0)

    assert seen.endings == ()
    assert ops.under_way() == SLEW
    assert ops.known("0") == old


def test_an_orphan_is_one_that_nobody_asks_for() -> None:
    """5.1: aborts nothing that a plan still follows."""
    ops, _ = operations.seen(Operations(), MOVING, 0.0)
    followed, _ = operations.follow(ops, "1", "/plan", readable=True, done_keys=frozenset())

    assert [each.key for each in operations.seen(ops, MOVING, 31.0)[1].orphans] == ["1"]
    assert operations.seen(followed, MOVING, 31.0)[1].orphans == ()
    assert operations.seen(under_way(), MOVING, 31.0)[1].orphans == ()


def test_beyond_its_deadline_it_has_failed_whatever_the_box_says() -> None:
    """OperationTimeout."""
    ops, late = operations.expire(under_way(), 30.9)
    assert late == ()
    ops, late = operations.expire(ops, 31.1)
    assert late[0].error == "OperationTimeout: not done in 30 s"

    ops, seen = operations.seen(ops, MOVING, 32.0)
    assert seen.endings == ()
    assert ops.under_way() is None


def test_a_refused_key_may_be_tried_again_and_is_told_to_who_asks() -> None:
    """S88."""
    ops = operations.refused(Operations(), "1", "slew", "busy")
    assert ops.known("1") is None
    _, ended = operations.follow(ops, "1", "/plan", readable=True, done_keys=frozenset())
    assert ended is not None
    assert ended.error == "refused: busy"

    ops, _ = operations.accepted(ops, SLEW, 0.0)
    _, ended = operations.follow(ops, "1", "/plan", readable=True, done_keys=frozenset())
    assert ended is None


def test_a_frame_in_the_camera_proves_its_exposure() -> None:
    """S88: verified by reading."""
    keys = frozenset({"1"})
    _, ended = operations.follow(Operations(), "1", "/plan", readable=True, done_keys=keys)
    assert ended is not None
    assert ended.state is OpState.DONE

    ops, _ = operations.lost(under_way(), "link lost")
    _, ended = operations.follow(ops, "1", "/plan", readable=True, done_keys=keys)
    assert ended is not None
    assert ended.state is OpState.DONE


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["order", "run", "end", "lose", "ask"])),
    max_size=40,
)


@given(steps)
def test_whoever_asks_is_told_each_certain_end_at_most_once(script: list[tuple[str, str]]) -> None:
    """Every question ends, and no operation has two certain ends."""
    ops, told = Operations(), dict[str, list[OpState]]()
    for now_s, (key, what) in enumerate(script):
        operation = Operation(key=key, verb="slew", state=OpState.RUNNING)
        endings: tuple[Operation, ...] = ()
        match what:
            case "order" if ops.known(key) is None:
                ops, endings = operations.accepted(ops, operation, now_s)
            case "run":
                ops, seen = operations.seen(ops, replace(IDLE, op=operation), now_s)
                endings = seen.endings
            case "end":
                ended = operation.ending(OpState.DONE)
                ops, seen = operations.seen(ops, replace(IDLE, ended=(ended,)), now_s)
                endings = seen.endings
            case "lose":
                ops, endings = operations.lost(ops, "link lost")
        for each in endings:
            told.setdefault(each.key, []).append(each.state)

    for states in told.values():
        assert states.count(OpState.DONE) <= 1
        if OpState.DONE in states:
            assert states[-1] is OpState.DONE
