from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.sky.airmass import airmass, altitude_of_airmass


@pytest.mark.parametrize(
    ("altitude_deg", "mass"), [(90.0, 1.0), (60.0, 1.1539), (30.0, 1.9943), (10.0, 5.5841)]
)
def test_air_mass_is_that_of_the_published_table(altitude_deg: float, mass: float) -> None:
    """P25: Kasten and Young (1989), table II."""
    assert float(airmass(altitude_deg)) == pytest.approx(mass, abs=0.002)


def test_air_mass_at_and_below_the_horizon() -> None:
    assert float(airmass(0.0)) == pytest.approx(37.92, abs=0.01)
    assert np.isinf(airmass(-0.1))
    assert np.isnan(airmass(np.nan))


def test_an_altitude_above_the_zenith_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 90"):
        airmass(91.0)


@given(st.floats(1.0, 37.0))
def test_a_limit_in_air_mass_is_the_altitude_with_that_air_mass(mass: float) -> None:
    """P25: AIRMASS limits are turned once into an altitude."""
    assert float(airmass(altitude_of_airmass(mass))) == pytest.approx(mass, rel=1e-6, abs=1e-4)
