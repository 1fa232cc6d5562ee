from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits as astropy_fits
from astropy.time import Time
from astropy.wcs import WCS

from pyros.domain.image import Level
from pyros.images import fits
from pyros.images.header import PointingFacts, frame_cards

SHAPE = (120, 160)


def header_of(path, facts, *, shape=SHAPE):
    fits.write(path, np.zeros(shape, np.uint16), frame_cards(facts, shape=shape))
    return astropy_fits.getheader(path)


def test_a_header_says_what_was_observed_when_where_and_for_whom(tmp_path, facts):
    """P65, P69: a frame explains itself without the database."""
    header = header_of(tmp_path / "a.fits", facts)

    assert header["EXPKEY"] == facts.exposure_key
    assert header["LEVEL"] == Level.L0
    assert (header["IMAGETYP"], header["OBJECT"], header["FILTER"]) == ("LIGHT", "GRB 261125A", "r")
    assert (header["INSTRUME"], header["CHANNEL"]) == ("camera-vis", "vis")
    assert (header["SEQID"], header["EXECID"], header["PLANID"], header["FRAMENO"]) == (
        17,
        3,
        41,
        2,
    )
    assert (header["OBSERVER"], header["PROGID"]) == ("Ada", "GRB")
    assert (header["SITELAT"], header["SITELONG"], header["SITEELEV"]) == (31.04, -115.46, 2790)
    assert (header["OBJALT"], header["OBJAZ"], header["AIRMASS"]) == (62.5, 120.25, 1.127)
    assert (header["GAIN"], header["RDNOISE"], header["CCD-TEMP"]) == (1.5, 5.0, -70.0)
    assert (header["DEVICE1"], header["DEVVER1"]) == ("camera-vis", "sim 0.3")
    assert header["SIMULATD"] is True
    assert header["CONFHASH"] == "ab" * 32
    assert header["CREATOR"].startswith("PyROS ")


def test_the_instants_of_a_frame_are_utc_and_agree_with_each_other(tmp_path, facts):
    header = header_of(tmp_path / "a.fits", facts)

    for name in ("OBS", "AVG", "END"):
        written = Time(header[f"DATE-{name}"], scale="utc").mjd
        assert abs(written - header[f"MJD-{name}"]) * 86400 < 1e-3
    assert header["DATE-OBS"] == "2026-11-25T03:12:34.567"
    assert (header["MJD-END"] - header["MJD-OBS"]) * 86400 == pytest.approx(60.0, abs=1e-4)
    assert header["EXPTIME"] == 60.0


def test_a_frame_of_a_burst_says_how_long_after_it(tmp_path, facts):
    """P36, P42: T0 and the delay stand in the file."""
    header = header_of(tmp_path / "a.fits", facts)

    assert header["ALERT"] == "GRB 261125A"
    assert header["SINCE-T0"] == pytest.approx(200.0)
    assert (header["MJD-AVG"] - header["MJD-T0"]) * 86400 == pytest.approx(200.0, abs=1e-3)


def test_every_keyword_has_a_comment(facts):
    assert [card.keyword for card in frame_cards(facts, shape=SHAPE) if not card.comment] == []


def test_no_keyword_stands_twice(facts):
    keywords = [card.keyword for card in frame_cards(facts, shape=SHAPE)]

    assert len(keywords) == len(set(keywords))


def test_a_bias_has_neither_pointing_nor_world_coordinates(tmp_path, with_facts):
    """P66: nothing is claimed of a sky that was not seen."""
    header = header_of(tmp_path / "a.fits", with_facts(frame="BIAS", pointing=None, burst=None))

    for keyword in ("RA", "DEC", "AIRMASS", "CTYPE1", "CRVAL1", "ALERT"):
        assert keyword not in header


def test_what_is_not_known_is_left_out(tmp_path, with_facts):
    header = header_of(tmp_path / "a.fits", with_facts(target="", sequence_id=None, plan_id=None))

    for keyword in ("OBJECT", "SEQID", "PLANID"):
        assert keyword not in header


@pytest.mark.parametrize("rotation_deg", [0.0, 30.0, 90.0, 200.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_world_coordinates_point_where_the_telescope_did(
    tmp_path, with_facts, rotation_deg, mirrored
):
    """P69: centre, scale, orientation and parity as stated, judged by wcslib."""
    pointing = PointingFacts(
        ra_deg=83.633,
        dec_deg=-22.0,
        altitude_deg=50.0,
        azimuth_deg=180.0,
        airmass=1.3,
        pixel_scale_arcsec=1.2,
        rotation_deg=rotation_deg,
        mirrored=mirrored,
    )
    wcs = WCS(header_of(tmp_path / "a.fits", with_facts(pointing=pointing)))
    rows, columns = SHAPE
    middle = ((columns - 1) / 2, (rows - 1) / 2)

    centre = wcs.pixel_to_world(*middle)
    up = wcs.pixel_to_world(middle[0], middle[1] + 10)
    right = wcs.pixel_to_world(middle[0] + 10, middle[1])

    assert centre.ra.deg == pytest.approx(83.633, abs=1e-7)
    assert centre.dec.deg == pytest.approx(-22.0, abs=1e-7)
    assert centre.separation(up).arcsec == pytest.approx(12.0, rel=1e-5)
    assert centre.position_angle(up).deg % 360 == pytest.approx(rotation_deg, abs=0.01)
    turned = rotation_deg + (90 if mirrored else -90)
    difference = (centre.position_angle(right).deg - turned + 180) % 360 - 180
    assert difference == pytest.approx(0.0, abs=0.01)
