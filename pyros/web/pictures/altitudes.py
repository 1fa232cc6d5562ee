"""How high the targets of a plan stand through the night: numbers from the planning library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyros.domain.target import Constraints, FixedTarget
from pyros.scheduling import chart, model, timetable
from pyros.sky.site import Site
from pyros.sky.tables import dut1_s
from pyros.sky.times import mjd_of, utc_of

EVERY_S = 300.0
MOST = 80
"""So many curves can be told apart, if at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A target and its slot."""

    key: str
    name: str
    target: FixedTarget
    constraints: Constraints
    on_target: datetime
    end: datetime
    own: bool = False
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One target's altitude, and the lowest that its limits and the horizon below it allow."""

    key: str
    name: str
    own: bool
    alert: bool
    on_target: datetime
    end: datetime
    altitude_deg: Sequence[float]
    floor_deg: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Altitudes:
    """The picture: values every `step_s` from `start`, degrees; `light` and `moon` are bands."""

    start: datetime
    end: datetime
    step_s: float
    light: Sequence[Any]
    moon: Sequence[Any]
    """When the Moon is up."""
    moon_deg: Sequence[float]
    moon_lit: float
    limit_deg: float
    """Below it nothing is observed at this site."""
    airmass: Sequence[tuple[float, float]]
    """(air mass, altitude) for the right axis."""
    curves: tuple[Curve, ...]
    left_out: int = 0


def altitudes(
    site: Site,
    span: tuple[datetime, datetime],
    wanted: Iterable[Wanted],
    *,
    min_altitude_deg: float,
) -> Altitudes:
    """Return the altitudes of targets from the beginning to the end of a span."""
    asked = list(wanted)
    shown = sorted(asked, key=lambda one: (not one.own, one.on_target))[:MOST]
    drawn = chart(*_plan(site, span, shown, min_altitude_deg), span=span, every_s=EVERY_S)
    start = span[0]
    return Altitudes(
        start=start,
        end=start + timedelta(seconds=EVERY_S * (len(drawn["times"]) - 1)),
        step_s=EVERY_S,
        light=drawn["light"],
        moon=_up(start, drawn["moon_deg"]),
        moon_deg=_tenths(drawn["moon_deg"]),
        moon_lit=drawn["moon_lit"],
        limit_deg=min_altitude_deg,
        airmass=tuple((mass, altitude) for mass, altitude in drawn["airmass"]),
        curves=tuple(_curve(one, drawn["targets"][one.key]) for one in shown),
        left_out=len(asked) - len(shown),
    )


def _plan(
    site: Site, span: tuple[datetime, datetime], shown: Sequence[Wanted], lowest_deg: float
) -> tuple[model.Problem, timetable.Schedule]:
    """Return what the library draws: the targets as requests, their slots as a schedule."""
    start, end = span
    middle = mjd_of(start + (end - start) / 2)
    horizon = tuple((azimuth, altitude) for azimuth, altitude in site.horizon if azimuth < 360)
    problem = model.Problem(
        site=model.Site(
            lat_deg=site.lat_deg, lon_deg=site.lon_deg, height_m=site.height_m, horizon=horizon
        ),
        night=model.Night(start=start, end=end, dut1_s=float(dut1_s(middle))),
        requests=tuple(_request(one, lowest_deg) for one in shown),
    )
    slots = tuple(
        timetable.Slot(
            id=one.key,
            start=one.on_target,
            on_target=one.on_target,
            end=one.end,
            step=0,
            setup_s=0.0,
        )
        for one in shown
    )
    plan = timetable.Schedule(problem_sha256="", stage="full", value=0.0, bound=0.0, slots=slots)
    return problem, plan


def _request(one: Wanted, lowest_deg: float) -> model.Request:
    target, limits = one.target, one.constraints
    return model.Request(
        id=one.key,
        target=model.Target(
            ra_deg=target.ra_deg,
            dec_deg=target.dec_deg,
            pm_ra_mas_yr=target.pm_ra_mas_yr,
            pm_dec_mas_yr=target.pm_dec_mas_yr,
            epoch=target.epoch,
        ),
        duration_s=max(1.0, (one.end - one.on_target).total_seconds()),
        constraints=model.Constraints(
            min_altitude_deg=max(lowest_deg, limits.min_altitude_deg or 0.0),
            max_airmass=limits.max_airmass,
        ),
    )


def _curve(one: Wanted, numbers: dict[str, list[float]]) -> Curve:
    return Curve(
        key=one.key,
        name=one.name,
        own=one.own,
        alert=one.alert,
        on_target=one.on_target,
        end=one.end,
        altitude_deg=_tenths(numbers["altitude_deg"]),
        floor_deg=_tenths(numbers["floor_deg"]),
    )


def _up(start: datetime, moon_deg: Sequence[float]) -> list[dict[str, str]]:
    """Return when the Moon is above the horizon, to five minutes."""
    spans, first = [], None
    for n, altitude in enumerate([*moon_deg, -1.0]):
        if altitude > 0.0 and first is None:
            first = n
        elif altitude <= 0.0 and first is not None:
            spans.append({"start": _iso(start, first), "end": _iso(start, n)})
            first = None
    return spans


def _iso(start: datetime, step: int) -> str:
    return utc_of(mjd_of(start) + step * EVERY_S / 86400.0).isoformat(timespec="seconds")


def _tenths(values: Sequence[float]) -> list[float]:
    return [round(value, 1) for value in values]
