"""Requests of a seeded night, drawn in a fixed order (draws 1 to 20), and when they may start."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.scheduling.night import (
    STEP_S,
    STEPS,
    STEPS_A_DAY,
    Floats,
    Night,
    altitudes,
    icrs,
    sin_altitude,
)

Ints = npt.NDArray[np.int64]
HOUR = 360
"""Steps."""
DEG_A_DAY = 360.9856
CROWDED_NIGHTS = 1.5
AT_ONCE = 500
"""Requests whose masks are held together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """N requests; every array has N rows."""

    ra_deg: Floats
    dec_deg: Floats
    steps: Ints
    max_airmass: Floats
    sun_max_deg: Floats
    moon_min_deg: Floats
    filter: Ints
    account: Ints
    priority: Floats
    window: Ints
    """(N, 2): first step, and the first behind it."""


def draw(  # noqa: PLR0913 - what the classes differ in, by name
    rng: np.random.Generator,
    night: Night,
    n: int,
    *,
    median_min: float,
    crowded: bool = False,
    priority: tuple[float, float] = (1.2, 2.5),
) -> Drawn:
    """Return draws 1 to 20 of `n` requests; `priority` are the numbers of its beta distribution."""
    dark, length = night.dark, night.dark[1] - night.dark[0]
    near = rng.random(n) < 0.9
    hours, anywhere = rng.uniform(-6.0, 6.0, n), rng.uniform(0.0, 360.0, n)
    ra = np.where(near, night.lst_mid_deg + 15.0 * hours, anywhere) % 360.0
    usual = rng.random(n) < 0.9
    high = rng.uniform(math.sin(math.radians(-10.0)), math.sin(math.radians(75.0)), n)
    dec = np.degrees(np.arcsin(np.where(usual, high, rng.uniform(-1.0, 1.0, n))))
    seconds = np.clip(np.exp(rng.normal(math.log(60.0 * median_min), 0.6, n)), 30.0, 3600.0)
    if crowded:
        scale = CROWDED_NIGHTS * length * STEP_S / seconds.sum()
        seconds = np.clip(seconds * scale, 10.0, 3600.0)
    steps = np.maximum(1, np.round(seconds / STEP_S)).astype(np.int64)
    limits = {
        "max_airmass": rng.choice([1.5, 2.0, 2.5], n, p=[0.2, 0.6, 0.2]),
        "sun_max_deg": rng.choice([-18.0, -15.0, -12.0], n, p=[0.7, 0.2, 0.1]),
        "moon_min_deg": rng.choice([0.0, 30.0, 60.0], n, p=[0.2, 0.6, 0.2]),
        "filter": rng.integers(0, 5, n),
        "account": rng.integers(0, 10, n),
        "priority": np.ceil(100.0 * rng.beta(*priority, n)),
    }
    kind = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    by_transit = rng.random(n) < 0.95
    around, centre_anywhere = rng.normal(0.0, 1.2, n) * HOUR, rng.uniform(0.0, float(STEPS), n)
    hour_angle = (night.lst_mid_deg - ra + 180.0) % 360.0 - 180.0
    transit = night.lowest_sun - hour_angle / DEG_A_DAY * STEPS_A_DAY
    centre = np.clip(
        np.where(by_transit, transit + around, centre_anywhere), dark[0] + 30, dark[1] - 200
    )
    width, spare = rng.uniform(1.0, 4.0, n) * HOUR, rng.uniform(0.0, 30.0, n) * HOUR / 60.0
    onward = rng.random(n) < 0.5
    begin = np.select(
        [kind == 1, kind == 2, (kind == 3) & onward], [centre - width / 2.0, centre, centre], 0.0
    )
    end = np.select(
        [kind == 1, kind == 2, (kind == 3) & ~onward],
        [centre + width / 2.0, centre + steps + spare, centre],
        float(STEPS),
    )
    window = np.clip(np.stack([np.ceil(begin), np.floor(end)], axis=-1), 0, STEPS)
    return Drawn(ra_deg=ra, dec_deg=dec, steps=steps, window=window.astype(np.int64), **limits)


def columns(
    night: Night, drawn: Drawn, *, per: str, quotas: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the blocks `requests` and `sky` of a file; `per` is minute or count."""
    vectors = icrs(drawn.ra_deg, drawn.dec_deg)
    abc = altitudes(night, vectors)
    minutes = drawn.steps * STEP_S / 60.0 if per == "minute" else 1.0
    account = drawn.account if quotas else np.full(drawn.account.size, -1)
    requests = {
        "dur": drawn.steps.tolist(),
        "filter": drawn.filter.tolist(),
        "account": account.tolist(),
        "base": np.round(drawn.priority * minutes, 6).tolist(),
        "alt": abc.tolist(),
        "vec": vectors.tolist(),
        "starts": starts(night, drawn, abc, vectors),
    }
    sky = {
        "ra_deg": np.round(drawn.ra_deg, 9).tolist(),
        "dec_deg": np.round(drawn.dec_deg, 9).tolist(),
        "max_airmass": drawn.max_airmass.tolist(),
        "sun_max_deg": drawn.sun_max_deg.tolist(),
        "moon_min_deg": drawn.moon_min_deg.tolist(),
        "window": drawn.window.tolist(),
    }
    return requests, sky


def starts(night: Night, drawn: Drawn, abc: Floats, vectors: Floats) -> list[list[list[int]]]:
    """Return for each request the intervals [first, last] of starts that keep every constraint."""
    found: list[list[list[int]]] = []
    for low in range(0, drawn.steps.size, AT_ONCE):
        part = slice(low, low + AT_ONCE)
        holds = _holds(night, drawn, part, abc[part], vectors[part])
        for row, steps, (begin, end) in zip(
            holds, drawn.steps[part], drawn.window[part], strict=True
        ):
            row[:begin] = False
            row[end:] = False
            found.append(_fitting(row, int(steps)))
    return found


def _holds(
    night: Night, drawn: Drawn, part: slice, abc: Floats, vectors: Floats
) -> npt.NDArray[np.bool_]:
    sines = sin_altitude(abc[:, np.newaxis, :], night.theta[np.newaxis, :])
    high = sines * drawn.max_airmass[part, np.newaxis] > 1.0
    sun = np.sin(np.radians(drawn.sun_max_deg[part]))
    dark = night.sin_sun[np.newaxis, :] < sun[:, np.newaxis]
    limit = drawn.moon_min_deg[part, np.newaxis]
    far = vectors @ night.moon.T <= np.cos(np.radians(limit))
    holds: npt.NDArray[np.bool_] = high & dark & (far | (limit == 0.0))
    return holds


def _fitting(holds: npt.NDArray[np.bool_], steps: int) -> list[list[int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    pairs = edges.reshape(-1, 2)
    return [[int(begin), int(end) - steps] for begin, end in pairs if end - begin >= steps]
