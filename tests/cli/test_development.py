"""Development mode reaches the house that was meant, and no other."""

from __future__ import annotations

import socket
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pyros.cli.one_process import simulated_outside
from pyros.config.load import load
from pyros.config.rehearsal import in_folder
from pyros.kernel.clock import SystemClock
from pyros.kernel.testing.faults import FaultPlan
from pyros.system.observatory import build
from pyros.system.pages import Pages

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def house(tmp_path):
    """The shipped house, in development or not."""

    def configured(*, development):
        config = in_folder(load(ROOT / "config" / "simulation.yaml"), tmp_path)
        web = config.web.model_copy(update={"development": development})
        return config.model_copy(update={"web": web})

    return configured


@pytest.fixture
def strikes_of():
    """What the pages of a house are lent to strike actors with."""

    def lent(config, *, faults=None):
        with (
            closing(socket.create_server(("127.0.0.1", 0))) as listener,
            simulated_outside(config, SystemClock(), listener=listener) as given,
        ):
            outside = given if faults is None else replace(given, faults=faults)
            observatory = build(config, outside)
            pages = Pages(config=config, store=observatory.store, outside=outside)
            pages.connect(observatory.system, observatory.staff)
            observatory.store.close()
            assert pages.parts is not None
            return outside.faults, pages.parts.strikes

    return lent


def test_a_house_in_development_gets_a_plan_of_faults_and_lends_it_to_its_pages(
    house, strikes_of
) -> None:
    """P03."""
    faults, strikes = strikes_of(house(development=True))

    assert faults is not None
    assert strikes is not None


def test_a_house_as_it_is_shipped_has_neither(house, strikes_of) -> None:
    """P03."""
    assert strikes_of(house(development=False)) == (None, None)


def test_a_plan_of_faults_alone_arms_no_page(house, strikes_of) -> None:
    """P03: a rehearsed night has a plan, too."""
    _, strikes = strikes_of(house(development=False), faults=FaultPlan())

    assert strikes is None


def test_a_house_with_one_real_device_is_never_armed(house, strikes_of) -> None:
    """P03: not even by a configuration that no file could hold."""
    config = house(development=True)
    real = {"driver": "pyros", "address": "tcp://127.0.0.1:9"}
    dome = config.devices["dome"].model_copy(update=real)
    config = config.model_copy(update={"devices": {**config.devices, "dome": dome}})

    assert strikes_of(config) == (None, None)
    assert strikes_of(config, faults=FaultPlan())[1] is None
