"""Raw frames on disk whose stars are known, as the observation leaves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from pyros.domain.image import Image
from pyros.images import archive, fits
from pyros.images.detector import Detector
from pyros.images.header import FrameFacts, PointingFacts, SiteFacts, frame_cards

START = datetime(2026, 11, 25, 3, 12, 34, tzinfo=UTC)
SHAPE = (200, 240)
STARS = [(40 + 40 * (n % 5), 40 + 30 * (n // 5)) for n in range(20)]
FWHM_PX = 3.0
SKY_ADU = 300.0


@pytest.fixture
def detector() -> Detector:
    """1.5 electrons a count, bias 1000, dark 0.2 counts a second."""
    return Detector(
        bias_adu=1000.0,
        gain_e_adu=1.5,
        read_noise_e=6.0,
        dark_e_s=0.3,
        full_well_e=90_000.0,
        pixel_scale_arcsec=1.2,
    )


def exposed(frame: str, exposure_s: float, seed: int) -> np.ndarray:
    """Return what the detector reads: 20 equal stars on the sky, or its own bias and dark."""
    random = np.random.default_rng(seed)
    light = np.full(SHAPE, 1000.0)
    if frame != "BIAS":
        light += 0.2 * exposure_s
    if frame in {"LIGHT", "FOCUS", "FLAT"}:
        light += SKY_ADU
    if frame in {"LIGHT", "FOCUS"}:
        rows, columns = np.indices(SHAPE)
        for x, y in STARS:
            squared = (rows - y) ** 2 + (columns - x) ** 2
            light += 4000 * np.exp(-4 * np.log(2) * squared / FWHM_PX**2)
    return np.rint(random.normal(light, 8.0)).clip(0, 65535).astype(np.uint16)


@pytest.fixture
def take(tmp_path) -> Callable[..., Image]:
    """Write a raw frame below the data root (tmp_path) and return its Image."""

    def taken(number: int = 1, *, frame: str = "LIGHT", pixels=None, **changes: object) -> Image:
        key = f"{number:032x}"
        start = START + timedelta(minutes=number)
        exposure_s = 0.0 if frame == "BIAS" else 60.0
        pixels = exposed(frame, exposure_s, number) if pixels is None else pixels
        seen = frame in {"LIGHT", "FOCUS"}
        facts = FrameFacts(
            exposure_key=key,
            frame=frame,
            channel="vis",
            camera="camera-vis",
            telescope="telescope",
            start=start,
            end=start + timedelta(seconds=exposure_s),
            exposure_s=exposure_s,
            site=SiteFacts(name="site", latitude_deg=31.0, longitude_deg=-115.0, height_m=2800.0),
            pointing=PointingFacts(
                ra_deg=10.0,
                dec_deg=20.0,
                altitude_deg=60.0,
                azimuth_deg=100.0,
                airmass=1.15,
                pixel_scale_arcsec=1.2,
            )
            if seen
            else None,
        )
        made = Image(
            id=number,
            exposure_key=key,
            night=date(2026, 11, 24),
            channel="vis",
            frame=frame,
            start=start,
            exposure_s=exposure_s,
            path="",
            sha256="",
            bytes=0,
        )
        path = archive.frame_path(
            night=made.night,
            channel="vis",
            level=made.level,
            start=start,
            exposure_key=key,
        )
        written = fits.write(
            tmp_path / path, pixels, frame_cards(facts, shape=pixels.shape), durable=False
        )
        return replace(made, path=str(path), sha256=written.sha256, bytes=written.bytes, **changes)

    return taken
