from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from astropy.coordinates import AltAz, EarthLocation, get_body, get_sun
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from pyros.sky import bodies
from pyros.sky.coords import separation_deg
from pyros.sky.site import Site

SITE = Site(lat_deg=31.0, lon_deg=-115.5, height_m=2800.0)
MJD = 61041.0 + np.linspace(0.0, 365.0, 120)


def test_sun_and_moon_agree_with_astropy_over_a_year(site: Site) -> None:
    """P24, P25: 0.01 degrees; ours are within 5 arcsec."""
    place = EarthLocation.from_geodetic(site.lon_deg, site.lat_deg, site.height_m)
    at = Time(MJD, format="mjd")
    frame = AltAz(obstime=at, location=place)

    sun, moon = bodies.sun(site, MJD), bodies.moon(site, MJD)

    for ours, judge in (
        (sun, get_sun(at).transform_to(frame)),
        (moon, get_body("moon", at, place).transform_to(frame)),
    ):
        apart = separation_deg(judge.az.deg, judge.alt.deg, ours.az_deg, ours.alt_deg)
        assert apart.max() < 5.0 / 3600.0
    assert bodies.sun_altitude(site, MJD) == pytest.approx(sun.alt_deg)


@pytest.mark.parametrize(
    ("at", "lit"),
    [
        (datetime(2026, 3, 3, 11, 34, tzinfo=UTC), 1.0),  # total eclipse of the Moon
        (datetime(2026, 8, 12, 17, 46, tzinfo=UTC), 0.0),  # total eclipse of the Sun
        (datetime(2026, 3, 25, 19, 18, tzinfo=UTC), 0.5),  # first quarter
    ],
)
def test_the_moon_is_lit_as_the_almanac_says(at: datetime, lit: float) -> None:
    """P25: MOON_LIGHT refusals give the lit fraction."""
    moon = bodies.moon(Site(lat_deg=31.0, lon_deg=-115.0), at)

    assert float(moon.illumination) == pytest.approx(lit, abs=0.02)


def test_distance_to_the_moon_has_a_row_for_each_target(site: Site) -> None:
    """P25."""
    moon = bodies.moon(site, MJD)

    distance = bodies.moon_distance_deg(site, moon.ra_deg[:3], moon.dec_deg[:3], MJD)

    assert distance.shape == (3, MJD.size)
    assert distance[[0, 1, 2], [0, 1, 2]] == pytest.approx(0.0, abs=1e-6)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_sun_of_a_minute_is_the_sun_of_each_instant_in_it(at: datetime) -> None:
    """No slew waits for the Sun, and none goes nearer to it for that."""
    ra_deg, dec_deg = bodies.sun_radec_deg(SITE, at)
    now = bodies.sun(SITE, at)

    off_deg = separation_deg(ra_deg, dec_deg, float(now.ra_deg), float(now.dec_deg))
    assert float(off_deg) * 3600.0 < 3.0
