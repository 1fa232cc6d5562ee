"""What types cannot say of a night: what must be there once, rise, or be known elsewhere.

Looks at the parsed JSON and passes over whatever has a wrong type: that is a fault already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from pyros.scheduling.faults import Fault, below, fault
from pyros.scheduling.reading import WRITTEN_AS_INSTANT

Json = Any
"""Whatever a foreign document holds."""


def references(data: Mapping[str, Json]) -> Iterator[Fault]:
    """Yield the faults between the parts of a document of kind `night`."""
    yield from _in_order(data.get("night"), "/night", "start", "end")
    yield from _in_order(data.get("night"), "/night", "alert_start", "alert_end")
    for place, block in enumerate(_list(data, "blocks")):
        yield from _in_order(block, f"/blocks/{place}", "start", "end")
    yield from _once(_list(data, "blocks"), "/blocks")
    yield from _once(_list(data, "requests"), "/requests")
    for place, request in enumerate(_list(data, "requests")):
        if isinstance(request, dict):
            yield from _of_request(data, request, f"/requests/{place}")
    known = {request.get("id") for request in _list(data, "requests") if isinstance(request, dict)}
    for place, armed in enumerate(_list(data, "armed")):
        if isinstance(armed, dict) and "id" in armed and armed["id"] not in known:
            yield fault(f"/armed/{place}/id", armed["id"], "should be one of /requests")
    yield from _of_wheels(_object(data, "channels"))
    yield from _of_series(data)


def _list(data: Json, name: str) -> list[Json]:
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, list) else []


def _object(data: Json, name: str) -> dict[str, Json]:
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _instant(value: Json) -> datetime | None:
    if not isinstance(value, str) or not WRITTEN_AS_INSTANT.match(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _in_order(data: Json, pointer: str, first: str, last: str) -> Iterator[Fault]:
    if isinstance(data, dict):
        begin, end = _instant(data.get(first)), _instant(data.get(last))
        if begin is not None and end is not None and end < begin:
            yield fault(f"{pointer}/{last}", data[last], f"should not be before {first}")


def _once(rows: list[Json], pointer: str) -> Iterator[Fault]:
    known: set[str] = set()
    for place, row in enumerate(rows):
        name = row.get("id") if isinstance(row, dict) else None
        if isinstance(name, str):
            if name in known:
                yield fault(f"{pointer}/{place}/id", name, "should be there once")
            known.add(name)


def _of_request(data: Json, request: dict[str, Json], pointer: str) -> Iterator[Fault]:
    accounts, channels = _object(data, "accounts"), _object(data, "channels")
    for place, name in enumerate(_list(request, "accounts")):
        if isinstance(name, str) and name not in accounts:
            yield fault(f"{pointer}/accounts/{place}", name, "should be one of /accounts")
    for name in _object(request, "setup"):
        if name not in channels:
            yield fault(below(f"{pointer}/setup", name), name, "should be one of /channels")
    window = _list(request, "window")
    if len(window) == 2:
        row = {"0": window[0], "1": window[1]}
        yield from _in_order(row, f"{pointer}/window", "0", "1")
    yield from _of_target(_object(request, "target"), f"{pointer}/target")


def _of_target(target: dict[str, Json], pointer: str) -> Iterator[Fault]:
    track = _list(target, "track")
    if not track:
        for name in ("ra_deg", "dec_deg"):
            if name not in target:
                yield Fault(pointer=f"{pointer}/{name}", wrong="missing", right="is needed")
    times = [row[0] for row in track if isinstance(row, list) and row]
    numbers = [time for time in times if isinstance(time, int | float)]
    if any(two <= one for one, two in pairwise(numbers)):
        yield Fault(pointer=f"{pointer}/track", wrong="instants", right="should rise")


def _of_wheels(channels: dict[str, Json]) -> Iterator[Fault]:
    for name, channel in channels.items():
        by_the_way = isinstance(channel, dict) and channel.get("per_slot_s") is not None
        if by_the_way and not channel.get("slots"):
            at = below("/channels", name)
            yield Fault(pointer=f"{at}/slots", wrong="missing", right="per_slot_s needs it")


def _of_series(data: Json) -> Iterator[Fault]:
    tiers = {
        request.get("id"): request.get("tier", "routine")
        for request in _list(data, "requests")
        if isinstance(request, dict)
    }
    taken: set[str] = set()
    for name, series in _object(data, "series").items():
        at = below("/series", name)
        members = [one for one in _list(series, "members") if isinstance(one, str)]
        for place, member in enumerate(members):
            if member not in tiers:
                yield fault(f"{at}/members/{place}", member, "should be one of /requests")
            if member in taken:
                yield fault(f"{at}/members/{place}", member, "should be in one series, once")
            taken.add(member)
        if len({tiers[member] for member in members if member in tiers}) > 1:
            yield fault(f"{at}/members", members, "should be of one tier")
        if isinstance(series, dict):
            low, high = series.get("min_s", 0.0), series.get("max_s", 86400.0)
            if isinstance(low, int | float) and isinstance(high, int | float) and high < low:
                yield fault(f"{at}/max_s", high, "should not be below min_s")
