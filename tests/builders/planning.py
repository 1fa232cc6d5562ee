"""Nights, requests, and problems drawn over all mounts, windows, tiers and quotas."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pyros.scheduling.frame import night_sky
from pyros.scheduling.model import (
    Account,
    AccountKind,
    Armed,
    Axis,
    Block,
    Channel,
    Constraints,
    Initial,
    Mount,
    MountKind,
    Night,
    NightSky,
    Problem,
    Request,
    Running,
    Series,
    Site,
    Target,
    Tier,
)
from pyros.scheduling.plan import plan
from pyros.scheduling.timetable import Budget, Schedule

CALM = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
"""How properties of plans are tried: the same examples each time, no clock that judges."""

SITE = Site(lat_deg=31.0439, lon_deg=-115.4637, height_m=2800.0)
MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
START = datetime(2026, 3, 21, 3, 14, 20, tzinfo=UTC)
SHORT = Night(
    start=START,
    end=START + timedelta(hours=3),
    alert_start=START - timedelta(minutes=28),
    alert_end=START + timedelta(hours=3, minutes=28),
)


def at(hours: float) -> datetime:
    """Return an instant of the night."""
    return START + timedelta(hours=hours)


def a_request(ident: str = "1", **changes: object) -> Request:
    """Return a routine request of ten minutes that is high all through the short night."""
    plain = Request(
        id=ident,
        target=Target(ra_deg=150.0, dec_deg=30.0),
        duration_s=600.0,
        cost_s=600.0,
        constraints=Constraints(min_altitude_deg=20.0),
    )
    return dataclasses.replace(plain, **changes)


def a_night(*requests: Request, **changes: object) -> Problem:
    """Return three hours of one night with these requests."""
    problem = Problem(site=SITE, night=SHORT, requests=requests, sky=sky_of(SITE, SHORT))
    return dataclasses.replace(problem, **changes)


@lru_cache(maxsize=8)
def sky_of(site: Site, night: Night) -> NightSky:
    """Return the sky of a night, made once."""
    return night_sky(
        site, night.alert_start or night.start, night.alert_end or night.end, dut1_s=night.dut1_s
    )


def solve(problem: Problem, previous: Schedule | None = None, moves: int = 10) -> Schedule:
    """Return a plan that depends on the input alone."""
    return plan(problem, previous, Budget(moves=moves))


instants = st.integers(-1800, 12600).map(lambda second: START + timedelta(seconds=second))
filters = st.sampled_from(["g", "r", "i"])
mounts = st.builds(
    Mount,
    kind=st.sampled_from(MountKind),
    axes=st.sampled_from([(Axis(rate_deg_s=4.0),), (Axis(rate_deg_s=3.0, accel_deg_s2=1.0),) * 2]),
    settle_s=st.sampled_from([0.0, 5.0, 17.0]),
    past_meridian_deg=st.sampled_from([0.0, 10.0]),
    wrap_from_deg=st.sampled_from([None, -180.0, 90.0]),
    dome=st.sampled_from([None, Axis(rate_deg_s=2.0)]),
)
constraints = st.builds(
    Constraints,
    min_altitude_deg=st.sampled_from([0.0, 20.0, 45.0, 80.0]),
    max_airmass=st.sampled_from([None, 1.3, 2.0]),
    sun_max_altitude_deg=st.sampled_from([None, -18.0, -25.0]),
    moon_min_distance_deg=st.sampled_from([0.0, 30.0, 100.0]),
    moon_max_illumination=st.sampled_from([1.0, 0.02]),
    moon_counts=st.sampled_from(["up", "always"]),
    ha_min_h=st.sampled_from([None, -2.0]),
    ha_max_h=st.sampled_from([None, 1.0]),
)


@st.composite
def requests(draw: st.DrawFn, name: str, accounts: list[str]) -> Request:
    """Return a request that may or may not be seen."""
    begin, end = sorted((draw(instants), draw(instants)))
    duration_s = draw(st.sampled_from([5.0, 60.0, 615.0, 3000.0, 20000.0]))
    pair = (draw(filters), draw(filters))
    return Request(
        id=name,
        target=Target(
            ra_deg=draw(st.sampled_from([90.0, 120.0, 150.0, 180.0, 300.0])),
            dec_deg=draw(st.sampled_from([-40.0, 0.0, 31.0, 60.0, 89.9])),
            pm_ra_mas_yr=draw(st.sampled_from([0.0, 5000.0])),
        ),
        duration_s=duration_s,
        cost_s=draw(st.sampled_from([0.0, duration_s])),
        setup=draw(st.sampled_from([{}, {"vis": pair}, {"vis": pair, "nir": ("J", "J")}])),
        priority=float(draw(st.integers(1, 100))),
        tier=draw(st.sampled_from([Tier.ROUTINE, Tier.ROUTINE, Tier.ALERT, Tier.FILLER])),
        window=draw(st.sampled_from([(None, None), (begin, end), (begin, None)])),
        not_before=draw(st.sampled_from([None, None, begin])),
        preferred=draw(st.sampled_from([None, end])),
        decay_s=draw(st.sampled_from([None, 3600.0])),
        constraints=draw(constraints),
        accounts=tuple(draw(st.lists(st.sampled_from(accounts), unique=True, max_size=2))),
        one_of=draw(st.sampled_from(["", "", "pair"])),
    )


@st.composite
def problems(draw: st.DrawFn, most: int = 12) -> Problem:
    """Return a night with up to `most` requests, and anything that may stand in its way."""
    accounts = {
        name: Account(
            kind=kind,
            left_s=draw(st.sampled_from([0.0, 700.0, 5000.0])),
            enforce=draw(st.booleans()),
        )
        for name, kind in (
            ("period:P1", AccountKind.PERIOD),
            ("night:P1", AccountKind.NIGHT),
            ("member:P1:7", AccountKind.MEMBER),
        )
    }
    count = draw(st.integers(0, most))
    asked = tuple(draw(requests(f"{place:02d}", sorted(accounts))) for place in range(count))
    block = Block(id="flats", start=at(1.0), end=at(1.2))
    return Problem(
        site=SITE,
        night=SHORT,
        requests=asked,
        mount=draw(mounts),
        channels={"vis": Channel(filter_s=10.0), "nir": Channel(filter_s=6.0, focus_s=4.0)},
        wheels=draw(st.sampled_from(["max", "sum"])),
        combine=draw(st.sampled_from(["max", "sum"])),
        accounts=accounts,
        blocks=draw(st.sampled_from([(), (block,)])),
        now=draw(st.sampled_from([None, at(0.4), at(-0.2)])),
        initial=draw(st.sampled_from([None, Initial(ra_deg=100.0, dec_deg=10.0)])),
        fill=draw(st.booleans()),
        sky=sky_of(SITE, SHORT),
    )


@st.composite
def whole_problems(draw: st.DrawFn, most: int = 8) -> Problem:
    """Return a night with series, moving targets, wheels by the way and blocks at a place, too."""
    problem = draw(problems(most=most))
    asked = tuple(draw(_moved(request)) for request in problem.requests)
    by_tier = [[one.id for one in asked if one.tier is tier] for tier in Tier]
    series = {}
    for place, ids in enumerate(by_tier[:2]):
        if len(ids) > 1 and draw(st.booleans()):
            members = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True))
            low = draw(st.sampled_from([0.0, 600.0, 1805.0]))
            series[f"s/{place}"] = Series(
                members=tuple(members),
                min_s=low,
                max_s=low + draw(st.sampled_from([0.0, 60.0, 7200.0])),
                whole=draw(st.booleans()),
            )
    block = Block(
        id="visitor", start=at(2.0), end=at(2.2), position=Initial(ra_deg=120.0, dec_deg=60.0)
    )
    wheel = Channel(per_slot_s=4.0, slots=("g", "r", "i"), focus_s=15.0, focus={"g": 0, "r": 0})
    return dataclasses.replace(
        problem,
        requests=asked,
        series=series,
        mount=dataclasses.replace(problem.mount, flip_s=draw(st.sampled_from([0.0, 95.0]))),
        channels={**problem.channels, "vis": wheel},
        blocks=draw(st.sampled_from([problem.blocks, (*problem.blocks, block)])),
        site=dataclasses.replace(
            problem.site, min_altitude_deg=draw(st.sampled_from([-90.0, 25.0]))
        ),
    )


@st.composite
def _moved(draw: st.DrawFn, request: Request) -> Request:
    """Return a request that may turn over, or be after something that moves."""
    target = request.target
    begin = (START - MJD_ZERO) / timedelta(days=1)
    ends = draw(st.sampled_from([(-0.01, 0.2), (-0.01, 0.05), (0.02, 0.2)]))
    rows = tuple(
        (begin + end, target.ra_deg + by, target.dec_deg / 2.0 + by)
        for end, by in zip(ends, (0.0, draw(st.sampled_from([0.1, 4.0]))), strict=True)
    )
    moving = Target(track=rows)
    return dataclasses.replace(
        request,
        target=draw(st.sampled_from([target, target, moving])),
        flip_within=draw(st.booleans()),
    )


def with_running(problem: Problem) -> Problem:
    """Return the problem in the middle of executing something that nobody asked for here.

    Its end falls into a step, as that of a real execution does.
    """
    running = Running(id="gone", end=at(0.70123), ra_deg=140.0, dec_deg=5.0)
    return dataclasses.replace(problem, running=running, now=at(0.5))


def armed_of(schedule: Schedule, place: int) -> Armed:
    """Return one slot of a schedule as armed."""
    slot = schedule.slots[place]
    return Armed(id=slot.id, start=slot.start, on_target=slot.on_target, end=slot.end)
