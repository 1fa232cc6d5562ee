"""The client's side, over a direct line: retries, late replies, restarts, rubbish."""

from __future__ import annotations

import msgpack
import numpy as np
import pytest

from pyros.errors import (
    BadPeer,
    HardwareFault,
    InvalidValue,
    LinkLost,
    NotNow,
    Restarted,
    Unresponsive,
)
from pyros.link.client import LinkClient
from pyros.link.device import Trouble
from pyros.link.direct import Direct
from pyros.link.liveness import Standing
from pyros.link.refusals import Outdated
from pyros.link.wire import decode, encode

KEY = "a" * 32
FRAME = "b" * 32


def test_an_order_is_carried_out_once_and_its_operation_comes_back(client, box) -> None:
    operation = client.order("open", {}, key=KEY)

    assert operation["key"] == KEY
    assert box.done == [("open", KEY)]


def test_an_order_whose_answers_are_lost_is_sent_again_and_done_once(client, box) -> None:
    box.trouble = Trouble.LOST_ACK

    with pytest.raises(Unresponsive):
        client.order("open", {}, key=KEY)

    assert box.done == [("open", KEY)]
    assert client.counts["again"] == 2
    box.trouble = None
    assert client.operation(KEY)["state"] == "accepted"


def test_an_order_to_a_device_that_hangs_is_not_carried_out_when_it_wakes(client, box) -> None:
    box.trouble = Trouble.SILENT
    with pytest.raises(Unresponsive):
        client.order("open", {}, key=KEY)
    box.trouble = None

    assert client.operation(KEY) is None
    assert box.done == []


def test_a_slow_device_is_believed_within_the_deadline_and_not_beyond(client, box) -> None:
    box.trouble, box.by_s = Trouble.SLOW, 0.5
    assert client.order("open", {}, key=KEY)["key"] == KEY

    box.by_s = 1.5
    with pytest.raises(Unresponsive):
        client.state(1.0)


def test_a_refusal_comes_back_as_our_own_error(client) -> None:
    with pytest.raises(InvalidValue) as caught:
        client.order("open", {"width": -1}, key=KEY)

    assert caught.value.parameter == "width"
    assert caught.value.allowed == "0 to 9"


def test_an_order_of_an_incarnation_that_was_followed_is_outdated(client, server, seconds) -> None:
    """S75."""
    LinkClient("box", Direct(server), epoch=(1, 2), real_s=seconds).connect(1.0)

    with pytest.raises(Outdated):
        client.order("open", {}, key=KEY)


def test_an_order_to_a_device_that_restarted_silently_is_refused(client, box) -> None:
    box.boots = 2

    with pytest.raises(Restarted):
        client.order("open", {}, key=KEY)
    assert box.done == []
    client.connect(1.0)
    client.order("open", {}, key=KEY)
    assert len(box.done) == 1


def test_time_that_passes_on_both_sides_ages_no_order(client, box, seconds) -> None:
    seconds.now += 500.0

    client.order("open", {}, key=KEY)

    assert len(box.done) == 1


def test_no_order_goes_out_before_the_first_connection(server, seconds) -> None:
    client = LinkClient("box", Direct(server), epoch=(1, 1), real_s=seconds)

    with pytest.raises(LinkLost):
        client.order("open", {}, key=KEY)


def test_a_cut_line_is_lost_at_once(client, box) -> None:
    box.trouble = Trouble.CUT

    with pytest.raises(LinkLost):
        client.state(1.0)


def test_garbage_is_no_answer_and_is_counted(client, box) -> None:
    box.trouble = Trouble.GARBAGE

    with pytest.raises(Unresponsive):
        client.state(1.0)
    assert client.counts["garbled"] == 1


def test_the_wrong_device_or_version_at_the_other_end_is_a_bad_peer(server, seconds) -> None:
    with pytest.raises(BadPeer, match="not 'dome'"):
        LinkClient("dome", Direct(server), epoch=(1, 1), real_s=seconds).connect(1.0)


