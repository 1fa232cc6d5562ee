"""What a refusal asks for, as data: applied to a problem, and made a little smaller.

    {"set": path, "from": x, "to": y}      one value of the request (or of site, mount: `site/...`)
    {"split_s": n}                         one sequence of at most n seconds
    {"release": [ids]}                     these go, or are not fixed any more
    {"add_s": {account: n}}                so many seconds more
    {"all": [changes]}                     all of these together
For `site/horizon` the number is added to each altitude of the mask.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from pyros.scheduling.instants import iso
from pyros.scheduling.model import Problem, Request
from pyros.scheduling.tracks import instant_of, mjd_of

Change = Mapping[str, object]
UNITS = {
    "constraints/max_airmass": 0.001,
    "constraints/moon_max_illumination": 0.01,
    "priority": 1.0,
}
STEPPED = ("min_s", "max_s")
"""What is rounded to a step."""
UNIT = 0.01
"""To what a limit is rounded: degrees, hours."""
SPANS = ("window", "target/track")


def applied(problem: Problem, request: Request, change: Change) -> tuple[Problem, Request]:
    """Return problem and request with a change and nothing else."""
    for part in cast(list[Change], change.get("all", [])):
        problem, request = applied(problem, request, part)
    if "split_s" in change:
        seconds = float(cast(float, change["split_s"]))
        request = dataclasses.replace(request, duration_s=seconds)
    if "set" in change:
        problem, request = _set(problem, request, str(change["set"]), change["to"])
    if "add_s" in change:
        problem = _richer(problem, cast(Mapping[str, float], change["add_s"]))
    if "release" in change:
        problem = released(problem, cast(list[str], change["release"]))
    requests = tuple(request if one.id == request.id else one for one in problem.requests)
    return dataclasses.replace(problem, requests=requests), request


def _set(problem: Problem, request: Request, path: str, value: object) -> tuple[Problem, Request]:
    whole, _, name = path.rpartition("/")
    fields: dict[str, Any] = {name: value}
    match whole:
        case "site" if name == "horizon":
            by = float(cast(float, value))
            moved = tuple((azimuth, altitude + by) for azimuth, altitude in problem.site.horizon)
            fields = {"site": dataclasses.replace(problem.site, horizon=moved)}
            return dataclasses.replace(problem, **fields), request
        case "site" | "mount":
            part = dataclasses.replace(getattr(problem, whole), **fields)
            return dataclasses.replace(problem, **{whole: part}), request
        case "constraints":
            limits = dataclasses.replace(request.constraints, **fields)
            return problem, dataclasses.replace(request, constraints=limits)
        case "target":
            return problem, _tracked(request, cast(list[str], value))
        case _ if whole.startswith("series/"):
            series = dict(problem.series)
            key = whole.removeprefix("series/")
            if name == "members":
                fields = {"members": tuple(cast(list[str], value))}
            series[key] = dataclasses.replace(series[key], **fields)
            return dataclasses.replace(problem, series=series), request
    if path == "window":
        fields = {"window": tuple(map(_instant, cast(list[str | None], value)))}
    elif path == "not_before":
        fields = {"not_before": _instant(cast(str | None, value))}
    return problem, dataclasses.replace(request, **fields)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _tracked(request: Request, span: list[str]) -> Request:
    """Return a request whose table is held at its ends, as far as `span` wants it."""
    rows = list(request.target.track)
    first, last = (mjd_of(datetime.fromisoformat(text)) for text in span)
    if first < rows[0][0]:
        rows.insert(0, (first, *rows[0][1:]))
    if last > rows[-1][0]:
        rows.append((last, *rows[-1][1:]))
    target = dataclasses.replace(request.target, track=tuple(rows))
    return dataclasses.replace(request, target=target)


def _richer(problem: Problem, more: Mapping[str, float]) -> Problem:
    accounts = dict(problem.accounts)
    for name, seconds in more.items():
        accounts[name] = dataclasses.replace(accounts[name], left_s=accounts[name].left_s + seconds)
    return dataclasses.replace(problem, accounts=accounts)


def released(problem: Problem, names: list[str]) -> Problem:
    """Return a problem without some of what is fixed: `block:...`, `running:...`, `armed:...`."""
    keep = problem.running is not None and f"running:{problem.running.id}" not in names
    return dataclasses.replace(
        problem,
        blocks=tuple(block for block in problem.blocks if f"block:{block.id}" not in names),
        armed=tuple(armed for armed in problem.armed if f"armed:{armed.id}" not in names),
        running=problem.running if keep else None,
    )


# a little less


def smaller(change: Change, *, step_s: float) -> Iterator[Change]:
    """Yield the change with each part of it 1 % smaller, a unit at least; none that is no change.

    Ids that go are left to who knows which of them matter.
    """
    parts = cast(list[Change], change.get("all", []))
    for place, part in enumerate(parts):
        for less in smaller(part, step_s=step_s):
            yield {"all": [*parts[:place], less, *parts[place + 1 :]]}
    if "split_s" in change:
        seconds = float(cast(float, change["split_s"]))
        yield {**change, "split_s": seconds + max(step_s, 0.01 * seconds)}
    if "set" in change:
        yield from ({**change, "to": to} for to in _nearer(change, step_s))
    more = cast(Mapping[str, float], change.get("add_s", {}))
    for name, seconds in more.items():
        yield {**change, "add_s": {**more, name: seconds - max(1.0, 0.01 * seconds)}}


def _nearer(change: Change, step_s: float) -> Iterator[object]:
    path, before, after = str(change["set"]), change["from"], change["to"]
    if path in SPANS:
        yield from _narrower(cast(list[str | None], before), cast(list[str | None], after), step_s)
    elif path == "not_before":
        old, new = (datetime.fromisoformat(str(text)) for text in (before, after))
        yield iso(new + max(timedelta(seconds=step_s), (old - new) * 0.01))
    elif isinstance(before, int | float) and isinstance(after, int | float):
        unit = step_s if path.endswith(STEPPED) else UNITS.get(path, UNIT)
        nudge = max(unit, abs(after - before) * 0.01)
        if nudge < abs(after - before):
            yield after + math.copysign(nudge, before - after)


def _narrower(
    before: list[str | None], after: list[str | None], step_s: float
) -> Iterator[list[str | None]]:
    for place, sign in ((0, 1), (1, -1)):
        if before[place] != after[place] and before[place] and after[place]:
            old, new = (datetime.fromisoformat(str(span[place])) for span in (before, after))
            by = max(timedelta(seconds=step_s), abs(old - new) * 0.01)
            nearer = list(after)
            nearer[place] = iso(new + sign * by)
            yield nearer


def rows_span(request: Request) -> list[str]:
    """Return from when to when the places of a moving target are given."""
    rows = request.target.track
    return [iso(instant_of(rows[0][0])), iso(instant_of(rows[-1][0]))]
