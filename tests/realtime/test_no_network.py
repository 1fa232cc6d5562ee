"""A house without any network, half a year after its tables were made."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta

import pytest

from pyros.kernel.clock import SystemClock

pytestmark = pytest.mark.realtime

ALONE = ("unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "-")
"""Runs a command with loopback and no other network."""
AHEAD = timedelta(days=200)
A_TRY = r"download|urlopen|name resolution|getaddrinfo|unreachable|https?://(?!localhost)"
"""What those say that try to leave the machine."""


def test_without_any_network_and_half_a_year_ahead_it_observes(process, config):
    """B1, B2: no route, no download; tables that may have ended are never a refusal."""
    tried = subprocess.run([*ALONE, "true"], capture_output=True, check=False)
    if shutil.which("ip") is None or tried.returncode != 0:
        pytest.skip("network namespaces cannot be made here")
    late = (SystemClock().utc() + AHEAD).replace(hour=6, minute=0)
    process.config = config(("start: dusk", f"start: {late:%Y-%m-%dT%H:%M:00Z}"))
    process.prefix = ALONE

    process.start().wait_for(f"now {late:%Y-%m-%d 06:}")
    process.until(lambda: any(process.data.glob("**/L0/*.fits")))

    assert process.stop() == 0
    assert "Traceback" not in process.said
    assert re.search(A_TRY, process.said, re.IGNORECASE) is None, process.said
