"""A night as text, for a terminal at three in the morning: what is next, what is not, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pyros.scheduling.model import Problem
from pyros.scheduling.timetable import Idle, Refusal, Schedule, Slot
from pyros.scheduling.words import minutes

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*Z$")
HEAD = f"{'set-up':8}  {'target':8}  {'end':8}  {'alt':>5}  {'air':>5}  {'worth':>7}  request"


def printed(problem: Problem, schedule: Schedule) -> Iterator[str]:
    """Yield the lines: slots and idle times by the clock, refusals, accounts, value and bound."""
    names = {request.id: request.name or request.id for request in problem.requests}
    night = problem.night
    yield f"Night {night.start:%Y-%m-%d %H:%M:%S} to {night.end:%Y-%m-%d %H:%M:%S} UTC"
    yield ""
    yield HEAD
    rows: list[Slot | Idle] = [*schedule.slots, *schedule.idle]
    for row in sorted(rows, key=lambda row: row.start):
        yield _slot(row, names) if isinstance(row, Slot) else _idle(row)
    if not schedule.slots:
        yield "nothing is planned"
    yield from _refused(schedule.refusals, names)
    yield from _accounts(schedule)
    yield ""
    yield (
        f"value {schedule.value:.2f}, bound {schedule.bound:.2f} (no plan is worth more),"
        f" gap {schedule.gap:.1%}"
    )


def _slot(slot: Slot, names: Mapping[str, str]) -> str:
    mark = "  (fills a blank, pays nothing)" if slot.filler else "  (stays)" if slot.frozen else ""
    return (
        f"{slot.start:%H:%M:%S}  {slot.on_target:%H:%M:%S}  {slot.end:%H:%M:%S}"
        f"  {slot.altitude_deg:5.1f}  {slot.airmass:5.2f}  {slot.value:7.2f}"
        f"  {names[slot.id]}{mark}"
    )


def _idle(idle: Idle) -> str:
    lasts = minutes((idle.end - idle.start).total_seconds())
    return f"{idle.start:%H:%M:%S}  {'idle':8}  {idle.end:%H:%M:%S}  {lasts}: {idle.text}"


def _refused(refusals: Sequence[Refusal], names: Mapping[str, str]) -> Iterator[str]:
    if refusals:
        yield ""
        yield f"Not in the plan: {len(refusals)}"
    for refusal in sorted(refusals, key=lambda refusal: (refusal.code, names[refusal.id])):
        sure = "" if refusal.certified or refusal.code != "NO_ROOM" else " (Not proven.)"
        yield f"  {refusal.code:13} {names[refusal.id]}: {refusal.text}{sure}"
        remedy = remedy_of(refusal, names)
        if remedy:
            yield f"  {'':13} -> {remedy}"


def remedy_of(refusal: Refusal, names: Mapping[str, str] | None = None) -> str:
    """Return in words what a refusal's change asks for; empty: nothing alone would do."""
    return " and ".join(_asked(refusal.change, names or {}))


def _asked(change: Mapping[str, object], names: Mapping[str, str]) -> Iterator[str]:
    for part in cast(list[Mapping[str, object]], change.get("all", [])):
        yield from _asked(part, names)
    if "set" in change:
        path = str(change["set"]).rpartition("/")[2].replace("_", " ")
        yield f"{path} {_value(change['from'])} -> {_value(change['to'])}"
    if "split_s" in change:
        yield f"split it: at most {minutes(cast(float, change['split_s']))} in one"
    if "add_s" in change:
        more = cast(Mapping[str, float], change["add_s"])
        yield " and ".join(f"{minutes(seconds)} more for {name}" for name, seconds in more.items())
    if change.get("release"):
        ids = cast(list[str], change["release"])
        yield f"without {', '.join(names.get(name, name) for name in ids[:5])}" + (
            f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        )


def _value(value: object) -> str:
    if isinstance(value, list):
        return " to ".join("any" if one is None else _value(one) for one in value)
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return text[:16].replace("T", " ") if INSTANT.match(text) else text


def _accounts(schedule: Schedule) -> Iterator[str]:
    if schedule.accounts:
        yield ""
        yield f"{'account':24} {'planned':>12} {'left':>12}   an hour more is worth"
    for name, spent in schedule.accounts.items():
        yield (
            f"{name:24} {minutes(spent.used_s):>12} {minutes(max(0.0, spent.left_s)):>12}"
            f"   {spent.price_per_h:.2f}"
        )
