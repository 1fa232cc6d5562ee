"""How good and how fast the plans are, on seeded nights of its own making."""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter

from pyros.scheduling.check import check
from pyros.scheduling.model import (
    Account,
    AccountKind,
    Axis,
    Channel,
    Constraints,
    Mount,
    Night,
    Problem,
    Request,
    Site,
    Target,
)
from pyros.scheduling.plan import plan
from pyros.scheduling.timetable import Budget

SITE = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2800.0)
NIGHT = Night(
    start=datetime(2026, 3, 21, 3, 14, 20, tzinfo=UTC),
    end=datetime(2026, 3, 21, 12, 23, 40, tzinfo=UTC),
)
NIGHT_S = (NIGHT.end - NIGHT.start).total_seconds()
LST_MIDDLE_DEG = 180.0
AT_LEAST = {"full_100_ratio": 0.95, "full_300_ratio": 0.95}
AT_MOST = {"full_30_violations": 0.0, "full_100_violations": 0.0, "full_300_violations": 0.0}
FILTERS = ("g", "r", "i", "z", "y")


def instance(n: int, seed: int) -> Problem:
    """Return a crowded night of `n` requests of about 12 minutes, with quotas."""
    rng = random.Random(f"{seed}:{n}")  # noqa: S311 - reproducible, guards nothing
    accounts = {
        f"night:P{place}": Account(kind=AccountKind.NIGHT, left_s=NIGHT_S * rng.uniform(0.06, 0.2))
        for place in range(10)
    }
    return Problem(
        site=SITE,
        night=NIGHT,
        mount=Mount(axes=(Axis(rate_deg_s=4.0),), settle_s=5.0),
        channels={"vis": Channel(filter_s=10.0)},
        accounts=accounts,
        requests=tuple(_request(rng, place) for place in range(n)),
    )


def _request(rng: random.Random, place: int) -> Request:
    duration_s = min(3600.0, max(30.0, rng.lognormvariate(math.log(720.0), 0.6)))
    name = rng.choice(FILTERS)
    window: tuple[datetime | None, datetime | None] = (None, None)
    if rng.random() < 0.4:
        middle = NIGHT.start + timedelta(seconds=rng.uniform(0.0, NIGHT_S))
        half = timedelta(hours=rng.uniform(0.5, 2.0))
        window = (middle - half, middle + half)
    return Request(
        id=f"{place:05d}",
        target=Target(
            ra_deg=(LST_MIDDLE_DEG + rng.uniform(-90.0, 90.0)) % 360.0,
            dec_deg=math.degrees(math.asin(rng.uniform(math.sin(-0.17), math.sin(1.3)))),
        ),
        duration_s=duration_s,
        cost_s=duration_s,
        setup={"vis": (name, name)},
        priority=float(math.ceil(100 * rng.betavariate(1.2, 2.5))),
        window=window,
        accounts=(f"night:P{rng.randrange(10)}",),
        constraints=Constraints(
            max_airmass=rng.choice((1.5, 2.0, 2.0, 2.0, 2.5)),
            sun_max_altitude_deg=-18.0,
            moon_min_distance_deg=rng.choice((0.0, 30.0, 30.0, 30.0, 60.0)),
        ),
    )


def figures(
    sizes: tuple[int, ...] = (30, 100, 300), seeds: tuple[int, ...] = (1,)
) -> dict[str, float]:
    """Return value over bound, seconds, and broken rules, by size; the worst of the seeds."""
    found: dict[str, float] = {}
    for size in sizes:
        for seed in seeds:
            problem = instance(size, seed)
            for name, moves in (("first", 0), ("full", 300)):
                begun = perf_counter()
                schedule = plan(problem, budget=Budget(moves=moves))
                took_s = perf_counter() - begun
                _worst(found, f"{name}_{size}_s", round(took_s, 3), max)
                ratio = schedule.value / schedule.bound if schedule.bound else 1.0
                _worst(found, f"{name}_{size}_ratio", round(ratio, 4), min)
                broken = float(len(check(problem, schedule)))
                _worst(found, f"{name}_{size}_violations", broken, max)
    return found


def _worst(
    found: dict[str, float], key: str, value: float, worse: Callable[[float, float], float]
) -> None:
    found[key] = worse(found.get(key, value), value)


def rest_of_night(problem: Problem, after_s: float) -> Problem:
    """Return the same night from `after_s` on."""
    return dataclasses.replace(problem, now=NIGHT.start + timedelta(seconds=after_s))
