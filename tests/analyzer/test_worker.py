from __future__ import annotations

import io
import os
import pickle
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits as astropy_fits
from astropy.wcs import WCS
from PIL import Image as Picture

from pyros.actors.analyzer.pipeline import job_of
from pyros.actors.analyzer.worker import reduce, warm_up


@pytest.fixture
def work(tmp_path, detector):
    """Reduce a raw image as a worker does."""
    return lambda image: reduce(job_of(image, root=tmp_path, detector=detector))


def test_a_raw_image_becomes_a_calibrated_file_with_its_numbers(work, take, tmp_path):
    """P69: bias and dark are gone, the 20 stars are counted and their width is known."""
    raw = take()

    found = work(raw)

    assert found.sources == 20
    assert found.fwhm_px == pytest.approx(3.0, rel=0.04)
    assert found.fwhm_arcsec == pytest.approx(3.0 * 1.2, rel=0.04)
    assert found.background == pytest.approx(300.0, abs=2.0)
    assert found.noise == pytest.approx(8.0, rel=0.05)
    with astropy_fits.open(tmp_path / found.path, checksum=True) as hdus:
        assert hdus[0].data.dtype == np.dtype(">f4")
        assert np.median(hdus[0].data) == pytest.approx(300.0, abs=2.0)
    assert (tmp_path / found.path).stat().st_size == found.bytes


def test_the_header_of_a_calibrated_file_keeps_the_raw_one_and_says_what_was_done(
    work, take, tmp_path
):
    """P69: provenance stands in the file; the world coordinates are kept."""
    raw = take()
    header = astropy_fits.getheader(tmp_path / work(raw).path)

    assert (header["LEVEL"], header["REVISION"]) == ("L1a", 1)
    assert header["EXPKEY"] == raw.exposure_key
    assert header["RAWSHA"] == raw.sha256
    assert (header["BIASCOR"], header["DARKCOR"], header["FLATCOR"]) == ("synthetic",) * 3
    assert (header["NSOURCES"], header["BUNIT"]) == (20, "adu")
    centre = WCS(header).pixel_to_world(119.5, 99.5)
    assert centre.ra.deg == pytest.approx(10.0, abs=1e-6)


def test_the_picture_of_an_image_lies_beside_it(work, take, tmp_path):
    """P71."""
    found = work(take())

    picture = np.asarray(Picture.open(io.BytesIO((tmp_path / found.preview_path).read_bytes())))

    assert picture.shape == (200, 240)
    assert found.low < 300 < found.high
    assert dict(found.percentiles)[50.0] == pytest.approx(300, abs=2)


@pytest.mark.parametrize(
    ("frame", "background"), [("FLAT", 300.0), ("DARK", 12.0), ("FOCUS", 300.0), ("BIAS", 1000.0)]
)
def test_each_kind_of_frame_gets_what_it_needs(work, take, tmp_path, frame, background):
    """P66, P69: a dark loses its bias only, a flat its bias and dark, a bias nothing."""
    found = work(take(frame=frame))

    assert found.background == pytest.approx(background, abs=2.0)
    assert (found.sources is None) == (frame != "FOCUS")
    assert (found.path == "") == (frame == "BIAS")
    assert (tmp_path / found.preview_path).is_file()


def test_the_same_job_twice_makes_the_same_files_once(work, take, tmp_path):
    """P04: a worker that died after it had written costs no second file."""
    raw = take()

    first, again = work(raw), work(raw)

    assert (again.path, again.sha256, again.revision) == (first.path, first.sha256, 1)
    assert repr(again) == repr(first)  # so that a rehearsed night has the same trace
    assert len(list(tmp_path.rglob("*.fits"))) == 2
    assert len(list(tmp_path.rglob("*.png"))) == 1


def test_another_reduction_is_a_new_revision(work, take, tmp_path, detector):
    """P04: files are never overwritten."""
    raw = take()
    first = work(raw)

    other = reduce(job_of(raw, root=tmp_path, detector=replace(detector, bias_adu=900.0)))

    assert other.revision == 2
    assert other.path != first.path
    assert astropy_fits.getheader(tmp_path / other.path)["REVISION"] == 2
    assert (tmp_path / first.path).is_file()


def test_what_is_wrong_with_a_frame_is_flagged(work, take):
    black = take(1, pixels=np.zeros((64, 64), np.uint16))
    white = take(2, pixels=np.full((64, 64), 65535, np.uint16))

    assert work(black).flags == ("all_zero", "no_stars")
    assert work(white).flags == ("saturated", "no_stars")


def test_a_raw_file_that_was_changed_is_not_reduced(work, take, tmp_path):
    raw = take()
    path = tmp_path / raw.path
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(ValueError, match="has changed"):
        work(raw)


def test_a_path_out_of_the_data_root_is_not_read(work, take):
    with pytest.raises(ValueError, match="below the data root"):
        work(replace(take(), path="../../etc/passwd"))


def test_a_job_and_its_answer_travel_between_processes(work, take, tmp_path, detector):
    """B1: small values only, frames go by path."""
    job = job_of(take(), root=tmp_path, detector=detector)
    answer = reduce(job)

    for value in (job, answer):
        parcel = pickle.dumps(value)
        assert pickle.loads(parcel) == value  # noqa: S301 our own
        assert len(parcel) < 2_000


def test_warming_up_tells_who_is_warm():
    assert warm_up() == os.getpid()
