"""Master frames: made from what is known or by combining frames, and their verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from pyros.images.calibration import Counts, Masters, calibrate
from pyros.images.detector import Detector

_ROWS = 64
"""Rows combined at a time, so that a stack needs little memory."""


class MasterKind(StrEnum):
    """What a master corrects."""

    BIAS = "BIAS"
    DARK = "DARK"
    FLAT = "FLAT"


class Verdict(StrEnum):
    """What a master is good for; a CANDIDATE waits for an expert or a first reference."""

    CANDIDATE = "CANDIDATE"
    VALID = "VALID"
    REJECTED = "REJECTED"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a master may be from the reference in use, in the units of the frame."""

    mean: float = 2.0
    rms: float = 3.0


TOLERANCES = {
    MasterKind.BIAS: Tolerance(),
    MasterKind.DARK: Tolerance(),
    MasterKind.FLAT: Tolerance(mean=0.02, rms=0.03),
}
"""Counts for bias, counts a second for dark (COLIBRI's example limits); a flat is around 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Numbers of a master, its differences to the reference (None without one), its verdict."""

    mean: float
    median: float
    rms: float
    mean_diff: float | None = None
    median_diff: float | None = None
    rms_diff: float | None = None
    verdict: Verdict


def synthetic(detector: Detector, shape: tuple[int, int], *, binned: int = 1) -> Masters:
    """Return masters of a detector that nobody has measured: even bias and dark, a flat of 1.

    `binned` is how many pixels of the detector make one of the frame: their charge is added.
    """
    return Masters(
        bias_adu=np.full(shape, detector.bias_adu, np.float32),
        dark_adu_s=np.full(shape, detector.dark_adu_s * binned, np.float32),
        flat=np.ones(shape, np.float32),
    )


def master_bias(frames: Sequence[npt.NDArray[Any]]) -> Counts:
    """Return the median of bias frames, counts."""
    return median(frames)


def master_dark(frames: Sequence[npt.NDArray[Any]], bias: Counts, *, exposure_s: float) -> Counts:
    """Return the dark current, counts a second, of dark frames of one exposure time.

    Raises:
        ValueError: exposure_s is not above 0, or as of `median`.
    """
    if exposure_s <= 0:
        raise ValueError(f"exposure_s {exposure_s}: above 0 is right")
    return (median(frames) - bias) / np.float32(exposure_s)


def master_flat(
    frames: Sequence[npt.NDArray[Any]], exposures_s: Sequence[float], masters: Masters
) -> Counts:
    """Return the relative response of the pixels, its median 1, of frames of an even light.

    Each frame loses bias and dark and is scaled to a median of 1 before they are combined, so that
    a twilight that fades costs nothing.

    Raises:
        ValueError: a frame without light, or as of `median` and `calibrate`.
    """
    without_flat = Masters(bias_adu=masters.bias_adu, dark_adu_s=masters.dark_adu_s)
    scaled = []
    for frame, exposure_s in zip(frames, exposures_s, strict=True):
        light = calibrate(frame, without_flat, exposure_s=exposure_s)
        level = float(np.median(light))
        if level <= 0:
            raise ValueError(f"flat of median {level:.1f}: a frame with light is right")
        scaled.append(light / np.float32(level))
    flat = median(scaled)
    return flat / np.float32(np.median(flat))


def median(frames: Sequence[npt.NDArray[Any]]) -> Counts:
    """Return the median of frames pixel by pixel.

    Raises:
        ValueError: no frame, or frames of different shapes.
    """
    shapes = {frame.shape for frame in frames}
    if len(shapes) != 1:
        raise ValueError(f"frames of shapes {sorted(shapes)}: one or more of one shape are right")
    combined = np.empty(frames[0].shape, np.float32)
    for top in range(0, len(combined), _ROWS):
        rows = slice(top, top + _ROWS)
        combined[rows] = np.median([frame[rows] for frame in frames], axis=0)
    return combined


def judge(kind: MasterKind, master: Counts, reference: Counts | None) -> Judgement:
    """Return a master's numbers and verdict.

    VALID by itself if it differs from the reference in use by no more than the tolerance of its
    kind; else, or without a reference of its shape, a CANDIDATE that an expert decides on.
    """
    mean, middle, rms = _numbers(master)
    if reference is None or reference.shape != master.shape:
        return Judgement(mean=mean, median=middle, rms=rms, verdict=Verdict.CANDIDATE)
    mean_diff, median_diff, rms_diff = _numbers(master - reference)
    tolerance = TOLERANCES[kind]
    good = abs(mean_diff) <= tolerance.mean and rms_diff <= tolerance.rms
    return Judgement(
        mean=mean,
        median=middle,
        rms=rms,
        mean_diff=mean_diff,
        median_diff=median_diff,
        rms_diff=rms_diff,
        verdict=Verdict.VALID if good else Verdict.CANDIDATE,
    )


def _numbers(pixels: Counts) -> tuple[float, float, float]:
    """Return mean, median and scatter about the mean."""
    values = pixels.astype(np.float64)
    return float(values.mean()), float(np.median(values)), float(values.std())
