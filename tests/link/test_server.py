"""The order of tests on the device's side: done at most once, and never when stale."""

from __future__ import annotations

import math

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyros.link.server import DeviceServer
from pyros.link.wire import decode, encode

KEY, OTHER = "a" * 32, "c" * 32
BOOT = f"{1:016x}"


def order(op: str = "open", **changes: object) -> dict:
    """Return a good order, but for the changes."""
    message = {
        "v": 1,
        "id": 7,
        "op": op,
        "args": {},
        "key": KEY,
        "epoch": [1, 1],
        "boot": BOOT,
        "seen_ms": 0,
        "ttl_ms": 1000,
    }
    return {name: value for name, value in {**message, **changes}.items() if value != "left out"}


def answer(server: DeviceServer, message: dict) -> dict:
    reply = server.answer(msgpack.packb(message))
    assert reply is not None
    return decode(reply)


def refusal(server: DeviceServer, message: dict) -> str:
    """Return the name of the error that answers a message."""
    reply = answer(server, message)
    assert reply["ok"] is False
    return reply["error"]["name"]


def test_a_good_order_is_accepted_and_answered_with_its_operation(server, box) -> None:
    reply = answer(server, order())

    assert reply["ok"] is True
    assert reply["id"] == 7
    assert reply["boot"] == BOOT
    assert reply["operation"]["key"] == KEY
    assert box.done == [("open", KEY)]


def test_the_same_order_twice_is_done_once_and_answered_the_same(server, box) -> None:
    first, second = answer(server, order()), answer(server, order(id=8))

    assert first["operation"] == second["operation"]
    assert box.done == [("open", KEY)]


def test_a_known_key_with_other_arguments_is_refused(server, box) -> None:
    answer(server, order())

    assert refusal(server, order(args={"width": 1})) == "InvalidValue"
    assert len(box.done) == 1


def test_a_key_is_remembered_beyond_a_thousand_others_within_ten_minutes(server, box) -> None:
    answer(server, order())
    for number in range(1500):
        answer(server, order(key=f"{number:032x}"))
    answer(server, order())

    assert [key for _, key in box.done].count(KEY) == 1


def test_an_order_of_an_older_epoch_is_fenced(server, box) -> None:
    """S75: the device refuses whoever a later incarnation has followed."""
    answer(server, order(epoch=[1, 2]))

    assert refusal(server, order(epoch=[1, 1], key=OTHER)) == "Outdated"
    assert refusal(server, order(epoch=[0, 9], key=OTHER)) == "Outdated"
    assert len(box.done) == 1


def test_a_read_of_a_later_incarnation_fences_the_earlier_one(server, box) -> None:
    """S75."""
    answer(server, {"v": 1, "id": 1, "op": "hello", "epoch": [2, 1]})

    assert refusal(server, order(epoch=[1, 9])) == "Outdated"
    assert box.done == []


@pytest.mark.parametrize("op", ["abort", "close_shutter"])
def test_stopping_and_closing_are_good_from_everybody_at_any_age(server, box, seconds, op) -> None:
    answer(server, order(epoch=[5, 5]))
    seconds.now += 3600.0

    reply = answer(server, order(op, key=OTHER, epoch=[1, 1], boot=f"{9:016x}"))

    assert reply["ok"] is True
    assert box.done[-1] == (op, OTHER)


def test_an_order_that_lay_in_a_stopped_device_is_not_executed_late(server, box, seconds) -> None:
    """Measured once: "open", sent to a stopped box, was executed 3.8 s later when it woke."""
    late = order(seen_ms=0, ttl_ms=1000)
    seconds.now += 3.8

    assert refusal(server, late) == "NotNow"
    assert server.counts["expired"] == 1
    assert box.done == []


def test_an_order_to_the_boot_before_is_refused(server, box) -> None:
    box.boots = 2

    assert refusal(server, order()) == "Restarted"
    assert box.done == []


