"""Frames on the data socket: parts of whole rows, raw pixels behind a header, tested by crc32."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pyros.errors import DeviceError, HardwareFault, InvalidValue, NotSupported
from pyros.link.device import Device, FramePart
from pyros.link.refusals import error_map, error_of
from pyros.link.shapes import KEY, request_id
from pyros.link.transport import Piece
from pyros.link.wire import VERSION, Garbled, decode, encode, flaw

PART_BYTES: Final = 32 * 1024 * 1024
"""A larger frame goes in parts of whole rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part as it came and was found whole: its place, and its rows."""

    part: int
    parts: int
    rows: npt.NDArray[np.uint16]
    meta: Mapping[str, object]


def cut(key: str, pixels: npt.NDArray[np.uint16], part: int, **meta: object) -> FramePart:
    """Return part number `part` of a frame (rows, columns), little-endian unsigned 16 bit.

    Raises:
        InvalidValue: the frame has no such part.
    """
    ranges = list(row_ranges(pixels.shape))
    if not 0 <= part < len(ranges):
        raise InvalidValue("part", part, allowed=f"0 to {len(ranges) - 1}")
    first, last = ranges[part]
    rows = np.ascontiguousarray(pixels[first:last], dtype="<u2")
    raw = rows.reshape(-1).data.cast("B")
    header = {
        "key": key,
        "part": part,
        "parts": len(ranges),
        "shape": list(rows.shape),
        "dtype": "<u2",
        "crc32": zlib.crc32(raw),
        "meta": meta,
    }
    return FramePart(header=header, pixels=raw)


def row_ranges(shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield (first, last + 1) row of each part of a frame of `shape`, 2 bytes a pixel."""
    rows, columns = shape
    step = max(1, PART_BYTES // max(1, 2 * columns))
    for first in range(0, rows, step):
        yield first, min(rows, first + step)


def data_request(request: int, op: str, key: str = "", part: int = 0) -> bytes:
    """Return the request for a part of a frame (get), the list of frames, or to drop one."""
    return encode({"v": VERSION, "id": request, "op": op, "key": key, "part": part})


def answer_data(device: Device, frame: bytes) -> list[Piece]:
    """Return the reply to a request on the data socket: a header, and pixels to a `get`.

    Empty if the request cannot be answered at all.
    """
    try:
        message = decode(frame)
    except Garbled:
        return []
    request = request_id(message)
    if request is None:
        return []
    head: dict[str, object] = {"v": VERSION, "id": request}
    try:
        found = _answer(device, message)
    except DeviceError as error:
        return [encode({**head, "error": error_map(error)})]
    if isinstance(found, FramePart):
        return [encode({**head, **found.header}), found.pixels]
    return [encode({**head, **found})]


def _answer(device: Device, message: Mapping[str, object]) -> FramePart | Mapping[str, object]:
    op, key, part = message.get("op"), message.get("key", ""), message.get("part", 0)
    if flaw(message) is not None or not isinstance(key, str) or type(part) is not int:
        raise InvalidValue("key, part", (key, part), allowed="text, whole number")
    if op == "list":
        return {"keys": device.frames()}
    if not KEY.fullmatch(key):
        raise InvalidValue("key", key, allowed="32 hex digits")
    if op == "get":
        return device.frame(key, part)
    if op == "drop":
        device.drop(key)
        return {"dropped": True}
    raise NotSupported(f"the data socket knows no {op!r}")


def read_header(reply: Sequence[Piece]) -> dict[str, object]:
    """Return the header of a reply; raises the error it carries, HardwareFault if it is none."""
    try:
        header = decode(bytes(reply[0]))
    except (IndexError, Garbled) as error:
        raise HardwareFault(f"frame corrupt: {error}") from error
    carried = header.get("error")
    if isinstance(carried, dict):
        raise error_of(carried)
    return header


def read_part(reply: Sequence[Piece], key: str, part: int) -> Part:
    """Return a part of a frame, its pixels not copied.

    Raises:
        NotNow: no such frame.
        HardwareFault: crc32, shape, type, length or key wrong: ask again.
    """
    header = read_header(reply)
    if len(reply) != 2:
        raise HardwareFault(f"frame corrupt: {len(reply)} pieces, should be 2")
    raw, shape = reply[1], header.get("shape")
    wanted = {"key": key, "part": part, "dtype": "<u2", "crc32": zlib.crc32(raw)}
    for name, value in wanted.items():
        if header.get(name) != value:
            raise HardwareFault(f"frame corrupt: {name} is {header.get(name)!r}, not {value!r}")
    if not (isinstance(shape, list) and [type(n) for n in shape] == [int, int]):
        raise HardwareFault(f"frame corrupt: shape {shape!r}")
    rows, columns = shape
    parts, meta = header.get("parts"), header.get("meta")
    if min(rows, columns) < 1 or rows * columns * 2 != len(raw) or type(parts) is not int:
        raise HardwareFault(f"frame corrupt: {len(raw)} bytes for shape {shape}")
    pixels = np.frombuffer(raw, dtype="<u2").reshape(rows, columns)
    return Part(part=part, parts=parts, rows=pixels, meta=meta if isinstance(meta, dict) else {})
