"""Which bias and dark frames each channel takes after a night."""

from __future__ import annotations

from pyros.config.model import Config
from pyros.domain.devices.orders import Frame
from pyros.domain.request import Plan


def calibration_plans(config: Config) -> tuple[tuple[str, Plan], ...]:
    """Return (channel, plan) of every series: bias first, then darks by exposure time."""
    plans: list[tuple[str, Plan]] = []
    for channel in config.channels:
        wanted = config.calibration_of(channel)
        if wanted.bias:
            plans.append((channel, Plan(exposure_s=0.0, count=wanted.bias, frame=Frame.BIAS)))
        plans += [
            (channel, Plan(exposure_s=exposure_s, count=wanted.dark, frame=Frame.DARK))
            for exposure_s in wanted.dark_exposures_s
            if wanted.dark
        ]
    return tuple(plans)
