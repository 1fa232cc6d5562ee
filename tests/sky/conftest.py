"""Sites at four latitudes, and astropy as the judge, without network."""

from __future__ import annotations

import pytest

from pyros.sky.site import Site
from pyros.sky.tables import forbid_downloads

forbid_downloads()


@pytest.fixture(params=[0.0, 31.0, -45.0, 78.0])
def site(request: pytest.FixtureRequest) -> Site:
    return Site(lat_deg=request.param, lon_deg=-115.4637, height_m=2800.0)