class Postman:
    """A line that hands over what a test wrote."""

    def __init__(self, *replies: bytes) -> None:
        self.replies = list(replies)

    def open(self, timeout_s: float) -> None:
        pass

    def on_status(self, listener: object) -> None:
        pass

    def exchange(self, frame: bytes, accept, timeout_s: float):
        for reply in self.replies:
            found = accept([reply])
            if found is not None:
                return found
        raise Unresponsive("nothing more")


def test_a_reply_to_an_earlier_request_is_dropped(seconds) -> None:
    """The answer that came late belongs to nobody."""

    def reply(request: int, seq: int) -> bytes:
        value = {"device": "box", "seq": seq, "versions": [1]}
        return encode(
            {"v": 1, "id": request, "ok": True, "boot": "0" * 16, "mono_ms": 1, "value": value}
        )

    line = Postman(reply(99, 1), b"\xc1", reply(1, 2))
    client = LinkClient("box", lambda: line, epoch=(1, 1), real_s=seconds)

    assert client.state(1.0).value["seq"] == 2
    assert client.counts["stale"] == 1
    assert client.counts["garbled"] == 1


@pytest.mark.parametrize(
    "spoilt",
    [
        {"v": 2},
        {"boot": 5},
        {"mono_ms": -1},
        {"ok": False},
        {"value": 5},
        {"error": {"number": 1}},
    ],
)
def test_a_reply_of_the_wrong_shape_is_a_bad_peer(seconds, spoilt: dict) -> None:
    good = {"v": 1, "id": 1, "ok": True, "boot": "0" * 16, "mono_ms": 1, "value": {}}
    line = Postman(msgpack.packb({**good, **spoilt}))

    with pytest.raises(BadPeer):
        LinkClient("box", lambda: line, epoch=(1, 1), real_s=seconds).state(1.0)


def test_a_frame_comes_as_it_was_and_is_gone_when_dropped(client, box) -> None:
    pixels, meta = client.fetch(FRAME, 1.0)

    assert np.array_equal(pixels, np.arange(12).reshape(3, 4))
    assert meta == {"exposure_s": 1.0}
    client.drop(FRAME)
    with pytest.raises(NotNow):
        client.fetch(FRAME, 1.0)


def test_a_corrupt_frame_is_asked_for_three_times_and_never_handed_over(client, box) -> None:
    box.trouble = Trouble.TWICE  # the box of these tests spoils crc32 in any trouble

    with pytest.raises(HardwareFault, match="crc32"):
        client.fetch(FRAME, 1.0)
    assert client.counts["corrupt"] == 3


def test_three_unanswered_requests_lose_the_line_and_a_connection_brings_it_back(
    client, box
) -> None:
    box.trouble = Trouble.SILENT
    for _ in range(3):
        with pytest.raises(Unresponsive):
            client.state(1.0)
    assert client.news.standing() is Standing.LOST

    box.trouble = None
    client.connect(1.0)

    assert client.news.standing() is Standing.CONNECTED


def test_a_status_of_another_device_and_an_older_one_are_dropped(client, server) -> None:
    news = client.news
    first, second = server.status().message, server.status().message

    news.heard(second)
    news.heard(first)
    news.heard(encode({**decode(second), "device": "other"}))
    news.heard(b"\xc1")

    assert news.latest == decode(second)
    assert (news.counts["old"], news.counts["foreign"], news.counts["garbled"]) == (1, 1, 1)


def test_a_hook_is_called_when_something_differs_and_not_when_values_drift(
    client, server, box
) -> None:
    told = []
    client.on_change(lambda: told.append(1))
    client.news.heard(server.status().message)
    before = len(told)

    box.extra = {"azimuth_deg": 12.0}
    client.news.heard(server.status().message)
    assert len(told) == before

    box.extra = {"phase": "closing"}
    client.news.heard(server.status().message)
    assert len(told) == before + 1
