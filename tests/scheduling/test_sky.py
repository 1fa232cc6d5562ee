"""The library's sky against astropy: over a year, the whole sky, four latitudes; no download."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_body, get_sun
from astropy.time import Time
from astropy.utils import iers

from pyros.scheduling.model import Constraints, Night, Problem, Request, Site, Target
from pyros.scheduling.visibility import View, visibility

LATITUDES = (0.0, 31.0, -45.0, 78.0)
DAYS = (5, 96, 187, 278)
EVERY = 180
"""Steps between the instants that are compared: half an hour."""
PLACES = [
    (ra, dec) for ra in (0.0, 95.0, 190.0, 285.0) for dec in (-89.9, -55.0, -10.0, 35.0, 80.0)
]
TOLERANCE_DEG = 0.01


@pytest.fixture(autouse=True)
def no_download() -> Iterator[None]:
    """Let astropy use what it carries; a table out of date is no reason to call anybody."""
    with (
        iers.conf.set_temp("auto_download", False),  # noqa: FBT003 - astropy's own signature
        iers.conf.set_temp("iers_degraded_accuracy", "warn"),
    ):
        yield


def _night(lat_deg: float, day: int) -> tuple[View, Time, EarthLocation]:
    start = datetime(2025, 1, 1, 4, 0, tzinfo=UTC) + timedelta(days=day)
    times = Time(start.replace(tzinfo=None), scale="utc") + np.arange(0, 3601, EVERY) * 10.0 * u.s
    dut1_s = float(times[0].delta_ut1_utc)
    site = Site(lat_deg=lat_deg, lon_deg=-115.4637, height_m=2800.0)
    night = Night(start=start, end=start + timedelta(hours=10), dut1_s=dut1_s)
    where = EarthLocation.from_geodetic(site.lon_deg, site.lat_deg, site.height_m)
    return View(Problem(site=site, night=night)), times, where


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("lat_deg", LATITUDES)
def test_places_stand_where_astropy_says(lat_deg: float, day: int) -> None:
    """P25: altitude and azimuth to 0.01 deg."""
    view, times, where = _night(lat_deg, day)
    coords = SkyCoord([ra for ra, _ in PLACES] * u.deg, [dec for _, dec in PLACES] * u.deg)
    frame = AltAz(obstime=times[:, None], location=where)
    theirs = coords[None, :].transform_to(frame)

    for place, (ra, dec) in enumerate(PLACES):
        direction = view.direction(Target(ra_deg=ra, dec_deg=dec))
        altitude = view.altitude_deg(direction)[::EVERY]
        azimuth = view.azimuth_deg(direction)[::EVERY]
        ours = SkyCoord(azimuth * u.deg, altitude * u.deg)
        seen = SkyCoord(theirs[:, place].az, theirs[:, place].alt)
        assert ours.separation(seen).deg.max() < TOLERANCE_DEG


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("lat_deg", LATITUDES)
def test_sun_and_moon_stand_where_astropy_says(lat_deg: float, day: int) -> None:
    """P25: altitudes of both, and distances from the Moon, to 0.01 deg."""
    view, times, where = _night(lat_deg, day)
    frame = AltAz(obstime=times, location=where)
    sun, moon = get_sun(times).transform_to(frame), get_body("moon", times, where)
    high = moon.transform_to(frame)

    assert np.abs(view.sun_altitude_deg[::EVERY] - sun.alt.deg).max() < TOLERANCE_DEG
    assert np.abs(view.moon_altitude_deg[::EVERY] - high.alt.deg).max() < TOLERANCE_DEG
    for ra, dec in PLACES:
        theirs = SkyCoord(ra * u.deg, dec * u.deg).transform_to(frame).separation(high).deg
        ours = view.moon_distance_deg(view.direction(Target(ra_deg=ra, dec_deg=dec)))[::EVERY]
        assert np.abs(ours - theirs).max() < TOLERANCE_DEG


@pytest.mark.parametrize("limit_deg", [-6.0, -12.0, -18.0])
@pytest.mark.parametrize("lat_deg", [0.0, 31.0, -45.0])
def test_twilight_ends_within_a_step_of_astropys(lat_deg: float, limit_deg: float) -> None:
    """P24, P25: the crossing itself within 2 s; the window one step inward."""
    view, times, where = _night(lat_deg, 96)
    start = view.t0 - timedelta(hours=4)
    night = Night(start=start, end=start + timedelta(hours=18), dut1_s=view.problem.night.dut1_s)
    long = View(Problem(site=view.problem.site, night=night))
    altitude = long.sun_altitude_deg
    (crossing,) = np.flatnonzero((altitude[:-1] > limit_deg) & (altitude[1:] <= limit_deg))
    share = (altitude[crossing] - limit_deg) / (altitude[crossing] - altitude[crossing + 1])
    ours_s = (crossing + share) * 10.0

    around = Time(start.replace(tzinfo=None), scale="utc") + (ours_s + np.array([-2.0, 2.0])) * u.s
    theirs = get_sun(around).transform_to(AltAz(obstime=around, location=where)).alt.deg

    assert theirs[0] > limit_deg > theirs[1]
    assert times.size


def _request(**limits: float) -> Request:
    return Request(
        id="1",
        target=Target(ra_deg=150.0, dec_deg=20.0),
        duration_s=600.0,
        constraints=Constraints(min_altitude_deg=-90.0, **limits),
    )


def test_in_the_polar_day_nothing_and_in_the_polar_night_everything_is_dark() -> None:
    """P21, P24: 78 deg north in June and in December."""
    starts = {}
    for month in (6, 12):
        start = datetime(2025, month, 21, 0, 0, tzinfo=UTC)
        night = Night(start=start, end=start + timedelta(hours=24))
        problem = Problem(
            site=Site(lat_deg=78.0, lon_deg=15.0),
            night=night,
            requests=(_request(sun_max_altitude_deg=-6.0),),
        )
        starts[month] = visibility(problem)["1"].starts

    assert starts[6] == ()
    assert [last - first for first, last in starts[12]] == [
        timedelta(hours=24) - timedelta(seconds=600)
    ]


@pytest.mark.parametrize("lat_deg", [31.0, -45.0, 90.0, -90.0])
def test_targets_at_the_pole_and_the_zenith_have_a_place(lat_deg: float) -> None:
    """P21: no division by what is zero there."""
    start = datetime(2025, 4, 7, 4, 0, tzinfo=UTC)
    view = View(
        Problem(
            site=Site(lat_deg=lat_deg, lon_deg=0.0),
            night=Night(start=start, end=start + timedelta(hours=8)),
        )
    )
    for dec in (90.0, -90.0, lat_deg):
        direction = view.direction(Target(ra_deg=10.0, dec_deg=dec))
        for row in (view.altitude_deg(direction), view.azimuth_deg(direction)):
            assert np.isfinite(row).all()
    pole = view.direction(Target(ra_deg=10.0, dec_deg=90.0))
    assert np.abs(view.altitude_deg(pole) - lat_deg).max() < 0.2
