"""Sources above the noise of a calibrated frame: how many, how sharp, on what background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sep

from pyros.images.calibration import Counts
from pyros.images.width import widths

THRESHOLD_SIGMA = 5.0
MESH_PX = 64
SHARPEST = 300
"""So many of the brightest good stars make the width of a frame."""
ROUND = 1.5
"""Longest over shortest axis of what may still be a star."""
MIN_SIDE_PX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What was found; places in pixels from 0, the first pixel's centre being (0, 0).

    `fwhm_px` is the median over the round, unblended, unsaturated stars, None without any;
    `background` the level of the empty sky and `noise` its scatter, in counts of a pixel.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    flux: npt.NDArray[np.float64]
    fwhm_px: float | None
    background: float
    noise: float

    @property
    def count(self) -> int:
        """How many."""
        return len(self.x)


def detect(
    pixels: Counts,
    *,
    saturated: npt.NDArray[np.bool_] | None = None,
    threshold_sigma: float = THRESHOLD_SIGMA,
) -> Sources:
    """Find the sources of a calibrated frame; pixels that are not finite are left out.

    Args:
        pixels: [row, column], counts.
        saturated: where the raw frame was at its end; such stars count, but not for the width.
        threshold_sigma: how far above the noise a pixel must be.

    Raises:
        ValueError: the frame is narrower than 8 pixels, or has no finite pixel.
    """
    if min(pixels.shape) < MIN_SIDE_PX or not np.isfinite(pixels).any():
        raise ValueError(f"frame of {pixels.shape}: 8 pixels and some of them finite are right")
    data = np.ascontiguousarray(pixels, dtype=np.float32)
    blind = ~np.isfinite(data)
    mask = blind if blind.any() else None
    sky = sep.Background(data, mask=mask, bw=MESH_PX, bh=MESH_PX)
    table = np.zeros(0, dtype=[("x", float), ("y", float), ("flux", float)])
    fwhm_px = None
    if sky.globalrms > 0:  # without any noise nothing stands above it
        light = np.where(blind, np.float32(0), data - sky.back(dtype=np.float32))
        sep.set_extract_pixstack(max(300_000, data.size))
        table = sep.extract(light, threshold_sigma, err=sky.globalrms, mask=mask, minarea=5)
        fwhm_px = _median_width(light, table[_good(table, saturated)])
    return Sources(
        x=table["x"].astype(np.float64),
        y=table["y"].astype(np.float64),
        flux=table["flux"].astype(np.float64),
        fwhm_px=fwhm_px,
        background=float(sky.globalback),
        noise=float(sky.globalrms),
    )


def _good(
    table: npt.NDArray[Any], saturated: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.bool_]:
    """Return which of them tell the width of a star: whole, alone, round, not saturated."""
    good: npt.NDArray[np.bool_] = (table["flag"] == 0) & (table["a"] < ROUND * table["b"])
    if saturated is not None:
        good &= ~saturated[table["ypeak"], table["xpeak"]]
    return good


def _median_width(light: Counts, stars: npt.NDArray[Any]) -> float | None:
    brightest = stars[np.argsort(stars["flux"])[::-1][:SHARPEST]]
    measured = widths(light, brightest["x"], brightest["y"])
    measured = measured[np.isfinite(measured)]
    return float(np.median(measured)) if len(measured) else None
