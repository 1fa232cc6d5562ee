"""May a sequence be planned now; if not, why not."""

from __future__ import annotations

import pytest

from pyros.domain.admission import ChannelNow, admission
from pyros.domain.conditions import Conditions, Sky
from pyros.domain.programme import ProgrammeState
from pyros.domain.target import Constraints, MinSky
from pyros.domain.user import AccountState

UP = {"vis": ChannelNow(up=True, filters=frozenset({"g", "r"}))}


def codes(reasons):
    return [reason.code for reason in reasons]


@pytest.fixture
def sky(dusk):
    def build(sky, seeing=None):
        return Conditions(at=dusk, complete=True, safe=True, sky=sky, seeing_arcsec=seeing)

    return build


def test_a_sequence_that_minds_no_sky_is_admitted_under_any(a_sequence):
    """P51: unknown conditions exclude only who asks for something."""
    assert admission(a_sequence(), None, UP) == ()


@pytest.mark.parametrize(
    ("wanted", "is_now", "expected"),
    [
        (MinSky.CLEAR, Sky.PHOTOMETRIC, []),
        (MinSky.CLEAR, Sky.CLEAR, []),
        (MinSky.CLEAR, Sky.THIN, ["SKY"]),
        (MinSky.THIN, Sky.CLOUDY, ["SKY"]),
        (MinSky.PHOTOMETRIC, Sky.UNKNOWN, ["CONDITIONS_UNKNOWN"]),
        (MinSky.ANY, Sky.CLOUDY, []),
    ],
)
def test_the_sky_must_be_as_good_as_wanted(a_sequence, sky, wanted, is_now, expected):
    """P51: with a code and in words."""
    sequence = a_sequence(constraints=Constraints(min_sky=wanted))

    assert codes(admission(sequence, sky(is_now), UP)) == expected


@pytest.mark.parametrize(
    ("seeing", "expected"), [(None, ["CONDITIONS_UNKNOWN"]), (2.5, ["SEEING"]), (1.5, [])]
)
def test_the_seeing_must_be_as_good_as_wanted(a_sequence, sky, seeing, expected):
    """P51: the reason has the numbers."""
    sequence = a_sequence(constraints=Constraints(max_seeing_arcsec=2.0))

    assert codes(admission(sequence, sky(Sky.CLEAR, seeing), UP)) == expected


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ({}, ["CHANNEL_DOWN"]),
        ({"vis": ChannelNow(up=False)}, ["CHANNEL_DOWN"]),
        ({"vis": ChannelNow(up=True, filters=frozenset({"g"}))}, ["FILTER_ABSENT"]),
    ],
)
def test_its_channels_and_filters_must_be_there(a_sequence, channels, expected):
    """P05, P16: one that config no longer has makes a sequence unplannable, never an error."""
    assert codes(admission(a_sequence(), None, channels)) == expected


def test_every_reason_is_given_at_once(a_sequence):
    """P25: programme closed, owner suspended, channel down."""
    reasons = admission(
        a_sequence(), None, {}, programme=ProgrammeState.CLOSED, owner=AccountState.SUSPENDED
    )

    assert codes(reasons) == ["PROGRAMME_CLOSED", "OWNER_SUSPENDED", "CHANNEL_DOWN"]
