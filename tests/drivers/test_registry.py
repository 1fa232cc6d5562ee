"""From a name in the configuration to a driver."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyros.config.load import load
from pyros.domain.devices.device import Kind
from pyros.drivers.registry import FAMILIES, driver_maker, transport_to
from pyros.errors import ConfigError

CONFIG = load(Path(__file__).resolve().parents[2] / "config" / "simulation.yaml")
DOME = CONFIG.devices["dome"]


@pytest.mark.parametrize("family", ["pyros", "simulated"])
@pytest.mark.parametrize("kind", sorted({Kind(each.kind) for each in CONFIG.devices.values()}))
def test_each_family_has_a_driver_for_each_kind_of_the_configuration(family, kind) -> None:
    """P15: real and simulated devices mix, and the same driver serves both."""
    assert FAMILIES[family][kind].kind is kind


def test_a_driver_that_nobody_has_is_refused_by_name() -> None:
    strange = DOME.model_copy(update={"driver": "ouija"})
    with pytest.raises(ConfigError, match="driver ouija has no dome"):
        driver_maker("dome", strange, lambda: None)


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        (None, "should be tcp://host:port"),
        ("direct", "should be tcp://host:port"),
        ("tcp://dome.example:7310", "not encrypted"),
        ("tcp://0.0.0.0:7310", "not encrypted"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_what_would_be_right(
    address, remedy
) -> None:
    device = DOME.model_copy(update={"address": address})
    with pytest.raises(ConfigError, match=remedy):
        transport_to("dome", device)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:7310", "tcp://localhost:7310", "inproc://a"])
def test_an_address_on_this_machine_gives_a_transport(address) -> None:
    assert callable(transport_to("dome", DOME.model_copy(update={"address": address})))
