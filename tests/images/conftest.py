"""Frames whose content is known: facts, stars of known place, width and light, detectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pyros.images.detector import Detector
from pyros.images.header import (
    BurstFacts,
    DetectorFacts,
    FrameFacts,
    PointingFacts,
    SiteFacts,
)

START = datetime(2026, 11, 25, 3, 12, 34, 567000, tzinfo=UTC)


@pytest.fixture
def facts() -> FrameFacts:
    """A 60 s r frame of a burst, 200 s after it."""
    return FrameFacts(
        exposure_key="0123456789abcdef0123456789abcdef",
        frame="LIGHT",
        channel="vis",
        camera="camera-vis",
        telescope="telescope",
        filter="r",
        start=START,
        end=START + timedelta(seconds=60),
        exposure_s=60.0,
        sequence_id=17,
        execution_id=3,
        plan_id=41,
        index=2,
        target="GRB 261125A",
        observer="Ada",
        programme="GRB",
        site=SiteFacts(name="San Pedro", latitude_deg=31.04, longitude_deg=-115.46, height_m=2790),
        detector=DetectorFacts(
            gain_e_adu=1.5,
            read_noise_e=5.0,
            saturation_adu=60_000,
            temperature_start_C=-70.1,
            temperature_end_C=-69.9,
            setpoint_C=-70,
            readout_mode="default",
        ),
        pointing=PointingFacts(
            ra_deg=83.633,
            dec_deg=22.0145,
            altitude_deg=62.5,
            azimuth_deg=120.25,
            airmass=1.127,
            pixel_scale_arcsec=1.2,
            rotation_deg=12.0,
        ),
        burst=BurstFacts(name="GRB 261125A", t0=START - timedelta(seconds=170)),
        versions=(("camera-vis", "sim 0.3"), ("telescope", "sim 0.3")),
        simulated=True,
        config_hash="ab" * 32,
    )


@pytest.fixture
def with_facts(facts: FrameFacts) -> Callable[..., FrameFacts]:
    """The same frame with some facts changed."""
    return lambda **changes: replace(facts, **changes)


@pytest.fixture
def noise() -> np.ndarray:
    """A frame of 120 x 160 pixels of unsigned 16 bit, all values likely."""
    return np.random.default_rng(1).integers(0, 65536, (120, 160), dtype=np.uint16)


class Sky:
    """A frame whose stars are known: light integrated over each pixel, seeded noise."""

    def __init__(self, *, shape=(256, 256), seed=1, background=200.0, noise=10.0):
        self.random = np.random.default_rng(seed)
        self.light = np.full(shape, background)
        self.noise = noise
        self.places: list[tuple[float, float]] = []

    def star(self, x, y, *, flux, fwhm_px, beta=None):
        """Add a star at (x, y), at least 20 pixels inside: a Gaussian, or a Moffat profile."""
        top, left = round(y) - 20, round(x) - 20
        fine = (np.arange(41)[:, None] + np.linspace(-0.4, 0.4, 5)).ravel()
        squared = (top + fine[:, None] - y) ** 2 + (left + fine - x) ** 2
        if beta is None:
            profile = np.exp(-4 * np.log(2) * squared / fwhm_px**2)
        else:
            profile = (1 + squared * 4 * (2 ** (1 / beta) - 1) / fwhm_px**2) ** -beta
        cells = profile.reshape(41, 5, 41, 5).sum(axis=(1, 3))
        self.light[top : top + 41, left : left + 41] += cells * flux / cells.sum()
        self.places.append((x, y))
        return self

    def frame(self):
        """Return the pixels, float32, with noise."""
        scatter = self.random.normal(0.0, self.noise, self.light.shape)
        return (self.light + scatter).astype(np.float32)

    @classmethod
    def of_stars(cls, *, count=40, seed=1, fwhm_px=3.0, beta=None, flux=(3e3, 5e4), **sky):
        """Return a sky with so many stars on a grid of places shaken by chance."""
        made = cls(seed=seed, **sky)
        side = int(np.ceil(np.sqrt(count)))
        rows, columns = made.light.shape
        for number in range(count):
            x = 25 + (number % side + made.random.uniform(0.2, 0.8)) * (columns - 50) / side
            y = 25 + (number // side + made.random.uniform(0.2, 0.8)) * (rows - 50) / side
            made.star(x, y, flux=made.random.uniform(*flux), fwhm_px=fwhm_px, beta=beta)
        return made


@pytest.fixture
def sky():
    """Frames of known stars."""
    return Sky


@pytest.fixture
def detector() -> Detector:
    """A detector of 1.5 electrons a count, saturated at 61,000 counts."""
    return Detector(
        bias_adu=1000.0,
        gain_e_adu=1.5,
        read_noise_e=6.0,
        dark_e_s=0.3,
        full_well_e=90_000.0,
        pixel_scale_arcsec=1.2,
    )
