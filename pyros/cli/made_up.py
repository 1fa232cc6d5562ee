"""Bursts that nobody saw, for nights that are played: high in the sky, and new."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from pyros.actors.alerts.templates import burst_packet
from pyros.actors.scheduler.settings import site_of
from pyros.config.model import Config
from pyros.domain.alert import Packet
from pyros.sky.coords import radec

ALTITUDE_DEG = (45.0, 80.0)


def place_overhead(
    config: Config, now: datetime, chance: np.random.Generator
) -> tuple[float, float]:
    """Return right ascension and declination of a place high in the sky now, degrees."""
    altitude_deg = float(chance.uniform(*ALTITUDE_DEG))
    azimuth_deg = float(chance.uniform(0.0, 360.0))
    ra_deg, dec_deg = radec(site_of(config), altitude_deg, azimuth_deg, now)
    return float(ra_deg), float(dec_deg)


def made_up_burst(config: Config, now: datetime, number: int) -> Packet:
    """Return the packet of the `number`-th burst of a night, as the first source receives it now.

    Its place is drawn by number and instant: the same night has the same bursts.
    """
    chance = np.random.default_rng([number, int(now.timestamp())])
    ra_deg, dec_deg = place_overhead(config, now, chance)
    payload = burst_packet(now=now, ra_deg=ra_deg, dec_deg=dec_deg, number=number)
    return Packet(payload=payload, source=config.alerts.sources[0].name, received=now)
