"""Seconds of telescope time."""

from __future__ import annotations

import pytest

from pyros.domain.estimate import ChannelTimings, Timings, exposures, total_s
from pyros.domain.request import Album, Dither, DitherPattern, Plan

TIMINGS = Timings(
    setup_s=30.0,
    channels={
        "vis": ChannelTimings(readout_s=2.0, filter_s=5.0),
        "nir": ChannelTimings(readout_s=1.0, dither_s=4.0),
    },
)
VIS = Album(
    channel="vis",
    plans=(
        Plan(exposure_s=10.0, count=3, filter="g"),
        Plan(exposure_s=20.0, count=2, filter="r"),
        Plan(exposure_s=20.0, count=1, filter="r"),
    ),
)
DITHERED = Plan(
    exposure_s=9.0, count=10, dither=Dither(pattern=DitherPattern.BOX, step_arcsec=5, every_n=2)
)


def test_an_estimate_is_set_up_and_the_longest_album(a_sequence):
    """P28: albums run side by side, so the longest counts: 3 x 12 + 3 x 22 + one change."""
    nir = Album(channel="nir", plans=(DITHERED,))

    assert total_s(a_sequence(albums=(VIS,)), TIMINGS) == pytest.approx(30 + 36 + 66 + 5)
    assert total_s(a_sequence(albums=(nir,)), TIMINGS) == pytest.approx(30 + 10 * (9 + 1 + 2))
    both = a_sequence(albums=(VIS, nir))
    assert total_s(both, TIMINGS) == pytest.approx(30 + 120)
    assert exposures(both) == 16


def test_a_channel_without_timings_takes_the_usual_ones(a_sequence):
    """P05: an unknown channel is no error."""
    assert total_s(a_sequence(albums=(VIS,)), Timings()) == pytest.approx(30 + 36 + 66 + 5)
