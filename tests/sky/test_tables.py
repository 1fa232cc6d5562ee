from __future__ import annotations

import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from astropy.time import Time

from pyros.sky import tables
from pyros.sky.night import night_of
from pyros.sky.site import Site

SITE = Site(lat_deg=31.0, lon_deg=-115.0)


def test_ut1_agrees_with_astropy_on_the_same_table() -> None:
    """B2: the table on disk, read by our own hand."""
    mjd = 60000.0 + np.linspace(0.0, 1000.0, 50)

    ours = tables.dut1_s(mjd)

    assert ours == pytest.approx(Time(mjd, format="mjd").delta_ut1_utc, abs=0.002)


def test_a_clock_far_ahead_of_the_tables_is_warned_and_never_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """B2: IERS and leap seconds never downloaded, never refused: warned."""
    late = max(tables.earth_rotation().until, tables.leap_seconds().until) + timedelta(days=200)

    with caplog.at_level(logging.WARNING):
        tables.warn_if_stale(late)
    night = night_of(SITE, late)

    assert len(caplog.records) == 2
    assert "update the package astropy-iers-data" in caplog.text
    assert night.start is not None


def test_tables_that_hold_say_nothing() -> None:
    """B2."""
    assert tables.stale(datetime(2026, 3, 21, tzinfo=UTC)) == ()


def test_the_sky_loads_no_astropy_and_opens_no_socket() -> None:
    """B1, B2: `import pyros.sky` is small and asks nobody."""
    script = (
        "import socket, sys\n"
        "def no(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = no\n"
        "from datetime import datetime, UTC\n"
        "from pyros.sky import night, site, bodies, coords\n"
        "night.night_of(site.Site(lat_deg=1.0, lon_deg=2.0), datetime(2030, 1, 1, tzinfo=UTC))\n"
        "print([m for m in sys.modules if m.split('.')[0] == 'astropy'])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False, text=True
    )

    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
