"""A simulated world of the shipped configuration on a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pyros.config.load import load
from pyros.config.model import Config
from pyros.kernel.clock import VirtualClock
from pyros.sky.coords import radec
from pyros.sky.site import Site
from simulators.box import Box
from simulators.world import World

START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
CONFIG = Path(__file__).resolve().parents[2] / "config" / "simulation.yaml"


def shipped(**simulation: Any) -> Config:
    """Return the shipped configuration, with other words about the simulation."""
    config = load(CONFIG)
    changed = {**config.simulation.model_dump(), "requests": None, **simulation}
    made = type(config.simulation).model_validate(changed)
    return config.model_copy(update={"simulation": made})


class Night:
    """A world and the hand that moves its time."""

    def __init__(self, seed: int = 1, **simulation: Any) -> None:
        self.config = shipped(**simulation)
        self.clock = VirtualClock(START)
        self.world = World(self.config, seed, clock=self.clock)
        self.keys = 0

    def box(self, name: str) -> Box:
        return self.world.boxes[name]

    def key(self) -> str:
        self.keys += 1
        return f"{self.keys:032x}"

    def order(self, name: str, verb: str, /, **args: object) -> str:
        """Give an order to a box and return its key."""
        key = self.key()
        self.box(name).begin(key, verb, args)
        return key

    def seen(self, name: str) -> dict[str, Any]:
        """Return the fields that a device shows now."""
        return dict(self.box(name).snapshot()["state"])

    def ended(self, name: str, key: str) -> str:
        """Return how an operation ended, or that it has not."""
        return str(self.box(name).operation(key)["state"])

    def run(self, seconds: float, step_s: float = 1.0, *, kick: bool = True) -> None:
        """Let time pass, with a heartbeat for the dome."""
        for _ in range(round(seconds / step_s)):
            self.clock.advance(step_s)
            if kick:
                self.box("dome").begin(self.key(), "kick", {})
            for box in self.world.boxes.values():
                box.heard()

    def place(self, altitude_deg: float, azimuth_deg: float) -> dict[str, float]:
        """Return right ascension and declination of a place above the horizon."""
        site = self.config.site
        at = Site(lat_deg=site.latitude_deg, lon_deg=site.longitude_deg, height_m=site.height_m)
        ra, dec = radec(at, altitude_deg, azimuth_deg, self.clock.utc())
        return {"ra_deg": float(ra), "dec_deg": float(dec)}

    def observing(self) -> None:
        """Open the dome, unpark, and point at a place high in the south."""
        self.order("dome", "kick")
        self.order("dome", "open_shutter")
        self.order("telescope", "unpark")
        self.run(5.0)
        self.order("telescope", "slew", **self.place(60.0, 170.0))
        self.run(60.0)


@pytest.fixture
def night() -> Night:
    return Night()


@pytest.fixture
def a_night() -> Callable[..., Night]:
    """Make a night of another seed, or with other words about the simulation."""
    return Night
