from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from astropy.coordinates import AltAz, EarthLocation, get_sun
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from pyros.sky.night import SUNSET_DEG, night_of, noon_before, twilight_deg
from pyros.sky.site import Site
from pyros.sky.times import mjd_of

SPM = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2800.0)
SVALBARD = Site(lat_deg=78.0, lon_deg=15.0)


def _astropy_sun_altitude(site: Site, mjd: np.ndarray) -> np.ndarray:
    place = EarthLocation.from_geodetic(site.lon_deg, site.lat_deg, site.height_m)
    at = Time(mjd, format="mjd")
    return get_sun(at).transform_to(AltAz(obstime=at, location=place)).alt.deg


@pytest.mark.parametrize("twilight", ["civil", "nautical", "astronomical", -9.5])
def test_twilights_agree_with_astropy_to_two_seconds(site: Site, twilight: str | float) -> None:
    """P24: twilight kind from the configuration, over a year, at four latitudes."""
    depth = twilight_deg(twilight)
    instants, limits = [], []
    for day in range(0, 365, 31):
        night = night_of(site, datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=day), twilight)
        for instant, limit in (
            (night.start, depth),
            (night.end, depth),
            (night.sunset, SUNSET_DEG),
            (night.sunrise, SUNSET_DEG),
            (night.alert_start, -12.0),
            (night.alert_end, -12.0),
        ):
            if instant is not None and instant not in (night.noon_start, night.noon_end):
                instants.append(mjd_of(instant))
                limits.append(limit)
    mjd, limit = np.array(instants), np.array(limits)
    two_s = 2.0 / 86400.0

    before = _astropy_sun_altitude(site, mjd - two_s) - limit
    after = _astropy_sun_altitude(site, mjd + two_s) - limit

    assert mjd.size > 20
    assert np.all(np.sign(before) != np.sign(after))


def test_a_night_has_the_date_of_its_evening_at_the_site() -> None:
    """P24: 05:00 UTC on the 21st is the evening of the 20th in California."""
    night = night_of(SPM, datetime(2026, 3, 21, 5, 0, tzinfo=UTC))

    assert night.date == date(2026, 3, 20)
    assert night.why == ""
    assert night.sunset < night.alert_start < night.start < night.end
    assert night.end < night.alert_end < night.sunrise


@given(st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)), st.floats(-180.0, 180.0))  # noqa: DTZ001
def test_every_instant_lies_in_exactly_one_night(at: datetime, lon_deg: float) -> None:
    """P24: noon to noon, without gap or overlap."""
    site, instant = Site(lat_deg=31.0, lon_deg=lon_deg), at.replace(tzinfo=UTC)
    noon = noon_before(site, instant)

    assert noon <= instant < noon + timedelta(days=1)
    assert noon_before(site, noon) == noon
    assert noon_before(site, noon - timedelta(microseconds=1)) == noon - timedelta(days=1)


def test_each_instant_of_a_night_gives_the_same_limits() -> None:
    """P24: computed anew they would still be the same; who asks when does not matter."""
    nights = {night_of(SPM, datetime(2026, 3, 21, hour, tzinfo=UTC)) for hour in range(19)}

    assert len(nights) == 1


def test_a_polar_day_has_no_night_and_says_why() -> None:
    """P21, P24: no night is no error."""
    night = night_of(SVALBARD, datetime(2026, 6, 21, 5, 0, tzinfo=UTC))

    assert (night.start, night.end, night.alert_start, night.sunset) == (None, None, None, None)
    assert "does not go below -18 deg" in night.why
    assert "lowest 11.4 deg at 23:00" in night.why


def test_a_polar_night_lasts_from_noon_to_noon() -> None:
    """P21, P24."""
    site = Site(lat_deg=88.0, lon_deg=15.0)

    night = night_of(site, datetime(2026, 12, 21, 5, 0, tzinfo=UTC), "astronomical")

    assert (night.start, night.end) == (night.noon_start, night.noon_end)
    assert night.sunset is None


def test_an_unknown_twilight_names_the_known_ones() -> None:
    """P24."""
    with pytest.raises(ValueError, match="civil, nautical, astronomical"):
        twilight_deg("dark")
