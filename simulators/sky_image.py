"""What a camera reads out: the sky through air, dome, shutter and filter, on its detector.

counts = bias + (dark x t + flat x (sky + stars x PSF) x t) / gain, with shot and read noise,
full well and 16 bit.  A pure function of the scene.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pyros.domain.devices.orders import SHUT, Exposure
from simulators.detector import Chip, Floats, bias_adu, dark_e_s, dark_factor, flat, noise
from simulators.light import photons_s, through_air
from simulators.stars import stars_near

SATURATED_ADU: Final = 65535
OBSTRUCTION: Final = 0.88
"""Share of the mirror that the secondary leaves free."""
FWHM_SIGMA: Final = 2.354820045
STAMP_SIGMA: Final = 5.0
MOST_TRAIL_PX: Final = 200.0
STEPS_PX: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A filter: the light it lets pass."""

    name: str = "none"
    width_nm: float = 300.0
    throughput: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A new star in the sky, as bright as it is now."""

    ra_deg: float
    dec_deg: float
    magnitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that makes a frame."""

    key: str
    chip: Chip
    exposure: Exposure
    exposed_s: float
    """How long it was really exposed."""
    temperature_C: float
    open_share: float = 1.0
    """Share of the exposure in which light came to the detector."""
    ra_deg: float = 0.0
    dec_deg: float = 90.0
    altitude_deg: float = 90.0
    rotation_deg: float = 0.0
    pixel_arcsec: float = 1.0
    trail_arcsec: float = 0.0
    area_m2: float = 1.0
    sensitivity: float = 0.8
    band: Band = Band()
    seeing_arcsec: float = 1.2
    transparency: float = 1.0
    sky_mag: float = 21.6
    transients: tuple[Source, ...] = ()
    spoilt: str = ""
    """A fault of the read-out: all_zero or saturated."""

    @property
    def window(self) -> tuple[int, int, int, int]:
        """Return first column, first row, columns, rows in unbinned pixels."""
        return self.exposure.window or (0, 0, self.chip.columns, self.chip.rows)


