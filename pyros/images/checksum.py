"""The CHECKSUM and DATASUM of a FITS header and its data.

Source: FITS Standard 4.0, section 4.4.2.7 and appendix J.
"""

from __future__ import annotations

import numpy as np

_FORBIDDEN = frozenset([*range(0x3A, 0x41), *range(0x5B, 0x61)])
"""Codes between digits and capitals and between capitals and small letters."""


def ones_sum(data: bytes | memoryview, total: int = 0) -> int:
    """Return the 32-bit ones' complement sum of `data` (a multiple of 4 bytes) and `total`."""
    total += int(np.frombuffer(data, dtype=">u4").sum(dtype=np.uint64))
    while total >> 32:
        total = (total & 0xFFFFFFFF) + (total >> 32)
    return total


def encoded(total: int) -> str:
    """Return the 16 characters that, as the value of CHECKSUM, make the sum of the whole -0."""
    complement = ~total & 0xFFFFFFFF
    columns = [_quarters(complement >> shift & 0xFF) for shift in (24, 16, 8, 0)]
    text = "".join(chr(column[row]) for row in range(4) for column in columns)
    return text[-1] + text[:-1]


def _quarters(byte: int) -> list[int]:
    """Return four codes of digits and letters whose sum is `byte` and four times 0x30."""
    quarter, rest = divmod(byte, 4)
    codes = [quarter + rest + 0x30, quarter + 0x30, quarter + 0x30, quarter + 0x30]
    while any(code in _FORBIDDEN for code in codes):
        for pair in (0, 2):
            if codes[pair] in _FORBIDDEN or codes[pair + 1] in _FORBIDDEN:
                codes[pair] += 1
                codes[pair + 1] -= 1
    return codes
