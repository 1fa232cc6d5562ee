"""What a detector adds of its own: bias pattern, dark current, sensitivity, noise; all seeded.

Bias, dark and flat are functions of camera and seed alone, so that a master can be held against
the truth.  Noise is made once and shifted, so that a frame costs little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from simulators.chance import number_of

Floats = npt.NDArray[np.float32]

BIAS_RMS_ADU: Final = 2.0
PIXEL_RMS: Final = 0.01
HOT_SHARE: Final = 2e-4
HOT_FACTOR: Final = 200.0
VIGNETTING: Final = 0.12
DUST_RINGS: Final = 6
DOUBLES_C: Final = 6.0
"""Dark current doubles each so many degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A detector: whose it is, how large, and its numbers."""

    camera: str
    seed: int
    rows: int
    columns: int
    bias_adu: float
    gain_e_adu: float
    read_noise_e: float
    dark_e_s: float
    dark_at_C: float
    """The temperature at which the dark current is `dark_e_s`."""
    full_well_e: float


def bias_adu(chip: Chip) -> Floats:
    """Return the level without light, counts (rows, columns): offset, columns, a gentle slope."""
    columns = _chance(chip, "bias").normal(chip.bias_adu, BIAS_RMS_ADU, chip.columns)
    slope = np.linspace(-BIAS_RMS_ADU, BIAS_RMS_ADU, chip.rows, dtype=np.float32)
    return slope[:, None] + columns.astype(np.float32)[None, :]


@lru_cache(maxsize=16)
def dark_e_s(chip: Chip) -> Floats:
    """Return the dark current at `dark_at_C`, electrons a second (rows, columns)."""
    chance = _chance(chip, "dark")
    pattern = chance.gamma(9.0, 1.0 / 9.0, (chip.rows, chip.columns)).astype(np.float32)
    hot = chance.random((chip.rows, chip.columns)) < HOT_SHARE
    pattern[hot] *= HOT_FACTOR
    return np.asarray(chip.dark_e_s * pattern, dtype=np.float32)


def dark_factor(chip: Chip, temperature_C: float) -> float:
    """Return how many times larger the dark current is at a temperature."""
    factor: float = 2.0 ** ((temperature_C - chip.dark_at_C) / DOUBLES_C)
    return factor


@lru_cache(maxsize=32)
def flat(chip: Chip, filter_name: str) -> Floats:
    """Return the relative sensitivity (rows, columns), mean about 1: pixels, vignetting, dust."""
    chance = _chance(chip, "pixels")
    pixels = chance.normal(1.0, PIXEL_RMS, (chip.rows, chip.columns))
    y, x = np.mgrid[-1.0 : 1.0 : chip.rows * 1j, -1.0 : 1.0 : chip.columns * 1j]
    field = pixels * (1.0 - VIGNETTING * (x * x + y * y) / 2.0)
    dust = _chance(chip, f"dust:{filter_name}")
    for _ in range(DUST_RINGS):
        x0, y0, radius = dust.uniform(-1, 1), dust.uniform(-1, 1), dust.uniform(0.03, 0.08)
        off = np.hypot(x - x0, y - y0) / radius
        field *= 1.0 - 0.03 * np.exp(-((off - 1.0) ** 2) / 0.1)
    return np.asarray(field / field.mean(), dtype=np.float32)


@lru_cache(maxsize=8)
def _noise(rows: int, columns: int, seed: int) -> Floats:
    """Return unit noise of all chips of that size, larger than a frame by a quarter each way."""
    chance = np.random.default_rng(number_of("noise", seed, rows, columns))
    return chance.standard_normal((rows + rows // 4, columns + columns // 4), dtype=np.float32)


def noise(chip: Chip, key: str, shape: tuple[int, int]) -> Floats:
    """Return unit noise of a frame: a piece of the noise made once, turned over or not."""
    source = np.random.default_rng(number_of("shift", chip.seed, chip.camera, key))
    base = _noise(chip.rows, chip.columns, chip.seed)
    row = int(source.integers(0, base.shape[0] - shape[0] + 1))
    column = int(source.integers(0, base.shape[1] - shape[1] + 1))
    piece = base[row : row + shape[0], column : column + shape[1]]
    flip_rows, flip_columns, negate = source.integers(0, 2, 3)
    turned = piece[:: -1 if flip_rows else 1, :: -1 if flip_columns else 1]
    return -turned if negate else turned


def _chance(chip: Chip, what: str) -> np.random.Generator:
    return np.random.default_rng(number_of("detector", chip.seed, chip.camera, what))
