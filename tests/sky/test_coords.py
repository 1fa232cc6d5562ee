from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from pyros.sky import coords
from pyros.sky.site import Site

YEAR_MJD = 61041.0


def test_altitude_and_azimuth_agree_with_astropy_over_a_year_and_the_whole_sky(site: Site) -> None:
    """P24, P25: 0.01 degrees at four latitudes; ours is within 2 arcsec."""
    rng = np.random.default_rng(20260101)
    mjd = YEAR_MJD + np.sort(rng.uniform(0.0, 365.0, 90))
    ra_deg = rng.uniform(0.0, 360.0, 60)
    dec_deg = np.degrees(np.arcsin(rng.uniform(-1.0, 1.0, 60)))
    place = EarthLocation.from_geodetic(site.lon_deg, site.lat_deg, site.height_m)
    judge = SkyCoord(ra_deg[:, None], dec_deg[:, None], unit="deg").transform_to(
        AltAz(obstime=Time(mjd, format="mjd")[None, :], location=place)
    )

    altitude, azimuth = coords.altaz(site, ra_deg, dec_deg, mjd)

    assert altitude.shape == (60, 90)
    apart = coords.separation_deg(judge.az.deg, judge.alt.deg, azimuth, altitude)
    assert apart.max() < 2.0 / 3600.0


def test_refraction_agrees_with_astropy_above_ten_degrees() -> None:
    """P24: pages and pointing may ask for the altitude as it is seen; plans never do."""
    site = Site(lat_deg=31.0, lon_deg=-115.0, height_m=2800.0)
    pressure = coords.pressure_hpa(site)
    place = EarthLocation.from_geodetic(site.lon_deg, site.lat_deg, site.height_m)
    frame = AltAz(
        obstime=Time(YEAR_MJD, format="mjd"),
        location=place,
        pressure=pressure * units.hPa,
        temperature=10.0 * units.deg_C,
        obswl=0.55 * units.um,
    )
    rng = np.random.default_rng(7)
    ra_deg, dec_deg = rng.uniform(0.0, 360.0, 400), rng.uniform(-50.0, 90.0, 400)
    altitude, _ = coords.altaz(site, ra_deg, dec_deg, YEAR_MJD)
    seen = SkyCoord(ra_deg, dec_deg, unit="deg").transform_to(frame).alt.deg
    high = altitude > 10.0

    ours = coords.apparent_altitude_deg(altitude, pressure_hpa=pressure, temperature_C=10.0)

    assert np.abs(ours - seen)[high].max() < 0.01


def test_one_instant_and_one_target_come_back_as_one_number(site: Site) -> None:
    """P21: a page that asks for one altitude gets one."""
    at = datetime(2026, 3, 21, 6, 0, tzinfo=UTC)

    altitude, azimuth = coords.altaz(site, 10.0, 20.0, at)

    assert np.shape(altitude) == () == np.shape(azimuth)
    row, _ = coords.altaz(site, [10.0, 30.0], [20.0, -5.0], [at, at])
    assert row.shape == (2, 2)
    assert row[0, 0] == pytest.approx(float(altitude), abs=1e-9)


@given(
    ra=st.floats(0.0, 359.999),
    dec=st.floats(-89.9, 89.9),
    mjd=st.floats(60000.0, 62000.0),
    lat=st.floats(-89.0, 89.0),
)
def test_radec_undoes_altaz(ra: float, dec: float, mjd: float, lat: float) -> None:
    """P20: a telescope jogged to an altitude and azimuth knows where in the sky it looks."""
    site = Site(lat_deg=lat, lon_deg=12.0)
    altitude, azimuth = coords.altaz(site, ra, dec, mjd)

    ra_back, dec_back = coords.radec(site, altitude, azimuth, mjd)

    assert coords.separation_deg(ra, dec, ra_back, dec_back) < 1e-6


def test_a_horizon_is_straight_between_its_points_and_closes_at_north() -> None:
    """P25: HORIZON refusals read the mask of the site."""
    site = Site(lat_deg=0.0, lon_deg=0.0, horizon=((0.0, 20.0), (90.0, 30.0), (270.0, 10.0)))

    assert site.horizon_deg([0.0, 45.0, 315.0, 360.0]) == pytest.approx([20.0, 25.0, 15.0, 20.0])


@pytest.mark.parametrize(
    "wrong", [{"lat_deg": 91.0}, {"lon_deg": 400.0}, {"horizon": ((90.0, 1.0), (10.0, 2.0))}]
)
def test_a_site_that_is_nowhere_is_refused_with_what_would_be_right(wrong: dict) -> None:
    with pytest.raises(ValueError, match="should"):
        Site(**({"lat_deg": 0.0, "lon_deg": 0.0} | wrong))


@given(st.floats(0.0, 359.9999), st.floats(-89.9999, 89.9999))
def test_angles_survive_being_written_and_read(ra: float, dec: float) -> None:
    """P75: what a form shows can be typed into it again."""
    assert coords.parse_ra(coords.format_ra(ra, decimals=6)) == pytest.approx(ra, abs=1e-7)
    assert coords.parse_dec(coords.format_dec(dec, decimals=6)) == pytest.approx(dec, abs=1e-7)


def test_angles_are_read_in_the_forms_people_write() -> None:
    """P75."""
    assert coords.parse_ra("19:25:27.9") == pytest.approx(291.36625)
    assert coords.parse_ra("19h25m27.9s") == pytest.approx(291.36625)
    assert coords.parse_ra("291.36625") == pytest.approx(291.36625)
    assert coords.parse_dec("-00:30:00") == pytest.approx(-0.5)
    assert coords.format_ra(359.9999999) == "00:00:00.00"


@pytest.mark.parametrize("text", ["ten", "25:00:00", "10:61:00", "10:10:60", ""])
def test_a_right_ascension_that_is_none_says_what_would_be_right(text: str) -> None:
    """P75."""
    with pytest.raises(ValueError, match="should be"):
        coords.parse_ra(text)


def test_separation_is_exact_for_small_and_opposite_directions() -> None:
    arcsec = 1.0 / 3600.0
    assert coords.separation_deg(10.0, 0.0, 10.0, arcsec) == pytest.approx(arcsec, rel=1e-9)
    assert coords.separation_deg(0.0, 90.0, 0.0, -90.0) == pytest.approx(180.0)


def test_sidereal_time_agrees_with_astropy(site: Site) -> None:
    """P24."""
    mjd = YEAR_MJD + np.linspace(0.0, 365.0, 20)
    place = EarthLocation.from_geodetic(site.lon_deg, site.lat_deg)
    judge = Time(mjd, format="mjd", location=place).sidereal_time("apparent").deg

    difference = (coords.sidereal_deg(site, mjd) - judge + 180.0) % 360.0 - 180.0

    assert np.abs(difference).max() < 1.0 / 3600.0
