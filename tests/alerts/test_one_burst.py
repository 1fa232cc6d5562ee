"""One alert for one burst, whatever the order in which its packets come."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyros.domain.alert import Notice, Origin, Position
from pyros.domain.burst import (
    Sighting,
    best_notice,
    burst_time,
    contradict,
    same_burst,
    separation_deg,
    sighting_of,
)

T0 = datetime(2026, 3, 21, 4, 0, 0, tzinfo=UTC)
MADE_UP = 200
"""So many shuffles stand for all orders where there are too many of them."""


def _sighting(
    family: str,
    *,
    after_s: float = 0.0,
    place: tuple[float, float, float] | None = None,
    event: str = "1",
    origin: Origin = Origin.TRIGGER,
) -> Sighting:
    position = None
    if place is not None:
        ra_deg, dec_deg, r68_deg = place
        position = Position(
            ra_deg=ra_deg,
            dec_deg=dec_deg,
            r68_deg=r68_deg,
            r90_deg=1.42 * r68_deg,
            systematic_deg=3.7 if family in {"Fermi-GBM", "GECAM"} else 0.0,
        )
    return Sighting(
        member=(family, event),
        burst_at=T0 + timedelta(seconds=after_s),
        origin=origin,
        position=position,
    )


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (_sighting("SVOM"), _sighting("Fermi-GBM", after_s=30.0)),
        (
            _sighting("SVOM", place=(10.0, 0.0, 0.05)),
            _sighting("Fermi-GBM", after_s=0.1, place=(10.0, 29.0, 1.0)),
        ),
        (
            _sighting("Swift", place=(10.0, 0.0, 0.04)),
            _sighting("Fermi-GBM", after_s=141.7, place=(10.0, 4.9, 2.57)),
        ),
    ],
    ids=["time alone", "within 30 deg", "later, within 3 sigma"],
)
def test_what_is_one_burst(a: Sighting, b: Sighting) -> None:
    """P40."""
    assert same_burst(a, b) is not None
    assert same_burst(b, a) is not None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (_sighting("SVOM", place=(10.0, 0.0, 0.05)), _sighting("Fermi-GBM", after_s=31.0)),
        (
            _sighting("SVOM", place=(10.0, 0.0, 0.05)),
            _sighting("Fermi-GBM", after_s=300.5, place=(10.0, 0.0, 1.0)),
        ),
        (
            _sighting("SVOM", place=(10.0, 0.0, 0.05)),
            _sighting("Swift", after_s=5.0, place=(10.0, 10.0, 0.04)),
        ),
        (
            _sighting("Fermi-GBM", place=(10.0, 0.0, 1.0)),
            _sighting("Swift", after_s=25.0, place=(10.0, 31.0, 0.04)),
        ),
        (
            _sighting("Fermi-GBM", place=(10.0, 0.0, 1.0)),
            _sighting("Fermi-GBM", after_s=60.0, place=(10.0, 0.0, 1.0), event="2"),
        ),
        (
            _sighting("SVOM", origin=Origin.DATA),
            _sighting("Fermi-GBM"),
        ),
        (_sighting("IceCube"), _sighting("Fermi-GBM")),
    ],
    ids=["31 s", "300.5 s", "10 deg", "31 deg", "two of one family", "data time", "no burst"],
)
def test_what_is_not_one_burst(a: Sighting, b: Sighting) -> None:
    """P40."""
    assert same_burst(a, b) is None
    assert same_burst(b, a) is None


_PLACES = st.none() | st.tuples(
    st.floats(0.0, 359.9), st.floats(-90.0, 90.0), st.floats(0.01, 20.0)
)
_SIGHTINGS = st.builds(
    _sighting,
    st.sampled_from(["SVOM", "Swift", "Fermi-GBM", "GECAM", "EP"]),
    after_s=st.floats(-400.0, 400.0),
    place=_PLACES,
)


@given(_SIGHTINGS, _SIGHTINGS)
def test_the_rule_is_the_same_from_both_sides(a: Sighting, b: Sighting) -> None:
    """P40."""
    assert (same_burst(a, b) is None) == (same_burst(b, a) is None)
    assert contradict(a, b) == contradict(b, a)
    assert not (contradict(a, b) and same_burst(a, b) is not None)


@given(st.floats(0.0, 359.9), st.floats(-90.0, 90.0), st.floats(0.0, 359.9), st.floats(-90.0, 90.0))
def test_a_distance_is_symmetric_and_at_most_half_a_turn(
    ra_a: float, dec_a: float, ra_b: float, dec_b: float
) -> None:
    """P40."""
    a = Position(ra_deg=ra_a, dec_deg=dec_a, r68_deg=1.0, r90_deg=1.42)
    b = Position(ra_deg=ra_b, dec_deg=dec_b, r68_deg=1.0, r90_deg=1.42)

    assert 0.0 <= separation_deg(a, b) <= 180.0
    assert separation_deg(a, b) == pytest.approx(separation_deg(b, a), abs=1e-9)
    assert separation_deg(a, a) == 0.0


def _rows(manifest, group: str) -> list:
    return [row for row in manifest if row["grb_group"] == group]


@pytest.mark.parametrize("pair", ["D1", "D12", "D13", "D14", "D11"])
def test_real_bursts_seen_twice_are_joined(manifest, notice_of, pair: str) -> None:
    """P40: SVOM and Fermi, Swift and CALET, Swift and Fermi 142 s apart, Swift and GECAM, LAT."""
    notices = [notice_of(row) for row in _rows(manifest, pair)]
    burst = [one for one in notices if one.nature == "burst" and not one.no_burst_marks]
    sides = _sides(burst)

    assert len(sides) == 2
    assert same_burst(*sides) is not None


def test_the_flight_alert_of_d13_is_not_yet_joined(manifest, notice_of) -> None:
    """P40: 142 s apart needs two positions."""
    notices = [notice_of(row) for row in _rows(manifest, "D13")]
    early = [one for one in notices if one.kind != "GBM_FIN_POS"]

    assert same_burst(*_sides(early)) is None


def _sides(notices: list[Notice]) -> list[Sighting]:
    members = sorted({(one.family, one.event_id) for one in notices})
    return [
        sighting_of(member, [one for one in notices if (one.family, one.event_id) == member])
        for member in members
    ]


def test_near_in_time_and_far_on_the_sky_are_two(manifest, notice_of, new_chain, packets) -> None:
    """P40: D15 is a known source, D16 a burst 91 s earlier and 102 deg away."""
    chain = new_chain()
    for row in (*_rows(manifest, "D15"), *_rows(manifest, "D16")):
        chain.hear((packets / "dev" / row["file"]).read_bytes())

    assert [alert.members for alert in chain.alerts()] == [(("Fermi-GBM", "722132593"),)]


@pytest.mark.parametrize("group", ["D1", "D2", "D3", "D7", "D12", "D13"])
def test_every_order_of_packets_ends_alike(
    manifest, packets, new_chain: Callable, group: str
) -> None:
    """P39, P40: members, time of the burst, position and state do not depend on the order."""
    rows = _rows(manifest, group)
    payloads = [(packets / "dev" / row["file"]).read_bytes() for row in rows]
    last = max(_written(row) for row in rows)
    orders = list(islice(permutations(range(len(payloads))), 5041))
    chance = random.Random(1)  # noqa: S311
    if len(orders) > MADE_UP:
        orders = [chance.sample(range(len(payloads)), len(payloads)) for _ in range(MADE_UP)]

    endings = set()
    for order in orders:
        chain = new_chain()
        for index in order:
            chain.hear(payloads[index], at=last)
        endings.add(
            tuple(
                sorted(
                    (
                        alert.members,
                        alert.withdrawn,
                        alert.burst_at,
                        alert.burst_origin,
                        alert.ra_deg,
                        alert.dec_deg,
                        alert.state,
                    )
                    for alert in chain.alerts()
                )
            )
        )

    assert len(endings) == 1


def _written(row) -> datetime:
    return datetime.fromisoformat(row["notice_time_utc"]).astimezone(UTC)


def test_in_d3_the_coded_mask_keeps_its_place(manifest, notice_of) -> None:
    """P39: an MXT position outside of the ECLAIRs circle is doubtful."""
    notices = [notice_of(row) for row in _rows(manifest, "D3")]

    assert best_notice(notices).instrument == "ECLAIRs"


def test_in_d1_the_x_ray_position_counts(manifest, notice_of) -> None:
    """P39: not the smallest radius, the best stage; the flight position comes last and loses."""
    notices = [notice_of(row) for row in _rows(manifest, "D1")]
    gbm = [one for one in notices if one.family == "Fermi-GBM"]

    assert best_notice(notices).instrument == "MXT"
    assert best_notice(gbm).kind == "GBM_FIN_POS"
    assert best_notice([one for one in gbm if one.kind != "GBM_FIN_POS"]).kind == "GBM_GND_POS"


def test_the_quick_look_is_not_the_time_of_the_burst(manifest, notice_of) -> None:
    """P40: of the best origin the earliest counts: CALET's trigger, not Swift's quick look."""
    notices = [notice_of(row) for row in _rows(manifest, "D12")]
    at, origin = burst_time([one for one in notices if one.nature == "burst"])

    assert origin is Origin.TRIGGER
    assert at == datetime(2020, 1, 31, 22, 41, 11, 290000, tzinfo=UTC)


def test_independent_triggers_of_a_year_are_hardly_ever_joined() -> None:
    """P40: fewer than 1 in 100 by chance (300 of each of three satellites)."""
    chance = random.Random(42)  # noqa: S311
    year_s = 365.25 * 86400.0

    def triggers(family: str, r68_deg: float) -> list[Sighting]:
        return [
            _sighting(
                family,
                after_s=chance.uniform(0.0, year_s),
                place=(chance.uniform(0.0, 360.0), chance.uniform(-90.0, 90.0), r68_deg),
                event=str(number),
            )
            for number in range(300)
        ]

    swift, gbm, svom = (
        triggers("Swift", 0.04),
        triggers("Fermi-GBM", 3.0),
        triggers("SVOM", 0.06),
    )
    pairs = [(a, b) for a in swift for b in (*gbm, *svom)] + [(a, b) for a in gbm for b in svom]
    joined = sum(same_burst(a, b) is not None for a, b in pairs)

    assert joined < 0.01 * 900
