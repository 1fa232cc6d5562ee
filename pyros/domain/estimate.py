"""Seconds of telescope time: of a sequence, and of each step of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from pyros.domain.request import Album, DitherPattern, Plan, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTimings:
    """What a channel needs beside its exposures, seconds: means from config or measured."""

    readout_s: float = 2.0
    filter_s: float = 5.0
    dither_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """What the house needs; `setup_s` is slew, settle and first filter, at the mean."""

    setup_s: float = 30.0
    channels: Mapping[str, ChannelTimings] = field(default_factory=dict)

    def of(self, channel: str) -> ChannelTimings:
        """Return the timings of a channel, the usual ones if nothing is known of it."""
        return self.channels.get(channel, USUAL)


USUAL = ChannelTimings()


def exposure_s(plan: Plan, channel: ChannelTimings) -> float:
    """Return what one exposure costs: open shutter, read-out, its share of the dither."""
    moves = plan.dither.pattern is not DitherPattern.NONE
    share = channel.dither_s / max(1, plan.dither.every_n) if moves else 0.0
    return plan.exposure_s + channel.readout_s + share


def album_s(album: Album, channel: ChannelTimings) -> float:
    """Return what a channel works on its album: exposures and the changes of filter between."""
    filters = [plan.filter for plan in album.plans if plan.filter]
    changes = sum(1 for before, after in pairwise(filters) if before != after)
    return sum(plan.count * exposure_s(plan, channel) for plan in album.plans) + (
        changes * channel.filter_s
    )


def total_s(sequence: Sequence, timings: Timings) -> float:
    """Return the telescope time of a sequence: set-up, and the longest of its albums beside."""
    albums = (album_s(album, timings.of(album.channel)) for album in sequence.albums)
    return timings.setup_s + max(albums, default=0.0)


def exposures(sequence: Sequence) -> int:
    """Return how many exposures a sequence asks for, over all channels."""
    return sum(plan.count for album in sequence.albums for plan in album.plans)
