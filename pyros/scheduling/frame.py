"""The sky of one night, made with ERFA, where the caller brings none.

Source: P. Wallace and N. Capitaine, A&A 459, 981 (2006); ERFA's epv00 and moon98.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import erfa
import numpy as np

from pyros.scheduling.instants import elapsed_s, tai_utc_s
from pyros.scheduling.model import Floats, NightSky, Site

MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
MJD_ZERO_JD = 2400000.5
DAY_S = 86400.0
AU_M = 149597870700.0
LIGHT_AU_DAY = 173.1446326846693
MOON_LIGHT_S = 1.28
SIDEREAL_RAD_S = 2.0 * math.pi * 1.00273781191135448 / DAY_S
TABLE_S = 600.0


def night_sky(site: Site, start: datetime, end: datetime, *, dut1_s: float = 0.0) -> NightSky:
    """Return the sky from `start` to `end`, good to 1 arcsec where dut1_s is right."""
    length_s = elapsed_s(start, end)
    table_s = np.arange(0.0, length_s + 2 * TABLE_S, TABLE_S)
    days = (start - MJD_ZERO) / timedelta(days=1)
    tt = days + (tai_utc_s(start) + 32.184) / DAY_S
    middle_s = length_s / 2.0
    tt_middle = tt + middle_s / DAY_S
    ut1_middle = days + (dut1_s + middle_s) / DAY_S
    bpn = np.asarray(erfa.pnm06a(MJD_ZERO_JD, tt_middle))
    _, velocity = erfa.epv00(MJD_ZERO_JD, tt_middle)
    gast = float(erfa.gst06a(MJD_ZERO_JD, ut1_middle, MJD_ZERO_JD, tt_middle))
    theta0 = gast + math.radians(site.lon_deg) - SIDEREAL_RAD_S * middle_s
    observer = _observer(site, bpn, theta0 + SIDEREAL_RAD_S * table_s)
    sun, moon = _sun(tt + table_s / DAY_S) - observer, _moon(tt + table_s / DAY_S) - observer
    return NightSky(
        t0=start,
        theta0_rad=theta0 % (2.0 * math.pi),
        theta_rate_rad_s=SIDEREAL_RAD_S,
        bpn=bpn,
        beta=np.asarray(velocity["v"]) / LIGHT_AU_DAY,
        table_s=table_s,
        sun=_unit(sun),
        moon=_unit(moon),
        moon_lit=(1.0 + np.sum(_unit(sun - moon) * _unit(-moon), axis=-1)) / 2.0,
    )


def _observer(site: Site, bpn: Floats, theta: Floats) -> Floats:
    """Return the site from the centre of the Earth, AU, ICRS axes, at local sidereal angles."""
    metres = erfa.gd2gc(1, 0.0, math.radians(site.lat_deg), site.height_m)
    x, _, z = np.asarray(metres) / AU_M
    of_date = np.stack([x * np.cos(theta), x * np.sin(theta), np.full_like(theta, z)], axis=-1)
    turned: Floats = of_date @ bpn
    return turned


def _sun(tt: Floats) -> Floats:
    helio, bary = erfa.epv00(MJD_ZERO_JD, tt)
    place = -np.asarray(helio["p"])
    distance = np.linalg.norm(place, axis=-1, keepdims=True)
    seen: Floats = place + distance * np.asarray(bary["v"]) / LIGHT_AU_DAY
    return seen


def _moon(tt: Floats) -> Floats:
    place: Floats = np.asarray(erfa.moon98(MJD_ZERO_JD, tt - MOON_LIGHT_S / DAY_S)["p"])
    return place


def _unit(vectors: Floats) -> Floats:
    normed: Floats = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return normed
