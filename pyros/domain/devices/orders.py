"""Arguments of the verbs that need more than a number or a name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Frame(StrEnum):
    """What an exposure is for."""

    LIGHT = "LIGHT"
    BIAS = "BIAS"
    DARK = "DARK"
    FLAT = "FLAT"
    FOCUS = "FOCUS"


SHUT = frozenset({Frame.BIAS, Frame.DARK})
"""Frames taken with the shutter shut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One exposure of a camera; the window is in unbinned pixels, None for the whole detector."""

    exposure_s: float
    frame: Frame = Frame.LIGHT
    binning_x: int = 1
    binning_y: int = 1
    window: tuple[int, int, int, int] | None = None
    readout_mode: str = "default"
