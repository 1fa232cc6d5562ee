"""How fast the sky is: figures for `pyros bench sky`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

import numpy as np

from pyros.sky.bodies import moon, sun_altitude
from pyros.sky.coords import altaz
from pyros.sky.night import night_of
from pyros.sky.site import Site
from pyros.sky.times import mjd_of

SITE = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2800.0)
AT = datetime(2026, 3, 21, 6, 0, tzinfo=UTC)
AT_MOST = {"altaz_single_ms": 1.0, "sun_altitude_single_ms": 1.0, "moon_single_ms": 1.0}


def figures() -> dict[str, float]:
    """Return milliseconds of each task, the best of five runs on this machine."""
    rng = np.random.default_rng(20260321)
    ra_deg, dec_deg = rng.uniform(0.0, 360.0, 1000), rng.uniform(-60.0, 80.0, 1000)
    times = mjd_of(AT) + np.arange(600) / 1440.0
    return {
        "altaz_single_ms": _ms(lambda: altaz(SITE, 10.0, 20.0, AT)),
        "altaz_100x600_ms": _ms(lambda: altaz(SITE, ra_deg[:100], dec_deg[:100], times)),
        "altaz_1000x600_ms": _ms(lambda: altaz(SITE, ra_deg, dec_deg, times)),
        "sun_altitude_single_ms": _ms(lambda: sun_altitude(SITE, AT)),
        "moon_single_ms": _ms(lambda: moon(SITE, AT)),
        "night_ms": _ms(lambda: night_of(SITE, AT)),
    }


def _ms(task: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        begun = perf_counter()
        task()
        best = min(best, perf_counter() - begun)
    return round(best * 1e3, 3)
