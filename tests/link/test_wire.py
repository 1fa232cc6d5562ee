"""Bytes to values and back; whatever else comes in is told apart and never raises anything odd."""

from __future__ import annotations

import math

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.errors import InvalidValue
from pyros.link.wire import (
    MAX_COMMAND_BYTES,
    MAX_DEPTH,
    Garbled,
    cleaned,
    decode,
    encode,
    flaw,
)

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
PLAIN = st.recursive(
    ATOMS,
    lambda each: (
        st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=8), each, max_size=4)
    ),
    max_leaves=20,
)
MESSAGES = st.dictionaries(st.text(max_size=8), PLAIN, max_size=6)
BAD_FLOATS = st.sampled_from([math.nan, math.inf, -math.inf])


@given(MESSAGES)
def test_any_plain_message_comes_back_as_it_was(message: dict) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_garbled(data: bytes) -> None:
    try:
        message = decode(data)
    except Garbled:
        return
    assert isinstance(message, dict)
    cleaned(message)


@given(MESSAGES, st.integers(0, 400))
def test_a_truncated_message_is_garbled(message: dict, length: int) -> None:
    data = encode(message)
    if length < len(data):
        with pytest.raises(Garbled):
            decode(data[:length])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xc1", id="a byte that msgpack never uses"),
        pytest.param(encode({"a": 1}) + b"\x00", id="trailing bytes"),
        pytest.param(msgpack.packb([1, 2]), id="a list"),
        pytest.param(msgpack.packb({1: 2}), id="a number as key"),
        pytest.param(b"\x81\xa1a\xa2\xff\xfe", id="bad UTF-8"),
        pytest.param(b"\x91" * 3000 + b"\x00", id="too deep"),
        pytest.param(b"\x81\xa1a\xdd\xff\xff\xff\xff", id="a list that claims 4 billion items"),
        pytest.param(b"\x00" * (MAX_COMMAND_BYTES + 1), id="too large"),
    ],
)
def test_bytes_that_are_no_message_are_garbled(data: bytes) -> None:
    with pytest.raises(Garbled):
        decode(data)


def nested(depth: int) -> object:
    """Return a list in a list in a list ..."""
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": {"b": [1, math.nan]}}, "a.b[1]"),
        ({"a": math.inf}, "a"),
        ({"a": decode(msgpack.packb({"t": msgpack.ExtType(5, b"x")}))}, "a.t"),
        ({"a": decode(msgpack.packb({"t": msgpack.Timestamp(1)}))}, "a.t"),
        ({"a": b"bytes"}, "a"),
        ({"a": nested(MAX_DEPTH)}, "a" + "[0]" * (MAX_DEPTH - 1)),
        ({b"k": 1}, "b'k'"),
    ],
)
def test_what_is_not_plain_is_named_and_can_be_put_out(value: dict, place: str) -> None:
    found, places = cleaned(value)

    assert flaw(value) == place
    assert places == (place,)
    assert flaw(found) is None


@given(MESSAGES, st.text(max_size=8), BAD_FLOATS)
def test_a_bad_number_costs_its_own_field_and_no_other(
    message: dict, name: str, bad: float
) -> None:
    spoilt = {**message, name: bad}

    found, places = cleaned(decode(encode(spoilt)))

    assert len(places) == 1
    assert found == {**message, name: None}


@pytest.mark.parametrize("value", [object(), 2**64, {"x": {1, 2}}, "\ud800"])
def test_what_has_no_bytes_is_refused_before_anything_is_sent(value: object) -> None:
    with pytest.raises(InvalidValue):
        encode({"value": value})


def test_a_message_that_is_too_large_is_refused_before_it_is_sent() -> None:
    with pytest.raises(InvalidValue, match="message size"):
        encode({"value": "x" * MAX_COMMAND_BYTES})
