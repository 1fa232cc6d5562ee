"""Frames on disk as FITS: written whole or not at all, never overwritten, read back and judged."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pyros.images.cards import BLOCK, Card, header_text
from pyros.images.checksum import encoded, ones_sum

Pixels = npt.NDArray[Any]

_BITPIX = {"u1": 8, "i2": 16, "u2": 16, "i4": 32, "f4": -32, "f8": -64}
_LAYOUT = frozenset({"SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "EXTEND", "BZERO", "BSCALE"})
_REMARKS = frozenset({"", "COMMENT", "HISTORY", "CHECKSUM", "DATASUM"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFrame:
    """A file that is on the disk and synced."""

    path: Path
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A frame as it was read: pixels [row from the bottom, column] and its keywords."""

    pixels: Pixels
    cards: tuple[Card, ...]

    def value(self, keyword: str) -> Any:  # noqa: ANN401  whatever stands in the file
        """Return the value of a keyword, None where it is absent or undefined."""
        return next((card.value for card in self.cards if card.keyword == keyword), None)


def write(
    path: Path, pixels: Pixels, cards: Iterable[Card], *, durable: bool = True
) -> WrittenFrame:
    """Write a frame so that after any crash there is the whole file or none.

    Args:
        path: where it shall lie; folders are made.
        pixels: [row from the bottom, column] of uint8, int16, uint16, int32, float32 or float64.
        cards: its keywords without those that say how the pixels lie.
        durable: wait until the disk has it; False where a crash of the machine costs nothing.

    Raises:
        FileExistsError: there is a file of that name; it is untouched.
        OSError: the disk is full or cannot be written; nothing of that name is there.
        ValueError: pixels of another kind or shape, or a bad keyword.
    """
    parts = encode(pixels, cards)
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    place(path, parts, durable=durable)
    size = sum(len(part) for part in parts)
    return WrittenFrame(path=path, sha256=digest.hexdigest(), bytes=size)


def encode(pixels: Pixels, cards: Iterable[Card]) -> tuple[bytes, bytes]:
    """Return header and data of a FITS file, with checksums."""
    data = _data(pixels)
    data_sum = ones_sum(data)
    words = [
        *_structure(pixels),
        *cards,
        Card("DATASUM", str(data_sum), "ones' complement sum of the data"),
    ]
    zeros = b"CHECKSUM= '" + b"0" * 16
    blank = header_text([*words, Card("CHECKSUM", "0" * 16, "of header and data")])
    total = encoded(ones_sum(blank, data_sum)).encode("ascii")
    place = blank.rindex(zeros)  # it is the last card, whatever others hold
    end = place + len(zeros)
    return blank[:place] + zeros[:11] + total + blank[end:], data


def place(path: Path, parts: Iterable[bytes], *, durable: bool = True) -> None:
    """Put a file there: temporary name, sync, final name.  Errors as of `write`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():  # spare the work; `link` below is what decides
        raise FileExistsError(f"{path} is there already")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.writelines(parts)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if durable:
        _sync_folder(path.parent)


def read(path: Path, *, sha256: str | None = None) -> Frame:
    """Read a frame of ours or of another maker (primary image, uncompressed).

    Raises:
        FileNotFoundError: no such file.
        ValueError: its content has not this SHA-256, or it holds no image.
        OSError: it is no FITS file.
    """
    from astropy.io import fits  # noqa: PLC0415  only processes that read frames pay for it

    content = path.read_bytes()
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{path}: the file has changed, its SHA-256 is not {sha256}")
    with fits.open(io.BytesIO(content), memmap=False) as hdus:
        hdu = hdus[0]
        if hdu.data is None or hdu.data.ndim != 2:
            raise ValueError(f"{path}: no image of two axes in it")
        header = [
            Card(card.keyword, _plain(card.value), card.comment)
            for card in hdu.header.cards
            if card.keyword not in _LAYOUT | _REMARKS
        ]
        pixels = np.ascontiguousarray(hdu.data, dtype=hdu.data.dtype.newbyteorder("="))
    return Frame(pixels=pixels, cards=tuple(header))


def held(path: Path, exposure_key: str) -> WrittenFrame | None:
    """Return the file if it is there and is of this exposure: then SAVE need not be done again."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    if f"EXPKEY  = '{exposure_key}'".encode("ascii") not in content[: 4 * BLOCK]:
        return None
    digest = hashlib.sha256(content).hexdigest()
    return WrittenFrame(path=path, sha256=digest, bytes=len(content))


def _plain(value: object) -> str | bool | int | float | None:
    return value if isinstance(value, str | bool | int | float) else None


def _structure(pixels: Pixels) -> list[Card]:
    """Return the keywords that say how the pixels lie."""
    rows, columns = pixels.shape
    cards = [
        Card("SIMPLE", value=True, comment="FITS Standard 4.0"),
        Card("BITPIX", _BITPIX[pixels.dtype.str[1:]], "bits of a pixel; negative: real"),
        Card("NAXIS", 2, "number of axes"),
        Card("NAXIS1", columns, "[pixel] width"),
        Card("NAXIS2", rows, "[pixel] height"),
        Card("EXTEND", value=True, comment="extensions may follow"),
    ]
    if pixels.dtype == np.uint16:
        cards += [Card("BSCALE", 1, "value = stored x BSCALE + BZERO"), Card("BZERO", 32768)]
    return cards


def _data(pixels: Pixels) -> bytes:
    """Return the pixels as FITS stores them, filled up to whole blocks.

    Raises:
        ValueError: not two axes, or a kind of pixel that FITS does not know.
    """
    if pixels.ndim != 2 or pixels.dtype.str[1:] not in _BITPIX:
        raise ValueError(
            f"pixels of {pixels.dtype} {pixels.shape}: two axes of {', '.join(_BITPIX)} are right"
        )
    stored = pixels ^ np.uint16(0x8000) if pixels.dtype == np.uint16 else pixels
    data = stored.astype(stored.dtype.newbyteorder(">"), copy=False).tobytes()
    return data.ljust(-(-len(data) // BLOCK) * BLOCK, b"\0")


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
