"""The same house for a rehearsal: every device simulated, another speed, another seed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pyros.config.model import Config, Simulation


def simulated(config: Config) -> Config:
    """Return `config` with a simulator in the place of every device (P15)."""
    devices = {
        name: device.model_copy(update={"driver": "simulated", "address": None})
        for name, device in config.devices.items()
    }
    simulation = config.simulation or Simulation()
    return config.model_copy(update={"devices": devices, "simulation": simulation})


def with_clock(
    config: Config,
    *,
    factor: float | None = None,
    start: Literal["now", "dusk"] | datetime | None = None,
) -> Config:
    """Return `config` with time running at `factor` from `start`; None leaves what is there."""
    wanted = {"factor": factor, "start": start}
    changes = {key: value for key, value in wanted.items() if value is not None}
    return config.model_copy(update={"clock": config.clock.model_copy(update=changes)})


def with_seed(config: Config, seed: int) -> Config:
    """Return `config` with another simulated night."""
    simulation = (config.simulation or Simulation()).model_copy(update={"seed": seed})
    return config.model_copy(update={"simulation": simulation})


def in_folder(config: Config, root: Path) -> Config:
    """Return `config` with its data below `root`, in a database of its own."""
    data = config.data.model_copy(update={"root": root, "database": None})
    return config.model_copy(update={"data": data})
