"""The sky of a night for the planning library, from the sky that the pages show."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from pyros.scheduling.instants import elapsed_s
from pyros.scheduling.model import NightSky
from pyros.sky.bodies import moon_illumination, moon_vectors, sun_vectors
from pyros.sky.frame import SIDEREAL_RAD_DAY, Floats, frame_at
from pyros.sky.site import Site
from pyros.sky.times import DAY_S, mjd_of

TABLE_S = 600.0


def night_sky(site: Site, start: datetime, end: datetime) -> NightSky:
    """Return the sky from `start` to `end`: altitudes as `pyros.sky` gives them, to 1 arcsec."""
    length_s = elapsed_s(start, end)
    table_s = np.arange(0.0, length_s + 2 * TABLE_S, TABLE_S)
    first = mjd_of(start)
    mjd = first + table_s / DAY_S
    frame = frame_at(first + length_s / 2.0 / DAY_S)
    theta0 = float(frame.sidereal_rad(np.array(first))) + np.radians(site.lon_deg)
    return NightSky(
        t0=start,
        theta0_rad=float(theta0 % (2.0 * np.pi)),
        theta_rate_rad_s=SIDEREAL_RAD_DAY / DAY_S,
        bpn=frame.bpn,
        beta=frame.beta,
        table_s=table_s,
        sun=_unit(sun_vectors(site, mjd)),
        moon=_unit(moon_vectors(site, mjd)),
        moon_lit=moon_illumination(site, mjd),
    )


def _unit(vectors: Floats) -> Floats:
    normed: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return normed
