from __future__ import annotations

import numpy as np
import pytest

from pyros.images.detect import detect


def distances(found, places):
    """Return for each true place the distance to the nearest found source, pixels."""
    return [np.hypot(found.x - x, found.y - y).min() for x, y in places]


@pytest.mark.parametrize("fwhm_px", [2.0, 3.0, 4.5, 7.0])
def test_stars_of_known_place_and_width_are_measured_back(sky, fwhm_px):
    """P69: every star within a third of a pixel, the width within 5 per cent."""
    true = sky.of_stars(count=36, fwhm_px=fwhm_px, flux=(2e4, 2e5))

    found = detect(true.frame())

    assert found.count == 36
    assert max(distances(found, true.places)) < 0.3
    # the light of a star falls on whole pixels, which widens it by 8 ln 2 / 12 square pixels
    assert found.fwhm_px == pytest.approx(np.sqrt(fwhm_px**2 + 0.46), rel=0.05)


def test_the_wings_of_a_real_star_do_not_widen_it(sky):
    """P69: a Moffat profile, as the atmosphere makes it, has its own FWHM."""
    found = detect(sky.of_stars(count=36, fwhm_px=3.5, beta=4.765, flux=(2e4, 2e5)).frame())

    assert found.fwhm_px == pytest.approx(np.sqrt(3.5**2 + 0.46), rel=0.05)


def test_background_and_noise_are_those_of_the_empty_sky(sky):
    found = detect(sky.of_stars(count=25, background=321.0, noise=7.0).frame())

    assert found.background == pytest.approx(321.0, abs=1.0)
    assert found.noise == pytest.approx(7.0, rel=0.05)


def test_light_is_measured_in_proportion(sky):
    true = sky(noise=5.0)
    true.star(60, 60, flux=2e4, fwhm_px=3).star(180, 180, flux=8e4, fwhm_px=3)

    found = detect(true.frame())

    faint, bright = sorted(found.flux)
    assert bright / faint == pytest.approx(4.0, rel=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_an_empty_sky_has_almost_no_sources(sky, seed):
    """P69: noise is not counted as stars."""
    found = detect(sky(seed=seed).frame())

    assert found.count <= 1
    assert found.background == pytest.approx(200.0, abs=1.0)


def test_a_frame_without_any_noise_has_no_source_and_no_width():
    found = detect(np.full((64, 64), 7.0, np.float32))

    assert (found.count, found.fwhm_px, found.background) == (0, None, 7.0)


def test_saturated_stars_count_but_do_not_tell_the_width(sky):
    true = sky.of_stars(count=16, fwhm_px=3.0, flux=(2e4, 3e4), shape=(300, 300))
    frame = true.frame()
    ceiling = 2_000.0
    clipped = np.minimum(frame * 5, ceiling).astype(np.float32)

    blind = detect(clipped)
    knowing = detect(clipped, saturated=clipped >= ceiling)

    assert blind.count == knowing.count == 16
    assert blind.fwhm_px > 3.5
    assert knowing.fwhm_px is None


def test_dead_pixels_are_left_out(sky):
    """P69: a column without values costs its stars only."""
    true = sky.of_stars(count=25, fwhm_px=3.0)
    frame = true.frame()
    frame[:, 100:103] = np.nan

    found = detect(frame)

    assert found.count >= 20
    assert np.isfinite(found.background)
    assert found.fwhm_px == pytest.approx(3.08, rel=0.06)


def test_a_field_full_of_stars_is_no_error():
    """P04: a globular cluster does not cost the worker."""
    random = np.random.default_rng(3)
    frame = random.normal(0, 1, (256, 256)).astype(np.float32)
    frame += (
        np.kron(random.uniform(0, 1, (64, 64)) > 0.92, np.ones((4, 4))).astype(np.float32) * 1e3
    )

    assert detect(frame).count > 100


@pytest.mark.parametrize("frame", [np.zeros((4, 100)), np.full((50, 50), np.nan)])
def test_what_cannot_be_searched_is_refused(frame):
    with pytest.raises(ValueError, match="right"):
        detect(frame.astype(np.float32))


def test_frames_of_any_order_of_bytes_are_searched(sky):
    """P69: FITS is big-endian; the search is not."""
    frame = sky.of_stars(count=16).frame()

    assert detect(frame.astype(">f4")).count == detect(frame).count == 16