def render(scene: Scene) -> npt.NDArray[np.uint16]:
    """Return the frame (rows, columns) that is read out, binned as ordered."""
    x, y, columns, rows = scene.window
    binning = (scene.exposure.binning_y, scene.exposure.binning_x)
    if scene.spoilt:
        value = 0 if scene.spoilt == "all_zero" else SATURATED_ADU
        return np.full((rows // binning[0], columns // binning[1]), value, dtype=np.uint16)
    chip, here = scene.chip, (slice(y, y + rows), slice(x, x + columns))
    electrons = _light(scene)[here] * scene.open_share
    warm = dark_factor(chip, scene.temperature_C) * scene.exposed_s
    electrons += dark_e_s(chip)[here] * np.float32(warm)
    np.minimum(electrons, np.float32(chip.full_well_e), out=electrons)
    spread = np.sqrt(electrons + np.float32(chip.read_noise_e**2))
    spread *= noise(chip, scene.key, (rows, columns))
    electrons += spread
    electrons *= np.float32(1.0 / chip.gain_e_adu)
    electrons += bias_adu(chip)[here]
    counts = _binned(electrons, binning)
    np.clip(counts, 0.0, SATURATED_ADU, out=counts)
    return counts.astype(np.uint16)


def _light(scene: Scene) -> Floats:
    """Return the electrons that light makes (rows, columns), before noise."""
    chip = scene.chip
    shape = (chip.rows, chip.columns)
    if scene.exposure.frame in SHUT or scene.open_share <= 0.0:
        return np.zeros(shape, dtype=np.float32)
    gain = scene.area_m2 * OBSTRUCTION * scene.sensitivity * scene.band.throughput
    per_photon = gain * scene.exposed_s
    sky = photons_s(scene.sky_mag, area_m2=1.0, width_nm=scene.band.width_nm)
    level = sky * scene.pixel_arcsec**2 * per_photon
    field = np.full(shape, level, dtype=np.float32)
    _add_stars(field, scene, per_photon * through_air(scene.altitude_deg, scene.transparency))
    field *= flat(chip, scene.band.name)
    return field


def _add_stars(field: Floats, scene: Scene, per_photon: float) -> None:
    rows, columns = field.shape
    radius = math.hypot(rows, columns) / 2.0 * scene.pixel_arcsec / 3600.0 + 0.02
    stars = stars_near(scene.ra_deg, scene.dec_deg, radius)
    new = [(each.ra_deg, each.dec_deg, each.magnitude) for each in scene.transients]
    if new:
        stars = np.concatenate([stars, np.array(new)])
    x, y = to_pixels(scene, stars[:, 0], stars[:, 1])
    fwhm = math.hypot(scene.seeing_arcsec / scene.pixel_arcsec, 1.0)
    sigma, trail = fwhm / FWHM_SIGMA, min(MOST_TRAIL_PX, scene.trail_arcsec / scene.pixel_arcsec)
    flux = photons_s(0.0, area_m2=1.0, width_nm=scene.band.width_nm) * per_photon
    light = flux * 10.0 ** (-0.4 * stars[:, 2])
    margin = STAMP_SIGMA * sigma + trail
    inside = (x > -margin) & (x < columns + margin) & (y > -margin) & (y < rows + margin)
    dots = 1 if trail < 1.0 else math.ceil(trail / STEPS_PX)
    for star_x, star_y, star_light in zip(x[inside], y[inside], light[inside], strict=True):
        for dot in range(dots):
            off = 0.0 if dots == 1 else trail * (dot / (dots - 1) - 0.5)
            _stamp(field, star_x + off, star_y, star_light / dots, sigma)


def to_pixels(
    scene: Scene, ra_deg: npt.NDArray[np.float64], dec_deg: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the columns and rows, from 0, at which places in the sky fall on the detector.

    Tangential projection about the centre; with rotation 0 north is up, east is left.
    """
    ra, dec = np.radians(ra_deg - scene.ra_deg), np.radians(dec_deg)
    dec0 = math.radians(scene.dec_deg)
    down = math.sin(dec0) * np.sin(dec) + math.cos(dec0) * np.cos(dec) * np.cos(ra)
    down = np.where(down > 0.05, down, np.inf)  # far away: out of the frame
    east = np.cos(dec) * np.sin(ra) / down
    north = (math.cos(dec0) * np.sin(dec) - math.sin(dec0) * np.cos(dec) * np.cos(ra)) / down
    far = np.isinf(down)
    pixel = math.radians(scene.pixel_arcsec / 3600.0)
    sine, cosine = (f(math.radians(scene.rotation_deg)) for f in (math.sin, math.cos))
    across = (-east * cosine + north * sine) / pixel
    along = (east * sine + north * cosine) / pixel
    x = across + (scene.chip.columns - 1) / 2.0
    y = along + (scene.chip.rows - 1) / 2.0
    return np.where(far, -1e6, x), np.where(far, -1e6, y)


def _stamp(field: Floats, x: float, y: float, light: float, sigma: float) -> None:
    """Add one star: a Gaussian that holds `light` electrons."""
    reach = math.ceil(STAMP_SIGMA * sigma)
    rows, columns = field.shape
    left, right = max(0, round(x) - reach), min(columns, round(x) + reach + 1)
    low, high = max(0, round(y) - reach), min(rows, round(y) + reach + 1)
    if left >= right or low >= high:
        return
    across = np.exp(-0.5 * ((np.arange(left, right) - x) / sigma) ** 2)
    along = np.exp(-0.5 * ((np.arange(low, high) - y) / sigma) ** 2)
    peak = light / (2.0 * math.pi * sigma * sigma)
    field[low:high, left:right] += (peak * along[:, None] * across[None, :]).astype(np.float32)


def _binned(counts: Floats, binning: tuple[int, int]) -> Floats:
    """Return counts summed over bins above the bias of one pixel, as a chip adds charge."""
    by, bx = binning
    if by == bx == 1:
        return counts
    rows, columns = counts.shape[0] // by, counts.shape[1] // bx
    cut = counts[: rows * by, : columns * bx]
    mean: Floats = cut.reshape(rows, by, columns, bx).mean(axis=(1, 3), dtype=np.float32)
    return mean
