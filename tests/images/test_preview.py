from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pyros.images.preview import preview


def opened(made):
    return np.asarray(Image.open(io.BytesIO(made.png)))


def test_a_large_frame_becomes_a_picture_of_512_pixels(sky):
    made = preview(sky.of_stars(count=40, shape=(1024, 1024)).frame())

    assert opened(made).shape == (512, 512)
    assert (made.width, made.height) == (512, 512)


def test_a_star_is_bright_on_a_dark_sky_and_stands_where_it_stood(sky):
    """P71: the last row of the frame is the top of the picture."""
    made = preview(sky().star(60, 200, flux=1e5, fwhm_px=4).frame())

    picture = opened(made)
    row, column = np.argwhere(picture == 255).mean(axis=0)
    assert column == pytest.approx(60, abs=0.5)
    assert row == pytest.approx(255 - 200, abs=0.5)
    assert np.median(picture) < 100
    assert picture.max() == 255


def test_percentiles_are_those_of_the_frame():
    frame = np.linspace(0, 1000, 10_000).reshape(100, 100)

    found = dict(preview(frame).percentiles)

    assert found[50.0] == pytest.approx(500, abs=1)
    assert found[99.0] == pytest.approx(990, abs=1)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 1200),
    columns=st.integers(1, 1200),
    fill=st.sampled_from([0.0, 1e30, -5.0, float("nan"), float("inf")]),
)
def test_any_frame_becomes_a_picture(rows, columns, fill):
    """P21: nothing, too much and no number are shown all the same."""
    made = preview(np.full((rows, columns), fill, np.float32))

    picture = opened(made)
    assert picture.dtype == np.uint8
    assert max(picture.shape) <= 512
