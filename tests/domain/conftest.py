"""Builders of requests for the tests of the domain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pyros.domain.request import Album, Plan, Request, Sequence
from pyros.domain.target import FixedTarget

DUSK = datetime(2026, 11, 25, 19, 0, tzinfo=UTC)


def make_sequence(**changes):
    columns = {
        "name": "field",
        "target": FixedTarget(ra_deg=83.6, dec_deg=22.0),
        "albums": (Album(channel="vis", plans=(Plan(exposure_s=60.0, count=5, filter="r"),)),),
        "window_start": DUSK,
        "window_end": DUSK + timedelta(days=1),
    }
    return Sequence(**{**columns, **changes})


@pytest.fixture
def dusk():
    return DUSK


@pytest.fixture
def a_sequence():
    return make_sequence


@pytest.fixture
def a_request():
    def build(**changes):
        columns = {
            "short_name": "Crab",
            "owner": "ada@x.org",
            "programme": "survey",
            "sequences": (make_sequence(),),
        }
        return Request(**{**columns, **changes})

    return build
