"""The VOEvent transport without a socket."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.actors.alerts.vtp import (
    Author,
    BadFrame,
    Frames,
    Receiver,
    Subscriber,
    Word,
    frame,
    read,
    transport,
)

AT = datetime(2026, 3, 21, 4, 0, tzinfo=UTC)
OURS = "ivo://observatory.example/site"
NAMESPACES = [
    "http://telescope-networks.org/xml/Transport/v1.1",
    "http://telescope-networks.org/schema/Transport/v1.1",
    "http://www.telescope-networks.org/xml/Transport/v1.1",
]


def _subscriber(**keys: object) -> Subscriber:
    return Subscriber(name=OURS, since_s=0.0, **keys)


def _said(data: bytes) -> list:
    return [read(one) for one in Frames().feed(data)]


@given(
    st.lists(st.binary(min_size=1, max_size=300), max_size=5),
    st.lists(st.integers(1, 50), min_size=1, max_size=50),
)
def test_frames_are_found_however_the_bytes_are_cut(payloads, cuts) -> None:
    """P34: two frames in one segment, a frame over many."""
    data = b"".join(map(frame, payloads))
    frames, found, at = Frames(), [], 0
    while at < len(data):
        size = cuts[at % len(cuts)]
        found += frames.feed(data[at : at + size])
        at += size

    assert found == payloads
    assert not frames.partial


@given(st.binary(max_size=400))
def test_no_bytes_of_a_broker_bring_the_subscriber_down(data: bytes) -> None:
    """P34: it goes on, or closes with a reason."""
    step = _subscriber().receive(data, now_s=1.0, at=AT)

    assert isinstance(step.close, str)


@pytest.mark.parametrize("length", [0, 1_000_001, 2**32 - 1])
def test_an_impossible_length_closes_the_line(length: int) -> None:
    """P34: nothing after it can be read."""
    step = _subscriber().receive(struct.pack(">I", length), now_s=1.0, at=AT)

    assert "should be 1 to 1000000" in step.close


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_transport_of_any_dialect_is_understood(namespace: str) -> None:
    """P34: names without their namespace."""
    text = (
        f'<t:Transport xmlns:t="{namespace}" role="iamalive"><Origin>ivo://b</Origin></t:Transport>'
    )
    step = _subscriber().receive(frame(text.encode()), now_s=1.0, at=AT)

    (answer,) = _said(step.send)
    assert (answer.word, answer.ivorn) == (Word.IAMALIVE, "ivo://b")


def test_filters_are_sent_when_the_broker_asks_who_we_are() -> None:
    """P34."""
    question = transport(Word.AUTHENTICATE, origin="ivo://b", at=AT)
    wanted = "//Param[@name='Packet_Type' and @value<\"203\"]"
    step = _subscriber(filters=(wanted,)).receive(question, now_s=1.0, at=AT)

    assert b"xpath-filter" in step.send
    assert _said(step.send)[0].word is Word.AUTHENTICATE


def test_an_event_is_delivered_and_acknowledged_by_its_name(ours) -> None:
    """P34: never with a nak, since brokers close on that."""
    side = _subscriber()
    step = side.receive(frame(ours.eclairs()), now_s=1.0, at=AT)

    (event,) = step.events
    assert event.payload == ours.eclairs()
    (receipt,) = _said(side.ack(event, AT))
    assert (receipt.word, receipt.ivorn) == (Word.ACK, event.ivorn)


def test_rubbish_keeps_the_line_and_is_told() -> None:
    """P34: the framing is still good."""
    step = _subscriber().receive(frame(b"<html>"), now_s=1.0, at=AT)

    assert step.close == ""
    assert step.garbage[0].word is Word.GARBAGE


def test_silence_ends_a_line() -> None:
    """P34: 150 s without a frame."""
    side = _subscriber()

    assert side.quiet(149.0) == ""
    assert "no frame" in side.quiet(151.0)


def test_half_a_frame_must_be_whole_in_30_s(ours) -> None:
    """P34: a slow drip."""
    side = _subscriber()
    side.receive(frame(ours.eclairs())[:50], now_s=100.0, at=AT)
    side.receive(frame(ours.eclairs())[50:60], now_s=125.0, at=AT)

    assert side.quiet(129.0) == ""
    assert "not whole" in side.quiet(131.0)


def test_an_author_is_answered_with_the_reason() -> None:
    """P34: the name of the event, and why not."""
    side = Receiver(name=OURS, since_s=0.0)
    step = side.receive(frame(b"<html>"), at=AT)
    (answer,) = _said(side.answer(step.garbage[0], "no & no", AT))

    assert (answer.word, answer.text) == (Word.NAK, "no & no")


def test_an_author_has_20_s() -> None:
    """P34."""
    side = Receiver(name=OURS, since_s=0.0)

    assert side.quiet(19.0) == ""
    assert side.quiet(21.0) != ""


def test_an_author_learns_what_became_of_its_packet() -> None:
    """P34: a nak is final."""
    answer = Author().receive(transport(Word.NAK, origin="ivo://a#b", at=AT, result="seen before"))

    assert (answer.word, answer.text) == (Word.NAK, "seen before")


def test_an_author_whose_line_is_closed_says_so() -> None:
    """P34."""
    with pytest.raises(BadFrame, match="closed without an answer"):
        Author().receive(b"")
