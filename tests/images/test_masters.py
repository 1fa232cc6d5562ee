from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.images.calibration import Masters, calibrate
from pyros.images.masters import (
    MasterKind,
    Verdict,
    judge,
    master_bias,
    master_dark,
    master_flat,
    median,
    synthetic,
)

SHAPE = (150, 60)


@pytest.fixture
def random():
    return np.random.default_rng(7)


def test_masters_equal_the_truth_of_the_detector_within_their_noise(random):
    """P66, P67: bias, dark and flat combined from noisy frames are those they were made of."""
    bias = random.normal(1000, 15, SHAPE)
    dark = random.uniform(0.0, 1.0, SHAPE)
    flat = random.normal(1.0, 0.05, SHAPE)
    flat /= np.median(flat)

    def expose(light, exposure_s):
        level = bias + dark * exposure_s + flat * light
        return np.rint(random.normal(level, np.sqrt(16 + level - bias))).astype(np.uint16)

    biases = [expose(0, 0) for _ in range(25)]
    made_bias = master_bias(biases)
    made_dark = master_dark([expose(0, 300) for _ in range(25)], made_bias, exposure_s=300)
    lights, exposures_s = np.linspace(30_000, 15_000, 15), np.linspace(1, 8, 15)
    flats = [expose(light, time) for light, time in zip(lights, exposures_s, strict=True)]
    made_flat = master_flat(flats, exposures_s, Masters(bias_adu=made_bias, dark_adu_s=made_dark))

    assert np.std(made_bias - bias) < 1.3 * 4 / np.sqrt(25) * 1.25
    assert abs(np.mean(made_dark - dark)) < 0.005
    assert np.std(made_dark - dark) < 0.05
    assert np.std(made_flat / flat - 1) < 0.004
    assert np.median(made_flat) == pytest.approx(1.0)


def test_a_cosmic_ray_in_one_frame_leaves_no_trace():
    frames = [np.full((9, 9), 100, np.uint16) for _ in range(5)]
    frames[2][4, 4] = 60_000

    assert (master_bias(frames) == 100).all()


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_the_median_in_blocks_of_rows_is_the_median(count, seed):
    frames = list(np.random.default_rng(seed).integers(0, 999, (count, 70, 3), dtype=np.uint16))

    assert np.array_equal(median(frames), np.median(frames, axis=0).astype(np.float32))


@pytest.mark.parametrize("frames", [[], [np.zeros((2, 2)), np.zeros((2, 3))]])
def test_frames_that_do_not_belong_together_are_refused(frames):
    with pytest.raises(ValueError, match="one shape"):
        median(frames)


def test_a_flat_without_light_is_refused():
    with pytest.raises(ValueError, match="with light"):
        master_flat([np.zeros((3, 3), np.uint16)], [1.0], Masters())


def test_a_dark_of_no_time_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        master_dark([np.zeros((3, 3))], np.zeros((3, 3), np.float32), exposure_s=0)


def test_a_synthetic_master_takes_a_known_detector_away(detector, random):
    """P69: before the first bias is taken, images are calibrated all the same."""
    scene = random.uniform(100, 2000, SHAPE)
    raw = np.rint(1000 + 0.2 * 60 + scene).astype(np.uint16)

    found = calibrate(raw, synthetic(detector, SHAPE), exposure_s=60)

    assert np.abs(found - scene).max() <= 0.51


class TestVerdict:
    reference = np.full((20, 20), 1000.0, np.float32)

    def test_a_first_master_waits_for_an_expert(self):
        """P67: nothing to compare with."""
        judged = judge(MasterKind.BIAS, self.reference, None)

        assert (judged.verdict, judged.mean, judged.mean_diff) == (Verdict.CANDIDATE, 1000.0, None)

    @pytest.mark.parametrize(
        ("offset", "scatter", "verdict"),
        [
            (0.0, 1.0, Verdict.VALID),
            (1.9, 1.0, Verdict.VALID),
            (-2.5, 1.0, Verdict.CANDIDATE),
            (0.0, 4.0, Verdict.CANDIDATE),
        ],
    )
    def test_a_master_near_the_reference_in_use_is_valid_by_itself(self, offset, scatter, verdict):
        """P67: |mean difference| <= 2 and rms difference <= 3."""
        chess = np.indices((20, 20)).sum(axis=0) % 2 * 2 - 1
        master = (self.reference + offset + scatter * chess).astype(np.float32)

        judged = judge(MasterKind.BIAS, master, self.reference)

        assert judged.verdict == verdict
        assert judged.mean_diff == pytest.approx(offset, abs=1e-3)
        assert judged.rms_diff == pytest.approx(scatter, abs=1e-3)

    def test_a_flat_is_judged_by_shares_not_counts(self):
        """P67: a flat 10 per cent off is not valid by itself."""
        flat = np.ones((20, 20), np.float32)

        assert judge(MasterKind.FLAT, flat * 1.1, flat).verdict == Verdict.CANDIDATE
        assert judge(MasterKind.FLAT, flat * 1.01, flat).verdict == Verdict.VALID

    def test_another_shape_is_no_reference(self):
        judged = judge(MasterKind.BIAS, self.reference, self.reference[:10])

        assert judged.verdict == Verdict.CANDIDATE
