"""Faults drawn by a seed."""

from __future__ import annotations

from collections import Counter

from pyros.cli.faults.strokes import AMOUNTS, AT_ACTORS, AT_BOXES, AT_PORTS, PLAN, Harm, draw

ACTORS = ("/night/majordome", "/devices/unit-dome/dome", PLAN)
DEVICES = ("/devices/unit-dome/dome",)
SPAN_S = 3600.0


def drawn(count: int = 1000, seed: int = 1):
    return draw(count, seed=seed, span_s=SPAN_S, actors=ACTORS, devices=DEVICES)


def test_the_same_seed_draws_the_same_faults_and_another_others() -> None:
    """S96."""
    assert drawn() == drawn()
    assert drawn() != drawn(seed=2)


def test_every_kind_of_fault_is_drawn_and_the_rare_ones_seldom() -> None:
    kinds = Counter(one.harm for one in drawn())

    assert set(kinds) == set(Harm)
    assert kinds[Harm.RAIN] < kinds[Harm.KILL]


def test_a_fault_meets_whom_it_can_meet_within_the_span() -> None:
    for number, one in enumerate(drawn(), start=1):
        targets = ACTORS if one.harm in AT_ACTORS else DEVICES
        aimed = one.harm in {*AT_ACTORS, *AT_PORTS, *AT_BOXES}
        least, most = AMOUNTS.get(one.harm, (0.0, 0.0))
        assert one.number == number
        assert one.target in (targets if aimed else ("",))
        assert 0.0 <= one.at_s <= SPAN_S
        assert least <= one.amount_s <= most
    times = [one.at_s for one in drawn()]
    assert times == sorted(times)
