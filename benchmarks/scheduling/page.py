"""The page of results: what a run has measured, as tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.scheduling.goals import judged

Row = Iterable[object]
HEAD = """# Figures of the scheduling library

Made by `pyros bench scheduling --page` from real runs.
The instances, the judge, the peers and how they are run lie in `benchmarks/scheduling/`.
A ratio is the value of a plan over the best bound that is known for its instance.
No plan of that night can be worth more than the bound.
Every answer, ours and theirs, is judged by the same 80 lines that know nothing of either.
"""
RESULTS = Path(__file__).with_name("results.json")
"""What the page shows."""
BY_NAME = ("solve", "events", "peers", "install", "visibility_ms", "start_s")


def keep(measured: Mapping[str, Any]) -> dict[str, Any]:
    """Write a run down for the page; what it has not measured stays from runs on this machine."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    if known.get("machine") != measured["machine"]:
        known = {}
    merged = {**known, **measured}
    for key in BY_NAME:
        merged[key] = {**known.get(key, {}), **measured.get(key, {})}
    if not measured.get("refusals", {}).get("count"):
        merged["refusals"] = known.get("refusals", {})
    merged["goals"] = judged(merged)
    RESULTS.write_text(json.dumps(merged, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return merged


def page(measured: Mapping[str, Any]) -> str:
    """Return the page in Markdown."""
    parts = [HEAD, *_machine(measured), *_goals(measured), *_solves(measured)]
    parts += [*_events(measured), *_peers(measured), *_rest(measured)]
    return "\n".join(parts).rstrip() + "\n"


def _machine(measured: Mapping[str, Any]) -> Iterator[str]:
    on = measured["machine"]
    words = [f"{name} {on[name]}" for name in ("numpy", "numba", "scipy", "pyerfa") if on[name]]
    yield (
        f"Measured on {measured['date']} with PyROS {measured['version']} on {on['cores']} cores "
        f"({on['cpu']}), Python {on['python']}, {', '.join(words)}.\n"
    )


def _goals(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## What is to be held\n"
    yield from _table(
        ("figure", "reached", "bound", ""),
        (
            (
                f"`{goal['key']}`",
                f"{goal['value']:g} {goal['unit'].replace('ratio', '')}",
                f"{'<=' if goal['at_most'] else '>='} {goal['bound']:g}",
                "holds" if goal["met"] else "**missed**",
            )
            for goal in measured["goals"]
        ),
    )


def _solves(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Whole nights\n"
    yield "Smallest and median ratio over the seeds; the gap is to the plan's own bound.\n"
    yield from _table(
        (
            "instances",
            "budget",
            "seeds",
            "valid",
            "ratio",
            "median",
            "gap",
            "wall s",
            "CPU s",
            "MiB",
        ),
        (
            (
                name,
                seconds,
                _spans(block["seeds"]),
                block["valid"],
                *(_share(block[key]) for key in ("ratio_min", "ratio_median", "gap_median")),
                *(block[key] for key in ("wall_s_max", "cpu_s_median", "rss_mib_max")),
            )
            for name, profiles in measured["solve"].items()
            for seconds, block in profiles.items()
        ),
    )


def _events(measured: Mapping[str, Any]) -> Iterator[str]:
    if not measured.get("events"):
        return
    yield "## Events in the night\n"
    yield (
        "From the call to the first plan that the judge accepts, and to the last one within "
        "100 ms; the ratio is to a full solve of the same state.\n"
    )
    yield from _table(
        ("instances", "events", "valid", "first p50 ms", "p99", "polished p99", "ratio", "median"),
        (
            (
                name,
                block["count"],
                block["valid"],
                *(block[key] for key in ("first_ms_p50", "first_ms_p99", "polished_ms_p99")),
                *(_share(block[key]) for key in ("ratio_min", "ratio_median")),
            )
            for name, block in measured["events"].items()
        ),
    )


def _peers(measured: Mapping[str, Any]) -> Iterator[str]:
    if not measured.get("peers"):
        return
    yield "## Beside other schedulers\n"
    yield "The same file, the same judge, the same run; (1): its slews were not judged.\n"
    rows = [
        (name, who, row) for name, block in measured["peers"].items() for who, row in block.items()
    ]
    yield from _table(
        ("instance", "scheduler", "version", "limit s", "valid", "ratio", "wall s", "CPU s", "MiB"),
        (_peer(measured, *row) for row in rows),
    )


def _peer(measured: Mapping[str, Any], name: str, who: str, row: Mapping[str, Any] | None) -> Row:
    if row is None:
        line = measured["install"].get(who)
        return (name, who, f"not installed: `{line}`" if line else "failed", *[""] * 6)
    return (
        name,
        f"{who}{' (1)' if row['lenient'] else ''}",
        row["version"] or "",
        "none" if row["limit_s"] is None else f"{row['limit_s']:g}",
        "yes" if row["valid"] else "no",
        _share(row["ratio"]),
        *(row[key] for key in ("wall_s", "cpu_s", "rss_mib")),
    )


def _rest(measured: Mapping[str, Any]) -> Iterator[str]:
    yield "## Reasons, sky, start\n"
    reasons = measured.get("refusals") or {}
    if reasons.get("count"):
        yield (
            f"- {reasons['confirmed']} of {reasons['count']} refusals are confirmed: with the "
            f"change that each names the request has a place, with less it has none; "
            f"{reasons['certified']} are proven."
        )
    for n, ms in measured.get("visibility_ms", {}).items():
        yield f"- Masks, starts and values of {n} requests: {ms:g} ms."
    for how, seconds in measured.get("start_s", {}).items():
        yield f"- First plan of a fresh process, {how}: {seconds:.1f} s."
    for text in measured["complaints"]:
        yield f"- Not as it must be: {text}."


def _table(heads: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join('' if one is None else str(one) for one in row)} |"
    yield ""


def _share(value: float | None) -> str:
    return "" if value is None else f"{100.0 * value:.1f} %"


def _spans(seeds: list[int]) -> str:
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}-{seeds[-1]}"
    return ", ".join(map(str, seeds))
