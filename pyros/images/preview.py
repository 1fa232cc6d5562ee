"""A frame as a picture: what the night operator sees at a glance."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SIDE_PX = 512
PERCENTS = (0.5, 1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0, 99.5, 99.9)
SOFTENING = 0.05
"""Where the stretch turns from linear to logarithmic, as a share of its range."""

SAMPLE = 250_000
"""Percentiles are taken of about so many pixels."""
SKY = 15.0
"""White is at least so many times further from black than the sky is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A picture with north where the frame has its last row, and how it was made.

    `percentiles` are (percent, counts) of the whole frame; black is `low`, white `high`, counts.
    """

    png: bytes
    width: int
    height: int
    low: float
    high: float
    percentiles: tuple[tuple[float, float], ...]


def preview(pixels: npt.NDArray[Any], *, side_px: int = SIDE_PX) -> Preview:
    """Return a grey PNG of at most `side_px` on a side, averaged by blocks, stretched by asinh.

    Pixels that are not finite count as black; a frame without a finite pixel is all black.

    Source of the stretch: R. Lupton et al., PASP 116, 133 (2004).
    """
    from PIL import Image  # noqa: PLC0415  only processes that make pictures pay for it

    percentiles = _percentiles(pixels)
    low, high = _limits(percentiles)
    known = np.where(np.isfinite(pixels), pixels, low).astype(np.float32)
    grey = _stretched(_averaged(known, side_px), low, high)[::-1]
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, format="PNG", compress_level=1)
    height, width = grey.shape
    return Preview(
        png=buffer.getvalue(),
        width=width,
        height=height,
        low=low,
        high=high,
        percentiles=percentiles,
    )


def _averaged(pixels: npt.NDArray[np.float32], side_px: int) -> npt.NDArray[np.float32]:
    """Return means over whole blocks; rows and columns left over at the end are cut off."""
    block = -(-max(pixels.shape) // side_px)
    if block == 1:
        return pixels
    rows, columns = (max(size // block, 1) for size in pixels.shape)
    cut = pixels[: rows * block, : columns * block]
    tall, wide = (min(block, size) for size in pixels.shape)
    mean: npt.NDArray[np.float32] = cut.reshape(rows, tall, columns, wide).mean(axis=(1, 3))
    return mean


def _percentiles(pixels: npt.NDArray[Any]) -> tuple[tuple[float, float], ...]:
    """Return counts at some percents; of every n-th pixel of a large frame."""
    step = max(1, round(np.sqrt(pixels.size / SAMPLE)))
    sample = pixels[::step, ::step]
    finite = sample[np.isfinite(sample)]
    if finite.size == 0:
        return ()
    values = np.percentile(finite, PERCENTS)
    return tuple((percent, float(value)) for percent, value in zip(PERCENTS, values, strict=True))


def _limits(percentiles: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    """Return black and white: the sky dark above black, even where no star makes white."""
    counts = dict(percentiles)
    low, middle, high = counts.get(1.0, 0.0), counts.get(50.0, 0.0), counts.get(99.9, 1.0)
    high = max(high, low + SKY * (middle - low))
    return low, high if high > low else low + max(1.0, abs(low))


def _stretched(pixels: npt.NDArray[np.float32], low: float, high: float) -> npt.NDArray[np.uint8]:
    share = np.clip((pixels - low) / (high - low), 0.0, 1.0)
    bent = np.arcsinh(share / SOFTENING) / np.arcsinh(1.0 / SOFTENING)
    grey: npt.NDArray[np.uint8] = np.rint(bent * 255.0).astype(np.uint8)
    return grey