def test_a_device_started_anew_forgets_epochs_and_keys(server, box) -> None:
    answer(server, order(epoch=[1, 5]))
    box.boots = 2

    reply = answer(server, order(epoch=[1, 1], boot=f"{2:016x}"))

    assert reply["ok"] is True
    assert len(box.done) == 2


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"v": 2}, "BadPeer"),
        ({"v": "left out"}, "BadPeer"),
        ({"op": "left out"}, "InvalidValue"),
        ({"op": 5}, "InvalidValue"),
        ({"op": "x" * 33}, "InvalidValue"),
        ({"op": "fly"}, "NotSupported"),
        ({"args": [1]}, "InvalidValue"),
        ({"args": {"width": math.nan}}, "InvalidValue"),
        ({"args": {"width": math.inf}}, "InvalidValue"),
        ({"args": {"width": msgpack.ExtType(1, b"x")}}, "InvalidValue"),
        ({"args": {"width": msgpack.Timestamp(5)}}, "InvalidValue"),
        ({"args": {"w": [[[[[[[[[1]]]]]]]]]}}, "InvalidValue"),
        ({"args": {"width": -1}}, "InvalidValue"),
        ({"key": "left out"}, "InvalidValue"),
        ({"key": "A" * 32}, "InvalidValue"),
        ({"key": "a" * 31}, "InvalidValue"),
        ({"epoch": "left out"}, "InvalidValue"),
        ({"epoch": [1]}, "InvalidValue"),
        ({"epoch": [1, -1]}, "InvalidValue"),
        ({"epoch": [True, True]}, "InvalidValue"),
        ({"boot": "left out"}, "InvalidValue"),
        ({"seen_ms": -1}, "InvalidValue"),
        ({"seen_ms": 1.5}, "InvalidValue"),
        ({"ttl_ms": 2**32}, "InvalidValue"),
    ],
)
def test_each_thing_that_is_wrong_is_refused_by_name_and_nothing_is_done(
    server, box, changes: dict, name: str
) -> None:
    assert refusal(server, order(**changes)) == name
    assert box.done == []


def test_a_refusal_names_the_field_and_what_is_allowed(server) -> None:
    error = answer(server, order(args={"width": -1}))["error"]

    assert error["number"] == 0x401
    assert error["detail"] == {"parameter": "width", "value": "-1", "allowed": "0 to 9"}


def test_an_unknown_field_is_ignored(server, box) -> None:
    assert answer(server, order(colour="red"))["ok"] is True
    assert len(box.done) == 1


def test_a_refused_order_may_be_sent_again_and_is_then_done_once(server, box) -> None:
    box.busy = True
    assert refusal(server, order()) == "NotNow"
    box.busy = False

    answer(server, order())

    assert box.done == [("open", KEY)]


def test_operation_tells_whether_an_order_ever_came(server) -> None:
    unknown = answer(server, {"v": 1, "id": 1, "op": "operation", "args": {"key": KEY}})
    answer(server, order())
    known = answer(server, {"v": 1, "id": 2, "op": "operation", "args": {"key": KEY}})

    assert unknown["value"] == {"known": False, "operation": None}
    assert known["value"]["operation"]["key"] == KEY


@pytest.mark.parametrize("message", [b"", b"\xc1", encode({"v": 1}), encode({"id": -1})])
def test_what_cannot_be_answered_is_dropped_and_counted(server, message: bytes) -> None:
    assert server.answer(message) is None
    assert server.counts["garbled"] == 1


def test_a_sender_of_too_much_rubbish_is_not_answered_for_a_minute(server, seconds) -> None:
    for _ in range(21):
        server.answer(b"\xc1", b"eve")

    assert server.answer(encode(order()), b"eve") is None
    assert server.answer(encode(order()), b"adam") is not None
    seconds.now += 61.0
    assert server.answer(encode(order(seen_ms=server.mono_ms())), b"eve") is not None


MAPS = st.dictionaries(st.text(max_size=6), st.integers(0, 2**63) | st.text(max_size=3))


@given(data=st.binary(max_size=300) | MAPS.map(encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_break_the_server_and_none_are_obeyed(server, box, data: bytes) -> None:
    server.answer(data)

    assert box.done == []
