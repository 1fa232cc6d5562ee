from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pyros.actors.scheduler.settings import settings_of
from pyros.config.load import load
from pyros.scheduling.model import MountKind

SIMULATION = Path(__file__).parents[2] / "config" / "simulation.yaml"


def test_the_scheduler_knows_site_mount_and_channels_of_the_configuration() -> None:
    """P26: moves are taken from the mount as it is configured."""
    settings = settings_of(load(SIMULATION))

    assert settings.site.lat_deg == 31.0439
    assert settings.mount.kind is MountKind.ALTAZ
    assert settings.mount.dome is not None
    assert settings.channels["vis"].devices == ("camera-vis", "wheel-vis")
    assert settings.channels["vis"].filters >= {"g", "r", "i", "z"}
    assert settings.channels["nir"].devices == ("camera-nir",)
    assert settings.wheels.keys() == {"vis"}
    assert settings.min_altitude_deg == 20.0


def test_more_sequences_are_thought_about_for_longer_but_never_longer_than_is_allowed() -> None:
    """P05: `night.schedule_budget_s` is the longest."""
    settings = settings_of(load(SIMULATION))

    assert [settings.full_s(count) for count in (10, 3000, 3001)] == [5.0, 5.0, 10.0]
    assert replace(settings, longest_s=2.0).full_s(10) == 2.0


def test_a_worker_is_given_up_two_seconds_after_its_budget_and_its_share_of_each_sequence() -> None:
    """P04: one that is not warm yet has a minute more."""
    settings = settings_of(load(SIMULATION))

    assert settings.patience_s(5.0, 0, warm=True) == 7.0
    assert settings.patience_s(5.0, 100, warm=True) == 27.0
    assert settings.patience_s(5.0, 0, warm=False) == 67.0


def test_only_virtual_time_counts_moves() -> None:
    """P23: a real house counts real seconds."""
    config = load(SIMULATION)

    assert not settings_of(config).counted
    assert settings_of(config, counted=True).counted
