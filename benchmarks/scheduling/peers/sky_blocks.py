"""An instance as astroplan sees it: observer, blocks with their own constraints, transitions."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from typing import Any

import astroplan
import numpy as np
from astropy import units as u
from astropy.coordinates import EarthLocation, SkyCoord
from astropy.time import Time, TimeDelta
from astropy.utils import iers

from benchmarks.scheduling.judge import worth
from benchmarks.scheduling.night import HEIGHT_M, LAT_DEG, LON_DEG
from benchmarks.scheduling.peers.report import Found, Instance

NEAR_STEPS = 6
"""A start may be moved to a feasible one so far away, in its favour."""
RESOLUTION = 60.0 * u.s

warnings.simplefilter("ignore")  # each of thousands would be written out, which costs time
iers.conf.auto_download = False
iers.conf.iers_degraded_accuracy = "warn"


def schedule(instance: Instance, scheduler: Any, ranks: list[int], **more: Any) -> Found:  # noqa: ANN401
    """Return what one of astroplan's schedulers makes of an instance; rank 0 comes first."""
    location = EarthLocation(lat=LAT_DEG * u.deg, lon=LON_DEG * u.deg, height=HEIGHT_M * u.m)
    begin = Time(instance["t0"].rstrip("Z"), scale="utc")
    end = begin + TimeDelta(instance["steps"] * instance["step_s"] * u.s)
    slews = astroplan.Transitioner(4.0 * u.deg / u.s, {"filter": {"default": 10.0 * u.s}})
    made = scheduler(
        constraints=[],
        observer=astroplan.Observer(location=location),
        transitioner=slews,
        **more,
    )(_blocks(instance, begin, ranks), astroplan.Schedule(begin, end))
    starts = {
        int(block.target.name): (block.start_time - begin).to_value(u.s) / instance["step_s"]
        for block in made.scheduled_blocks
        if hasattr(block, "target")
    }
    near = {index: nearest(instance, index, start) for index, start in starts.items()}
    slots = sorted([step, index] for index, step in near.items() if step is not None)
    return {
        "slots": slots,
        "version": version("astroplan"),
        "dropped": len(starts) - len(slots),
    }


def _blocks(instance: Instance, begin: Time, ranks: list[int]) -> list[Any]:
    sky, requests = instance["sky"], instance["requests"]
    places = SkyCoord(np.array(sky["ra_deg"]) * u.deg, np.array(sky["dec_deg"]) * u.deg)
    return [
        astroplan.ObservingBlock(
            astroplan.FixedTarget(places[index], name=str(index)),
            requests["dur"][index] * instance["step_s"] * u.s,
            ranks[index],
            configuration={"filter": str(requests["filter"][index])},
            constraints=_constraints(instance, begin, index),
        )
        for index in range(instance["n"])
    ]


def _constraints(instance: Instance, begin: Time, index: int) -> list[Any]:
    sky, step_s = instance["sky"], instance["step_s"]
    first, last = (begin + TimeDelta(step * step_s * u.s) for step in sky["window"][index])
    found = [
        astroplan.AirmassConstraint(max=sky["max_airmass"][index], boolean_constraint=False),
        astroplan.AtNightConstraint(max_solar_altitude=sky["sun_max_deg"][index] * u.deg),
        astroplan.TimeConstraint(first, last),
    ]
    if sky["moon_min_deg"][index]:
        least = sky["moon_min_deg"][index] * u.deg
        found.append(astroplan.MoonSeparationConstraint(min=least))
    return found


def nearest(instance: Instance, index: int, start: float) -> int | None:
    """Return the feasible step nearest to a start, or None where none is near."""
    spans = instance["requests"]["starts"][index]
    steps = [min(max(round(start), first), last) for first, last in spans]
    near = [step for step in steps if abs(step - start) <= NEAR_STEPS]
    return min(near, key=lambda step: abs(step - start)) if near else None


def best_values(instance: Instance) -> list[float]:
    """Return for each request the most it can be worth, on a grid of a minute."""
    return [
        max((worth(instance, s, j) for a, b in spans for s in {*range(a, b, 6), b}), default=0.0)
        for j, spans in enumerate(instance["requests"]["starts"])
    ]


def ranked(scores: list[float]) -> list[int]:
    """Return the rank of each score, 0 for the highest."""
    order = sorted(range(len(scores)), key=lambda index: -scores[index])
    ranks = [0] * len(scores)
    for rank, index in enumerate(order):
        ranks[index] = rank
    return ranks
