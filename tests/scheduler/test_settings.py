from __future__ import annotations

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
