"""Bias, dark and flat applied to a frame: pure arrays, in counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float32]

DEAD = 0.05
"""A pixel whose flat is below this answers too little to be corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masters:
    """What a frame is calibrated with: arrays of the frame's shape, None where not to be applied.

    `bias_adu` in counts, `dark_adu_s` in counts a second without bias, `flat` around 1.
    """

    bias_adu: Counts | None = None
    dark_adu_s: Counts | None = None
    flat: Counts | None = None


def calibrate(raw: npt.NDArray[Any], masters: Masters, *, exposure_s: float) -> Counts:
    """Return (raw - bias - dark x exposure) / flat, counts, float32.

    NaN where the flat says that the pixel is dead.

    Raises:
        ValueError: a master is not of the frame's shape (binning, window), or exposure_s < 0.
    """
    if exposure_s < 0:
        raise ValueError(f"exposure_s {exposure_s}: 0 or more is right")
    pixels = raw.astype(np.float32)
    if masters.bias_adu is not None:
        pixels -= _fitting(masters.bias_adu, raw, "bias")
    if masters.dark_adu_s is not None:
        pixels -= _fitting(masters.dark_adu_s, raw, "dark") * np.float32(exposure_s)
    if masters.flat is not None:
        flat = _fitting(masters.flat, raw, "flat")
        pixels /= np.where(flat > DEAD, flat, np.float32(np.nan))
    return pixels


def _fitting(master: Counts, raw: npt.NDArray[Any], name: str) -> Counts:
    if master.shape != raw.shape:
        raise ValueError(f"{name} of {master.shape}: the frame's shape {raw.shape} is right")
    return master
