from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits as astropy_fits
from astropy.utils.exceptions import AstropyUserWarning
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyros.images import fits
from pyros.images.cards import Card

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200)
KINDS = st.sampled_from([np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])


def test_a_written_frame_is_read_back_by_astropy_with_valid_checksums(tmp_path, noise):
    """P69: any reader gets what the camera read (a wrong checksum warns, thus fails)."""
    written = fits.write(tmp_path / "a.fits", noise, [Card("EXPTIME", 2.5, "[s] time")])

    with astropy_fits.open(written.path, checksum=True) as hdus:
        hdus.verify("exception")
        assert np.array_equal(hdus[0].data, noise)
        assert hdus[0].data.dtype == np.uint16
        assert hdus[0].header["EXPTIME"] == 2.5
        assert hdus[0].header.comments["EXPTIME"] == "[s] time"


def test_one_turned_bit_breaks_the_checksum(tmp_path, noise):
    path = fits.write(tmp_path / "a.fits", noise, []).path
    content = bytearray(path.read_bytes())
    content[-5000] ^= 1
    path.write_bytes(content)

    with pytest.warns(AstropyUserWarning, match="verification failed") as warned:
        astropy_fits.open(path, checksum=True).close()
    assert len(warned) == 2


VALUES = st.fixed_dictionaries(
    {
        "TEXT": PRINTABLE.map(str.rstrip),
        "WHOLE": st.integers(-(2**62), 2**62),
        "REAL": st.floats(allow_nan=False, allow_infinity=False),
        "YES": st.booleans(),
        "NOTHING": st.none(),
    }
)
IMAGES = KINDS.flatmap(
    lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40))
)


@settings(max_examples=60, deadline=None)
@given(pixels=IMAGES, values=VALUES)
def test_any_pixels_and_any_values_come_back_as_they_were(tmp_path_factory, pixels, values):
    """P69: nothing is lost on the way to the disk and back, long texts and quotes included."""
    path = tmp_path_factory.mktemp("frames") / "a.fits"
    cards = [Card(keyword, value, "a comment") for keyword, value in values.items()]

    written = fits.write(path, pixels, cards, durable=False)
    frame = fits.read(path, sha256=written.sha256)

    assert frame.pixels.dtype == pixels.dtype
    assert np.array_equal(frame.pixels, pixels, equal_nan=pixels.dtype.kind == "f")
    assert {keyword: frame.value(keyword) for keyword in values} == values
    astropy_fits.open(path, checksum=True).close()


def test_a_file_is_never_overwritten(tmp_path, noise):
    """P04: the second writer learns it, the first file stays."""
    path = tmp_path / "a.fits"
    first = fits.write(path, noise, [])

    with pytest.raises(FileExistsError):
        fits.write(path, np.zeros_like(noise), [])

    assert hashlib.sha256(path.read_bytes()).hexdigest() == first.sha256
    assert list(tmp_path.iterdir()) == [path]


def test_digest_and_size_are_those_of_the_file(tmp_path, noise):
    written = fits.write(tmp_path / "deep" / "er" / "a.fits", noise, [])

    content = written.path.read_bytes()
    assert (written.bytes, written.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_write_that_fails_leaves_nothing_of_that_name(tmp_path, noise, monkeypatch):
    """P04: a full disk costs the frame, not the archive."""

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fits.os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        fits.write(tmp_path / "a.fits", noise, [])

    assert list(tmp_path.iterdir()) == []


def test_a_frame_that_is_saved_already_is_known_by_its_exposure_key(tmp_path, noise):
    """P47: SAVE may be done again; a file of this exposure is not written twice."""
    written = fits.write(tmp_path / "a.fits", noise, [Card("EXPKEY", "a" * 32)])

    assert fits.held(written.path, "a" * 32) == written
    assert fits.held(written.path, "b" * 32) is None
    assert fits.held(tmp_path / "b.fits", "a" * 32) is None


def test_a_file_that_was_changed_is_not_read_as_the_one_that_was_written(tmp_path, noise):
    written = fits.write(tmp_path / "a.fits", noise, [])

    with pytest.raises(ValueError, match="has changed"):
        fits.read(written.path, sha256="0" * 64)


@pytest.mark.parametrize("keyword", ["lower", "TOOLONGAKEY", "", "WITH SPACE", "ÄRGER"])
def test_a_keyword_that_fits_does_not_know_is_refused(tmp_path, noise, keyword):
    with pytest.raises(ValueError, match="are right"):
        fits.write(tmp_path / "a.fits", noise, [Card(keyword, 1)])


@pytest.mark.parametrize(
    "pixels", [np.zeros((3, 3), np.complex64), np.zeros(9, np.uint16), np.zeros((2, 2, 2))]
)
def test_pixels_that_are_no_image_are_refused(tmp_path, pixels):
    with pytest.raises(ValueError, match="are right"):
        fits.write(tmp_path / "a.fits", pixels, [])


def test_characters_that_fits_does_not_allow_become_question_marks(tmp_path, noise):
    path = fits.write(tmp_path / "a.fits", noise, [Card("OBJECT", "M 31 \u2014 n\nebula")]).path

    assert fits.read(path).value("OBJECT") == "M 31 ? n?ebula"


def test_a_value_that_is_not_finite_is_written_as_unknown(tmp_path, noise):
    path = fits.write(tmp_path / "a.fits", noise, [Card("AIRMASS", float("inf"))]).path

    assert fits.read(path).value("AIRMASS") is None


def test_writing_a_frame_needs_no_astropy():
    """B1: the control process stays small; only processes that read frames load astropy."""
    code = (
        "import sys; import pyros.images.fits, pyros.images.header; print('astropy' in sys.modules)"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )

    assert answer.stdout.strip() == "False"


def test_a_folder_that_is_a_file_is_an_error_of_the_disk(tmp_path: Path, noise):
    (tmp_path / "night").write_text("not a folder")

    with pytest.raises(OSError, match="night"):
        fits.write(tmp_path / "night" / "a.fits", noise, [])
