"""Frames whose content is known: facts, stars of known place, width and light, detectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

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
