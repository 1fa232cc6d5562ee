from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyros.images.calibration import Masters, calibrate

SHAPE = (48, 64)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    gain_e_adu=st.floats(0.5, 4.0),
    read_noise_e=st.floats(1.0, 15.0),
    exposure_s=st.floats(0.0, 300.0),
    level_adu=st.floats(0.0, 20_000.0),
)
def test_a_frame_through_a_known_detector_gives_back_the_scene(**camera):
    """P69: bias + dark x t + flat x scene, with its noise, is the scene again within that noise."""
    random = np.random.default_rng(camera["seed"])
    gain, noise_e, exposure_s = camera["gain_e_adu"], camera["read_noise_e"], camera["exposure_s"]
    bias = random.normal(1000, 20, SHAPE)
    dark = random.uniform(0.0, 2.0, SHAPE)
    flat = random.uniform(0.5, 1.5, SHAPE)
    scene = camera["level_adu"] * random.uniform(0.5, 1.5, SHAPE)
    electrons = (dark * exposure_s + flat * scene) * gain
    read = random.normal(electrons, np.sqrt(electrons + noise_e**2)) / gain
    raw = np.clip(np.rint(bias + read), 0, 65535).astype(np.uint16)
    masters = Masters(
        bias_adu=bias.astype(np.float32),
        dark_adu_s=dark.astype(np.float32),
        flat=flat.astype(np.float32),
    )

    found = calibrate(raw, masters, exposure_s=exposure_s)

    sigma = np.sqrt(electrons + noise_e**2 + gain**2 / 12) / gain / flat
    off = (found - scene) / sigma
    assert found.dtype == np.float32
    assert abs(off.mean()) < 6 / np.sqrt(off.size)
    assert np.abs(off).max() < 7
    assert off.std() == pytest.approx(1.0, abs=0.1)


def test_what_is_not_given_is_not_applied():
    raw = np.arange(12, dtype=np.uint16).reshape(3, 4)

    assert np.array_equal(calibrate(raw, Masters(), exposure_s=1.0), raw)


def test_the_raw_frame_stays_as_it_is():
    raw = np.full((3, 4), 100, np.float32)

    calibrate(raw, Masters(bias_adu=np.full((3, 4), 40, np.float32)), exposure_s=1.0)

    assert (raw == 100).all()


def test_a_dead_pixel_has_no_value():
    flat = np.ones((3, 4), np.float32)
    flat[1, 2] = 0.01

    found = calibrate(np.full((3, 4), 50, np.uint16), Masters(flat=flat), exposure_s=1.0)

    assert np.argwhere(np.isnan(found)).tolist() == [[1, 2]]


def test_counts_below_the_bias_become_negative_not_huge():
    """P69: unsigned counts do not wrap."""
    raw = np.full((3, 4), 90, np.uint16)

    found = calibrate(raw, Masters(bias_adu=np.full((3, 4), 100, np.float32)), exposure_s=0.0)

    assert (found == -10).all()


@pytest.mark.parametrize("name", ["bias_adu", "dark_adu_s", "flat"])
def test_a_master_of_another_shape_is_refused(name):
    with pytest.raises(ValueError, match="is right"):
        calibrate(
            np.zeros((3, 4), np.uint16),
            Masters(**{name: np.ones((4, 3), np.float32)}),
            exposure_s=1.0,
        )


def test_a_negative_exposure_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        calibrate(np.zeros((3, 4), np.uint16), Masters(), exposure_s=-1.0)
