"""Every check of a request: all problems at once, each at its field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pyros.domain.estimate import Timings, total_s
from pyros.domain.problem import Problem
from pyros.domain.request import Album, DitherPattern, Plan, Request, RequestKind, Sequence
from pyros.domain.target import FixedTarget

MAX_NAME = 32
MAX_CARRY = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLimits:
    """What may be asked of a channel, from config; without filters it has no wheel."""

    filters: tuple[str, ...] = ()
    min_exposure_s: float = 0.0
    max_exposure_s: float = 600.0
    max_count: int = 1000
    binnings: tuple[int, ...] = (1,)
    readout_modes: tuple[str, ...] = ("default",)
    field_arcsec: float | None = None
    """Side of what its detector sees; None: a dither is not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the checks must know of house and sky, as values.

    `programmes` are those that the owner may hand in to; `night_s` is the longest that a sequence
    may take; `lowest_deg` the altitude that nothing may be asked below.
    """

    now: datetime
    channels: Mapping[str, ChannelLimits]
    programmes: frozenset[str]
    timings: Timings = field(default_factory=Timings)
    night_s: float = 43200.0
    lowest_deg: float = 0.0


def check(request: Request, house: House) -> tuple[Problem, ...]:
    """Return everything that is wrong with a request; nothing: it may be handed in (P75)."""
    return (
        *_of_request(request, house),
        *(
            problem
            for n, sequence in enumerate(request.sequences)
            for problem in _of_sequence(sequence, f"sequences.{n}", request.kind, house)
        ),
    )


def _of_request(request: Request, house: House) -> Iterator[Problem]:
    yield from _name(request.short_name, "short_name")
    if request.programme not in house.programmes:
        allowed = ", ".join(sorted(house.programmes)) or "none"
        yield Problem("programme", f"'{request.programme}' is not yours: allowed is {allowed}")
    if not request.sequences:
        yield Problem("sequences", "there is none: at least one is needed")


def _name(name: str, place: str) -> Iterator[Problem]:
    if not name.strip():
        yield Problem(place, "is empty")
    if len(name) > MAX_NAME:
        yield Problem(place, f"has {len(name)} characters: at most {MAX_NAME} are allowed")
    if name != name.strip() or not name.isprintable():
        yield Problem(place, "begins or ends with a blank, or holds what cannot be printed")


def _of_sequence(
    sequence: Sequence, place: str, kind: RequestKind, house: House
) -> Iterator[Problem]:
    yield from _name(sequence.name, f"{place}.name")
    yield from _of_target(sequence.target, f"{place}.target")
    yield from _of_window(sequence, place, house)
    yield from _of_numbers(sequence, place, kind, house)
    channels = [album.channel for album in sequence.albums]
    if not channels:
        yield Problem(f"{place}.albums", "there is none: at least one is needed")
    for n, album in enumerate(sequence.albums):
        if album.channel in channels[:n]:
            yield Problem(f"{place}.albums.{n}.channel", f"'{album.channel}' stands there twice")
        yield from _of_album(album, f"{place}.albums.{n}", house)


def _of_target(target: FixedTarget, place: str) -> Iterator[Problem]:
    if not 0.0 <= target.ra_deg < 360.0:
        yield Problem(f"{place}.ra_deg", f"{target.ra_deg} is not from 0 to below 360 degrees")
    if not -90.0 <= target.dec_deg <= 90.0:
        yield Problem(f"{place}.dec_deg", f"{target.dec_deg} is not from -90 to 90 degrees")


def _of_window(sequence: Sequence, place: str, house: House) -> Iterator[Problem]:
    if sequence.window_end <= sequence.window_start:
        yield Problem(f"{place}.window_end", "is not after window_start")
    elif sequence.window_end <= house.now:
        yield Problem(f"{place}.window_end", f"{sequence.window_end:%Y-%m-%d %H:%M} is past")
    needed = total_s(sequence, house.timings)
    if needed > house.night_s:
        yield Problem(place, f"takes {needed:.0f} s: a night has {house.night_s:.0f} s")
    elif needed > (sequence.window_end - sequence.window_start).total_seconds() > 0:
        yield Problem(f"{place}.window_end", f"the window is shorter than its {needed:.0f} s")


def _of_numbers(
    sequence: Sequence, place: str, kind: RequestKind, house: House
) -> Iterator[Problem]:
    highest = 100 if kind is RequestKind.ALERT else 99
    if not 1 <= sequence.priority <= highest:
        yield Problem(f"{place}.priority", f"{sequence.priority} is not from 1 to {highest}")
    if not 0 <= sequence.carry_over_nights <= MAX_CARRY:
        text = f"{sequence.carry_over_nights} is not from 0 to {MAX_CARRY}"
        yield Problem(f"{place}.carry_over_nights", text)
    days = (sequence.window_end - sequence.window_start).total_seconds() / 86400.0
    if sequence.carry_over_nights and days > 1.0:
        text = f"is for windows of a day at most: this one has {days:.1f}"
        yield Problem(f"{place}.carry_over_nights", text)
    constraints, where = sequence.constraints, f"{place}.constraints"
    lowest = constraints.min_altitude_deg
    if lowest is not None and not house.lowest_deg <= lowest < 90.0:
        text = f"{lowest} is not from {house.lowest_deg:g} to below 90 degrees"
        yield Problem(f"{where}.min_altitude_deg", text)
    if constraints.max_airmass is not None and constraints.max_airmass < 1.0:
        yield Problem(f"{where}.max_airmass", f"{constraints.max_airmass} is below 1")
    if not 0.0 <= constraints.moon_max_illumination <= 1.0:
        yield Problem(f"{where}.moon_max_illumination", "is not from 0 to 1")
    if not 0.0 <= constraints.moon_min_distance_deg <= 180.0:
        yield Problem(f"{where}.moon_min_distance_deg", "is not from 0 to 180 degrees")


def _of_album(album: Album, place: str, house: House) -> Iterator[Problem]:
    limits = house.channels.get(album.channel)
    if limits is None:
        allowed = ", ".join(house.channels)
        yield Problem(f"{place}.channel", f"'{album.channel}' is none: allowed is {allowed}")
        return
    if not album.plans:
        yield Problem(f"{place}.plans", "there is none: at least one is needed")
    for n, plan in enumerate(album.plans):
        yield from _of_plan(plan, f"{place}.plans.{n}", limits)


def _of_plan(plan: Plan, place: str, limits: ChannelLimits) -> Iterator[Problem]:
    if not limits.min_exposure_s <= plan.exposure_s <= limits.max_exposure_s:
        span = f"{limits.min_exposure_s:g} to {limits.max_exposure_s:g} s"
        yield Problem(f"{place}.exposure_s", f"{plan.exposure_s:g} is not from {span}")
    if not 1 <= plan.count <= limits.max_count:
        yield Problem(f"{place}.count", f"{plan.count} is not from 1 to {limits.max_count}")
    if limits.filters and plan.filter not in limits.filters:
        allowed = ", ".join(limits.filters)
        yield Problem(f"{place}.filter", f"'{plan.filter}' is not mounted: allowed is {allowed}")
    if not limits.filters and plan.filter:
        yield Problem(f"{place}.filter", f"'{plan.filter}': this channel has no filter wheel")
    for name in ("binning_x", "binning_y"):
        if getattr(plan, name) not in limits.binnings:
            allowed = ", ".join(str(one) for one in limits.binnings)
            yield Problem(f"{place}.{name}", f"{getattr(plan, name)}: allowed is {allowed}")
    if plan.readout_mode not in limits.readout_modes:
        allowed = ", ".join(limits.readout_modes)
        yield Problem(f"{place}.readout_mode", f"'{plan.readout_mode}': allowed is {allowed}")
    yield from _of_dither(plan, place, limits)


def _of_dither(plan: Plan, place: str, limits: ChannelLimits) -> Iterator[Problem]:
    dither = plan.dither
    if dither.pattern is DitherPattern.NONE:
        return
    if dither.every_n < 1:
        yield Problem(f"{place}.dither.every_n", f"{dither.every_n} is below 1")
    widest = limits.field_arcsec
    if dither.step_arcsec <= 0.0 or (widest is not None and dither.step_arcsec > widest / 4):
        most = f"at most {widest / 4:.0f} arcsec" if widest is not None else "more than 0"
        yield Problem(f"{place}.dither.step_arcsec", f"{dither.step_arcsec:g}: should be {most}")
