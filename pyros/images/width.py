"""How wide stars are: the full width at half maximum of each, from the pixels of its core."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pyros.images.calibration import Counts

REACH_PX = 12
"""Pixels looked at on each side of a star; stars up to twice as wide are measured."""
CORE = 0.25
"""A pixel belongs to the core if it has so much of the brightest one's light."""
FEWEST = 5
_FWHM_OF_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))

Floats = npt.NDArray[np.float64]


def widths(light: Counts, x: Floats, y: Floats) -> Floats:
    """Return the FWHM of stars at (x, y), pixels, of a frame without background.

    The logarithm of a star's core falls linearly with the squared distance from its centre; its
    slope, each pixel weighted by its light squared, is -1 / (2 sigma^2).  NaN for a star at the
    edge or without a core of five pixels.
    """
    rows, columns = light.shape
    left, bottom = np.rint(x).astype(int), np.rint(y).astype(int)
    inside = (left >= REACH_PX) & (left < columns - REACH_PX)
    inside &= (bottom >= REACH_PX) & (bottom < rows - REACH_PX)
    result = np.full(len(x), np.nan)
    if inside.any():
        stamps = _stamps(light, left[inside], bottom[inside])
        result[inside] = _fitted(
            stamps, (x - left)[inside].astype(np.float64), (y - bottom)[inside].astype(np.float64)
        )
    return result


def _stamps(light: Counts, left: npt.NDArray[np.int_], bottom: npt.NDArray[np.int_]) -> Floats:
    """Return the squares around the stars: [star, row, column]."""
    span = np.arange(-REACH_PX, REACH_PX + 1)
    rows, columns = bottom[:, None, None] + span[:, None], left[:, None, None] + span
    stamps: Floats = light[rows, columns].astype(np.float64)
    return stamps


def _fitted(stamps: Floats, dx: Floats, dy: Floats) -> Floats:
    """Return the FWHM from a weighted line through (distance squared, log of light)."""
    span = np.arange(-REACH_PX, REACH_PX + 1)
    squared = (span[:, None] - dy[:, None, None]) ** 2 + (span - dx[:, None, None]) ** 2
    middle = slice(REACH_PX - 1, REACH_PX + 2)
    peak = stamps[:, middle, middle].max(axis=(1, 2), keepdims=True)
    core = (stamps > CORE * peak) & (peak > 0) & (squared <= (2 * _half_reach(stamps, peak)) ** 2)
    weight = np.where(core, stamps, 0.0) ** 2
    logarithm = np.log(np.where(core, stamps, 1.0))
    total = weight.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_r = (weight * squared).sum(axis=(1, 2)) / total
        mean_l = (weight * logarithm).sum(axis=(1, 2)) / total
        off = squared - mean_r[:, None, None]
        slope: Floats = (weight * off * (logarithm - mean_l[:, None, None])).sum(axis=(1, 2))
        slope /= (weight * off**2).sum(axis=(1, 2))
        fwhm: Floats = _FWHM_OF_SIGMA * np.sqrt(-0.5 / slope)
    fwhm[core.sum(axis=(1, 2)) < FEWEST] = np.nan
    return fwhm


def _half_reach(stamps: Floats, peak: Floats) -> Floats:
    """Return about half the width, by the area above half the peak; keeps neighbours out."""
    area = (stamps > 0.5 * peak).sum(axis=(1, 2), keepdims=True)
    reach: Floats = np.maximum(np.sqrt(area / math.pi), 1.0)
    return reach
