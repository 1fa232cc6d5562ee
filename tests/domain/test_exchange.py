"""A request to and from a document."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pyros.domain.devices.orders import Frame
from pyros.domain.exchange import BadDocument, from_map, instant, to_map
from pyros.domain.request import Album, Dither, DitherPattern, Plan, Request, Sequence
from pyros.domain.target import Constraints, FixedTarget, MinSky

DUSK = datetime(2026, 11, 25, 19, 0, tzinfo=UTC)
NAMES = st.text("abcXYZ 0123-", min_size=1, max_size=20)
SECONDS = st.floats(0.001, 1e4, allow_nan=False)
MAYBE = st.none() | st.floats(0.0, 90.0)
PLANS = st.builds(
    Plan,
    exposure_s=SECONDS,
    count=st.integers(1, 500),
    filter=st.sampled_from(["", "g", "r"]),
    frame=st.sampled_from(Frame),
    dither=st.builds(
        Dither,
        pattern=st.sampled_from(DitherPattern),
        step_arcsec=st.floats(0, 100),
        every_n=st.integers(1, 9),
    ),
    binning_x=st.integers(1, 4),
    readout=st.just({}) | st.just({"gain": 2}),
    bin_from_s=MAYBE,
    bin_until_s=MAYBE,
)
SEQUENCES = st.builds(
    Sequence,
    name=NAMES,
    target=st.builds(
        FixedTarget,
        ra_deg=st.floats(0, 359.9),
        dec_deg=st.floats(-90, 90),
        pm_ra_mas_yr=st.floats(-10, 10),
    ),
    albums=st.lists(
        st.builds(
            Album,
            channel=st.sampled_from(["vis", "nir"]),
            plans=st.lists(PLANS, max_size=3).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    window_start=st.integers(0, 10**7).map(lambda s: DUSK + timedelta(seconds=s)),
    window_end=st.integers(10**7, 10**8).map(lambda s: DUSK + timedelta(seconds=s)),
    preferred_at=st.none() | st.just(DUSK),
    priority=st.integers(1, 99),
    constraints=st.builds(
        Constraints, min_altitude_deg=MAYBE, max_airmass=MAYBE, min_sky=st.sampled_from(MinSky)
    ),
    carry_over_nights=st.integers(0, 30),
)


def numbered(sequences):
    return tuple(replace(one, position=n) for n, one in enumerate(sequences))


@given(
    st.builds(
        Request,
        short_name=NAMES,
        owner=st.just("ada@x.org"),
        programme=NAMES,
        description=NAMES,
        sequences=st.lists(SEQUENCES, min_size=1, max_size=3).map(numbered),
    )
)
def test_a_request_comes_in_again_as_it_went_out(request_):
    """P82: import and export are each other's inverse, through YAML too."""
    document = to_map(request_)

    assert from_map(document, owner="ada@x.org") == request_
    assert "id" not in str(document)


def test_the_shipped_examples_are_requests():
    """P82: every document beside the default configuration comes in."""
    folder = Path(__file__).resolve().parents[2] / "config" / "examples"
    files = sorted(folder.glob("*.yaml"))

    found = [
        from_map(
            YAML(typ="safe").load(file.read_text(encoding="utf-8")),
            owner="ada@x.org",
            window=(DUSK, DUSK + timedelta(days=14)),
        )
        for file in files
    ]

    assert len(found) >= 12
    assert len({(one.programme, one.short_name) for one in found}) == len(found)


def test_every_problem_of_a_document_is_named_at_its_field():
    """P75: all problems at once, by field, each with what would be right."""
    document = {
        "short_name": True,
        "colour": "red",
        "sequences": [
            {
                "name": "a",
                "target": {"ra_deg": "12:00"},
                "priority": 1.5,
                "constraints": {"min_sky": "BLUE"},
                "albums": [
                    {"channel": 3, "plans": [{"count": 2, "dither": {"pattern": "ZIGZAG"}}]}
                ],
            }
        ],
    }

    with pytest.raises(BadDocument) as wrong:
        from_map(document, owner="ada@x.org")

    assert {problem.field for problem in wrong.value.problems} == {
        "colour",
        "short_name",
        "programme",
        "sequences.0.window_start",
        "sequences.0.window_end",
        "sequences.0.target.ra_deg",
        "sequences.0.target.dec_deg",
        "sequences.0.priority",
        "sequences.0.constraints.min_sky",
        "sequences.0.albums.0.channel",
        "sequences.0.albums.0.plans.0.exposure_s",
        "sequences.0.albums.0.plans.0.dither.pattern",
    }
    assert "allowed is short_name, programme, description, sequences" in str(wrong.value)


@pytest.mark.parametrize("document", [None, "text", [], {}, {"sequences": 3}, {"sequences": []}])
def test_what_is_no_request_is_refused_and_never_an_error_of_ours(document):
    """P75: a document of any shape is answered with problems."""
    with pytest.raises(BadDocument):
        from_map(document, owner="ada@x.org")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "target", "sequences", "albums", "plans", "ra_deg", "priority"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["short_name", "programme", "sequences", "x"]), JSON))
def test_no_document_breaks_the_reader(document):
    """P04, P75: garbage is refused with problems."""
    with suppress(BadDocument):
        from_map(document, owner="ada@x.org")


@pytest.mark.parametrize(
    "held",
    [
        2461370.25,
        "2026-11-25T18:00:00Z",
        "2026-11-25T19:00:00+01:00",
        datetime(2026, 11, 25, 18),  # noqa: DTZ001  as a YAML reader gives it
    ],
)
def test_an_instant_is_written_as_julian_date_or_as_calendar_date(held):
    """P77: both mean the same."""
    assert instant(held) == datetime(2026, 11, 25, 18, tzinfo=UTC)


@pytest.mark.parametrize("held", [12.0, "tomorrow", True, None, [], 1e9])
def test_what_is_no_instant_is_refused(held):
    """P77: with what would be right."""
    with pytest.raises(ValueError, match=r"such as 2"):
        instant(held)
