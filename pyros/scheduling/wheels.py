"""How long a wheel turns from one filter to another."""

from __future__ import annotations

from pyros.scheduling.model import Channel


def turn_s(channel: Channel, has: str | None, wanted: str) -> float:
    """Return the seconds until `wanted` is in and in focus; None: what is in is not known."""
    if has == wanted:
        return 0.0
    return _wheel_s(channel, has, wanted) + _focus_s(channel, has, wanted)


def _wheel_s(channel: Channel, has: str | None, wanted: str) -> float:
    if channel.per_slot_s is None:
        return channel.filter_s
    places = len(channel.slots)
    way = places // 2
    if has in channel.slots and wanted in channel.slots:
        apart = abs(channel.slots.index(has) - channel.slots.index(wanted))
        way = min(apart, places - apart)
    return channel.filter_s + channel.per_slot_s * max(1, way)


def _focus_s(channel: Channel, has: str | None, wanted: str) -> float:
    known = has in channel.focus and wanted in channel.focus
    if known and has is not None and channel.focus[has] == channel.focus[wanted]:
        return 0.0
    return channel.focus_s
