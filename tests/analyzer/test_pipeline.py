from __future__ import annotations

from pathlib import Path

import pytest

from pyros.actors.analyzer.pipeline import (
    CALIBRATION,
    Analysis,
    Reduced,
    Step,
    analyses_of,
    detectors_of,
    failure_of,
    image_of,
    is_due,
    result_of,
    steps_of,
)
from pyros.config.load import load
from pyros.domain.devices.orders import Frame
from pyros.domain.image import Level

CORRECTED = Reduced(
    path="2026-11-24/vis/L1a/x.fits",
    sha256="ab" * 32,
    bytes=10,
    revision=2,
    preview_path="2026-11-24/vis/preview/x.png",
    sources=20,
    fwhm_px=3.0,
    fwhm_arcsec=3.6,
    background=300.0,
    noise=8.0,
    low=280.0,
    high=900.0,
    percentiles=((50.0, 300.0),),
    flags=("no_stars",),
    pid=4711,
    seconds=0.2,
)


def test_calibration_is_done_always(take):
    """P69: whatever an image is for, a burst or not."""
    for number, alert_id in enumerate((None, 7)):
        image = take(number, alert_id=alert_id)
        assert is_due(image)
        assert steps_of(image.frame) == (Step.BIAS, Step.DARK, Step.FLAT, Step.SOURCES)


@pytest.mark.parametrize("frame", list(Frame))
def test_every_kind_of_frame_has_its_steps_in_order(frame):
    """P69."""
    steps = steps_of(frame)

    assert list(steps) == sorted(steps, key=list(Step).index)


def test_a_kind_of_frame_that_nobody_knows_is_only_looked_at():
    assert steps_of("SPECTRUM") == ()


def test_the_search_is_made_for_a_burst_only(take):
    """P70."""
    assert analyses_of(take(1, alert_id=7)) == tuple(Analysis)
    assert analyses_of(take(2, alert_id=None)) == ()
    assert analyses_of(take(3, frame="FLAT", alert_id=7)) == ()


@pytest.mark.parametrize("level", [Level.L1A, Level.L1B, Level.L1C])
def test_what_we_made_ourselves_is_not_reduced_again(take, level):
    assert not is_due(take(level=level))


def test_a_calibrated_image_is_a_child_of_the_raw_one(take):
    raw = take(3, flags=("warm",))

    image = image_of(raw, CORRECTED)

    assert (image.level, image.parent_id, image.id) == (Level.L1A, 3, 0)
    assert (image.path, image.sha256, image.revision) == (CORRECTED.path, CORRECTED.sha256, 2)
    assert (image.sources, image.fwhm_arcsec, image.background) == (20, 3.6, 300.0)
    assert image.flags == ("warm", "no_stars")
    assert image.exposure_key == raw.exposure_key


def test_a_result_is_of_the_raw_image_and_says_how_it_went(take):
    raw = take(3)

    good, bad = result_of(raw, CORRECTED), failure_of(raw, "disk full")

    assert (good.image_id, good.kind, good.ok) == (3, CALIBRATION, True)
    assert good.payload["sources"] == 20
    assert (bad.image_id, bad.kind, bad.ok, bad.reason) == (3, CALIBRATION, False, "disk full")


def test_each_channel_has_the_detector_of_its_camera():
    """P05, P69: numbers of the first reduction come from the configuration."""
    config = load(Path(__file__).parents[2] / "config" / "simulation.yaml")

    found = detectors_of(config)

    assert found.keys() == config.channels.keys()
    for name, channel in config.channels.items():
        known = config.devices[channel.camera].detector
        assert found[name].bias_adu == known.bias_adu
        assert found[name].gain_e_adu == known.gain_e_adu
        assert found[name].saturation_adu <= 65535
