"""What a frame is made of comes back out of it: bias, dark, flat, stars, noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pyros.domain.devices.orders import Exposure, Frame
from simulators.detector import Chip, bias_adu, dark_e_s, dark_factor, flat
from simulators.sky_image import Band, Scene, Source, render, to_pixels
from simulators.stars import stars_near

CHIP = Chip(
    camera="cam",
    seed=3,
    rows=256,
    columns=320,
    bias_adu=1000.0,
    gain_e_adu=1.5,
    read_noise_e=6.0,
    dark_e_s=0.5,
    dark_at_C=-70.0,
    full_well_e=90000.0,
)
EMPTY = Scene(
    key="k",
    chip=CHIP,
    exposure=Exposure(exposure_s=0.0, frame=Frame.BIAS),
    exposed_s=0.0,
    temperature_C=-70.0,
)
NOWHERE = {"ra_deg": 120.0, "dec_deg": 40.0}


def light(**changes: object) -> Scene:
    """Return the scene of a light frame of 30 s, high in the sky."""
    exposure = Exposure(exposure_s=30.0, frame=Frame.LIGHT)
    scene = replace(EMPTY, exposure=exposure, exposed_s=30.0, area_m2=1.3, **NOWHERE)
    return replace(scene, **changes)


def stack(scene: Scene, count: int) -> np.ndarray:
    """Return the mean of many frames of the same scene, each with noise of its own."""
    return np.mean([render(replace(scene, key=f"{n}")) for n in range(count)], axis=0)


def test_a_master_bias_is_the_true_bias_within_its_noise() -> None:
    off = stack(EMPTY, 40) - bias_adu(CHIP)
    assert abs(off.mean() + 0.5) < 0.1  # counts are cut, not rounded
    assert off.std() < 6.0 / 1.5 / np.sqrt(40.0) * 1.4


def test_a_master_dark_is_the_true_dark_current() -> None:
    exposure = Exposure(exposure_s=600.0, frame=Frame.DARK)
    scene = replace(EMPTY, exposure=exposure, exposed_s=600.0)
    found = (stack(scene, 20) - bias_adu(CHIP)) * 1.5 / 600.0
    truth = dark_e_s(CHIP)
    cold = truth < 2.0
    assert found[cold].mean() == pytest.approx(truth[cold].mean(), rel=0.02)
    assert np.corrcoef(found[cold], truth[cold])[0, 1] > 0.9
    assert found[~cold].min() > 10.0


def test_dark_current_doubles_each_six_degrees() -> None:
    assert dark_factor(CHIP, -64.0) == pytest.approx(2.0)
    assert dark_factor(CHIP, -76.0) == pytest.approx(0.5)


def test_a_master_flat_is_the_true_sensitivity_and_differs_by_filter() -> None:
    band = Band(name="r", width_nm=140.0, throughput=0.9)
    scene = light(sky_mag=14.5, band=band, exposed_s=2.0, dec_deg=89.0)
    found = np.median(
        [render(replace(scene, key=f"{n}", ra_deg=9.0 * n)) for n in range(31)], axis=0
    ) - bias_adu(CHIP)
    found /= found.mean()
    assert np.std(found - flat(CHIP, "r")) < 0.006
    assert np.std(flat(CHIP, "r") - flat(CHIP, "g")) > 0.002


def test_noise_follows_the_photons_and_the_read_out() -> None:
    scene = light(sky_mag=18.0)
    one, two = render(replace(scene, key="a")), render(replace(scene, key="b"))
    spread = np.std(one.astype(float) - two) / np.sqrt(2.0)
    electrons = (np.median(one) - 1000.0) * 1.5
    assert spread == pytest.approx(np.sqrt(electrons + 36.0) / 1.5, rel=0.05)
    assert not np.array_equal(one, two)


def test_the_same_scene_gives_the_same_bytes_and_another_key_others() -> None:
    assert render(light()).tobytes() == render(light()).tobytes()
    assert render(light()).tobytes() != render(light(key="other")).tobytes()


def test_a_star_stands_where_it_was_put_as_bright_and_as_wide_as_told() -> None:
    """North up, east left, tangential."""
    north, east = 60.0 / 3600.0, 50.0 / 3600.0
    place = Source(
        ra_deg=120.0 + east / np.cos(np.radians(40.0)), dec_deg=40.0 + north, magnitude=15.0
    )
    scene = light(transients=(place,), seeing_arcsec=2.0, sky_mag=30.0)
    without = render(replace(scene, transients=())).astype(float)
    frame = render(scene).astype(float) - without
    y, x = np.unravel_index(np.argmax(frame), frame.shape)
    assert (x, y) == (pytest.approx(159.5 - 50.0, abs=1.1), pytest.approx(127.5 + 60.0, abs=1.1))

    box = frame[y - 10 : y + 11, x - 10 : x + 11]
    grid = np.arange(-10, 11)
    width = np.sqrt(
        (box.sum(axis=0) * grid**2).sum() / box.sum()
        - ((box.sum(axis=0) * grid).sum() / box.sum()) ** 2
    )
    assert width * 2.3548 == pytest.approx(np.hypot(2.0, 1.0), rel=0.1)

    fainter = replace(scene, transients=(replace(place, magnitude=17.5),))
    faint = (render(fainter).astype(float) - without)[y - 10 : y + 11, x - 10 : x + 11]
    assert box.sum() / faint.sum() == pytest.approx(10.0, rel=0.1)


def test_the_centre_of_the_frame_is_where_the_telescope_points() -> None:
    x, y = to_pixels(light(rotation_deg=37.0), np.array([120.0]), np.array([40.0]))
    assert (x[0], y[0]) == (pytest.approx(159.5), pytest.approx(127.5))


def test_stars_of_a_field_are_always_the_same_and_follow_their_numbers() -> None:
    here = stars_near(120.0, 40.0, 1.0)
    again = stars_near(120.0, 40.0, 1.0)
    assert np.array_equal(here, again)
    inside = np.hypot((here[:, 0] - 120.0) * np.cos(np.radians(40.0)), here[:, 1] - 40.0) < 1.0
    assert inside.sum() == pytest.approx(1000.0 * np.pi, rel=0.1)
    assert here[:, 2].min() >= 8.0
    assert here[:, 2].max() <= 17.0
    faint, bright = (here[:, 2] < 17.0).sum(), (here[:, 2] < 15.0).sum()
    assert faint / bright == pytest.approx(10.0 ** (0.35 * 2.0), rel=0.25)


@pytest.mark.parametrize(("ra", "dec"), [(0.0, 0.0), (359.99, -30.0), (10.0, 89.9), (200.0, -89.9)])
def test_there_are_stars_across_every_seam_of_the_sky(ra: float, dec: float) -> None:
    assert len(stars_near(ra, dec, 0.5)) > 300


def test_a_telescope_that_does_not_follow_draws_trails() -> None:
    star = (Source(ra_deg=120.0, dec_deg=40.0, magnitude=14.0),)
    round_one = render(light(transients=star, sky_mag=30.0)).astype(float)
    trailed = render(light(transients=star, sky_mag=30.0, trail_arcsec=60.0)).astype(float)
    middle = (slice(125, 131), slice(157, 163))
    assert trailed[middle].max() < round_one[middle].max()
    assert (trailed[127:129] > 1200.0).sum() > 2 * (round_one[127:129] > 1200.0).sum()
