"""The routine requests that a rehearsal begins with."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from pyros.actors.alerts.strategy import strategy_of
from pyros.config.devices import FilterWheel
from pyros.config.document import read
from pyros.config.load import load
from pyros.config.model import Config
from pyros.domain.exchange import from_map, to_map
from pyros.domain.request import Request

CONFIG = Path(__file__).resolve().parents[2] / "config"
WINDOW = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 15, tzinfo=UTC))
EXAMPLES = sorted((CONFIG / "examples").glob("*.yaml"))


def filters(house: Config, channel: str) -> tuple[str, ...]:
    wheel = house.devices.get(house.channels[channel].wheel or "")
    return tuple(one.name for one in wheel.filters) if isinstance(wheel, FilterWheel) else ()


def requested(document: object) -> Request:
    return from_map(document, owner="ada@example.org", window=WINDOW)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_asks_for_what_the_shipped_house_has(file: Path) -> None:
    """P82: it is read by the exchange format, and comes out as it went in."""
    request = requested(read(file).data)

    house = load(CONFIG / "simulation.yaml")
    assert request.programme in {programme.code for programme in house.programmes}
    for album in [album for one in request.sequences for album in one.albums]:
        channel = house.channels[album.channel]
        mounted = set(filters(house, album.channel)) or {""}
        assert {plan.filter for plan in album.plans} <= mounted
        assert all(plan.exposure_s <= channel.max_exposure_s for plan in album.plans)
    assert requested(to_map(request)) == request


def test_some_example_is_up_at_any_hour_of_any_night() -> None:
    """No six hours of right ascension are empty."""
    hours = sorted(
        sequence.target.ra_deg / 15.0
        for file in EXAMPLES
        for sequence in requested(read(file).data).sequences
    )

    gaps = [after - before for before, after in pairwise([*hours, hours[0] + 24.0])]
    assert max(gaps) < 6.0


def test_the_shipped_strategy_fits_the_shipped_house() -> None:
    """P37: every plan of it names channels and filters that are there."""
    house = load(CONFIG / "simulation.yaml")
    channels = {name: filters(house, name) for name in house.channels}

    strategy = strategy_of(read(house.alerts.strategy).data, version="shipped", channels=channels)

    assert strategy.default in strategy.plans
