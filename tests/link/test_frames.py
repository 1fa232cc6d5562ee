"""Frames in parts of whole rows; nothing that is not whole is ever handed over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pyros.errors import HardwareFault, InvalidValue
from pyros.link import frames
from pyros.link.wire import decode, encode

KEY = "b" * 32


@given(arrays("<u2", st.tuples(st.integers(1, 40), st.integers(1, 40))), st.integers(2, 400))
def test_a_frame_in_parts_comes_together_as_it_was(pixels, part_bytes: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "PART_BYTES", part_bytes)
        first = frames.cut(KEY, pixels, 0)
        parts = first.header["parts"]
        rows = [
            frames.read_part([encode(each.header), each.pixels], KEY, number).rows
            for number in range(parts)
            for each in [frames.cut(KEY, pixels, number)]
        ]

    assert np.array_equal(np.concatenate(rows), pixels)


def test_a_part_that_a_frame_does_not_have_is_refused() -> None:
    with pytest.raises(InvalidValue, match="part"):
        frames.cut(KEY, np.zeros((4, 4), "<u2"), 1)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"crc32": 0},
        {"shape": [4, 5]},
        {"shape": [16]},
        {"shape": "4x4"},
        {"dtype": ">u2"},
        {"key": "c" * 32},
        {"part": 1},
        {"parts": None},
    ],
)
def test_a_part_with_anything_wrong_is_corrupt(spoilt: dict) -> None:
    part = frames.cut(KEY, np.arange(16, dtype="<u2").reshape(4, 4), 0)
    header = encode({**part.header, **spoilt})

    with pytest.raises(HardwareFault, match="corrupt"):
        frames.read_part([header, part.pixels], KEY, 0)


def test_pixels_that_changed_on_the_way_are_corrupt() -> None:
    part = frames.cut(KEY, np.arange(16, dtype="<u2").reshape(4, 4), 0)
    spoilt = bytearray(part.pixels)
    spoilt[5] ^= 1

    with pytest.raises(HardwareFault, match="crc32"):
        frames.read_part([encode(part.header), memoryview(spoilt)], KEY, 0)


@pytest.mark.parametrize("reply", [[], [b"\xc1"], [encode({"id": 1})]])
def test_a_reply_that_is_none_is_corrupt(reply: list) -> None:
    with pytest.raises(HardwareFault, match="corrupt"):
        frames.read_part(reply, KEY, 0)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_data_socket(box_pixels: bytes) -> None:
    assert isinstance(frames.answer_data(_Nothing(), box_pixels), list)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"op": "burn"}, "NotSupported"),
        ({"key": "short"}, "InvalidValue"),
        ({"key": 5}, "InvalidValue"),
        ({"part": "0"}, "InvalidValue"),
    ],
)
def test_a_request_for_no_frame_is_refused_by_name(box, changes: dict, name: str) -> None:
    request = {"v": 1, "id": 3, "op": "get", "key": KEY, "part": 0}

    (reply,) = frames.answer_data(box, encode({**request, **changes}))

    assert decode(bytes(reply))["error"]["name"] == name


def test_the_frames_that_are_held_are_listed(box) -> None:
    (reply,) = frames.answer_data(box, encode({"v": 1, "id": 3, "op": "list"}))

    assert decode(bytes(reply))["keys"] == [KEY]


class _Nothing:
    """A device without frames."""

    def frames(self) -> list[str]:
        return []
