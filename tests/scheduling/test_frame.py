from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from builders.planning import a_night, a_request

from pyros.scheduling import visibility
from pyros.scheduling.air import airmass, altitude_of_airmass
from pyros.scheduling.bench import figures
from pyros.scheduling.frame import night_sky
from pyros.scheduling.model import Night, Problem, Site, Target
from pyros.scheduling.visibility import View
from pyros.sky import airmass as sky_airmass
from pyros.sky import bodies, coords, tables, times
from pyros.sky.site import Site as SkySite


@pytest.mark.parametrize("lat_deg", [0.0, 31.0, -45.0, 78.0])
@pytest.mark.parametrize("month", [1, 4, 7, 10])
def test_the_librarys_own_sky_is_that_of_the_pages(lat_deg: float, month: int) -> None:
    """P24, P25: plan and pages speak of the same altitudes, to 2 arcsec."""
    start = datetime(2026, month, 15, 2, 0, tzinfo=UTC)
    night = Night(
        start=start,
        end=start + timedelta(hours=10),
        dut1_s=float(tables.dut1_s(times.mjd_of(start))),
    )
    site = Site(lat_deg=lat_deg, lon_deg=-115.4637, height_m=2800.0)
    view = View(Problem(site=site, night=night))
    mjd = times.mjd_of(start) + np.arange(view.steps + 1) * 10.0 / 86400.0
    sky_site = SkySite(lat_deg=lat_deg, lon_deg=-115.4637, height_m=2800.0)
    target = Target(ra_deg=211.0, dec_deg=-17.0)
    altitude, azimuth = coords.altaz(sky_site, target.ra_deg, target.dec_deg, mjd)
    direction = view.direction(target)

    apart = coords.separation_deg(
        azimuth, altitude, view.azimuth_deg(direction), view.altitude_deg(direction)
    )

    assert apart.max() * 3600.0 < 2.0
    sun, moon = bodies.sun(sky_site, mjd), bodies.moon(sky_site, mjd)
    assert np.abs(view.sun_altitude_deg - sun.alt_deg).max() * 3600.0 < 5.0
    assert np.abs(view.moon_altitude_deg - moon.alt_deg).max() * 3600.0 < 20.0
    assert np.abs(view.moon_lit - moon.illumination).max() < 1e-4
    distance = bodies.moon_distance_deg(sky_site, target.ra_deg, target.dec_deg, mjd)
    assert np.abs(view.moon_distance_deg(direction) - distance).max() < 0.01


def test_both_have_the_same_air() -> None:
    """P25."""
    for altitude in (1.0, 20.0, 45.0, 90.0):
        assert airmass(altitude) == pytest.approx(float(sky_airmass.airmass(altitude)))
    assert altitude_of_airmass(2.0) == pytest.approx(sky_airmass.altitude_of_airmass(2.0), abs=1e-6)


def test_a_target_with_proper_motion_is_where_it_has_moved_to() -> None:
    """P25: Barnard's star moves 10 arcsec a year."""
    still = Target(ra_deg=150.0, dec_deg=30.0)
    moving = Target(ra_deg=150.0, dec_deg=30.0, pm_dec_mas_yr=36_000.0)
    view = View(a_night())

    rise = view.direction(moving).dec_deg - view.direction(still).dec_deg

    assert rise == pytest.approx(0.01 * 26.2, abs=0.001)


def test_a_sky_covers_its_night() -> None:
    start = datetime(2026, 3, 21, 2, 0, tzinfo=UTC)

    sky = night_sky(Site(lat_deg=0.0, lon_deg=0.0), start, start + timedelta(hours=9))

    assert sky.table_s[-1] >= 32400.0
    assert np.allclose(np.linalg.norm(sky.moon, axis=1), 1.0)


def test_visibility_names_the_windows_of_each_constraint() -> None:
    """P25, P75: forms and plan share one truth on when something can be observed."""
    seen = visibility(a_night(a_request()))["1"]

    assert {"NIGHT", "ALTITUDE"} <= seen.windows.keys()
    assert len(seen.starts) == 1
    assert seen.best_altitude_deg > 80.0


def test_the_bench_finds_no_broken_rule() -> None:
    found = figures(sizes=(10,))

    assert found["full_10_violations"] == 0.0
    assert 0.0 < found["full_10_ratio"] <= 1.0
